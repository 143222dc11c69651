"""Simulated devices that live in a thread of their own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Machine(Protocol):
    """What can be switched on and off."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


M = TypeVar("M", bound=Machine)


class Machines:
    """They are switched off in the reverse order of their addition."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self._ends = contextlib.ExitStack()
        self._ends.callback(self._end)

    def run(self, work: Coroutine[Any, Any, T], seconds: float = 30.0) -> T:
        """Await something there."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def do(self, what: Callable[[], T]) -> T:
        """Do something there, and wait for what comes of it."""

        async def call() -> T:
            return what()

        return self.run(call())

    def add(self, make: Callable[[], M]) -> M:
        """Make a machine there, and switch it on."""
        machine = self.do(make)
        self._ends.callback(lambda: self.run(machine.stop()))
        self.run(machine.start())
        return machine

    def close(self) -> None:
        self._ends.close()

    def _end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
