"""Faults that a simulated printer can be given."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(slots=True)
class _Armed:
    name: str
    value: float
    left: int
    port: str | None


class Faults:
    """The faults that wait for their occasion."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    @property
    def waiting(self) -> list[str]:
        """Their names."""
        return [fault.name + (f"@{fault.port}" if fault.port else "") for fault in self._armed]

    def arm(self, name: str, value: float | None = None, count: int = 1, port: str | None = None) -> None:
        """A fault for the next ``count`` occasions (0: for all), or for those of one port only.

        Raises:
            ValueError: as ``check``.
        """
        check(name, value, count, port)
        if name == "none":
            self._armed.clear()
        elif name not in AT_ONCE:
            self._armed.append(_Armed(name, DEFAULTS.get(name, 0.0) if value is None else value, count, port))

    def take(self, name: str, port: str | None = None) -> float | None:
        """The value of this fault, if it waits for this occasion."""
        for fault in self._armed:
            if fault.name == name and fault.port in {None, port}:
                fault.left -= 1
                if fault.left == 0:
                    self._armed.remove(fault)
                return fault.value
        return None


def check(name: str, value: float | None = None, count: int = 1, port: str | None = None) -> None:
    """Whether there is such a fault.

    Raises:
        ValueError: there is not, or it cannot have this value, or it is not one of a port.
    """
    if name not in FAULTS:
        raise ValueError(f"there is no fault {name!r}; the faults are {', '.join(FAULTS)}")
    if value is not None and not 0 < value <= _HIGHEST.get(name, 0):
        raise ValueError(f"fault {name} cannot have the value {value:g}")
    if count < 0:
        raise ValueError("a fault happens COUNT times, or with 0 again and again")
    if port is not None and (name not in OF_A_PORT or port not in PORTS):
        raise ValueError(f"@{port} does not go with fault {name}; the ports are {', '.join(PORTS)}")
