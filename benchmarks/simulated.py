"""What the processes with simulated readers of the ``simulate`` commands have in common."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from benchmarks.load import address


class Reader(Protocol):
    """A simulated reader on a TCP port."""

    @property
    def port(self) -> int: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


AnyReader = TypeVar("AnyReader", bound=Reader)


class Told:
    """What standard input says: the word ``go``, then nothing more until it ends."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.end = asyncio.Event()
        self._heard = b""
        asyncio.get_running_loop().add_reader(0, self._read)

    def _read(self) -> None:
        chunk = os.read(0, 4096)
        self._heard += chunk
        if b"go\n" in self._heard:
            self.go.set()
        if not chunk:
            asyncio.get_running_loop().remove_reader(0)
            self.end.set()


async def switch_on(count: int, make: Callable[[int, str, int], AnyReader]) -> tuple[int, list[AnyReader]]:
    """``count`` readers on a port that is free for all of them, each made from its number, its address and the port."""
    for _ in range(50):
        readers: list[AnyReader] = []
        port = 0
        try:
            for number in range(count):
                reader = make(number, address(number), port)
                await reader.start()
                readers.append(reader)
                port = reader.port
        except OSError:
            for reader in readers:
                await reader.stop()
        else:
            return port, readers
    raise OSError("no port is free on all addresses")


async def until_told(play: Callable[[Told], Awaitable[None]]) -> None:
    """Play the readers until standard input ends."""
    told = Told()
    playing = asyncio.ensure_future(play(told))
    await asyncio.wait({playing, ending := asyncio.create_task(told.end.wait())}, return_when=asyncio.FIRST_COMPLETED)
    if playing.done():
        await playing
        await ending
