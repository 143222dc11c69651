"""Command mode, in which no tag is read: that it was opened is stored before, and it is always closed again.

Source: Encompass 4 System Guide, page 149; MPRX System Guide, page 91: 01 opens it, 00 closes it and stores what was changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from readers_bridge.errors import CommandError, DeviceError, JournalError
from readers_bridge.families import Host
from readers_bridge.families.transcore.ledger import Ledger
from readers_bridge.families.transcore.talk import Talk
from readers_bridge.model import Event, Read, State, Status

FACT = "command_mode"

SESSION_LIMIT = 30.0
"""Seconds that command mode may stay open; closing it comes on top."""

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 300.0
"""Seconds between attempts to close it; each pause is twice as long as the one before."""

T = TypeVar("T")


class CommandMode:
    """Opens and closes the command mode of one device, over all its connections."""

    def __init__(
        self,
        host: Host,
        ledger: Ledger,
        failed: Callable[[str, str], list[Read | Event | State]],
        clear: Callable[[], list[Read | Event | State]],
    ) -> None:
        """``failed`` and ``clear`` give what is published when it cannot be closed, and when it is closed at last."""
        self._host = host
        self._ledger = ledger
        self._failed = failed
        self._clear = clear
        self._turn = asyncio.Lock()
        self._may_be_open = host.facts.get(FACT) is True
        self._stuck = asyncio.Event()
        self._told = False
        self._restarted = False

    @property
    def may_be_open(self) -> bool:
        """It was opened, perhaps in an earlier run, and not closed for certain."""
        return self._may_be_open

    async def run(self, talk: Talk, work: Callable[[], Awaitable[T]]) -> T:
        """Do ``work`` in command mode.

        Raises:
            CommandError: command mode could not be opened, or ``work`` raised it.
            DeviceError: ``work`` raised it.
        """
        async with self._turn, talk.quiet():
            await self._store(is_open=True)
            try:
                async with asyncio.timeout(SESSION_LIMIT):
                    await talk.enter()
                    return await work()
            except TimeoutError:
                raise CommandError(
                    f"the command did not end within {SESSION_LIMIT:.0f} s and was given up, because no tag is read meanwhile",
                    status=Status.UNKNOWN,
                    code="timeout",
                ) from None
            except JournalError as error:
                raise _not_stored(error) from error
            finally:
                await _to_its_end(self._close(talk))

    @asynccontextmanager
    async def in_data_mode(self, talk: Talk) -> AsyncIterator[None]:
        """Data mode stays while this is open."""
        async with self._turn, talk.quiet():
            yield

    async def keep_closed(self, talk: Talk) -> None:
        """Close what may have been left open, as long as the connection stands."""
        pause = FIRST_PAUSE
        while True:
            if self._may_be_open:
                self._stuck.set()
            await self._stuck.wait()
            async with self._turn, talk.quiet():
                if self._stuck.is_set():
                    await _to_its_end(self._close(talk))
            if self._stuck.is_set():
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause = FIRST_PAUSE

    async def idle(self) -> None:
        """Wait until no command is being executed, and command mode closed as far as it can be."""
        async with self._turn:
            pass

    def restarted(self) -> None:
        """The reader was told to restart, and did; it is in data mode."""
        self._restarted = True

    async def data_mode_proved(self) -> None:
        """The reader did what it only does in data mode, after it did not answer 00."""
        if self._stuck.is_set() and not self._turn.locked():
            async with self._turn:
                await self._closed()

    async def _close(self, talk: Talk) -> None:
        if self._restarted:
            await self._closed()
            return
        try:
            answer = await talk.leave()
        except DeviceError as error:
            self._stuck.set()
            self._host.count("command_mode_left_open")
            self._host.log.warning(
                "command mode may still be open, in which no tag is read; closing it is tried again: %s", error
            )
            if not self._told:
                self._told = True
                text = "the reader did not answer 00, so command mode may be open, in which no tag is read"
                self._host.emit(self._failed("command_mode", text))
            return
        if answer != "Done":  # it was in data mode already
            self._host.log.info("the reader answered 00 with %s", answer)
        await self._closed()

    async def _closed(self) -> None:
        self._stuck.clear()
        self._restarted = False
        try:
            await self._store(is_open=False)
        except CommandError as error:
            self._host.log.warning("%s; the next start closes command mode once more", error)
        if self._told:
            self._told = False
            self._host.emit(self._clear())

    async def _store(self, *, is_open: bool) -> None:
        try:
            await self._ledger.do(lambda: self._host.commit([], facts={FACT: is_open}))
        except JournalError as error:
            self._may_be_open &= is_open
            raise _not_stored(error) from error
        self._may_be_open = is_open


def _not_stored(error: JournalError) -> CommandError:
    return CommandError(
        f"the journal cannot be written ({error}), and without it nobody would know that command mode has to be closed; the "
        "command was not sent",
        status=Status.FAILED,
        code="journal",
    )


async def _to_its_end(work: Awaitable[None]) -> None:
    """Await something that takes a bounded time, and that no cancellation may cut off."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
            cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError
