"""Which messages of an ECP reader may have waited in its buffer.

A reader that has messages sends the next one when the last is acknowledged, and repeats one that is not acknowledged after its
time-out; so what comes later than that was read just now.
"""

from __future__ import annotations

MARGIN = 1.0
"""Seconds beyond the reader's time-out, for the line and the reader's clock."""


class Backlog:
    """Times are monotonic seconds; ``timeout`` is the reader's ECP time-out."""

    def __init__(self, timeout: float) -> None:
        self._gap = timeout * 1.05 + MARGIN
        self._quiet_since = 0.0
        self._may_wait = True

    def begin(self, now: float) -> None:
        """Messages may have waited: a connection begins, or they could not be stored."""
        self._may_wait = True
        self._quiet_since = now

    def old(self, now: float) -> bool:
        """Whether the message that comes now may have waited."""
        if self._may_wait and now - self._quiet_since > self._gap:
            self._may_wait = False
        self._quiet_since = now
        return self._may_wait

    def answered(self, now: float) -> None:
        """A message was answered."""
        self._quiet_since = now
