"""How often a damaged message may be refused.

A reader sends a refused message again at once, so noise that looks like messages must not make both sides send all the time.
"""

from __future__ import annotations

IN_A_ROW = 8
EVERY = 0.25
"""Seconds; one NAK in this time, and so many more in a row, are allowed."""


class NakLimit:
    """Times are in seconds that never jump."""

    def __init__(self, now: float) -> None:
        self._left = float(IN_A_ROW)
        self._at = now

    def allows(self, now: float) -> bool:
        """Whether one may be sent now; it is counted."""
        self._left = min(float(IN_A_ROW), self._left + (now - self._at) / EVERY)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
