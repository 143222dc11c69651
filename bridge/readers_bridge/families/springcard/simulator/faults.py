"""Faults that a simulated reader can be given."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from readers_bridge.simulation import faults
from readers_bridge.simulation.link import Link
from readers_bridge.simulation.tcp import TcpLink

if TYPE_CHECKING:
    from readers_bridge.families.springcard.simulator.reader import SimulatedReader

FAULTS = {
    "half_open": "stop reading and writing without closing the TCP connection, as if the reader had vanished",
    "reset": "break the TCP connection with a reset",
    "close": "close the TCP connection in order",
    "slow": "from now on send one byte at a time, VALUE seconds apart (0.01)",
    "garbage": "send VALUE random bytes (64)",
    "reboot": "drop the connection, come back after the boot time with the next start-up counter",
    "none": "end half_open and slow",
}
"""Every fault, and what it does; in brackets the value where none is given."""

SLOW = 0.01
GARBAGE = 64
GARBAGE_LIMIT = 1 << 20


def check(link: Link, name: str, value: float | None = None) -> None:
    """Whether a reader on this link can have the fault.

    Raises:
        ValueError: no such fault, a value that it cannot have, or a fault of another kind of link.
    """
    faults.check(name, FAULTS)
    if value is not None and (name not in {"slow", "garbage"} or not 0 < value <= GARBAGE_LIMIT):
        raise ValueError(f"fault {name} cannot have the value {value:g}")
    if name in {"half_open", "reset", "close"} and not isinstance(link, TcpLink):
        raise ValueError(f"{name} is a fault of TCP")
    if name == "slow" and not link.stream:
        raise ValueError("slow is a fault of streams; datagrams come whole")


def inject(reader: SimulatedReader, name: str, value: float | None = None) -> None:
    """Give the reader a fault.

    Raises:
        ValueError: as ``check``.
    """
    link = reader.link
    check(link, name, value)
    match name:
        case "slow":
            reader.outlet.slow = SLOW if value is None else value
        case "garbage":
            reader.send(_garbage(reader, GARBAGE if value is None else int(value)))
        case "reboot":
            reader.reboot()
        case "none":
            reader.outlet.slow = 0.0
    if isinstance(link, TcpLink):
        match name:
            case "half_open":
                link.freeze(frozen=True)
            case "reset":
                link.hang_up(abrupt=True)
            case "close":
                link.hang_up()
            case "none":
                link.freeze(frozen=False)


def _garbage(reader: SimulatedReader, size: int) -> bytes:
    """Bytes that mean nothing, the same ones in every run."""
    return random.Random(f"{reader.name} {reader.reads}").randbytes(size)  # noqa: S311 - no secret is made of it
