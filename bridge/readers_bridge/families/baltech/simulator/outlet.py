"""What leaves the reader: in order, some of it only after a while."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

Step = tuple[float, bytes | Callable[[], None]]
"""Seconds to wait after the step before, then bytes to send or something to do."""


class Outlet:
    """Sends with ``write``, one step after the other."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._steps: deque[Step] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def put(self, *steps: Step) -> None:
        """Do these steps after those that wait."""
        self._steps.extend(steps)
        if self._timer is None:
            self._go_on()

    def clear(self) -> None:
        """Forget what waits."""
        self._steps.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _go_on(self) -> None:
        while self._steps:
            wait, what = self._steps[0]
            if wait > 0:
                self._steps[0] = (0.0, what)
                self._timer = asyncio.get_running_loop().call_later(wait, self._wake)
                return
            self._steps.popleft()
            if callable(what):
                what()
            else:
                self._write(what)

    def _wake(self) -> None:
        self._timer = None
        self._go_on()
