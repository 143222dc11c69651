"""Which messages of an ECP reader may have waited in its buffer.

A reader that has messages sends the next one as soon as the last is acknowledged, and repeats one that is not acknowledged after
its time-out (MPRX System Guide, chapter 6). Two things follow.

*The first message* after a connection or a sign-on may have waited since before, and it may come up to the time-out after the
connection. What comes after a longer silence was read just now.

*Those after it* come at once after our ACK as long as there is a backlog. So a message with a new number that begins a pause
after our last ACK, longer than the reader needs to send the next one, proves that the buffer was empty: it was read just now, and
so is all that follows. A lost ACK does not deceive: the reader then repeats the old number first, that is acknowledged again,
and the pause counts from that ACK. Nor does damage: what follows a damaged message, or one that was put off for a command, proves
nothing before the next ACK.
"""

from __future__ import annotations

MARGIN = 1.0
"""Seconds beyond the reader's time-out, for the line and the reader's clock."""


class Backlog:
    """Times are monotonic seconds; ``timeout`` is the reader's ECP time-out."""

    def __init__(self, timeout: float) -> None:
        self.gap = timeout * 1.05 + MARGIN
        """Seconds within which a reader that has something sends or repeats it."""
        self._patience = self.gap
        self._quiet_since = 0.0
        self._answered_at: float | None = None
        self._may_wait = True

    def connected(self, now: float, patience: float) -> None:
        """A connection begins. ``patience``: seconds that the reader may take to send its next message after an ACK."""
        self._patience = patience
        self.begin(now)

    def begin(self, now: float) -> None:
        """Messages may have waited: the reader signed on, or they could not be stored."""
        self._may_wait = True
        self._quiet_since = now
        self._answered_at = None

    def old(self, now: float, *, new_number: bool) -> bool:
        """Whether the message that comes now, a new one, may have waited. ``new_number``: not that of the message before."""
        if self._may_wait:
            silent = now - self._quiet_since > self.gap
            was_empty = (
                new_number and self._answered_at is not None and now - self._answered_at > min(self._patience, self.gap)
            )
            self._may_wait = not (silent or was_empty)
        self._quiet_since = now
        return self._may_wait

    def repeated(self, now: float) -> None:
        """The reader repeats a message that is stored."""
        self._quiet_since = now

    def disturbed(self) -> None:
        """A message may have come that was not taken, so a pause says nothing until the next answer."""
        self._answered_at = None

    def answered(self, now: float) -> None:
        """A message was acknowledged."""
        self._quiet_since = self._answered_at = now
