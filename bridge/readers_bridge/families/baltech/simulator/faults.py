"""Faults that a simulated reader can be given."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(slots=True)
class _Armed:
    name: str
    value: float | None
    left: int
    code: int | None


class Faults:
    """The faults that wait for their occasion."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    @property
    def waiting(self) -> list[str]:
        """Their names."""
        return [fault.name for fault in self._armed]

    def arm(self, name: str, value: float | None, count: int, code: int | None) -> None:
        """A fault for the next ``count`` occasions (0: for all), or for those of one command only.

        Raises:
            ValueError: as ``check``.
        """
        check(name, value, count)
        if name == "none":
            self._armed.clear()
        elif name not in AT_ONCE:
            self._armed.append(_Armed(name, DEFAULTS.get(name) if value is None else value, count, code))

    def take(self, name: str, *codes: int) -> _Armed | None:
        """This fault, if it waits for this occasion: a command with one of ``codes`` (that in a Tunnel, and the Tunnel)."""
        for fault in self._armed:
            if fault.name == name and (fault.code is None or fault.code in codes):
                fault.left -= 1
                if fault.left == 0:
                    self._armed.remove(fault)
                return fault
        return None


def check(name: str, value: float | None = None, count: int = 1) -> None:
    """Whether there is such a fault.

    Raises:
        ValueError: there is not, or it cannot have this value.
    """
    if name not in FAULTS:
        raise ValueError(f"there is no fault {name!r}; the faults are {', '.join(FAULTS)}")
    if value is not None and not 0 < value <= _HIGHEST.get(name, 0):
        raise ValueError(f"fault {name} cannot have the value {value:g}")
    if count < 0:
        raise ValueError("a fault happens COUNT times, or with 0 again and again")
