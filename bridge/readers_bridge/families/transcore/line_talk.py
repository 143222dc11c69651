"""Basic protocol, and what data inquiry has in common with it: lines without a check, answers told by what they say.

Source: MPRX System Guide, chapter 6; MPRX User Guide, pages 47 and 48. With echo on (#6171) the reader sends each command back
before its answer.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from readers_bridge.errors import DeviceError
from readers_bridge.families.transcore.command_table import answers
from readers_bridge.families.transcore.connection import Connection
from readers_bridge.families.transcore.ecp import looks_like_ecp
from readers_bridge.families.transcore.framing import candidates, command
from readers_bridge.families.transcore.messages import Message, Report, SignOn, parse, parse_line
from readers_bridge.families.transcore.talk import DATA_MODE, RESET, Context, NoAnswerError, Talk
from readers_bridge.model import Event, Read, State

EMPTY = b"#"
"""A message without content; some readers may say so that their buffer is empty."""


@dataclass(slots=True)
class Asked:
    """A command that waits for its answer; ``echo`` is the line that an echo would be."""

    body: str
    echo: bytes | None
    answer: asyncio.Future[str]


class LineTalk(Talk):
    """Basic protocol: the reader sends when it has something, and what it sent is gone."""

    def __init__(self, connection: Connection, context: Context) -> None:
        super().__init__(connection, context)
        self._asked: Asked | None = None
        self._items: list[Read | Event | State] = []

    # -- what arrives

    def _line(self, line: bytes) -> None:
        if self._asked is not None and self._answered(self._asked, line):
            return
        if line == EMPTY:
            self._empty()
        elif looks_like_ecp(line, self._connection.parity):
            self._found_ecp(line)
        elif (message := parse_line(line)) is None:
            self._damage("noise_lines")
        else:
            self._message(line, message)

    def _answered(self, asked: Asked, line: bytes) -> bool:
        if asked.answer.done():
            return False
        if line == asked.echo:
            asked.echo = None
            self._host.count("echoes")
            return True
        for candidate in candidates(line):
            if answers(asked.body, candidate):
                asked.answer.set_result(candidate.decode("latin-1"))
                if isinstance(message := parse(candidate), SignOn) and asked.body == RESET:
                    self._deliver(message)
                return True
        return False

    def _message(self, line: bytes, message: Message) -> None:
        self._context.wrong_protocol.right()
        text = message.text
        if len(text) < len(line) - 1 or (isinstance(message, Report) and not (text.isascii() and text.isprintable())):
            self._damage("damaged_lines")
        if not isinstance(message, Report):
            self._context.data_mode_proved()
        self._deliver(message)

    def _deliver(self, message: Message) -> None:
        self._items += self._context.reporter.report(message, old=False, wall=self._host.clock.wall())

    def _empty(self) -> None:
        """An empty message."""

    def _received(self) -> None:
        if self._items:
            items, self._items = self._items, []
            self._host.emit(items)

    def _found_ecp(self, line: bytes) -> None:
        """A message in ECP: the reader repeats it until it is acknowledged in that protocol, so it is not lost.

        The first may be a tag that looks like it by chance, and is told as a report.
        """
        wrong = self._context.wrong_protocol
        self._host.count("ecp_lines")
        if not wrong.ecp_line():
            self._deliver(Report(line.partition(EMPTY)[2].decode("latin-1")))
            return
        if not wrong.told:
            self._items.append(wrong.event("ecp"))
        self.speaks_another = True
        self.end(
            DeviceError(
                f"the reader speaks ECP, but {self._context.options.protocol} is configured; set protocol: ecp for this "
                "device, or switch the protocol at the reader",
                code="wrong_protocol",
            )
        )

    async def serve(self) -> None:
        """The reader sends by itself."""
        await self.ended

    # -- what is asked

    async def ask(self, body: str, *, tries: int = 1) -> str:
        """See ``Talk.ask``."""
        frame = command(body.encode("ascii"))
        for _ in range(tries):
            self._may_ask(body)
            asked = Asked(body, frame.rstrip(b"\r"), self._loop.create_future())
            self._asked = asked
            self._owed = True
            try:
                self._connection.stream.write(frame)
                async with asyncio.timeout(self._response_time):
                    answer = await asked.answer
            except TimeoutError:
                error = self._unanswered(body)
            else:
                self._owed = False
                return answer
            finally:
                self._asked = None
        raise error

    def _give_up(self, error: DeviceError, *, patient: bool = False) -> None:
        asked = self._asked
        if asked is not None and not asked.answer.done() and not (patient and asked.body == DATA_MODE):
            asked.answer.set_exception(NoAnswerError(f"{error}; the command may have been executed"))
