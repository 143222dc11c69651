"""How long to wait before a device is connected again."""

from __future__ import annotations

import random

FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0
"""Seconds between two attempts to connect: doubled after each failure, spread by a quarter."""

STABLE_AFTER = 2.5
"""Seconds that a connection must last before the next wait starts small again."""


class Backoff:
    """The waits of one device."""

    def __init__(self) -> None:
        self._wait = FIRST_WAIT

    def next(self, lasted: float, *, expected: bool = False) -> float:
        """Seconds to wait after a connection that lasted so many seconds, 0 if there was none.

        ``expected``: it ended because the device did what it was told, which is no failure.
        """
        if expected or lasted >= STABLE_AFTER:
            self._wait = FIRST_WAIT
        wait = self._wait
        self._wait = min(2 * wait, LONGEST_WAIT)
        return wait * random.uniform(0.75, 1.25)  # noqa: S311  no secret
