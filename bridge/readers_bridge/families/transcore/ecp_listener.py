"""What an ECP reader sends: each message is stored before it is acknowledged, so nothing is lost.

Source: MPRX System Guide, chapter 6.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from readers_bridge.errors import DeviceError, JournalError, TransportError
from readers_bridge.families.transcore.connection import Connection
from readers_bridge.families.transcore.ecp import ODD, Damaged, Data, EcpHost, Response
from readers_bridge.families.transcore.last_message import LastMessage
from readers_bridge.families.transcore.messages import Message, SignOn, parse
from readers_bridge.families.transcore.nak_limit import NakLimit
from readers_bridge.families.transcore.talk import (
    RESET,
    Context,
    Talk,
)
from readers_bridge.model import JsonObject

LOOK_AGAIN = 0.25
"""Seconds until we look again whether there is room, and whether lines have waited long enough for a judgement."""

QUEUE_LIMIT = 64
"""Lines that wait; a reader sends one and waits, so there are more only on a line full of noise."""


class DamagedAnswerError(Exception):
    """An answer came, but damaged: ask again at once."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A line; ``began_at``: loop time of its first byte; ``at``: when it was complete, by the host's monotonic clock."""

    line: bytes
    began_at: float
    at: float


@dataclass(slots=True)
class Asked:
    """A command that waits for its answer."""

    body: str
    seq: str
    answer: asyncio.Future[str]


class EcpListener(Talk):
    """One connection to a reader in ECP, as far as it speaks by itself; ``ecp`` knows the numbers, over all connections."""

    def __init__(self, connection: Connection, context: Context, ecp: EcpHost) -> None:
        super().__init__(connection, context)
        self._ecp = ecp
        self._last = LastMessage(context.host)
        self._queue: deque[Arrived] = deque()
        self._refused: tuple[Data, Arrived] | None = None
        """The message for which there was no room."""
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
        self._queue.append(Arrived(line, self._began_at, self._host.clock.monotonic()))
        self._waiting.set()

    def _damage(self, counter: str) -> None:
        super()._damage(counter)
        self._context.backlog.disturbed()

    async def serve(self) -> None:
        """Take care of one line after the other."""
        self._context.backlog.connected(self._host.clock.monotonic(), self._connection.patience)
        while True:
            while self._queue:
                await self._judge(self._queue.popleft())
            self._waiting.clear()
            pending = self._refused is not None or self._context.wrong_protocol.held_since is not None
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN if pending else None):
                    await self._waiting.wait()
            await self._look_again()

    async def _look_again(self) -> None:
        since, now = self._context.wrong_protocol.held_since, self._host.clock.monotonic()
        if since is not None and now - since > self._context.backlog.gap:
            self._give_up_held()
        if self._refused is not None and not self._queue and not self._asking and self._host.room():
            data, arrived = self._refused
            await self._context.ledger.do(lambda: self._data(data, arrived, waited=True))

    def _give_up_held(self) -> None:
        """Publish the lines of which nobody knows what they are."""
        self._publish(self._context.wrong_protocol.give_up())

    def _publish(self, messages: Iterable[Message]) -> None:
        wall, reporter = self._host.clock.wall(), self._context.reporter
        if items := [item for message in messages for item in reporter.report(message, old=False, wall=wall)]:
            self._host.emit(items)

    def end(self, error: DeviceError) -> None:
        """See ``Talk.end``."""
        super().end(error)
        self._give_up_held()

    async def _judge(self, arrived: Arrived) -> None:
        settled = self._ecp.crc.settled
        match self._ecp.receive(arrived.line):
            case Data() as data:
                self._verified(settled, data.skipped)
                if self._awaiting and not data.content.startswith(b"Model "):
                    self._host.count("put_off")  # the reader sends it again after the answer
                    self._context.backlog.disturbed()
                else:
                    await self._context.ledger.do(lambda: self._data(data, arrived))
            case Response() as response:
                self._verified(settled, response.skipped)
                asked = self._asked
                if response.expected and asked is not None and not asked.answer.done():
                    asked.answer.set_result(response.content.decode("latin-1"))
                    if asked.body == RESET and isinstance(message := parse(response.content), SignOn):
                        self._publish([message])
                else:
                    self._host.count("stray_answers")
            case Damaged() as damaged:
                self._damaged(damaged, arrived)

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

    async def _data(self, data: Data, arrived: Arrived, *, waited: bool = False) -> None:
        """Store, then acknowledge. Runs to its end even when the connection ends meanwhile.

        A repeat that began to come before the acknowledgement was sent needs no other one; that would be one for the message
        before the one that waits, which makes some readers send twice what follows, for ever. ``waited``: for room.
        """
        context, backlog = self._context, self._context.backlog
        self._refused = None
        if (data.seq, data.content) == self._ecp.last or self._stored_before(data):
            context.tally.count("repeats")
            backlog.repeated(arrived.at)
            if arrived.began_at >= self._acknowledged_at:
                self._acknowledge(data)
            return
        if not self._host.room():
            self._refuse(data, arrived)
            return
        old = backlog.old(arrived.at, new_number=data.seq != self._last_seq()) or waited
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
            backlog.begin(arrived.at)
            return
        if isinstance(message, SignOn):
            self._ecp.restarted()
            backlog.begin(arrived.at)  # what it had before it lost power comes now
        self._acknowledge(data)
        self._accepted += 1
        if self._accepted > 1:  # the first may only have been sent again
            context.data_mode_proved()
        asked = self._asked
        if isinstance(message, SignOn) and asked is not None and asked.body == RESET and not asked.answer.done():
            asked.answer.set_result(message.text)

    def _refuse(self, data: Data, arrived: Arrived) -> None:
        """Without room nothing is acknowledged: the reader keeps what it has, and repeats it."""
        self._refused = data, arrived
        self._host.count("no_room")
        self._context.backlog.begin(arrived.at)
        self._context.complain(
            "no_room", "the journal has no room or cannot be written; until it can, the reader has to keep its messages"
        )

    def _stored_before(self, data: Data) -> bool:
        """Whether this is what an earlier run stored last, and perhaps could not acknowledge any more."""
        return self._ecp.last is None and self._last.is_again(data)

    def _last_seq(self) -> str | None:
        """The number of the last message; None where nothing is remembered."""
        return self._last.seq if self._ecp.last is None else self._ecp.last[0]

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

    def _damaged(self, damaged: Damaged, arrived: Arrived) -> None:
        context, wrong = self._context, self._context.wrong_protocol
        context.backlog.disturbed()
        if b"#" not in arrived.line:
            self._damage("noise_lines")
            return
        found = wrong.unverified(arrived.line, arrived.at)
        if wrong.is_basic and not wrong.told:
            context.complain(
                "wrong_protocol",
                "the reader speaks the basic protocol or data inquiry, but ecp is configured; nothing is acknowledged, and "
                "what it sends is taken as it is. Correct protocol for this device, or switch the protocol at the reader",
            )
            self._host.emit([wrong.event("basic")])
        self._publish(found.messages)
        if not found.damaged:
            return
        context.tally.count("crc_errors")
        if self._asking:
            asked = self._asked
            answer = damaged.seq is None or damaged.seq in ODD
            if answer and asked is not None and not asked.answer.done():
                asked.answer.set_exception(DamagedAnswerError())
            return
        if not context.options.listen_only and self._nak_limit.allows(self._loop.time()):
            self._host.count("naks")
            even = damaged.seq is not None and damaged.seq not in ODD
            self._send(self._ecp.nak(damaged.seq if even and damaged.seq else self._ecp.expected))
