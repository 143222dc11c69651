"""A conversation with a reader over one connection: what all three protocols have in common."""

from __future__ import annotations

import abc
import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from readers_bridge.errors import CommandError, DeviceError, TransportError
from readers_bridge.families import Host
from readers_bridge.families.transcore.backlog import Backlog
from readers_bridge.families.transcore.connection import BAUDRATE, BITS_PER_BYTE, Connection
from readers_bridge.families.transcore.framing import Foreign, Line, Lines, Overlong
from readers_bridge.families.transcore.ledger import Ledger
from readers_bridge.families.transcore.options import Options
from readers_bridge.families.transcore.reads import Reporter
from readers_bridge.families.transcore.tally import Tally
from readers_bridge.families.transcore.wrong_protocol import WrongProtocol
from readers_bridge.model import Status

RESPONSE = 2.0
"""Seconds that an answer may take at 9600 baud; slower lines have more."""

NETWORK_ALLOWANCE = 1.0
"""Seconds more for a device server and the network."""

TRIES = 3
"""Times that what may be sent again is sent."""

STALE = 5.0
"""Seconds without a byte after which the beginning of a message is given up."""

DATA_MODE = "00"
COMMAND_MODE = "01"
RESET = "63"
"""The reader restarts, and answers with its sign-on."""


class NoAnswerError(DeviceError):
    """The reader did not answer a command that was sent; it may have executed it."""

    code = "no_answer"


@dataclass(frozen=True, slots=True)
class Context:
    """What outlives a connection. ``complain(about, message, *args)`` logs once per connection."""

    host: Host
    options: Options
    reporter: Reporter
    ledger: Ledger
    tally: Tally
    backlog: Backlog
    wrong_protocol: WrongProtocol
    complain: Callable[..., None]
    data_mode_proved: Callable[[], None]
    """Called when the reader shows that it is in data mode."""


class Talk(abc.ABC):
    """Listens to a reader and asks it things."""

    def __init__(self, connection: Connection, context: Context) -> None:
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = loop.create_future()
        """Done when the conversation cannot go on; its exception tells why."""
        self.speaks_another = False
        """It ended because the reader speaks another protocol than the configured one."""
        self._loop = loop
        self._connection = connection
        self._context = context
        self._host = context.host
        self._lines = Lines()
        self._received_at = loop.time()
        self._began_at = self._received_at
        """When the first byte of the line came that is being received, or was received last."""
        self._leaving: DeviceError | None = None
        self._owed = False
        """A command was given up, and its answer may still come."""
        slow = connection.byte_time * BAUDRATE / BITS_PER_BYTE
        self._response_time = RESPONSE * max(1.0, slow) + (NETWORK_ALLOWANCE if connection.network else 0.0)

    # -- what arrives

    def receive(self, data: bytes) -> None:
        """Bytes from the connection."""
        now = self._loop.time()
        if self._lines.pending and now - self._received_at > max(STALE, self._context.options.ecp_timeout):
            self._lines.drop()
            self._damage("cut_off")
        self._received_at = now
        if not self._lines.pending:
            self._began_at = now
        for item in self._lines.feed(data):
            match item:
                case Line(line):
                    self._line(line)
                case Overlong():
                    self._damage("oversize")
                case Foreign(text):
                    self.end(DeviceError(text, code="unsupported_dialect"))
            self._began_at = now
        self._received()

    @abc.abstractmethod
    def _line(self, line: bytes) -> None:
        """A line."""

    def _received(self) -> None:  # noqa: B027  not every protocol has something to do then
        """All lines of one receive have been given."""

    @abc.abstractmethod
    async def serve(self) -> None:
        """Do what has to be done while the connection stands."""

    def _damage(self, counter: str) -> None:
        self._context.tally.count(counter)
        if counter != "damaged_lines":
            self._context.tally.count("damaged_lines")

    # -- what is asked

    @abc.abstractmethod
    async def ask(self, body: str, *, tries: int = 1) -> str:
        """The reader's answer to a command, ``Error`` included.

        ``tries``: how often it may be sent; with ECP it is executed once, however often it is sent.

        Raises:
            TransportError: nothing was sent.
            NoAnswerError: it was sent, and not answered.
            JournalError: nothing was sent, for what must be stored before could not be.
        """

    async def enter(self) -> None:
        """Open command mode.

        Raises:
            CommandError: the reader does not answer; nothing else was sent.
        """
        try:
            await self.ask(COMMAND_MODE, tries=TRIES)
        except NoAnswerError as error:
            raise silent(error) from error

    async def leave(self) -> str:
        """Close command mode; the reader's answer.

        ``Error`` means that it is closed already, or that a disturbed line made another command of ours: it is asked again.

        Raises:
            DeviceError: it did not answer.
        """
        owed = self._owed
        for _ in range(TRIES):
            answer = await self.ask(DATA_MODE, tries=TRIES)
            if answer == "Done":
                break
        if owed:  # that may have been the late answer to what was asked before
            with suppress(NoAnswerError):
                await self.ask(DATA_MODE)
        self._owed = False
        return answer

    @property
    def ready(self) -> bool:
        """Whether an answer can be told from an old one without opening command mode."""
        return True

    @asynccontextmanager
    async def quiet(self) -> AsyncIterator[None]:
        """Nothing else is sent meanwhile."""
        yield

    async def settled(self) -> None:
        """Wait until what has come is stored and acknowledged."""
        await self._context.ledger.settled()

    def abort(self, error: DeviceError) -> None:
        """The bridge wants to go: no command but that which closes command mode is sent or awaited any more."""
        self._leaving = error
        self._give_up(error, patient=True)

    def end(self, error: DeviceError) -> None:
        """The conversation cannot go on."""
        if not self.ended.done():
            self.ended.set_exception(error)
            self.ended.exception()  # retrieved: whoever asks gets it again
        self._give_up(error)

    @abc.abstractmethod
    def _give_up(self, error: DeviceError, *, patient: bool = False) -> None:
        """Whoever waits for an answer shall wait no longer; ``patient``: unless command mode is being closed."""

    def _may_ask(self, body: str) -> None:
        if self.ended.done():
            raise TransportError(f"the connection to the reader has ended: {self.ended.exception()}; nothing was sent")
        if self._leaving is not None and body != DATA_MODE:
            raise TransportError(f"{self._leaving}; nothing was sent")

    def _unanswered(self, body: str) -> NoAnswerError:
        self._host.count("timeouts")
        return NoAnswerError(f"the reader did not answer {body} within {self._response_time:.1f} s")


def silent(error: DeviceError) -> CommandError:
    """What a command comes to when the reader does not even open command mode."""
    return CommandError(
        f"{error}, so command mode was not opened and nothing was done; check the line to the reader, and the protocol",
        status=Status.NO_ANSWER,
        code="no_answer",
    )
