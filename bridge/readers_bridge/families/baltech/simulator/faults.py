"""Faults that a simulated reader can be given."""

from __future__ import annotations

from readers_bridge.simulation import faults
from readers_bridge.simulation.faults import Armed, ArmedFaults

FAULTS = {
    "drop": "the next response is not sent",
    "delay": "the next response, and what follows it, is sent VALUE seconds later (3)",
    "late": "the next response is kept back, and sent right before the one after it",
    "split": "the next response is sent byte by byte, VALUE seconds apart (0.002)",
    "wrong_code": "the next response has the command code VALUE (the right one plus 1)",
    "unsolicited": "after the next connection a Sys.GetInfo response is sent that nobody asked for",
    "garbage": "VALUE meaningless bytes (16) are sent before the next response",
    "cut": "half of the next response is sent, then the connection is closed",
    "wrong_crc": "the next response that has a CRC has a wrong one",
    "status": "the next command is not executed, but answered with status VALUE (1)",
    "bad_mac": "the next response in the secure channel has a wrong MAC, or wrong padding",
    "close": "the connection is closed, now",
    "break": "the connection is broken with a TCP reset, now",
    "none": "no fault waits any more",
}
"""Every fault, and what it does; in brackets the value where none is given."""

AT_ONCE = frozenset({"close", "break", "none"})
DEFAULTS = {"delay": 3.0, "split": 0.002, "garbage": 16.0, "status": 1.0}
_HIGHEST = {"delay": 86_400.0, "split": 60.0, "garbage": 65_536.0, "status": 255.0, "wrong_code": 65_535.0}


class Faults(ArmedFaults[int]):
    """The faults that wait for their occasion: a command, or one with a certain code (that in a Tunnel, or the Tunnel)."""

    def __init__(self) -> None:
        super().__init__(AT_ONCE)

    @property
    def waiting(self) -> list[str]:
        """Their names."""
        return [fault.name for fault in self.armed]

    def arm(self, name: str, value: float | None, count: int, code: int | None) -> None:
        """A fault for the next ``count`` occasions (0: for all), or for those of one command only.

        Raises:
            ValueError: as ``check``.
        """
        check(name, value, count)
        self.add(Armed(name, DEFAULTS.get(name) if value is None else value, count, code))


def check(name: str, value: float | None = None, count: int = 1) -> None:
    """Whether there is such a fault.

    Raises:
        ValueError: there is not, or it cannot have this value.
    """
    faults.check(name, FAULTS, count)
    faults.check_value(name, value, _HIGHEST)
