"""The I/O shell of a BALTECH reader that speaks BRP."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from readers_bridge.errors import CommandError, DeviceError, ProtocolError, TransportError
from readers_bridge.families import Driver, Host
from readers_bridge.families.baltech import actions, commands
from readers_bridge.families.baltech.autoread import report
from readers_bridge.families.baltech.brp import Response
from readers_bridge.families.baltech.channel import Channel
from readers_bridge.families.baltech.connection import Connection, connected
from readers_bridge.families.baltech.description import describe
from readers_bridge.families.baltech.exchange import Exchange, NoAnswerError, line_stands
from readers_bridge.families.baltech.ident import ConnectReason, canonical
from readers_bridge.families.baltech.options import Options
from readers_bridge.families.baltech.polling import AUTOREAD_DISABLED, NO_ROOM_PAUSE, Polling, pause
from readers_bridge.families.baltech.reader import About, authenticate, demand, get_to_know
from readers_bridge.families.baltech.script_actions import Limits, ScriptActions
from readers_bridge.families.baltech.sensing import Sensing
from readers_bridge.families.baltech.typedefs import AutoReadMode, IoPort
from readers_bridge.model import Command, Description, DeviceConfig, Event, JsonObject, Outcome, State, Status
from readers_bridge.transports.tcp_listener import Stranger

GET_MESSAGE = 0x0501

ENABLE_EVERY = 1.0
"""Seconds between two attempts to switch Autoread on."""

LEAVE_WITHIN = 2.0
"""Seconds that the end of a session may take."""

BACK_WITHIN = 20.0
"""Seconds in which a reader that was restarted must answer again."""


class BaltechDriver(Driver):
    """One reader that speaks BRP, over whatever connection."""

    def __init__(self, config: DeviceConfig, host: Host) -> None:
        super().__init__(config, host)
        self._options = Options.of(config.options)
        self._polling = Polling(config, host, self._complain)
        self._about: About | None = None
        self._exchange: Exchange | None = None
        self._early: list[bytes] = []
        self._complained: set[str] = set()
        self._restored = False
        self._reset_needed = False
        self._restarting = False
        self._restricted = False
        """AR.RestrictScanCardFamilies was sent, and works until the reader restarts."""
        self._back = asyncio.Event()

    @property
    def description(self) -> Description:
        """What the reader is and can do, as far as it is known."""
        return describe(self._options, self._about)

    # -- a connection

    async def session(self) -> None:
        """Connect, get to know the reader, and fetch what it reads until the connection ends.

        Raises:
            DeviceError: why it ended.
        """
        self._complained.clear()
        self._early.clear()
        self._restarting = False
        self._polling.begin()
        if not self._restored:
            await self._polling.restore()
            self._restored = True
        async with connected(self.config.address, self._receive, self._strange) as connection:
            exchange = Exchange(
                connection,
                network=connection.network,
                byte_time=connection.byte_time,
                crc=self._options.crc,
                late=self._late,
                count=self.host.count,
            )
            work = asyncio.create_task(self._work(connection, exchange))
            link = asyncio.create_task(connection.stream.closed())
            try:
                self._exchange = exchange
                for data in self._early:
                    exchange.receive(data)
                await asyncio.wait({work, link, exchange.ended}, return_when=asyncio.FIRST_COMPLETED)
                if self._restarting:
                    raise DeviceError("the reader restarts, as it was told", code="restarting")
                if exchange.ended.done():
                    await exchange.ended
                if work.done():
                    await work
                await link
            except asyncio.CancelledError:
                await self._leave(work)
                raise
            finally:
                self._exchange = None
                exchange.end(TransportError("the connection to the reader ended"))
                work.cancel()
                link.cancel()
                await asyncio.gather(work, link, return_exceptions=True)

    async def _leave(self, work: asyncio.Task[None]) -> None:
        """End the work, but not between a poll and its answer: the reader has forgotten what that brings."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_WITHIN), self._polling.fetching:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)

    def _receive(self, data: bytes) -> None:
        if self._exchange is None:
            self._early.append(data)
        else:
            self._exchange.receive(data)

    async def _work(self, connection: Connection, exchange: Exchange) -> None:
        options = self._options
        if options.key is not None:
            await authenticate(exchange, Channel(options.key, options.key_level, options.channel))
        about = await get_to_know(exchange, options.ports or ())
        self._meet(about)
        sensing = Sensing(exchange, self.host, about)
        card_presented = ConnectReason.CardPresented in connection.reasons
        self.host.online()
        self._back.set()
        self._tell_reasons(connection.reasons)
        await self._room()
        response = await self._polling.drain(exchange, old=True, newest_is_fresh=card_presented)
        enabled_at = -ENABLE_EVERY
        clock = asyncio.get_running_loop().time
        while True:
            answered = clock()
            with line_stands(exchange):
                await sensing.look(response)
            if response.status == AUTOREAD_DISABLED:
                now = self.host.clock.monotonic()
                if options.enable_autoread and now - enabled_at >= ENABLE_EVERY:
                    enabled_at = now
                    await self._set_mode(exchange, AutoReadMode.Enabled)
                else:
                    self._complain("autoread", "Autoread is off, so no card is read; set_autoread switches it on")
            await asyncio.sleep(pause(exchange.round_trip, clock() - answered))
            await self._room()
            with line_stands(exchange):
                response = await self._polling.drain(exchange)

    async def _room(self) -> None:
        while not self.host.room():
            await asyncio.sleep(NO_ROOM_PAUSE)

    def _meet(self, about: About) -> None:
        wanted = self.config.address.params.get("serial")
        if wanted is not None and canonical(wanted) != canonical(about.info.serial):
            raise DeviceError(
                f"this is the reader {about.info.serial}, but {wanted} is configured; correct serial in connection, or connect "
                "the right reader",
                code="wrong_reader",
            )
        known = self._about.info.serial if self._about else None
        if known not in {None, about.info.serial}:
            self.host.log.warning("another reader answers now: %s instead of %s", about.info.serial, known)
        self._about = about
        self.host.describe(self.description)
        self.host.emit([State({"card_families": None})])  # the reader may have restarted, and then it looks for all

    def _tell_reasons(self, reasons: ConnectReason) -> None:
        if reasons & (ConnectReason.PowerUp | ConnectReason.SoftwareReset):
            self._restarted()
            told = [reason.name for reason in ConnectReason if reason in reasons]
            self.host.emit([Event("restarted", {"reasons": told})])

    def _restarted(self) -> None:
        """The reader has begun anew: what is stored works, and what was set until its restart is forgotten."""
        self._reset_needed = False
        if self._restricted:
            self._restricted = False
            self.host.emit([State({"card_families": None})])

    def _late(self, response: Response) -> None:
        """An answer that nobody waits for; if it is a message, the reader has forgotten it, and it counts."""
        if response.code == GET_MESSAGE and not response.status:
            with suppress(ProtocolError):
                self.host.emit(report([commands.message(response.data)], inferred=True))
                return
        self._complain(
            "unasked",
            "the reader sent an answer to %04X that nobody waits for (from now on only counted)",
            response.code,
        )

    def _strange(self, stranger: Stranger) -> None:
        self.host.count("strangers_on_port")
        if stranger.first:
            self.host.log.warning("%s", stranger.text)

    def _complain(self, about: str, message: str, *args: object) -> None:
        """Log once per connection."""
        if about not in self._complained:
            self._complained.add(about)
            self.host.log.warning(message, *args)

    # -- commands

    async def execute(self, command: Command) -> Outcome:
        """Execute a command; most are answered by the reader.

        Raises:
            CommandError: the reader said no, an argument cannot be, or no answer came (``unknown``).
            TransportError: nothing was sent.
        """
        exchange, about = self._exchange, self._about
        if exchange is None or about is None:
            raise TransportError("the reader is not connected; nothing was sent")
        match command.name:
            case "set_autoread":
                mode = AutoReadMode[command.args["mode"]]
                await self._set_mode(exchange, mode)
                return Outcome(Status.DONE, {"mode": mode.name})
            case "reset":
                return await self._reset(exchange)
        if (request := actions.request(command)) is not None:
            response = await demand(exchange, request)
            return Outcome(Status.DONE, self._acted(command, response))
        data = await ScriptActions(exchange, self._limits(about)).execute(command)
        if data is None:
            raise CommandError(
                f"a BALTECH reader has no command {command.name}", status=Status.INVALID, code="unknown_command"
            )
        if "changed" not in data:
            return Outcome(Status.DONE, data)
        return await self._applied(exchange, data, reset=command.args.get("reset") is True)

    def _acted(self, command: Command, response: Response) -> JsonObject:
        if command.name == "sense":
            port = IoPort[command.args["port"]]
            on = commands.sensed(response.data)
            self.host.emit([State({Sensing.key(port): on})])
            return {"port": port.name, "on": on}
        if command.name == "restrict_card_families":
            self._restricted = True
            self.host.emit([State({"card_families": ", ".join(command.args["families"])})])
        return dict(command.args)

    async def _set_mode(self, exchange: Exchange, mode: AutoReadMode) -> None:
        """AR.SetMode empties the reader's buffer, so that is fetched before."""
        with suppress(NoAnswerError):
            while not (await self._polling.drain(exchange)).status:
                pass  # a full batch
        await demand(exchange, commands.set_mode(mode))
        self._polling.tell(mode)

    def _limits(self, about: About) -> Limits:
        return Limits.of(about.buffer, secure=self._options.key is not None)

    async def _applied(self, exchange: Exchange, data: JsonObject, *, reset: bool) -> Outcome:
        self._reset_needed |= data["changed"]
        if not reset:
            return Outcome(Status.DONE, {**data, "reset_needed": self._reset_needed})
        try:
            await self._reset(exchange)
        except (CommandError, TransportError) as error:
            told = f"the configuration is written, but the restart did not end well: {error}"
            return Outcome(Status.UNKNOWN, {**data, "reset_needed": True, "warning": told})
        return Outcome(Status.DONE, {**data, "reset_needed": False})

    async def _reset(self, exchange: Exchange) -> Outcome:
        """Sys.Reset. The reader may answer or vanish at once; it has restarted when it answers again."""
        self._back.clear()
        self._restarting = True
        try:
            await demand(exchange, commands.reset())
        except (CommandError, TransportError) as error:
            if not isinstance(error, CommandError) or error.status is not Status.UNKNOWN:
                self._restarting = False
                raise
        exchange.end(TransportError("the reader restarts"))
        began = self.host.clock.monotonic()
        try:
            async with asyncio.timeout(BACK_WITHIN):
                await self._back.wait()
        except TimeoutError:
            raise CommandError(
                f"the reader took the command, but did not answer within {BACK_WITHIN:.0f} s after it; look at the reader",
                status=Status.UNKNOWN,
                code="not_back",
            ) from None
        self._restarted()
        return Outcome(Status.DONE, {"back_after_ms": round(1000 * (self.host.clock.monotonic() - began))})
