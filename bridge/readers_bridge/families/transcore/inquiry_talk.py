"""Data inquiry: the reader gives one message for each CTRL-E, and forgets what it gave.

Source: MPRX System Guide, page 6-4. What an empty buffer answers is not documented: nothing, as far as is known.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from readers_bridge.errors import JournalError
from readers_bridge.families.transcore.answer_time import AnswerTime
from readers_bridge.families.transcore.connection import Connection
from readers_bridge.families.transcore.line_talk import LineTalk
from readers_bridge.families.transcore.messages import Message, SignOn
from readers_bridge.families.transcore.talk import Context

CTRL_E = b"\x05"

REST_OF_MESSAGE = 2.0
"""Seconds that the rest of a message that has begun may take."""

FIRST_PAUSE = 0.05
"""Seconds until the first question after the buffer was empty; then twice as long each time.

The configured interval counts from question to question. Each is given its time to be answered before the next one."""

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
        self._answer_time = AnswerTime(connection.patience)

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
        pause, interval = FIRST_PAUSE, self._context.options.idle_interval
        got, asked_at = False, self._loop.time()
        while True:
            while not self._host.room():
                await asyncio.sleep(NO_ROOM_PAUSE)
            async with self._turn:
                if self._leaving is None:
                    now = self._loop.time()
                    if now - asked_at > STALLED + max(interval, self._answer_time.patience):
                        self._draining = True
                    asked_at = now
                    got = await self._fetch()
            if self._leaving is not None:
                await self.ended
            if got:
                pause = FIRST_PAUSE
            elif await self._came_within(min(pause, asked_at + interval - self._loop.time())):
                self._host.count("late_answers")
                await self._take(old=self._drained_late)
            else:
                pause = min(2 * pause, interval)

    async def _fetch(self) -> bool:
        """Ask once; whether there was a message."""
        await self._store(old=self._drained_late)  # what came late
        self._came.clear()
        times = self._answer_time
        times.asked(self._loop.time())
        self._connection.stream.write(CTRL_E)
        got = False
        if await self._came_within(times.patience) or (self._lines.pending and await self._rest_of_message()):
            got = await self._take(old=self._draining)
        self._drained_late = self._draining and not got
        self._draining = self._draining and got
        return got

    async def _take(self, *, old: bool) -> bool:
        """Store what came, and wait for more if it may be the late answer to an earlier question; whether it was a message."""
        times, got = self._answer_time, False
        while True:
            still_open = times.answered(self._loop.time())
            self._came.clear()
            got = got or bool(self._inbox)
            await self._store(old=old)
            if not still_open:
                return got
            if not await self._came_within(times.left(self._loop.time())):
                times.silent()
                return got
            self._host.count("late_answers")

    async def _came_within(self, seconds: float) -> bool:
        """Whether something comes within this time."""
        if seconds > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._came.wait()
        return self._came.is_set()

    async def _rest_of_message(self) -> bool:
        if await self._came_within(REST_OF_MESSAGE):
            return True
        self._lines.drop()
        self._damage("cut_off")
        return False

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
