"""ECP: each message is stored before it is acknowledged, and each command is numbered; nothing is lost, and nothing done twice.

Source: MPRX System Guide, chapter 6.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from dataclasses import dataclass

from readers_bridge.errors import CommandError, DeviceError, JournalError, TransportError
from readers_bridge.families.transcore.command_table import answers
from readers_bridge.families.transcore.connection import Connection
from readers_bridge.families.transcore.ecp import ODD, Damaged, Data, EcpHost, Response
from readers_bridge.families.transcore.last_message import LastMessage
from readers_bridge.families.transcore.messages import SignOn, parse
from readers_bridge.families.transcore.nak_limit import NakLimit
from readers_bridge.families.transcore.talk import (
    COMMAND_MODE,
    DATA_MODE,
    RESET,
    TRIES,
    Context,
    NoAnswerError,
    Talk,
    silent,
)
from readers_bridge.model import JsonObject, Status

ODD_FACT = "ecp_odd"

QUEUE_LIMIT = 64
"""Lines that wait; a reader sends one and waits, so there are more only on a line full of noise."""

VERSION = "505"


class _DamagedAnswerError(Exception):
    """An answer came, but damaged: ask again at once."""


@dataclass(slots=True)
class Asked:
    """A command that waits for its answer."""

    body: str
    seq: str
    answer: asyncio.Future[str]


class EcpTalk(Talk):
    """One connection to a reader in ECP; ``ecp`` knows the numbers, over all connections."""

    def __init__(self, connection: Connection, context: Context, ecp: EcpHost, *, in_step: bool) -> None:
        """``in_step``: the number of the last command is known, so that no old answer can be taken for a new one."""
        super().__init__(connection, context)
        self._ecp = ecp
        self._last = LastMessage(context.host)
        self._in_step = in_step
        self._queue: deque[tuple[bytes, float]] = deque()
        """Lines, and when each began to come."""
        self._acknowledged_at = -math.inf
        self._waiting = asyncio.Event()
        self._asking = False
        self._asked: Asked | None = None
        self._accepted = 0
        """New messages since the last command."""
        self._nak_limit = NakLimit(self._loop.time())

    # -- what arrives

    def _line(self, line: bytes) -> None:
        if len(self._queue) >= QUEUE_LIMIT:
            self._damage("dropped_lines")  # the reader sends it again
            return
        self._queue.append((line, self._began_at))
        self._waiting.set()

    async def serve(self) -> None:
        """Take care of one line after the other."""
        self._context.backlog.begin(self._host.clock.monotonic())
        while True:
            while self._queue:
                await self._judge(*self._queue.popleft())
            self._waiting.clear()
            await self._waiting.wait()

    async def _judge(self, line: bytes, began_at: float) -> None:
        settled = self._ecp.crc.settled
        match self._ecp.receive(line):
            case Data() as data:
                self._verified(settled, data.skipped)
                if self._awaiting and not data.content.startswith(b"Model "):
                    self._host.count("put_off")  # the reader sends it again after the answer
                else:
                    await self._context.ledger.do(lambda: self._data(data, began_at))
            case Response() as response:
                self._verified(settled, response.skipped)
                asked = self._asked
                if response.expected and asked is not None and not asked.answer.done():
                    asked.answer.set_result(response.content.decode("latin-1"))
                    if asked.body == RESET and isinstance(message := parse(response.content), SignOn):
                        self._host.emit(self._context.reporter.report(message, old=False, wall=self._host.clock.wall()))
                else:
                    self._host.count("stray_answers")
            case Damaged() as damaged:
                self._damaged(damaged, line)

    @property
    def _awaiting(self) -> bool:
        """An answer is awaited, or a command is about to be sent."""
        return self._asking and (self._asked is None or not self._asked.answer.done())

    def _verified(self, before: object, skipped: int) -> None:
        self._context.wrong_protocol.right()
        if skipped:
            self._damage("damaged_lines")
        if self._ecp.crc.settled is not before:
            self._host.log.info("the reader's messages carry the %s CRC", self._ecp.crc.settled)

    async def _data(self, data: Data, began_at: float) -> None:
        """Store, then acknowledge. Runs to its end even when the connection ends meanwhile.

        A repeat that began to come before the acknowledgement was sent needs no other one; that would be one for the message
        before the one that waits, which makes some readers send twice what follows, for ever.
        """
        context, now = self._context, self._host.clock.monotonic()
        old = context.backlog.old(now)
        if (data.seq, data.content) == self._ecp.last or self._stored_before(data):
            context.tally.count("repeats")
            if began_at >= self._acknowledged_at:
                self._acknowledge(data)
            return
        message = parse(data.content)
        if not isinstance(message, SignOn) and data.seq != (self._expected() or data.seq):
            context.tally.count("sequence_jumps")
        if self._last.is_resent(data, message):
            context.tally.count("repeats")
            items = []
        else:
            items = context.reporter.report(message, old=old, wall=self._host.clock.wall())
        facts: JsonObject = {**self._last.to_keep(data, message), **context.reporter.clock.to_keep()}
        try:
            await self._host.commit(items, sync=context.options.synced, facts=facts)
        except JournalError as error:
            self._host.count("not_stored")
            context.complain("not_stored", "a message is not acknowledged, because it cannot be stored: %s", error)
            context.backlog.begin(now)
            return
        if isinstance(message, SignOn):
            self._ecp.restarted()
            context.backlog.begin(now)  # what it had before it lost power comes now
        self._acknowledge(data)
        self._accepted += 1
        if self._accepted > 1:  # the first may only have been sent again
            context.data_mode_proved()
        asked = self._asked
        if isinstance(message, SignOn) and asked is not None and asked.body == RESET and not asked.answer.done():
            asked.answer.set_result(message.text)

    def _stored_before(self, data: Data) -> bool:
        """Whether this is what an earlier run stored last, and perhaps could not acknowledge any more."""
        return self._ecp.last is None and self._last.is_again(data)

    def _expected(self) -> str | None:
        """The number of the next message; None where nothing is remembered."""
        return self._last.next_seq() if self._ecp.last is None else self._ecp.expected

    def _acknowledge(self, data: Data) -> None:
        self._send(self._ecp.accept(data))
        self._acknowledged_at = self._loop.time()
        self._context.backlog.answered(self._host.clock.monotonic())

    def _send(self, frame: bytes) -> None:
        try:
            self._connection.stream.write(frame)
        except TransportError:
            self._host.count("not_acknowledged")  # the connection is gone; the reader sends it again

    # -- damage

    def _damaged(self, damaged: Damaged, line: bytes) -> None:
        context, wrong = self._context, self._context.wrong_protocol
        if b"#" not in line:
            self._damage("noise_lines")
            return
        if messages := wrong.unverified(line):
            if not wrong.told:
                context.complain(
                    "wrong_protocol",
                    "the reader speaks the basic protocol or data inquiry, but ecp is configured; nothing is acknowledged, and "
                    "what it sends is taken as it is. Correct protocol for this device, or switch the protocol at the reader",
                )
                self._host.emit([wrong.event("basic")])
            wall = self._host.clock.wall()
            self._host.emit([item for one in messages for item in context.reporter.report(one, old=False, wall=wall)])
            return
        context.tally.count("crc_errors")
        if self._asking:
            asked = self._asked
            answer = damaged.seq is None or damaged.seq in ODD
            if answer and asked is not None and not asked.answer.done():
                asked.answer.set_exception(_DamagedAnswerError())
            return
        if self._nak_limit.allows(self._loop.time()):
            self._host.count("naks")
            even = damaged.seq is not None and damaged.seq not in ODD
            self._send(self._ecp.nak(damaged.seq if even and damaged.seq else self._ecp.expected))

    # -- what is asked

    async def ask(self, body: str, *, tries: int = 1) -> str:  # noqa: ARG002  a reader executes a number once
        """See ``Talk.ask``. Messages that come meanwhile are not acknowledged; the reader sends them again."""
        self._may_ask(body)
        if self._context.wrong_protocol.is_basic:
            raise DeviceError(
                "the reader speaks the basic protocol or data inquiry, which would take an ECP command for another one; nothing "
                "was sent. Correct protocol for this device",
                code="wrong_protocol",
            )
        self._asking = True
        self._accepted = 0
        try:
            seq = await self._next_odd(must=body == DATA_MODE)
            return await self._ask(seq, body)
        finally:
            self._asked = None
            self._asking = False
            self._ecp.abandon()

    async def _next_odd(self, *, must: bool) -> str:
        async def store() -> str:
            seq = self._ecp.next_odd()
            try:
                await self._host.commit([], facts={ODD_FACT: seq})
            except JournalError:
                if not must:
                    raise
            return seq

        return await self._context.ledger.do(store)

    async def _ask(self, seq: str, body: str) -> str:
        for _ in range(TRIES):
            self._may_ask(body)
            asked = Asked(body, seq, self._loop.create_future())
            self._asked = asked
            self._connection.stream.write(self._ecp.command(seq, body.encode("ascii")))
            try:
                async with asyncio.timeout(self._response_time):
                    return await asked.answer
            except TimeoutError:
                error = self._unanswered(body)
            except _DamagedAnswerError:
                error = NoAnswerError(f"the reader's answers to {body} are damaged; is the line disturbed?")
        raise error

    async def enter(self) -> None:
        """Open command mode, and make sure that the answers are not old ones.

        A reader that has seen our number before does not execute the command, but repeats its last answer.
        """
        for _ in range(TRIES):
            try:
                await self.ask(COMMAND_MODE)
                if self._in_step:
                    return
                answer = await self.ask(VERSION)
            except NoAnswerError as error:
                raise silent(error) from error
            if answers(VERSION, answer.encode("latin-1")) and answer != "Error":
                self._in_step = True
                return
            self._host.count("old_answers")
        raise CommandError(
            "the reader's answers do not belong to what it is asked, so nothing was done; does another host talk to it, too?",
            status=Status.FAILED,
            code="out_of_step",
        )

    async def leave(self) -> str:
        """Close command mode."""
        answer = await self.ask(DATA_MODE)
        return answer if self._in_step else await self.ask(DATA_MODE)

    @property
    def ready(self) -> bool:
        """Whether the number of the last command is known."""
        return self._in_step

    def _give_up(self, error: DeviceError, *, patient: bool = False) -> None:
        asked = self._asked
        if asked is not None and not asked.answer.done() and not (patient and asked.body == DATA_MODE):
            asked.answer.set_exception(NoAnswerError(f"{error}; the command may have been executed"))
