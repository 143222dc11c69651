"""The line to the host: what is sent leaves in order, at the line's speed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

Step = tuple[float, bytes | Callable[[], object]]
"""Seconds that it takes, and what then leaves, or is done."""

BITS = 10
"""Of a character, with start and stop bit."""


class Outlet:
    """Sends with ``write``. ``baud`` None: everything leaves at once; else whole messages arrive when their last bit does."""

    def __init__(self, write: Callable[[bytes], object], baud: int | None) -> None:
        self.baud = baud
        self.written = 0
        """Bytes that have left."""
        self._write = write
        self._steps: deque[Step] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._running = False
        self._held = False
        self._free_at = 0.0
        self._began = 0.0

    def takes(self, data: bytes) -> float:
        """Seconds that these bytes are on the line."""
        return len(data) * BITS / self.baud if self.baud else 0.0

    def put(self, *steps: Step) -> None:
        """Do these steps after those that wait."""
        self._steps.extend(steps)
        self._go_on()

    def hold(self, held: bool) -> None:  # noqa: FBT001 - XOFF or XON
        """The host wants nothing for now, or more again."""
        self._held = held
        self._go_on()

    def interrupt(self) -> None:
        """The power fails: of what is on the line the first part has left, the rest is lost."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            _, what = self._steps[0]
            now = asyncio.get_running_loop().time()
            if isinstance(what, bytes) and self.baud:
                self._leave(what[: int((now - self._began) * self.baud / BITS)])
        self._steps.clear()
        self._held = False
        self._free_at = 0.0

    def _go_on(self) -> None:
        if self._running or self._timer is not None:
            return
        self._running = True
        while self._steps and not self._held:
            wait, what = self._steps[0]
            if wait > 0:
                loop = asyncio.get_running_loop()
                self._began = max(loop.time(), self._free_at)
                self._free_at = self._began + wait
                self._timer = loop.call_at(self._free_at, self._finish)
                break
            self._steps.popleft()
            self._do(what)
        self._running = False

    def _finish(self) -> None:
        self._timer = None
        _, what = self._steps.popleft()
        self._running = True
        self._do(what)
        self._running = False
        self._go_on()

    def _do(self, what: bytes | Callable[[], object]) -> None:
        if isinstance(what, bytes):
            self._leave(what)
        else:
            what()

    def _leave(self, data: bytes) -> None:
        if data:
            self.written += len(data)
            self._write(data)
