"""Simulated readers: TCP servers, one client each, that send ``$SCRDR`` lines at a given pace or as fast as they are taken.

A process of its own. It says ``listening PORT`` (every reader has its own address, see :func:`address`, and the same
port), ``connected`` when every reader has its client, then sends probes twice a second until it is told ``go``; says
``began TIME`` (monotonic nanoseconds) and, when all is sent, ``ended SENT LOST``: lines handed over, and lines that no
client was there for.
"""

from __future__ import annotations

import gc
import json
import os
import select
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from benchmarks.child import say
from benchmarks.lines import Kind, encode

CHUNK = 65536  # bytes offered to a socket at once
BALLAST_LINES = 300_000  # so many that none comes again while somebody still remembers it as a repeat
PROBE_PERIOD = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class Load:
    """What the readers send."""

    module: ClassVar[str] = "benchmarks.load"
    family: ClassVar[str] = "springcard"

    readers: int
    count: int
    """Lines that are counted. Line ``i`` comes from reader ``i % readers``."""
    rate: float = 0
    """Lines per second, all readers together; 0: as fast as they are taken."""
    ballast: bool = False
    """One more reader floods all the time."""
    silent: bool = False
    """That reader is there, but says nothing."""

    @property
    def sockets(self) -> int:
        """How many readers a peer connects to."""
        return self.readers + (self.ballast or self.silent)

    @property
    def floods(self) -> bool:
        """Whether some reader sends as fast as it can."""
        return not self.rate or self.ballast

    @property
    def duration(self) -> float:
        """Seconds; 0 for a flood, which takes what it takes."""
        return self.count / self.rate if self.rate else 0.0


def address(reader: int) -> str:
    """The loop-back address of a reader."""
    return f"127.1.{reader // 250}.{reader % 250 + 1}"


def listen(count: int) -> tuple[int, list[socket.socket]]:
    """Listening sockets of ``count`` readers on a port that is free for all of them."""
    for _ in range(50):
        sockets: list[socket.socket] = []
        port = 0
        try:
            for reader in range(count):
                sockets.append(socket.create_server((address(reader), port)))
                port = sockets[0].getsockname()[1]
        except OSError:
            for sock in sockets:
                sock.close()
        else:
            return port, sockets
    raise OSError("no port is free on all addresses")


@dataclass(slots=True)
class Reader:
    """One reader and its one client."""

    server: socket.socket
    client: socket.socket | None = None
    waiting: bytearray = field(default_factory=bytearray)
    ballast: Iterator[bytes] | None = None
    """Where more comes from when little is waiting."""
    lost: int = 0

    def flush(self) -> bool:
        """Hand over what the client takes now; is there more?"""
        if self.ballast is not None and len(self.waiting) < CHUNK:
            self.waiting += next(self.ballast)
        if self.client is None:
            return False
        try:
            del self.waiting[: self.client.send(self.waiting[:CHUNK])]
        except BlockingIOError:
            pass
        except OSError:
            self.drop()
        return bool(self.waiting)

    def drop(self) -> None:
        if self.client is not None:
            self.client.close()
        self.client = None
        self.lost += self.waiting.count(b"\n")
        self.waiting.clear()


