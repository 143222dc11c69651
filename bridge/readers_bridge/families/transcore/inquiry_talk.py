"""Data inquiry: the reader gives one message for each CTRL-E, and forgets what it gave.

Source: MPRX System Guide, page 6-4. What an empty buffer answers is not documented: nothing, as far as is known.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from readers_bridge.errors import JournalError
from readers_bridge.families.transcore.connection import Connection
from readers_bridge.families.transcore.line_talk import LineTalk
from readers_bridge.families.transcore.messages import Message, SignOn
from readers_bridge.families.transcore.talk import Context

CTRL_E = b"\x05"

SILENCE = 0.3
"""Seconds without an answer, beyond what a message takes on the line, that mean an empty buffer."""

LONGEST_MESSAGE = 96
"""Bytes on the line: 72 of data, what is appended, and the frame."""

PATIENCE_LIMIT = 2.0
"""Seconds that silence may have to last on a link that was late before."""

FIRST_PAUSE = 0.05
"""Seconds until the first question after the buffer was empty; then twice as long each time, up to the configured interval."""

NO_ROOM_PAUSE = 0.25
"""Seconds until we look again whether there is room for what a question brings."""

ASKING_FACT = "asking"
"""The fact that questions are asked; it stands when that was cut off."""

STALLED = 2.0
"""Seconds without a question after which what the reader has may have waited."""


class InquiryTalk(LineTalk):
    """Asks for what the reader has, as fast as it has something and it can be kept."""

    def __init__(self, connection: Connection, context: Context) -> None:
        super().__init__(connection, context)
        self._turn = asyncio.Lock()
        self._came = asyncio.Event()
        """A message came, or word that there is none."""
        self._inbox: list[Message] = []
        self._draining = True
        """What comes may have waited in the reader since before."""
        self._drained_late = False
        self._patience = SILENCE + LONGEST_MESSAGE * connection.byte_time
        if connection.network:
            self._patience += SILENCE

    # -- what arrives

    def _deliver(self, message: Message) -> None:
        if isinstance(message, SignOn):
            self._draining = True  # what it had before it lost power comes now
        self._inbox.append(message)
        self._came.set()

    def _empty(self) -> None:
        self._came.set()

    async def _store(self, *, old: bool) -> None:
        messages, self._inbox = self._inbox, []
        if not messages:
            return
        wall, context = self._host.clock.wall(), self._context
        items = [item for message in messages for item in context.reporter.report(message, old=old, wall=wall)]
        facts = context.reporter.clock.to_keep() or None
        try:
            await context.ledger.do(lambda: self._host.commit(items, sync=False, facts=facts))
        except JournalError:
            self._host.count("not_stored")
            self._host.emit(items)

    # -- the questions

    async def serve(self) -> None:
        """Ask until cancelled."""
        if self._host.facts.get(ASKING_FACT) is True:
            self._host.count("cut_off_questions")
            self._host.log.warning("asking for tags was cut off before, so at most one of them may be lost")
        await self._remember(asking=True)
        pause = FIRST_PAUSE
        asked_at = self._loop.time()
        while True:
            while not self._host.room():
                await asyncio.sleep(NO_ROOM_PAUSE)
            async with self._turn:
                if self._leaving is not None:
                    await self.ended
                if self._loop.time() - asked_at > STALLED + self._context.options.idle_interval:
                    self._draining = True
                got = await self._fetch()
                asked_at = self._loop.time()
            if got:
                pause = FIRST_PAUSE
                continue
            try:
                async with asyncio.timeout(pause):
                    await self._came.wait()
            except TimeoutError:
                pause = min(2 * pause, self._context.options.idle_interval)
            else:
                self._host.count("late_answers")
                self._patience = min(2 * self._patience, max(PATIENCE_LIMIT, self._patience))

    async def _fetch(self) -> bool:
        """Ask once; whether there was a message."""
        await self._store(old=self._drained_late)  # what came late
        self._came.clear()
        self._connection.stream.write(CTRL_E)
        try:
            async with asyncio.timeout(self._patience):
                await self._came.wait()
        except TimeoutError:
            if self._lines.pending:
                await self._rest_of_message()
        self._came.clear()
        got = bool(self._inbox)
        await self._store(old=self._draining)
        self._drained_late = self._draining and not got
        self._draining = self._draining and got
        return got

    async def _rest_of_message(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_LIMIT):
                await self._came.wait()
        except TimeoutError:
            self._lines.drop()
            self._damage("cut_off")

    @asynccontextmanager
    async def quiet(self) -> AsyncIterator[None]:
        """No question meanwhile."""
        async with self._turn:
            yield

    async def settled(self) -> None:
        """Wait until the answer to the last question is stored: the reader has forgotten it."""
        async with self._turn:
            await self._store(old=self._draining)
            await self._remember(asking=False)
        await super().settled()

    async def _remember(self, *, asking: bool) -> None:
        """So that the next start knows whether the answer to a question may have been lost."""
        with suppress(JournalError):
            await self._context.ledger.do(lambda: self._host.commit([], sync=False, facts={ASKING_FACT: asking}))
