"""A host that says bytes to a simulated reader and listens to what comes."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

from readers_bridge.families.baltech.simulator import Settings, SimulatedReader, TcpLink
from tests.bridge.simulation.host import SECONDS, host_at, served

GET_MESSAGE = "0C 05 01 00 00"
NO_MESSAGE = "8C 05 01 01 00 01"
RESET = "0C 00 03 00 00"
INFO = (
    "0C 00 04 29 00 31 31 30 30 20 49 44 45 20 5A 20 20 20 20 20 31 2E 31 34 2E 30 30 20 31 32 2F 31 38 2F 31 39 20 "
    "34 33 38 39 33 31 32 36 00"
)


def shown(data: bytes) -> str:
    return data.hex(" ").upper()


def frame(code: int, payload: str | bytes = b"") -> str:
    """A command without CRC."""
    content = bytes.fromhex(payload) if isinstance(payload, str) else payload
    return shown(b"\x0c" + code.to_bytes(2, "big") + len(content).to_bytes(2, "little") + content)


def run_script(script: str) -> str:
    content = bytes.fromhex(script)
    return frame(0x0503, bytes((len(content),)) + content)


class Host:
    """One end of a connection to a reader."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, text: str) -> None:
        self.writer.write(bytes.fromhex(text))

    async def heard(self) -> str:
        """The next response."""
        async with asyncio.timeout(SECONDS):
            head = await self.reader.readexactly(5)
            size = int.from_bytes(head[3:], "little") + (2 if head[0] & 0x20 else 0)
            return shown(head + await self.reader.readexactly(size))

    async def ask(self, text: str) -> str:
        self.say(text)
        return await self.heard()

    async def bytes(self, count: int) -> str:
        async with asyncio.timeout(SECONDS):
            return shown(await self.reader.readexactly(count))

    async def end(self) -> str:
        """What comes until the connection ends."""
        async with asyncio.timeout(SECONDS):
            return shown(await self.reader.read())

    async def messages(self) -> list[str]:
        """Every message that waits, in the order in which they are fetched: type, then content."""
        found = []
        while (answer := await self.ask(GET_MESSAGE)).startswith("0C"):
            data = bytes.fromhex(answer)
            assert data[6] == len(data) - 7
            found.append(f"{data[5]} {data[7:].decode()}".rstrip())
        assert answer == NO_MESSAGE
        return found


def host_of(reader: SimulatedReader) -> AbstractAsyncContextManager[Host]:
    return host_at(reader.port, Host)


def connected(
    settings: Settings | None = None, link: TcpLink | None = None
) -> AbstractAsyncContextManager[tuple[SimulatedReader, Host]]:
    return served(SimulatedReader(link or TcpLink(), settings), Host)


class Clock:
    """Turned by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
