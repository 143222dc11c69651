"""The I/O shell of a Star printer: its status, its management port, and its print jobs."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from readers_bridge.errors import CommandError, DeviceError, ProtocolError, TransportError
from readers_bridge.families import Driver, Host
from readers_bridge.families.star.command_specs import PRINT_LANE
from readers_bridge.families.star.condition import Status as PrinterStatus
from readers_bridge.families.star.description import describe
from readers_bridge.families.star.discovery_block import parse
from readers_bridge.families.star.jobs import Jobs
from readers_bridge.families.star.options import Options, Ports
from readers_bridge.families.star.print_session import PrintSession
from readers_bridge.families.star.printer import TAKEN, WRONG_PRINTER, Printer
from readers_bridge.model import Command, Description, DeviceConfig, JsonObject, Outcome, State, Status

MOST_MISSES = 2
"""Looks in a row without an answer that make a printer offline."""

AFTER_A_MISS = 3.0
"""Seconds until the next look, at most."""

ASK_AGAIN = 60.0
"""Seconds after which a card that did not tell about itself is asked again."""

BACK_WITHIN = 90.0
"""Seconds in which a printer that was restarted must answer again."""

BACK_PAUSES = (1.0, 2.0, 4.0, 8.0, 10.0)
"""Seconds between two looks meanwhile; the last is repeated."""

STILL_UP = 3.0
"""Seconds after a restart in which a card that answers may not have gone down yet: it accepts, and resets afterwards."""

GONE_DOWN = 0.25
"""Seconds between two looks until it did."""


class StarDriver(Driver):
    """One printer."""

    def __init__(self, config: DeviceConfig, host: Host) -> None:
        super().__init__(config, host)
        self._options = Options.of(config.options)
        self._printer = Printer(config.address.host, Ports.of(config.address), self._options, host)
        self._jobs = Jobs(self._printer, host)
        self._wake = asyncio.Event()
        self._restarting_since: float | None = None
        self._asked_at = 0.0
        self._probed = False

    @property
    def description(self) -> Description:
        """What the printer is and can do, as far as it is known."""
        return describe(self._options, self._printer.about)

    # -- a session: the printer answers

    async def session(self) -> None:
        """Wait for the printer to answer, and look at its status until it does not any more.

        Raises:
            DeviceError: why it ended.
        """
        await self._reach()
        self._restarting_since = None
        self._wake.clear()
        self._jobs.forget()
        self.host.online()
        if self._jobs.local_port is None:
            self.host.emit([State({"job": "idle"})])
        await self._probe()
        misses = 0
        while True:
            pause = self._options.poll
            with suppress(TimeoutError):
                async with asyncio.timeout(min(pause, AFTER_A_MISS) if misses else pause):
                    await self._wake.wait()
            if self._restarting_since is not None:
                raise DeviceError("the printer restarts, as it was told", code="restarting")
            try:
                await self._printer.look()
            except TransportError:
                if self._restarting_since is not None:
                    continue
                self.host.count("polls_missed")
                misses += 1
                if misses >= MOST_MISSES:
                    raise
                continue
            misses = 0
            if self._printer.about.card is None and self.host.clock.monotonic() >= self._asked_at + ASK_AGAIN:
                await self._get_to_know()

    async def _reach(self) -> None:
        try:
            if self._restarting_since is not None:
                await self._back()
            else:
                await self._look()
            await self._get_to_know()
        except DeviceError as error:
            if error.code != WRONG_PRINTER or not await self._printer.find():
                raise
            await self._printer.look()
            await self._get_to_know()

    async def _look(self) -> PrinterStatus | None:
        try:
            return await self._printer.look()
        except TransportError:
            if not await self._printer.find():
                raise
            return await self._printer.look()

    async def _back(self) -> None:
        """Wait for the printer after its restart; its availability says ``restarting`` meanwhile."""
        since = self._restarting_since or 0.0
        pauses = iter(BACK_PAUSES)
        was_gone = False
        while True:
            try:
                await self._look()
            except TransportError as error:
                was_gone = True
                if self.host.clock.monotonic() >= since + BACK_WITHIN:
                    self._restarting_since = None
                    raise DeviceError(
                        f"the printer has not come back within {BACK_WITHIN:.0f} s after its restart: {error}",
                        code="not_back",
                    ) from error
                await asyncio.sleep(next(pauses, BACK_PAUSES[-1]))
            else:
                if was_gone or self.host.clock.monotonic() >= since + STILL_UP:
                    return
                await asyncio.sleep(GONE_DOWN)

    async def _get_to_know(self) -> None:
        self._asked_at = self.host.clock.monotonic()
        await self._printer.get_to_know()
        self.host.describe(self.description)

    async def _probe(self) -> None:
        """Once after the start: is a session of this bridge's last run in the way?"""
        if self._probed or self._printer.printing.locked():
            return
        self._probed = True
        if not self._printer.session_port.remembered:
            return
        async with self._printer.printing:
            try:
                probe = await PrintSession.open(
                    self._printer.address,
                    self._printer.ports.print,
                    esc_pos=self._printer.is_esc_pos,
                    heard=self._printer.pushed,
                )
            except TransportError as error:
                if error.code in TAKEN:
                    await self._printer.free_session()
                return
            await self._printer.session_port.opened(probe.local_port)
            if await probe.close():
                await self._printer.session_port.closed()

    # -- commands

    def queued(self, command: Command) -> None:
        """A job waits in its lane."""
        if self._is_job(command):
            self._jobs.tell("job_queued", command)

    def finished(self, command: Command, outcome: Outcome | CommandError) -> None:
        """A job's result is known."""
        if self._is_job(command):
            self._jobs.finished(command, outcome)

    def _is_job(self, command: Command) -> bool:
        spec = self.description.command(command.name)
        return spec is not None and spec.lane == PRINT_LANE

    async def execute(self, command: Command) -> Outcome:
        """Execute a command.

        Raises:
            CommandError: the printer said no, is busy, did not answer, or the outcome is unknown.
            TransportError: nothing was sent.
        """
        match command.name:
            case "restart":
                return await self._restart()
            case "read_discovery":
                return Outcome(Status.DONE, await self._read_discovery())
            case "read_settings":
                return Outcome(Status.DONE, await self._read_settings())
            case "release_session":
                return await self._release(command.args.get("port"))
            case _:
                return await self._jobs.run(command)

    async def _restart(self) -> Outcome:
        password = self._options.password
        if password is None:
            raise CommandError(
                "a restart needs the user password of the interface card; set password: !secret ... for this device",
                status=Status.REFUSED,
                code="no_password",
            )
        await self._printer.management().restart(password)
        self._restarting_since = self.host.clock.monotonic()
        self._jobs.drop()
        self._wake.set()
        return Outcome(Status.DONE)

    async def _read_discovery(self) -> JsonObject:
        block = await self._printer.management().discovery_data()
        told: JsonObject = {"raw": block.hex().upper()}
        try:
            card = parse(block)
        except ProtocolError as error:
            return {**told, "problem": str(error)}
        return {
            "model": card.model,
            "interface_card": card.name,
            "mac": card.mac,
            "ip": card.ip,
            "address_mode": card.mode,
            "netmask": card.netmask,
            "gateway": card.gateway,
            "firmware": list(card.firmware),
            "manufacturer": card.manufacturer,
            "command_set": card.command_set,
            "device_class": card.device_class,
            "version": card.version,
            **told,
        }

    async def _read_settings(self) -> JsonObject:
        setting = await self._printer.management().status_setting()
        return {"expanded": setting.expanded, "nsb": setting.nsb, "asb": setting.asb, "raw": setting.raw.upper()}

    async def _release(self, port: int | None) -> Outcome:
        remembered = self._printer.session_port.remembered
        own = self._jobs.local_port or (remembered[0] if remembered else None)
        wanted = own if port is None else port
        if wanted is None:
            raise CommandError(
                "the bridge has no session on the print port, and remembers none; name this host's port of the session as port",
                status=Status.REFUSED,
                code="no_session",
            )
        await self._printer.management().release(wanted)
        if wanted != self._jobs.local_port:
            await self._printer.session_port.forget(wanted)
        return Outcome(Status.DONE, {"port": wanted})
