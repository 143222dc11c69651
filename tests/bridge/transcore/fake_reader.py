"""A reader that does what a test says, on a real TCP port; what it sends is written out byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.conftest import eventually

Answer = Callable[[bytes], bytes | None]
"""What it sends on a message of the host, which is given without its CR."""
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class FakeReader:
    """``received`` has every byte of the host, ``messages`` each message, ``asks`` counts CTRL-E."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer
        self.received = bytearray()
        self.messages: list[bytes] = []
        self.asks = 0
        self.buffer: list[bytes] = []
        """What it gives on CTRL-E."""
        self.connections = 0
        self._writer: asyncio.StreamWriter | None = None
        self._line = b""
        self.address = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.connections += 1
        self._line = b""
        while data := await reader.read(4096):
            self.received += data
            for value in data:
                self._byte(bytes((value,)))
        writer.close()

    def _byte(self, byte: bytes) -> None:
        if byte == b"\x05":
            self.asks += 1
            if self.buffer:
                self.send(self.buffer.pop(0))
        elif byte == b"\r":
            line, self._line = self._line, b""
            self.messages.append(line)
            answer = self.answer(line) if self.answer is not None else None
            if answer is not None:
                self.send(answer)
        else:
            self._line += byte

    def send(self, data: bytes) -> None:
        assert self._writer is not None
        self._writer.write(data)

    async def connected(self, times: int = 1) -> None:
        await eventually(lambda: self.connections >= times, f"connection {times}")

    def hang_up(self) -> None:
        assert self._writer is not None
        self._writer.close()

    async def got(self, *messages: bytes) -> None:
        """Wait until these, in this order, are the last messages of the host."""
        wanted = list(messages)
        await eventually(lambda: self.messages[-len(wanted) :] == wanted, f"{wanted}, got {self.messages}")


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[str]:
    """A TCP server; its address. Its connections end with it."""
    tasks: set[asyncio.Task[None]] = set()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            writer.close()

    server = await asyncio.start_server(accepted, "127.0.0.1", 0)
    try:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def fake_reader(answer: Answer | None = None) -> AsyncIterator[FakeReader]:
    fake = FakeReader(answer)
    async with listening(fake.serve) as fake.address:
        yield fake
