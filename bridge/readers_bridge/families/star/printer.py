"""One printer as the bridge sees it: where it is, what it told about itself, and its status."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from readers_bridge.errors import CommandError, DeviceError, JournalError, TransportError
from readers_bridge.families.star import condition, discovery
from readers_bridge.families.star.about import About, emulation
from readers_bridge.families.star.condition import Status
from readers_bridge.families.star.discovery_block import NetworkCard, parse
from readers_bridge.families.star.management import StatusSetting
from readers_bridge.families.star.management_client import ManagementClient
from readers_bridge.families.star.session_port import SessionPort
from readers_bridge.families.star.status_poll import ask_print_port, ask_status_port
from readers_bridge.families.star.typedefs import Emulation, Peripheral
from readers_bridge.model import Json, State
from readers_bridge.model import Status as Answer

if TYPE_CHECKING:
    from readers_bridge.families import Host
    from readers_bridge.families.star.options import Options, Ports

ADDRESS_FACT = "address"
WRONG_PRINTER = "wrong_printer"

PRINT_PORT_EVERY = 60.0
"""Seconds between two looks at the status by way of the print port, which belongs to jobs."""

TAKEN = frozenset({"connection_refused", "connection_reset"})
"""How a connection to a port ends that takes no further session."""

NO_STATUS_PORT = TAKEN | {"closed_early"}


class Printer:
    """Knows the printer's address, its discovery data, and its last status; publishes what changes.

    ``printing`` is held by whoever uses the print port.
    """

    def __init__(self, address: str, ports: Ports, options: Options, host: Host) -> None:
        self.ports = ports
        self.options = options
        self.about = About()
        self.status: Status | None = None
        self.printing = asyncio.Lock()
        self.session_port = SessionPort(host)
        self._host = host
        self._configured = address
        self._address: str | None = None
        self._published: dict[str, Json] | None = None
        self._print_port_at = -PRINT_PORT_EVERY
        self._print_port_told_at = -PRINT_PORT_EVERY
        self._has_status_port = True
        self._answers_udp: bool | None = None
        self._pushes = 0

    @property
    def address(self) -> str:
        """Where the printer is: as configured, or as found by its MAC address."""
        if self._address is None:
            fact = self._host.facts.get(ADDRESS_FACT)
            known = fact if isinstance(fact, dict) and self.options.mac is not None else {}
            self._address = str(known["found"]) if known.get("configured") == self._configured else self._configured
        return self._address

    @property
    def emulation(self) -> Emulation | None:
        """Its command set; None: unknown."""
        return emulation(self.options, self.about)

    @property
    def is_esc_pos(self) -> bool:
        """Whether it does not speak a Star command set."""
        return self.emulation is Emulation.ESC_POS

    def management(self) -> ManagementClient:
        """For one command."""
        return ManagementClient(self.address, self.ports.management)

    # -- where it is, and what

    async def find(self) -> bool:
        """Look for it by its MAC address, if that is configured; whether it is elsewhere now."""
        if self.options.mac is None:
            return False
        found = await discovery.find(self.options.mac, self.ports.management)
        if found is None:
            found = self._configured  # it may be behind a router, and back where it was
        if found == self.address:
            return False
        self._host.log.warning("looking for the printer %s at %s instead of %s", self.options.mac, found, self.address)
        self._host.count("found_elsewhere")
        self._address = found
        with suppress(JournalError):
            await self._host.commit(
                (), sync=False, facts={ADDRESS_FACT: {"configured": self._configured, "found": found}}
            )
        return True

    async def get_to_know(self) -> None:
        """Ask for discovery data and status setting; what it does not tell stays as it was.

        Raises:
            DeviceError: ``wrong_printer``, it is not the one that is configured.
        """
        card = await self._card()
        wanted = self.options.mac
        if card is not None and wanted is not None and card.mac != wanted:
            raise DeviceError(
                f"this is the printer {card.mac}, but {wanted} is configured; correct mac or connection",
                code=WRONG_PRINTER,
            )
        known = self.about.card
        if card is not None and known is not None and card.mac != known.mac:
            self._host.log.warning("another printer answers now: %s instead of %s", card.mac, known.mac)
        self.about = About(card or known, await self._setting() or self.about.setting)

    async def _card(self) -> NetworkCard | None:
        try:
            return parse(await self.management().discovery_data())
        except (CommandError, DeviceError) as error:
            self._host.log.debug("no discovery data over TCP: %s", error)
        return await discovery.refresh(self.address, self.ports.management)

    async def _setting(self) -> StatusSetting | None:
        try:
            return await self.management().status_setting()
        except (CommandError, DeviceError) as error:
            self._host.log.debug("no status setting: %s", error)
            return None

    # -- its status

    async def look(self) -> Status | None:
        """Ask for the status, and publish it; None: the printer is there, but does not tell it.

        Raises:
            TransportError: the printer is not there.
            DeviceError: as ``get_to_know``.
        """
        try:
            return await self.ask()
        except TransportError as error:
            if error.code not in NO_STATUS_PORT:
                raise
            return await self._look_otherwise(error)

    async def ask(self) -> Status | None:
        """Ask the status port, and publish what it tells; None: it answers with no status.

        What the printer has sent by itself meanwhile is newer, and counts instead.

        Raises:
            TransportError: with a code of ``NO_STATUS_PORT`` where the card may have none; else the printer is not there.
        """
        pushes = self._pushes
        try:
            status = await ask_status_port(self.address, self.ports.status, esc_pos=self._may_be_esc_pos)
        except TransportError as error:
            self._has_status_port &= error.code not in NO_STATUS_PORT
            raise
        self._has_status_port = True
        self._print_port_told_at = -PRINT_PORT_EVERY
        if pushes != self._pushes:
            return self.status
        self.heard(status)
        return status

    @property
    def _may_be_esc_pos(self) -> bool:
        return self.emulation in {None, Emulation.ESC_POS}

    async def peek(self) -> Status | None:
        """As ``ask``, for the time in which the print port is in use; None: the status port does not tell."""
        if not self._has_status_port:
            return None
        has_status_port, pushes = self._has_status_port, self._pushes
        try:
            status = await self.ask()
        except TransportError:
            self._has_status_port = has_status_port
            return None
        return status if pushes == self._pushes else None

    async def _look_otherwise(self, error: TransportError) -> Status | None:
        now = self._host.clock.monotonic()
        if not self.printing.locked() and now >= self._print_port_at + PRINT_PORT_EVERY:
            self._print_port_at = now
            if self.emulation is None:
                await self.get_to_know()  # in ESC/POS the question is another one
            async with self.printing:
                try:
                    status = await ask_print_port(self.address, self.ports.print, self.emulation, self.session_port)
                except TransportError as problem:
                    if problem.code not in TAKEN:
                        raise
                else:
                    self._print_port_told_at = self._host.clock.monotonic()
                    self.heard(status)
                    return status
        if not await self._is_there():
            raise error from None
        return self.status

    async def _is_there(self) -> bool:
        """Whether a printer without a status port is there while its print port is left alone.

        Raises:
            TransportError: it is not.
        """
        if self.printing.locked():
            return True
        has_told = self._host.clock.monotonic() < self._print_port_told_at + PRINT_PORT_EVERY
        if has_told and self._answers_udp is False:
            return True
        if await discovery.refresh(self.address, self.ports.management) is not None:
            self._answers_udp = True
            return True
        self._answers_udp = self._answers_udp or False
        if has_told and not self._answers_udp:
            return True
        try:
            await self.management().discovery_data()
        except CommandError as problem:
            return problem.status != Answer.BUSY  # nobody listens there, either
        return True

    def pushed(self, status: Status | None) -> None:
        """The printer told its status by itself, or on the print port: newer than what was asked for before."""
        self._pushes += 1
        if not self._has_status_port:
            self._print_port_told_at = self._host.clock.monotonic()
        self.heard(status)

    def heard(self, status: Status | None) -> None:
        """The printer told its status; what changed is published."""
        self.status = status
        if status is None:
            self._host.emit([State(dict(condition.UNKNOWN))])
            return
        options = self.options
        values = condition.values(status, invert_drawer=options.invert_drawer)
        happened = []
        if self._published is not None:
            happened = condition.changes(self._published, values, drawer=options.peripheral is Peripheral.DRAWER)
        self._published = values
        self._host.emit([*happened, State(values)])

    async def free_session(self) -> bool:
        """Cut the session that this bridge left behind, after the print port has refused it."""
        return await self.session_port.free(self.management())
