"""A host that says bytes to a simulated printer and listens to what comes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

from readers_bridge.families.star.simulator import Settings, SimulatedPrinter
from readers_bridge.families.star.typedefs import Emulation
from tests.bridge.simulation import host
from tests.bridge.simulation.host import SECONDS

READY = "23 86 00 00 00 00 00 00 00 00 00"
START = "1B 1D 03 03 00 00"
END = "1B 1D 03 04 00 00"
STATUS_REQUEST = "32" + " 00" * 50
CAPTURED = Settings(emulation=Emulation.STAR_GRAPHIC, name="TSP100LAN", ip="192.168.0.132")
"""The printer whose discovery data the communication charts show."""


def shown(data: bytes) -> str:
    return data.hex(" ").upper()


class Host:
    """One end of a connection to a printer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @property
    def port(self) -> int:
        return int(self.writer.get_extra_info("sockname")[1])

    def say(self, *parts: str | bytes) -> None:
        """Text is hex."""
        self.writer.write(b"".join(bytes.fromhex(part) if isinstance(part, str) else part for part in parts))

    async def heard(self, count: int) -> str:
        async with asyncio.timeout(SECONDS):
            return shown(await self.reader.readexactly(count))

    async def end(self) -> str:
        """What comes until the connection ends; ``RST`` if it was broken."""
        try:
            async with asyncio.timeout(SECONDS):
                return shown(await self.reader.read())
        except ConnectionResetError:
            return "RST"

    async def ask(self, text: str) -> str:
        self.say(text)
        return await self.end()


async def connect(port: int) -> Host:
    return await host.connect(port, Host)


def host_at(port: int) -> AbstractAsyncContextManager[Host]:
    return host.host_at(port, Host)


async def ask(port: int, text: str = "") -> str:
    """One request on a connection of its own; ``RST`` if it was broken, be it at once."""
    try:
        async with host_at(port) as host:
            return await host.ask(text)
    except ConnectionResetError:
        return "RST"


@contextlib.asynccontextmanager
async def printing(
    emulation: Emulation = Emulation.STAR_LINE, **settings: Any
) -> AsyncIterator[tuple[SimulatedPrinter, Host]]:
    """A printer, and a host with a print session."""
    async with (
        SimulatedPrinter(Settings(emulation=emulation, **settings)) as printer,
        host_at(printer.print_port) as host,
    ):
        await printer.printing()
        yield printer, host


async def printed(data: str | bytes, emulation: Emulation = Emulation.STAR_LINE, **settings: Any) -> SimulatedPrinter:
    """A printer that has printed this; it is switched off."""
    async with printing(emulation, **settings) as (printer, host):
        host.say(data)
        host.writer.close()
        await printer.idle()
    return printer
