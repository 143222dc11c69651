"""What goes into the journal, what comes out, and what its two sides tell each other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Record(NamedTuple):
    """One message for the broker. A NamedTuple, because there are tens of thousands a second."""

    position: int
    """Order in the journal, from ``Journal.take_position``."""
    topic: str
    payload: bytes
    """The JSON object as accepted."""
    device: str
    kind: str
    """``read``, ``event`` or ``result``."""
    time: float
    """Wall clock when accepted, seconds since 1970."""
    seq: int
    """Number among the reads and events of the bridge; 0 for results."""
    device_seq: int
    """Number among the reads and events of the device; 0 for results."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the reads and events: after ``seq`` of the journal with this id."""

    journal: str
    seq: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a replay.

    ``next`` stands behind the last record that was looked at. ``complete``: nothing is stored behind it. ``oldest``: the
    oldest ``seq`` that is kept. ``reset``: the page does not continue at the cursor that was asked for, because that one is of
    another journal, or what followed it is no longer kept.
    """

    records: tuple[Record, ...]
    next: Cursor
    complete: bool
    oldest: int | None
    reset: bool


@dataclass(frozen=True, slots=True)
class Counters:
    """The last numbers given out."""

    position: int
    seq: int
    devices: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Commit:
    """Records of a group that somebody waits for."""

    records: list[Record]
    done: asyncio.Future[None]


@dataclass(slots=True)
class Group:
    """What is stored in one transaction."""

    records: list[Record] = field(default_factory=list)
    size: int = 0
    """Bytes of the payloads."""
    commits: list[Commit] = field(default_factory=list)
    facts: list[tuple[str, str | None]] = field(default_factory=list)
    """Scope, and a JSON object whose values are JSON texts (None: forget the scope)."""
    refused: list[tuple[int, str]] = field(default_factory=list)
    """Position, why the broker does not want it."""
    delivered: int | None = None
    counters: Counters | None = None
    sync: bool = False
    first_position: int = 0
    """Records before it were numbered before the file was found, and must not get into it."""

    def __bool__(self) -> bool:
        return bool(self.records or self.commits or self.refused or self.counters or self.delivered is not None)


@dataclass(frozen=True, slots=True)
class Found:
    """What is in the file."""

    counters: Counters
    last_position: int
    delivered: int
    undelivered: int
    stored: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What one look at the limits found and removed."""

    size: int = 0
    """Bytes in use, free pages not counted."""
    oldest_time: float | None = None
    full: bool = False
    """What comes now pushes out undelivered records."""
    pruned: int = 0
    dropped: int = 0
    """Undelivered records among the pruned."""
    dropped_to: int = 0
    """Position of the last of them."""
    more: bool = False
    """There may be more to remove."""
