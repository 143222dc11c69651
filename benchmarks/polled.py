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
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from benchmarks.child import say
from benchmarks.lines import Kind, mark
from benchmarks.load import PROBE_PERIOD
from benchmarks.simulated import Told, switch_on, until_told
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


def make(number: int, host: str, port: int) -> SimulatedReader:
    settings = Settings(serial_number=10_000_000 + number)
    return SimulatedReader(TcpLink(host, port), settings, name=f"reader-{number}")


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
    port, readers = await switch_on(load.readers, make)
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


if __name__ == "__main__":
    asyncio.run(until_told(partial(play, Polled(**json.loads(sys.argv[1])))))
