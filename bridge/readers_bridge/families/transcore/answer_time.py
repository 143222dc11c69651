"""How long an answer to CTRL-E may take on this connection, so that a slow link does not get a second question meanwhile.

A reader without messages does not answer (as far as is known), so silence is all that tells an empty buffer from a slow link.
"""

from __future__ import annotations

LIMIT = 3.0
"""Seconds that silence lasts at most."""

ALLOWANCE = 1.5
"""How many times the slowest answer that was seen silence has to last."""


class AnswerTime:
    """Times are in seconds that never jump. ``patience`` is how long to wait for an answer before the buffer counts as empty."""

    def __init__(self, least: float) -> None:
        self._least = least
        self._open: list[float] = []
        """When the questions were asked that may still be answered."""
        self._late = 0
        self._known = False
        """An answer was seen that belongs to one question for certain."""
        self.patience = least

    def asked(self, now: float) -> None:
        """A question is sent."""
        self._open = [asked for asked in self._open if now - asked < LIMIT / ALLOWANCE]
        self._open.append(now)

    def answered(self, now: float) -> bool:
        """A message came. Whether it may be the answer to an earlier question than the last, so that others are still open.

        As long as no answer has shown how fast the link is, it is taken for that.
        """
        if not self._open:
            return False
        late = not self._known and len(self._open) > 1
        self._slow(now - self._open.pop(0 if late else -1))
        if late:
            self._late += 1
        else:
            self._known = True
            self._open.clear()
        return late

    def left(self, now: float) -> float:
        """Seconds that the questions have yet that are still open."""
        return self._open[-1] + self.patience - now

    def silent(self) -> None:
        """They are not answered. If only one answer seemed late, it was none: the link is fast, and the buffer had been empty."""
        if self._late == 1:
            self.patience = self._least
        self._open.clear()
        self._known = True

    def _slow(self, seconds: float) -> None:
        self.patience = max(self.patience, min(LIMIT, seconds * ALLOWANCE))
