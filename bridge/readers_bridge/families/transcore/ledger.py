"""What a driver stores for good: one thing after the other, and to its end, whatever becomes of whoever asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from readers_bridge.errors import JournalError

T = TypeVar("T")


class Ledger:
    """Runs what stores something, one at a time, in tasks of their own.

    A commit that was begun may be stored although its caller was cancelled; then the driver must know, or it would publish
    a repeated message again.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[object]] = set()

    async def do(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run ``work`` when its turn has come.

        Raises:
            JournalError: it could not be stored.
        """
        task = asyncio.create_task(self._in_turn(work))
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    async def settled(self) -> None:
        """Wait until nothing is being stored."""
        async with self._turn:
            pass

    async def _in_turn(self, work: Callable[[], Awaitable[T]]) -> T:
        async with self._turn:
            return await work()

    def _done(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and not isinstance(task.exception(), JournalError | None):
            task.get_loop().call_exception_handler(
                {"message": "a commit failed in a way that nobody foresaw", "exception": task.exception(), "task": task}
            )
