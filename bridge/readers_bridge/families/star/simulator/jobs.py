"""What came over one print session."""

from __future__ import annotations

from dataclasses import dataclass, field

KEPT = 4 << 20
"""Bytes of a job that are remembered."""


@dataclass(slots=True)
class Job:
    """One print session that sent something.

    Attributes:
        number: from 1.
        peer: the host's address and port.
        data: what it sent, as far as it is remembered.
        received: bytes that it sent.
        discarded: bytes that were thrown away after an error.
        print_ends: numbers of jobs that the printer reported as printed.
        etbs: ETBs that were executed.
        unknown: commands that this printer does not know, or could not do.
        ended: whether the session is over.
    """

    number: int
    peer: str
    data: bytearray = field(default_factory=bytearray)
    received: int = 0
    discarded: int = 0
    print_ends: list[int] = field(default_factory=list)
    etbs: int = 0
    unknown: list[bytes] = field(default_factory=list)
    ended: bool = False

    def take(self, data: bytes) -> None:
        """More of it."""
        self.received += len(data)
        self.data += data[: max(0, KEPT - len(self.data))]
