"""Simulated BALTECH readers: they say nothing unasked, and a card waits in the reader until it is asked for messages.

A process of its own, with the simulator of ``readers-bridge simulate baltech``. It says and hears the same words as
:mod:`benchmarks.load`, and before ``ended`` it says ``polled RATE``: how many times a second all the readers together were
asked for messages. A card is a mark with its number and the time of its presentation.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from benchmarks.child import say
from benchmarks.lines import Kind, mark
from benchmarks.load import PROBE_PERIOD, address
from readers_bridge.families.baltech.simulator import Settings, SimulatedReader, TcpLink


@dataclass(frozen=True, slots=True)
class Polled:
    """What is held to the readers. Exactly one of ``count`` (with ``rate``) and ``idle`` is given."""

    module: ClassVar[str] = "benchmarks.polled"
    family: ClassVar[str] = "baltech"
    floods: ClassVar[bool] = False

    readers: int
    count: int = 0
    """Cards. Card ``i`` is presented to reader ``i % readers``."""
    rate: float = 0
    """Cards per second, all readers together; each at a random moment of its share of the time."""
    idle: float = 0
    """Seconds without a card."""
    answer_after: float = 0
    """Seconds that every answer takes, as on a slow line or a far network."""

    @property
    def sockets(self) -> int:
        """How many readers a peer connects to."""
        return self.readers

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.count / self.rate if self.rate else self.idle


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


async def switch_on(count: int) -> tuple[int, list[SimulatedReader]]:
    """``count`` readers on a port that is free for all of them."""
    for _ in range(50):
        readers: list[SimulatedReader] = []
        port = 0
        try:
            for number in range(count):
                settings = Settings(serial_number=10_000_000 + number)
                reader = SimulatedReader(TcpLink(address(number), port), settings, name=f"reader-{number}")
                await reader.start()
                readers.append(reader)
                port = reader.port
        except OSError:
            for reader in readers:
                await reader.stop()
        else:
            return port, readers
    raise OSError("no port is free on all addresses")


def polls(readers: Sequence[SimulatedReader]) -> int:
    return sum(reader.session.polls for reader in readers)


async def present(load: Polled, readers: Sequence[SimulatedReader]) -> None:
    """Hold one card after the other to the readers, each at its time."""
    clock = asyncio.get_running_loop().time
    begin = clock()
    for number in range(load.count):
        await asyncio.sleep(begin + (number + random.random()) / load.rate - clock())
        readers[number % load.readers].present(mark(Kind.COUNTED, number, time.monotonic_ns()))


async def play(load: Polled, told: Told) -> None:
    port, readers = await switch_on(load.readers)
    say(f"listening {port}")
    for reader in readers:
        if load.answer_after:
            reader.fault("delay", load.answer_after, count=0)
    for reader in readers:
        await reader.ready()
    say("connected")
    gc.disable()
    while not told.go.is_set():
        for number, reader in enumerate(readers):
            reader.present(mark(Kind.PROBE, number, time.monotonic_ns()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PROBE_PERIOD):
                await told.go.wait()
    began, polled = time.monotonic_ns(), polls(readers)
    say(f"began {began}")
    await present(load, readers)
    await asyncio.sleep(load.idle)
    say(f"polled {(polls(readers) - polled) / (time.monotonic_ns() - began) * 1e9}")
    say(f"ended {load.count} 0")


async def main() -> None:
    """Play the readers until standard input ends."""
    told = Told()
    playing = asyncio.create_task(play(Polled(**json.loads(sys.argv[1])), told))
    await asyncio.wait({playing, ending := asyncio.create_task(told.end.wait())}, return_when=asyncio.FIRST_COMPLETED)
    if playing.done():
        await playing
        await ending


if __name__ == "__main__":
    asyncio.run(main())
