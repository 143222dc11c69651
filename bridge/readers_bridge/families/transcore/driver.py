"""The I/O shell of a TransCore reader."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from readers_bridge.errors import CommandError, DeviceError, ReadersError, TransportError
from readers_bridge.families import Driver, Host
from readers_bridge.families.transcore.actions import Actions
from readers_bridge.families.transcore.backlog import Backlog
from readers_bridge.families.transcore.clock_offset import ClockOffset
from readers_bridge.families.transcore.command_mode import CommandMode
from readers_bridge.families.transcore.connection import Connection, connected, parity
from readers_bridge.families.transcore.crc import Crc
from readers_bridge.families.transcore.description import About, describe, shown_counters
from readers_bridge.families.transcore.ecp import ODD, EcpHost
from readers_bridge.families.transcore.ecp_talk import ODD_FACT, EcpTalk
from readers_bridge.families.transcore.inquiry_talk import InquiryTalk
from readers_bridge.families.transcore.ledger import Ledger
from readers_bridge.families.transcore.line_talk import LineTalk
from readers_bridge.families.transcore.messages import SignOn
from readers_bridge.families.transcore.options import LONGEST_ECP_TIMEOUT, Options
from readers_bridge.families.transcore.reads import Reporter
from readers_bridge.families.transcore.replies import Version
from readers_bridge.families.transcore.talk import Context, Talk
from readers_bridge.families.transcore.tally import TELL_EVERY, Tally
from readers_bridge.families.transcore.typedefs import Protocol
from readers_bridge.families.transcore.wrong_protocol import WrongProtocol
from readers_bridge.model import Command, Description, DeviceConfig, Outcome

LEAVE_WITHIN = 6.0
"""Seconds that the end of a session may take, so that command mode is closed and what has come is stored."""

LONGEST_SILENCE = LONGEST_ECP_TIMEOUT * 1.05 + 1.0
"""Seconds within which a reader in ECP repeats a message, whatever its time-out is."""

NO_HEARTBEAT = "no_heartbeat"


class TransCoreDriver(Driver):
    """One reader."""

    def __init__(self, config: DeviceConfig, host: Host) -> None:
        super().__init__(config, host)
        self._options = options = Options.of(config.options)
        self._about: About | None = None
        self._complained: set[str] = set()
        self._talk: Talk | None = None
        self._early: list[bytes] = []
        self._missed = False
        """The reader was given up because its heartbeat failed to appear."""
        self._wrong = False
        """The reader was given up because it speaks another protocol."""
        self._heard = asyncio.Event()
        self._stirred = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._clock = ClockOffset(host.facts)
        tally = Tally(host, shown_counters(options))
        reporter = Reporter(
            options.reports,
            self._clock,
            late_after=config.late_after,
            buffers=options.protocol is not Protocol.BASIC,
            count=tally.count,
            signed_on=self._signed_on,
        )
        ledger = Ledger()
        self._mode = CommandMode(host, ledger, reporter.failed, reporter.clear)
        odd = host.facts.get(ODD_FACT)
        self._in_step = isinstance(odd, str) and len(odd) == 1 and odd in ODD
        self._ecp = EcpHost(Crc(options.crc, parity(config.address)), odd=odd if self._in_step else None)
        self._context = Context(
            host=host,
            options=options,
            reporter=reporter,
            ledger=ledger,
            tally=tally,
            backlog=Backlog(options.ecp_timeout),
            wrong_protocol=WrongProtocol(options.protocol),
            complain=self._complain,
            data_mode_proved=self._data_mode_proved,
        )

    @property
    def description(self) -> Description:
        """What the reader is and can do, as far as it is known."""
        return describe(self._options, self._about)

    # -- a connection

    async def session(self) -> None:
        """Connect and serve until the connection ends.

        Raises:
            DeviceError: why it ended.
        """
        self._complained.clear()
        self._early.clear()
        self._heard.clear()
        self.host.emit(self._context.reporter.begin())
        async with connected(self.config.address, self._receive) as connection:
            talk = self._new_talk(connection)
            link = asyncio.create_task(connection.stream.closed())
            tasks = [asyncio.create_task(work) for work in self._works(talk, connection)]
            try:
                self._talk = talk
                early, self._early = self._early, []
                for data in early:
                    talk.receive(data)
                await asyncio.wait({link, talk.ended, *tasks}, return_when=asyncio.FIRST_COMPLETED)
                for one in (talk.ended, link, *tasks):
                    if one.done():
                        await one
            except asyncio.CancelledError:
                await self._leave(talk)
                raise
            finally:
                self._talk = None
                self._wrong |= talk.speaks_another
                talk.end(TransportError("the connection to the reader ended"))
                if isinstance(talk, EcpTalk):
                    self._in_step = talk.ready
                for task in (link, *tasks):
                    task.cancel()
                await asyncio.gather(link, *tasks, return_exceptions=True)

    def _new_talk(self, connection: Connection) -> Talk:
        match self._options.protocol:
            case Protocol.BASIC:
                return LineTalk(connection, self._context)
            case Protocol.DATA_INQUIRY:
                return InquiryTalk(connection, self._context)
            case Protocol.ECP:
                return EcpTalk(connection, self._context, self._ecp, in_step=self._in_step)

    def _works(self, talk: Talk, connection: Connection) -> list[Coroutine[Any, Any, None]]:
        works: list[Coroutine[Any, Any, None]] = [self._online(connection), self._tell_counters()]
        if not self._options.listen_only:
            works.append(self._mode.keep_closed(talk))  # before the first question of data inquiry
        works.append(talk.serve())
        if self._options.query_on_connect:
            works.append(self._query(talk))
        if self._options.heartbeat is not None:
            works.append(self._watch(self._options.heartbeat))
        return works

    async def _online(self, connection: Connection) -> None:
        if self._missed:
            await self._heard.wait()
            self._missed = False
        if self._wrong:
            await self._until_right()
            self._wrong = False
        if self._options.protocol is Protocol.BASIC:
            self.host.throttle(connection.stream)
        self.host.online()
        await asyncio.Event().wait()

    async def _until_right(self) -> None:
        """Wait until the reader speaks the configured protocol, or is silent for longer than one in ECP repeats its message."""
        with suppress(TimeoutError):
            while self._context.wrong_protocol.told:
                async with asyncio.timeout(LONGEST_SILENCE):
                    await self._stirred.wait()
                self._stirred.clear()

    async def _tell_counters(self) -> None:
        while True:
            await self._context.tally.tell()
            await asyncio.sleep(TELL_EVERY)

    async def _query(self, talk: Talk) -> None:
        try:
            await self._actions(talk).query_status()
        except ReadersError as error:
            self.host.log.warning("the reader did not tell its status: %s", error)
        await asyncio.Event().wait()

    async def _watch(self, heartbeat: float) -> None:
        while True:
            try:
                async with asyncio.timeout(heartbeat):
                    await self._heard.wait()
            except TimeoutError:
                self._missed = True
                raise DeviceError(
                    f"nothing came from the reader for {heartbeat:g} s, not even its heartbeat; is it on, and is 831 set in it?",
                    code=NO_HEARTBEAT,
                ) from None
            self._heard.clear()

    async def _leave(self, talk: Talk) -> None:
        """The bridge goes: command mode must not stay open, and what a question brought must be stored."""
        talk.abort(TransportError("the bridge ends the connection"))
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_WITHIN):
                await self._mode.idle()
                await talk.settled()

    def _receive(self, data: bytes) -> None:
        self._heard.set()
        self._stirred.set()
        if self._talk is None:
            self._early.append(data)
        else:
            self._talk.receive(data)

    # -- what the reader tells of itself

    def _signed_on(self, sign_on: SignOn) -> None:
        if not sign_on.boot:
            self._learned(About(sign_on.model, sign_on.version, sign_on.serial))

    def _learned(self, told: About | Version) -> None:
        about = About(told.model, told.version, told.serial)
        if about != self._about:
            self._about = about
            self.host.describe(self.description)

    def _data_mode_proved(self) -> None:
        if self._mode.may_be_open:
            task = asyncio.create_task(self._mode.data_mode_proved())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _complain(self, about: str, message: str, *args: object) -> None:
        """Log once per connection."""
        if about not in self._complained:
            self._complained.add(about)
            self.host.log.warning(message, *args)

    # -- commands

    def _actions(self, talk: Talk) -> Actions:
        return Actions(talk, self._mode, self.host, self._options, self._clock, self._learned)

    async def execute(self, command: Command) -> Outcome:
        """Execute a command; the reader answers each.

        Raises:
            CommandError: the reader said no, or did not answer, or the command is not allowed.
            TransportError: nothing was sent.
        """
        talk = self._talk
        if talk is None:
            raise TransportError("the reader is not connected; nothing was sent")
        if self._options.listen_only:
            raise CommandError("listen_only is set, so nothing is sent", status="refused", code="listen_only")
        return await self._actions(talk).execute(command)
