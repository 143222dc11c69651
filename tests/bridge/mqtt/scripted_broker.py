"""A broker that does exactly what a test says: answers late, out of order, wrongly, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

YES_5 = b"\x20\x03\x00\x00\x00"
YES_311 = b"\x20\x02\x00\x00"


def yes_5(receive_maximum: int, maximum_packet_size: int | None = None, keepalive: int | None = None) -> bytes:
    """CONNACK of MQTT 5 with these limits."""
    properties = b"\x21" + receive_maximum.to_bytes(2, "big")
    if maximum_packet_size is not None:
        properties += b"\x27" + maximum_packet_size.to_bytes(4, "big")
    if keepalive is not None:
        properties += b"\x13" + keepalive.to_bytes(2, "big")
    body = b"\x00\x00" + bytes([len(properties)]) + properties
    return bytes([0x20, len(body)]) + body


@dataclass
class Packet:
    """What the client sent: the first byte, and all after the length."""

    first: int
    body: bytes

    @property
    def level(self) -> int:
        """The protocol level of a CONNECT."""
        assert self.first == 0x10
        assert self.body.startswith(b"\x00\x04MQTT")
        return self.body[6]

    @property
    def packet_id(self) -> bytes:
        """The packet id of a PUBLISH at QoS 1."""
        assert self.first == 0x32
        after = 2 + int.from_bytes(self.body[:2], "big")
        return self.body[after : after + 2]


class Client:
    """The client, as the broker sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def packet(self) -> Packet:
        """The next packet; fails when there is none within seconds."""
        async with asyncio.timeout(5):
            first = (await self._reader.readexactly(1))[0]
            length = shift = 0
            while True:
                digit = (await self._reader.readexactly(1))[0]
                length += (digit % 128) << shift
                shift += 7
                if digit < 128:
                    break
            return Packet(first, await self._reader.readexactly(length))

    async def messages(self, count: int) -> list[bytes]:
        """The packet ids of the next messages; pings in between are passed over."""
        ids: list[bytes] = []
        while len(ids) < count:
            packet = await self.packet()
            if packet.first != 0xC0:
                ids.append(packet.packet_id)
        return ids

    async def is_silent(self) -> bool:
        """Whether nothing more comes for a moment."""
        try:
            async with asyncio.timeout(0.05):
                await self._reader.readexactly(1)
        except TimeoutError:
            return True
        return False

    def say(self, data: bytes) -> None:
        self._writer.write(data)

    def acknowledge(self, *packet_ids: bytes) -> None:
        """PUBACKs, in one write."""
        self.say(b"".join(b"\x40\x02" + packet_id for packet_id in packet_ids))

    async def gone(self) -> None:
        """Read on until the client closes; what is left of a broker that says nothing."""
        while await self._reader.read(65_536):
            pass


Script = Callable[[Client], Awaitable[None]]


@asynccontextmanager
async def scripted_broker(script: Script) -> AsyncIterator[int]:
    """Run ``script`` for each client, then close its connection; yields the port. A failed script fails the test."""
    tasks: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        try:
            await script(Client(reader, writer))
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
        async with asyncio.timeout(5):
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, BaseException) and not isinstance(result, ConnectionError):
                    raise result
    finally:
        for task in tasks:
            task.cancel()
        server.close()
