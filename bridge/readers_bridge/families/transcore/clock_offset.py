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


class ClockOffset:
    """The reader's clock minus ours."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        kept = facts.get(FACT)
        self.seconds: float | None = float(kept) if isinstance(kept, int | float) else None
        """From UTC; None: not known."""
        self._kept = self.seconds
        self._heard: deque[float] = deque(maxlen=HEARD_LIMIT)

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
        self.seconds = None

    def fresh(self, device: datetime | None, wall: float, within: float) -> bool:
        """Whether a message written at ``device`` is certainly not older than ``within`` seconds."""
        if device is None or self.seconds is None:
            return False
        age = wall - (_seconds(device) - self.seconds)
        return -AHEAD <= age <= within

    def from_local(self, wall: float) -> int | None:
        """Seconds by which the reader's clock is ahead of the local time of this machine."""
        if self.seconds is None:
            return None
        zone = datetime.fromtimestamp(wall, UTC).astimezone().utcoffset()
        return round(self.seconds - (zone.total_seconds() if zone else 0.0))

    def to_keep(self) -> dict[str, float | None]:
        """The fact to store, if it has changed enough."""
        before, now = self._kept, self.seconds
        if before is now or (before is not None and now is not None and abs(now - before) < KEEP_FROM):
            return {}
        self._kept = now
        return {FACT: None if now is None else round(now, 2)}


def _seconds(device: datetime) -> float:
    return device.replace(tzinfo=UTC).timestamp()
