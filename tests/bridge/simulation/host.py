"""Hosts that connect to simulated devices."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Protocol, TypeVar

from readers_bridge.simulation.device import LinkedReader

SECONDS = 5.0


class End(Protocol):
    """What every host has."""

    writer: asyncio.StreamWriter


H = TypeVar("H", bound=End)
R = TypeVar("R", bound=LinkedReader)

MadeOf = Callable[[asyncio.StreamReader, asyncio.StreamWriter], H]
"""A host made of the two ends of its connection."""


class Host:
    """One end of a connection to a device."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def line(self) -> bytes:
        """What comes up to the next LF."""
        async with asyncio.timeout(SECONDS):
            return await self.reader.readuntil(b"\n")

    async def octets(self, count: int) -> bytes:
        async with asyncio.timeout(SECONDS):
            return await self.reader.readexactly(count)

    async def end(self) -> bytes:
        """What comes until the connection ends."""
        async with asyncio.timeout(SECONDS):
            return await self.reader.read()


async def connect(address: object, host: MadeOf[H], *, name: str = "127.0.0.1") -> H:
    """A host at this port, or at an address that ends with one."""
    async with asyncio.timeout(SECONDS):
        return host(*await asyncio.open_connection(name, int(str(address).rpartition(":")[2]), limit=1 << 20))


@contextlib.asynccontextmanager
async def host_at(port: int, host: MadeOf[H], *, name: str = "127.0.0.1") -> AsyncIterator[H]:
    """A host whose connection breaks in the end."""
    connected = await connect(port, host, name=name)
    try:
        yield connected
    finally:
        connected.writer.transport.abort()


@contextlib.asynccontextmanager
async def served(reader: R, host: MadeOf[H]) -> AsyncIterator[tuple[R, H]]:
    """A reader that runs, and a host that is connected to it."""
    async with reader, host_at(reader.port, host) as connected:
        await reader.client_connected()
        yield reader, connected