class Readers:
    """All readers, and the one loop that serves them."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.port, servers = listen(load.sockets)
        self.readers = [Reader(server) for server in servers]
        self.told = b""
        self._poll = select.epoll()
        self._poll.register(0, select.EPOLLIN)
        self._by_server = {reader.server.fileno(): reader for reader in self.readers}
        self._by_client: dict[int, Reader] = {}
        for number in self._by_server:
            self._poll.register(number, select.EPOLLIN)

    def serve(self, until: float) -> None:
        """Serve what is ready; return when something was, and at ``until`` (monotonic seconds) at the latest."""
        # epoll counts in milliseconds, select in microseconds
        pause = max(until - time.monotonic(), 0)
        if pause and not select.select([self._poll], [], [], pause)[0]:
            return
        for number, events in self._poll.poll(0):
            if number == 0:
                chunk = os.read(0, 4096)
                if not chunk:
                    raise SystemExit
                self.told += chunk
            elif number in self._by_server:
                self._accept(self._by_server[number])
            elif number in self._by_client:
                self._transfer(number, self._by_client[number], events)

    def _accept(self, reader: Reader) -> None:
        client, _ = reader.server.accept()
        if reader.client is not None:  # one client at a time
            client.close()
            return
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader.client = client
        self._by_client[client.fileno()] = reader
        self._poll.register(client, select.EPOLLIN)

    def _transfer(self, number: int, reader: Reader, events: int) -> None:
        if events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            assert reader.client is not None
            try:
                if reader.client.recv(4096):
                    return
            except BlockingIOError:
                return
            except OSError:
                pass
            del self._by_client[number]
            reader.drop()
        elif not reader.flush() and reader.client is not None:
            self._poll.modify(number, select.EPOLLIN)

    def send(self, reader: Reader, data: bytes) -> None:
        """Send now, or as soon as the client takes it; lost when there is no client."""
        if reader.client is None:
            reader.lost += data.count(b"\n")
            return
        reader.waiting += data
        number = reader.client.fileno()
        if reader.flush():
            self._poll.modify(number, select.EPOLLIN | select.EPOLLOUT)
        elif reader.client is None:
            del self._by_client[number]

    @property
    def connected(self) -> bool:
        return all(reader.client for reader in self.readers)

    @property
    def idle(self) -> bool:
        return not any(reader.waiting for reader in self.readers)


def ballast() -> Iterator[bytes]:
    """Blocks of whole lines without end."""
    lines = b"".join(encode(Kind.BALLAST, number) for number in range(BALLAST_LINES))
    length = len(lines) // BALLAST_LINES
    step = CHUNK // length * length
    while True:
        for start in range(0, len(lines), step):
            yield lines[start : start + step]


def flood(readers: Readers) -> None:
    """Give every reader all of its lines at once."""
    load = readers.load
    blocks = [
        b"".join(encode(Kind.COUNTED, number) for number in range(reader, load.count, load.readers))
        for reader in range(load.readers)
    ]
    say(f"began {time.monotonic_ns()}")
    for reader, block in zip(readers.readers, blocks, strict=True):
        readers.send(reader, block)
    while not readers.idle:
        readers.serve(time.monotonic() + 1)


def pace(readers: Readers) -> None:
    """Send one line after the other, each at its time."""
    load = readers.load
    flooder = readers.readers[-1]
    if load.ballast:
        flooder.ballast = ballast()
        flooder.waiting += next(flooder.ballast)  # builds the lines before the clock runs
    say(f"began {time.monotonic_ns()}")
    begin = time.monotonic()
    if load.ballast:
        readers.send(flooder, b"")
    for number in range(load.count):
        due = begin + number / load.rate
        while time.monotonic() < due:
            readers.serve(due)
        line = encode(Kind.COUNTED, number, time.monotonic_ns())
        readers.send(readers.readers[number % load.readers], line)
        if load.ballast:
            readers.serve(0)
    flooder.ballast = None


def main() -> None:
    """Play the readers until standard input ends."""
    readers = Readers(Load(**json.loads(sys.argv[1])))
    say(f"listening {readers.port}")
    while not readers.connected:
        readers.serve(time.monotonic() + 1)
    say("connected")
    gc.disable()
    while b"go\n" not in readers.told:
        for number, reader in enumerate(readers.readers):
            readers.send(reader, encode(Kind.PROBE, number))
        again = time.monotonic() + PROBE_PERIOD
        while time.monotonic() < again and b"go\n" not in readers.told:
            readers.serve(again)
    for reader in readers.readers:
        reader.lost = 0
    (pace if readers.load.rate else flood)(readers)
    lost = sum(reader.lost for reader in readers.readers[: readers.load.readers])
    say(f"ended {readers.load.count - lost} {lost}")
    while True:
        readers.serve(time.monotonic() + 1)


if __name__ == "__main__":
    main()
