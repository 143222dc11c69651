"""Time: both clocks, and how a time is written (RFC 3339, UTC, milliseconds)."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """The clocks of this machine."""

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970, UTC; may jump."""
        return time.time()


_second = -1
_second_text = ""


def rfc3339(wall: float) -> str:
    """Seconds since 1970 as ``2026-03-01T12:00:00.000Z``."""
    global _second, _second_text  # noqa: PLW0603  one read in ten thousand needs another second
    milliseconds = int(wall * 1000)
    second = milliseconds // 1000
    if second != _second:
        _second_text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        _second = second
    return f"{_second_text}.{milliseconds - second * 1000:03d}Z"


def parse_rfc3339(text: str) -> float:
    """Seconds since 1970 of an RFC 3339 time with a zone.

    Raises:
        ValueError: it is not one.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("the time has no zone; write it like 2026-03-01T12:00:00Z")
    return moment.astimezone(UTC).timestamp()
