"""What a SpringCore Smart Reader tells the host, whatever the dialect it speaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Dialect(StrEnum):
    """The Smart Reader protocols that are understood (register 02A0 of the reader selects one for each channel)."""

    SCRDR = "scrdr"
    JSON = "json"
    MK1 = "mk1"


class Move(StrEnum):
    """What became of the token, as a $SCRDR Message writes it. NONE: new, and the reader does not track movements."""

    NONE = ""
    INSERTED = "I"
    REMOVED = "R"
    TAPPED = "IR"
    """Inserted and removed: a short appearance."""


@dataclass(frozen=True, slots=True)
class Uptime:
    """The reader's own time: how often it has started, and seconds since it did (READER EVENT Message, "Uptime")."""

    startups: int
    seconds: float


class Reading(NamedTuple):
    """A token was read, or removed. (A tuple: there may be many of them.)

    ``interface`` and ``protocol`` are two hex digits in $SCRDR and words in JSON. ``rssi`` is what the reader sent; whether
    $SCRDR means it as a signed byte is not documented. The three tag fields are opaque text: a template may emit hex,
    decimal digits or any text. ``raw`` is the line when it holds more ``;`` than it may; then ``tag_data`` is all that
    follows the Move field. MK1 knows ``tag_id`` alone.
    """

    interface: str = ""
    protocol: str = ""
    template: int | None = None
    rssi: int | None = None
    tag_id: str = ""
    move: Move = Move.NONE
    tag_data: str = ""
    tag_details: str = ""
    raw: str = ""
    uptime: Uptime | None = None


@dataclass(frozen=True, slots=True)
class Alive:
    """A message without a token: the reader is there, and that is all."""

    uptime: Uptime | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The reader's start-up line (MK1): it is ready, or has restarted."""

    product: str


Message = Reading | Alive | Started
