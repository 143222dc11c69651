"""What happened to a simulated device, and waiting for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from readers_bridge.simulation.happening import Happening

REMEMBERED = 5_000
"""Commands and happenings, the newest."""


class Watched:
    """Something that happens are told of.

    Attributes:
        name: what it is called in its happenings.
        happenings: what happened, newest last.
    """

    def __init__(self, name: str, on_happening: Callable[[Happening], None] | None) -> None:
        self.name = name
        self.happenings: deque[Happening] = deque(maxlen=REMEMBERED)
        self._on_happening = on_happening
        self._told = 0
        self._waited_for = 0
        self._waiters: list[asyncio.Future[None]] = []

    def say(self, what: str, text: str, **data: Any) -> None:
        """Something happened."""
        self._told += 1
        happening = Happening(self.name, what, text, data)
        self.happenings.append(happening)
        self.look_again()
        if self._on_happening is not None:
            self._on_happening(happening)

    def look_again(self) -> None:
        """Something may have changed that somebody waits for."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, condition: Callable[[], object], what: str, seconds: float | None = 10.0) -> None:
        """Wait until ``condition()`` is true; it is looked at after everything that happens to this device.

        Raises:
            TimeoutError: it was not within ``seconds`` (None: wait for ever).
        """
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiters.append(waiter)
                    await waiter
        except TimeoutError:
            raise TimeoutError(f"{self.name}: waited {seconds} s in vain for {what}") from None

    async def wait_for(self, what: str, seconds: float | None = 10.0, **data: Any) -> Happening:
        """The first happening of this kind, with this data, after that which the last ``wait_for`` gave.

        Raises:
            TimeoutError: there was none within ``seconds``.
        """
        found: list[Happening] = []

        def look() -> bool:
            unseen = min(self._told - self._waited_for, len(self.happenings))
            for happening in list(self.happenings)[len(self.happenings) - unseen :]:
                self._waited_for += 1
                if happening.what == what and data.items() <= happening.data.items():
                    found.append(happening)
                    return True
            self._waited_for = self._told
            return False

        await self.until(look, f"{what} {data or ''}", seconds)
        return found[0]
