"""Repeats: a reader that does not track movements reads a token that stays on it again and again, and does not say so.

Source: SpringCore documentation, "Events, Tag" (the New flag, which $SCRDR and JSON lack) and the definition of register 02A1:
the same token is read again after 3.0 s unless configured otherwise.
"""

from __future__ import annotations

LIMIT = 256
"""Tokens remembered at most; beyond it the one that was seen longest ago is forgotten."""


class Repeats:
    """The tokens of one reader that were seen within the window (seconds), which slides: each repeat begins it anew."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._seen: dict[tuple[str, str], float] = {}

    def seen(self, token: tuple[str, str], now: float) -> bool:
        """Whether this token (TagId, TagData) is a repeat at ``now``, monotonic seconds; remembers it."""
        seen = self._seen
        before = seen.pop(token, None)
        seen[token] = now
        if before is not None:
            return now - before < self._window
        if len(seen) > LIMIT:
            del seen[next(iter(seen))]
        return False
