"""A host that says bytes to a simulated reader and listens to what comes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import termios
import tty
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

from readers_bridge.families.transcore.simulator import SerialLink, Settings, SimulatedReader, TcpLink

SECONDS = 5.0
SIGN_ON = b"#Model E4 Series Ver 1.12 SN081234\r\n"
COPYRIGHT = b"#Copyright 2008 TransCore\r\n"


def naive(*fields: int) -> datetime:
    """A time without a zone, as a reader's own clock has it."""
    return datetime(*fields)  # type: ignore[arg-type]  # noqa: DTZ001


class Host:
    """One end of a connection to a reader."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def line(self) -> bytes:
        """What comes up to the next LF."""
        async with asyncio.timeout(SECONDS):
            return await self.reader.readuntil(b"\n")

    async def ask(self, data: bytes) -> bytes:
        self.say(data)
        return await self.line()

    async def octets(self, count: int) -> bytes:
        async with asyncio.timeout(SECONDS):
            return await self.reader.readexactly(count)

    async def end(self) -> bytes:
        """What comes until the connection ends."""
        async with asyncio.timeout(SECONDS):
            return await self.reader.read()

    async def command_mode(self, *commands: bytes) -> list[bytes]:
        """A session of command mode in the basic protocol; the lines that answer what is between 01 and 00."""
        assert await self.ask(b"#01\r") == b"#Done\r\n"
        answers = [await self.ask(b"#" + command + b"\r") for command in commands]
        assert await self.ask(b"#00\r") == b"#Done\r\n"
        return answers


@contextlib.asynccontextmanager
async def host_of(reader: SimulatedReader) -> AsyncIterator[Host]:
    async with asyncio.timeout(SECONDS):
        streams = await asyncio.open_connection("127.0.0.1", reader.port)
    try:
        yield Host(*streams)
    finally:
        streams[1].transport.abort()


@contextlib.asynccontextmanager
async def connected(
    settings: Settings | None = None, link: TcpLink | None = None
) -> AsyncIterator[tuple[SimulatedReader, Host]]:
    async with SimulatedReader(link or TcpLink(), settings) as reader, host_of(reader) as host:
        await reader.client_connected()
        yield reader, host


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
