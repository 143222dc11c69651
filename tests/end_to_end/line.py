"""A TCP line between a bridge and a reader that can be cut between any two bytes."""

from __future__ import annotations

import asyncio


class Line:
    """A TCP port that leads to another one, writes down what the host sends, and can be cut between any two bytes.

    Attributes:
        sent: what the reader heard of its host.
        heard: how much of it when the place was reached that ``cut_after`` named; None: not yet.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.sent = bytearray()
        self.heard: int | None = None
        self._server: asyncio.Server | None = None
        self._left: dict[str, int] = {}
        self._hang_up = False
        self._dead = False
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        await asyncio.sleep(0)

    def cut_after(self, number: int, direction: str, *, hang_up: bool) -> None:
        """Let ``number`` more bytes through ``to_reader`` or ``to_host`` (CTRL-E is not counted).

        Then nothing comes through any more until ``mend``; with ``hang_up`` the connection ends, and the next one is sound.
        """
        self._left = {direction: number}
        self._hang_up = hang_up

    def mend(self) -> None:
        """From the next connection on everything comes through."""
        self._dead = False

    async def _serve(self, host: asyncio.StreamReader, to_host: asyncio.StreamWriter) -> None:
        self._writers.add(to_host)
        try:
            if self._dead:
                return
            reader, to_reader = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.add(to_reader)
            ways = [
                asyncio.create_task(self._pass_on(host, to_reader, "to_reader")),
                asyncio.create_task(self._pass_on(reader, to_host, "to_host")),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            self._close(to_reader)
        except OSError:
            pass
        finally:
            self._close(to_host)

    def _close(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.close()

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, direction: str) -> None:
        try:
            while data := await source.read(65_536):
                if self._dead:
                    continue
                passed = self._of(data, direction)
                sink.write(passed)
                if direction == "to_reader":
                    self.sent += passed
                if 0 in self._left.values() and len(passed) < len(data):
                    self._left.clear()
                    self.heard = len(self.sent)
                    await sink.drain()
                    if self._hang_up:
                        return
                    self._dead = True
        except OSError:
            return

    def _of(self, data: bytes, direction: str) -> bytes:
        left = self._left.get(direction)
        if left is None:
            return data
        for at, byte in enumerate(data):
            if byte == 0x05:
                continue
            if left == 0:
                self._left[direction] = 0
                return data[:at]
            left -= 1
        self._left[direction] = left
        return data
