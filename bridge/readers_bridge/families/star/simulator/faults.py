"""Faults that a simulated printer can be given."""

from __future__ import annotations

from readers_bridge.simulation import faults
from readers_bridge.simulation.faults import Armed, ArmedFaults

PORTS = ("management", "print", "status")

FAULTS = {
    "close": "the next connection is accepted and closed without an answer",
    "reset": "the next connection gets a TCP reset",
    "silent": "the next connection is never answered, and what it sends is not read",
    "delay": "the first answer of the next connection comes VALUE seconds late (3)",
    "break": "print sessions are broken with a TCP reset, now",
    "hang_up": "print sessions are closed, now",
    "stale": "the printer does not notice the end of the next print session, which stays taken",
    "hold": "a print session from port VALUE (50000) of 127.0.0.1 takes the print port, now",
    "reject": "the next authentication reset is rejected",
    "refuse_release": "the next forced release does nothing",
    "discovery_silent": "the next search is not answered",
    "discovery_duplicate": "the next search is answered twice",
    "discovery_truncated": "the answer to the next search has VALUE bytes only (100)",
    "discovery_wrong_length": "the answer to the next search tells a wrong total length",
    "discovery_version4": "the answer to the next search is of version RS4.0.0, with one section more",
    "none": "no fault waits any more, and nobody holds the print port",
}
"""Every fault, and what it does; in brackets the value where none is given."""

OF_A_PORT = frozenset({"close", "reset", "silent", "delay"})
"""Written with @PORT for one port: management, print or status."""
AT_ONCE = frozenset({"break", "hang_up", "hold", "none"})
DEFAULTS = {"delay": 3.0, "hold": 50_000.0, "discovery_truncated": 100.0}
_HIGHEST = {"delay": 86_400.0, "hold": 65_535.0, "discovery_truncated": 301.0}


class Faults:
    """The faults that wait for their occasion: at any port, or at one."""

    def __init__(self) -> None:
        self._armed = ArmedFaults[str](AT_ONCE)

    @property
    def waiting(self) -> list[str]:
        """Their names."""
        return [fault.name + (f"@{fault.only}" if fault.only else "") for fault in self._armed.armed]

    def arm(self, name: str, value: float | None = None, count: int = 1, port: str | None = None) -> None:
        """A fault for the next ``count`` occasions (0: for all), or for those of one port only.

        Raises:
            ValueError: as ``check``.
        """
        check(name, value, count, port)
        self._armed.add(Armed(name, DEFAULTS.get(name) if value is None else value, count, port))

    def take(self, name: str, port: str | None = None) -> float | None:
        """The value of this fault, 0 if it has none, if it waits for this occasion."""
        fault = self._armed.take(name, *([] if port is None else [port]))
        return None if fault is None else fault.value or 0.0


def check(name: str, value: float | None = None, count: int = 1, port: str | None = None) -> None:
    """Whether there is such a fault.

    Raises:
        ValueError: there is not, or it cannot have this value, or it is not one of a port.
    """
    faults.check(name, FAULTS, count)
    faults.check_value(name, value, _HIGHEST)
    if port is not None and (name not in OF_A_PORT or port not in PORTS):
        raise ValueError(f"@{port} does not go with fault {name}; the ports are {', '.join(PORTS)}")
