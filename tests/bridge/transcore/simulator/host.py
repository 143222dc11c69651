"""A host that says bytes to a simulated reader and listens to what comes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import termios
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from readers_bridge.families.transcore.simulator import SerialLink, Settings, SimulatedReader, TcpLink
from tests.bridge.simulation import host
from tests.bridge.simulation.host import host_at, served

SIGN_ON = b"#Model E4 Series Ver 1.12 SN081234\r\n"
COPYRIGHT = b"#Copyright 2008 TransCore\r\n"


def naive(*fields: int) -> datetime:
    """A time without a zone, as a reader's own clock has it."""
    return datetime(*fields)  # type: ignore[arg-type]  # noqa: DTZ001


class Host(host.Host):
    """One end of a connection to a reader."""

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def ask(self, data: bytes) -> bytes:
        self.say(data)
        return await self.line()

    async def command_mode(self, *commands: bytes) -> list[bytes]:
        """A session of command mode in the basic protocol; the lines that answer what is between 01 and 00."""
        assert await self.ask(b"#01\r") == b"#Done\r\n"
        answers = [await self.ask(b"#" + command + b"\r") for command in commands]
        assert await self.ask(b"#00\r") == b"#Done\r\n"
        return answers


def host_of(reader: SimulatedReader) -> AbstractAsyncContextManager[Host]:
    return host_at(reader.port, Host)


def connected(
    settings: Settings | None = None, link: TcpLink | None = None
) -> AbstractAsyncContextManager[tuple[SimulatedReader, Host]]:
    return served(SimulatedReader(link or TcpLink(), settings), Host)


@contextlib.contextmanager
def opened(path: str) -> Iterator[int]:
    """A serial port as a program has it that opened it raw."""
    port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        tty.setraw(port, termios.TCSANOW)
        yield port
    finally:
        os.close(port)


@contextlib.asynccontextmanager
async def on_line(settings: Settings | None = None) -> AsyncIterator[tuple[SimulatedReader, Host]]:
    """A reader on a pseudo-terminal, and its host."""
    async with SimulatedReader(link := SerialLink(), settings) as reader:
        loop = asyncio.get_running_loop()
        with opened(link.path) as port:
            stream = asyncio.StreamReader()
            read, _ = await loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(os.dup(port), "rb", 0)
            )
            write, protocol = await loop.connect_write_pipe(
                asyncio.streams.FlowControlMixin, os.fdopen(os.dup(port), "wb", 0)
            )
            await reader.client_connected()
            try:
                yield reader, Host(stream, asyncio.StreamWriter(write, protocol, None, loop))
            finally:
                read.close()
                write.close()
