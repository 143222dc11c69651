"""A child process that ends with the block that started it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LAST_WORDS = 4096
"""How much of a child's output is kept, in bytes."""
GRACE = 2.0
"""Seconds between the request to end and the kill."""


class Child:
    """A running child process and the last of what it wrote."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._tail = b""
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        while chunk := await self._process.stdout.read(65536):
            self._tail = (self._tail + chunk)[-LAST_WORDS:]

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    @property
    def last_words(self) -> str:
        """The end of its output, standard error included."""
        return self._tail.decode(errors="replace").strip()

    async def ended(self) -> int:
        """Wait for its end and for the last of its output; gives the exit code."""
        code = await self._process.wait()
        await asyncio.wait({self._listening}, timeout=1)
        return code

    async def stop(self) -> None:
        """Ask it to end, and kill it when it does not within the grace period."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(GRACE):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        self._listening.cancel()


@asynccontextmanager
async def child_process(*command: str) -> AsyncIterator[Child]:
    """Run ``command`` while the block is open.

    The child has a session of its own: Ctrl-C in the terminal reaches only the parent, which ends its children in order.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    child = Child(process)
    try:
        yield child
    finally:
        await child.stop()
