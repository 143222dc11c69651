"""Simulated TransCore readers that send one tag after the other, as fast as a line of 9600 baud takes them.

A process of its own, with the simulator of ``readers-bridge simulate transcore``. It says and hears the same words as
:mod:`benchmarks.load`, and before ``ended`` it says ``delivered JSON``, see :class:`Delivered`. A tag is a mark of thirty
hexadecimal digits, a form that some readers print, and passes for an AEI tag. Every reader has its next tag ready when the one
before is done with: with ECP when that was acknowledged, with data inquiry when it is asked, else when the line is free.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from benchmarks.child import say
from benchmarks.lines import PATTERN, Kind, mark
from benchmarks.load import PROBE_PERIOD
from benchmarks.simulated import Told, switch_on, until_told
from readers_bridge.families.transcore.simulator import Happening, Settings, SimulatedReader, TcpLink
from readers_bridge.families.transcore.simulator.records import Kind as Message
from readers_bridge.families.transcore.typedefs import Protocol

BAUD = 9600
BITS = 10  # of a character, with start and stop bit
MESSAGE = 59  # characters: #, number, tag, time and date, CRC, CR LF
AT_LINE_RATE = BAUD / BITS / MESSAGE  # tags per second of one reader that is never kept waiting
ECP_TIMEOUT = 0.5  # seconds after which a reader sends again what was not acknowledged
STUCK = 5.0  # seconds without a tag after which the readers give up
READY = 2  # tags that wait in a reader
AEI = 0x33  # the data format code of an AEI tag, in its last six bits


@dataclass(frozen=True, slots=True)
class LineRate:
    """What the readers send."""

    module: ClassVar[str] = "benchmarks.line_rate"
    family: ClassVar[str] = "transcore"

    readers: int
    count: int
    """Tags. Tag ``i`` comes from reader ``i % readers``."""
    protocol: str = "ecp"
    """``basic``, ``data_inquiry`` or ``ecp``."""
    durability: str = "power"
    """With ECP, what the bridge's acknowledgement waits for: ``power`` or ``process``."""
    flooded: bool = False
    """A reader of another family floods the same peer all the time."""

    @property
    def sockets(self) -> int:
        """How many TransCore readers a peer connects to."""
        return self.readers

    @property
    def floods(self) -> bool:
        """Whether some reader sends as fast as it can."""
        return self.flooded

    @property
    def duration(self) -> float:
        """Seconds, if nobody keeps a reader waiting."""
        return self.count / self.readers / AT_LINE_RATE

    @property
    def options(self) -> Mapping[str, str | float]:
        """The configuration of each reader."""
        if self.protocol != "ecp":
            return {"protocol": self.protocol}
        return {"protocol": "ecp", "ecp_timeout": ECP_TIMEOUT, "durability": self.durability}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the tags, by their numbers: nanoseconds of the monotonic clock, or 0 where it did not happen."""

    sent: list[int]
    """When the last character left the reader for the first time."""
    settled: list[int]
    """When the acknowledgement was there; only with ECP."""
    resent: int
    """Tags that the readers sent again."""

    def acknowledging(self) -> list[int]:
        """Nanoseconds from the sending of a tag to its acknowledgement, in order of length."""
        return sorted(settled - sent for sent, settled in zip(self.sent, self.settled, strict=True) if settled)

    def delays(self, arrived: Sequence[int]) -> list[int]:
        """Nanoseconds from sending a tag to the arrival of its message, in order of length; ``arrived`` by number."""
        return sorted(there - sent for sent, there in zip(self.sent, arrived, strict=True) if sent and there)


class Link(TcpLink):
    """Tells what leaves just before it leaves: afterwards the message may be there already, and much may have happened."""

    def __init__(self, host: str, port: int, leaving: Callable[[bytes], None]) -> None:
        super().__init__(host, port)
        self._leaving = leaving

    def write(self, data: bytes) -> bool:
        self._leaving(data)
        return super().write(data)


class Train:
    """The tags on their way through all the readers."""

    def __init__(self, load: LineRate) -> None:
        self.load = load
        self.readers: list[SimulatedReader] = []
        self._numbers: list[Iterator[int]] = []
        self._left = load.count
        self._sent = [0] * load.count
        self._moved = time.monotonic()
        self._resent = 0

    def make(self, number: int, host: str, port: int) -> SimulatedReader:
        settings = Settings(
            protocol=Protocol(self.load.protocol),
            ecp_timeout=ECP_TIMEOUT,
            baud=BAUD,
            sign_on=False,
            serial_number=f"{number:06}",
        )
        watcher = partial(self._happened, number)
        return SimulatedReader(Link(host, port, self._leaves), settings, name=f"reader-{number}", on_happening=watcher)

    async def begin(self) -> None:
        """All readers begin to send, each at a random moment of the time that a message takes."""
        for reader in self.readers:
            await reader.until(partial(_sent, reader), "the probes to leave", None)
            reader.records.clear()
        self._resent = self._retransmissions()
        self._numbers = [iter(range(number, self.load.count, self.load.readers)) for number in range(self.load.readers)]
        self._moved = time.monotonic()
        phases = random.Random("phases")
        for number, reader in enumerate(self.readers):
            for _ in range(READY):
                self._next(number)
            asyncio.get_running_loop().call_later(phases.random() / AT_LINE_RATE, reader.session.pump)

    async def end(self) -> Delivered:
        """Wait until all tags have gone, or none went for a while."""
        while self._left > 0 and time.monotonic() - self._moved < STUCK:
            await asyncio.sleep(0.05)
        settled = [0] * self.load.count
        for reader in self.readers if self.load.protocol == Protocol.ECP else []:
            for record in reader.records:
                if record.tag is not None and record.settled is not None:
                    settled[int(record.tag[6:14], 16)] = int(record.settled * 1e9)
        return Delivered(self._sent, settled, self._retransmissions() - self._resent)

    def _leaves(self, message: bytes) -> None:
        found = PATTERN.search(message)
        if found and int(found[1], 16) == Kind.COUNTED:
            number = int(found[2], 16)
            self._sent[number] = self._sent[number] or time.monotonic_ns()

    def _happened(self, number: int, happening: Happening) -> None:
        if happening.what in {"delivered", "unheard"} and self._numbers:
            self._left -= 1
            self._moved = time.monotonic()
            self._next(number)

    def _next(self, reader: int) -> None:
        """One more tag into the buffer of a reader, which sends it by itself."""
        for number in self._numbers[reader]:
            self.readers[reader].device.present(mark(Kind.COUNTED, number, AEI).decode())
            return

    def _retransmissions(self) -> int:
        return sum(reader.counts.retransmissions for reader in self.readers)


def _sent(reader: SimulatedReader) -> bool:
    return all(record.settled is not None for record in reader.records if record.kind is Message.TAG)


async def probe(readers: Sequence[SimulatedReader], told: Told) -> None:
    """One tag for each reader, again and again until the load shall begin."""
    while not told.go.is_set():
        for number, reader in enumerate(readers):
            if _sent(reader):
                reader.present(mark(Kind.PROBE, number, AEI).decode())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PROBE_PERIOD):
                await told.go.wait()


async def play(load: LineRate, told: Told) -> None:
    train = Train(load)
    port, train.readers = await switch_on(load.readers, train.make)
    say(f"listening {port}")
    for reader in train.readers:
        await reader.client_connected(None)
    say("connected")
    gc.disable()
    await probe(train.readers, told)
    await train.begin()
    say(f"began {time.monotonic_ns()}")
    delivered = await train.end()
    say(f"delivered {json.dumps(dataclasses.asdict(delivered))}")
    say(f"ended {load.count} 0")


if __name__ == "__main__":
    asyncio.run(until_told(partial(play, LineRate(**json.loads(sys.argv[1])))))
