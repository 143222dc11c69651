"""The reader's own clock beside ours: how far it is off, and whether a message is as new as it says.

The reader tells local time without a zone. Its offset is counted from UTC, so that nothing changes when summer time begins here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

FACT = "clock_offset"

HEARD_LIMIT = 16
"""Messages from which the offset is told; each was under way for a time that is not known, so the least counts."""

KEEP_FROM = 1.0
"""Seconds of change from which the offset is stored anew."""

AHEAD = 2.0
"""Seconds that a message may seem to come from the future, since clocks and measurements are not exact."""

LONGEST_WAIT = 86400.0
"""Seconds; what seems to have waited longer tells of a clock that was set."""

SET_AFTER = 3.0
"""Seconds between two messages that seem equally old, from which it is the reader's clock that was set back."""


class ClockOffset:
    """The reader's clock minus ours."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        kept = facts.get(FACT)
        self.seconds: float | None = float(kept) if isinstance(kept, int | float) else None
        """From UTC; None: not known."""
        self._kept = self.seconds
        self._heard: deque[float] = deque(maxlen=HEARD_LIMIT)
        self._stale: tuple[float, float] | None = None
        """The age and the arrival of the first of the last messages that seemed old, and equally so."""

    def heard(self, device: datetime, wall: float) -> None:
        """A message that the reader wrote at ``device`` came at once, at ``wall``, seconds since 1970."""
        self._heard.append(_seconds(device) - wall)
        self.seconds = max(self._heard)

    def measured(self, device: datetime, wall: float) -> None:
        """The reader was asked, and says ``device`` at ``wall``."""
        self._heard.clear()
        self.heard(device, wall)

    def forget(self) -> None:
        """The reader's clock may have been set."""
        self._heard.clear()
        self._stale = None
        self.seconds = None

    def fresh(self, device: datetime | None, wall: float, within: float) -> bool:
        """Whether a message written at ``device`` is certainly not older than ``within`` seconds.

        While the offset is not known, a clock that shows the local time of this machine to two seconds is believed.
        """
        if device is None:
            return False
        if self.seconds is None:
            return abs(wall + _zone(wall) - _seconds(device)) <= AHEAD
        return -AHEAD <= self._age(device, wall) <= within

    def stale(self, device: datetime | None, wall: float, within: float) -> bool:
        """Whether a message that seems to come at once was written longer than ``within`` seconds ago.

        Messages that seem equally old though they come one after the other tell of a clock that was set back; it is forgotten.
        """
        if device is None or self.seconds is None or not within < (age := self._age(device, wall)) <= LONGEST_WAIT:
            self._stale = None
            return False
        if self._stale is None or abs(age - self._stale[0]) > AHEAD:
            self._stale = (age, wall)
        elif wall - self._stale[1] >= SET_AFTER:
            self.forget()
            return False
        return True

    def _age(self, device: datetime, wall: float) -> float:
        return wall - (_seconds(device) - (self.seconds or 0.0))

    def from_local(self, wall: float) -> int | None:
        """Seconds by which the reader's clock is ahead of the local time of this machine."""
        if self.seconds is None:
            return None
        return round(self.seconds - _zone(wall))

    def to_keep(self) -> dict[str, float | None]:
        """The fact to store, if it has changed enough."""
        before, now = self._kept, self.seconds
        if before is now or (before is not None and now is not None and abs(now - before) < KEEP_FROM):
            return {}
        self._kept = now
        return {FACT: None if now is None else round(now, 2)}


def _zone(wall: float) -> float:
    """Seconds by which the local time of this machine is ahead of UTC."""
    zone = datetime.fromtimestamp(wall, UTC).astimezone().utcoffset()
    return zone.total_seconds() if zone else 0.0


def _seconds(device: datetime) -> float:
    return device.replace(tzinfo=UTC).timestamp()
