"""Counts what arrives at the broker, and how late: a subscriber that does nothing else.

A process of its own: MQTT 3.1.1, QoS 0 (the broker has to answer for its part, nobody for ours), many packets at a time.
It says ``subscribed``, ``warm`` when a probe of every reader has come, and at the end ``result JSON``: when everything
counted has come, or when it was told ``ended`` and nothing new has come for a while. If it shall, it says ``times JSON`` before:
when each line arrived, in nanoseconds of the monotonic clock, 0 for one that did not.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import json
import os
import select
import socket
import sys
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.child import say
from benchmarks.lines import PATTERN, Kind

RECEIVE = 1 << 20  # bytes
LINGER = 0.3  # seconds to wait for repeats when everything is here
PUBLISH, SUBACK = 3, 9


@dataclass(frozen=True, slots=True)
class Watch:
    """What to wait for."""

    port: int
    topics: str
    """The topic filter of what the peer publishes."""
    readers: int
    """Readers whose probes must come first."""
    count: int
    """Lines that must arrive."""
    lanes: int
    """Line ``i`` comes from reader ``i % lanes``: the order within a reader is checked."""
    quiet: float
    """Seconds without an arrival, after the last line was sent, after which the rest is lost."""
    gather: float = 0
    """Seconds to let messages gather after each receipt: in a flood, the processors are for those who are measured."""
    times: bool = False
    """Before the result, tell when each line arrived."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What arrived. Delays are milliseconds from the sending of a line to the arrival of its message."""

    arrived: int
    repeated: int
    disordered: int
    last: int
    """When the last new line came, in nanoseconds of the monotonic clock."""
    least: float
    p50: float
    p99: float
    most: float


@dataclass(slots=True)
class Tally:
    """Takes the bytes of an MQTT connection apart and counts. Sans-IO."""

    watch: Watch
    subscribed: bool = False
    probed: set[int] = field(default_factory=set)
    arrived: int = 0
    repeated: int = 0
    disordered: int = 0
    last: int = 0
    delays: array[int] = field(default_factory=lambda: array("q"))
    times: array[int] = field(init=False)
    """When each line arrived, by its number; 0: it did not."""
    _newest: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.times = array("q", bytes(8 * self.watch.count))
        self._newest = [-1] * self.watch.lanes

    def feed(self, data: bytes, now: int) -> bytes:
        """Count the packets in ``data``, which came at ``now`` (nanoseconds); the incomplete rest."""
        start, size = 0, len(data)
        while start + 1 < size:
            length, body, shift = 0, start + 1, 0
            while body < size:
                digit = data[body]
                length |= (digit & 0x7F) << shift
                shift += 7
                body += 1
                if digit < 0x80:
                    break
            else:
                break
            end = body + length
            if end > size:
                break
            kind = data[start] >> 4
            if kind == PUBLISH:
                found = PATTERN.search(data, body, end)
                if found:
                    self._count(int(found[1], 16), int(found[2], 16), int(found[3], 16), now)
            elif kind == SUBACK:
                self.subscribed = True
            start = end
        return data[start:]

    def _count(self, kind: int, number: int, sent: int, now: int) -> None:
        if kind == Kind.COUNTED:
            if self.times[number]:
                self.repeated += 1
                return
            self.times[number] = now
            self.arrived += 1
            self.last = now
            lane = number % self.watch.lanes
            if number < self._newest[lane]:
                self.disordered += 1
            self._newest[lane] = number
            if sent:
                self.delays.append(now - sent)
        elif kind == Kind.PROBE:
            self.probed.add(number)

    def result(self) -> Arrivals:
        delays = sorted(self.delays)
        times = (percentile(delays, share) / 1e6 for share in (0, 0.5, 0.99, 1))
        return Arrivals(self.arrived, self.repeated, self.disordered, self.last, *times)


def percentile(ordered: Sequence[int], share: float) -> float:
    """The value below which ``share`` of the ordered values lie; 0 when there are none."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0


def connect(watch: Watch) -> socket.socket:
    """Connect and subscribe in one breath: after an outage, the subscriber must be there before the peer."""
    topics = watch.topics.encode()
    identity = b"benchmark-subscriber"
    hello = b"\x00\x04MQTT\x04\x02\x00\x00" + len(identity).to_bytes(2, "big") + identity
    wish = b"\x00\x01" + len(topics).to_bytes(2, "big") + topics + b"\x00"
    while True:
        with contextlib.suppress(ConnectionError):
            sock = socket.create_connection(("127.0.0.1", watch.port))
            sock.sendall(b"\x10" + bytes([len(hello)]) + hello + b"\x82" + bytes([len(wish)]) + wish)
            return sock
        time.sleep(0.001)


def main() -> None:
    """Count until the end."""
    watch = Watch(**json.loads(sys.argv[1]))
    tally = Tally(watch)
    sock = connect(watch)
    rest, told = b"", b""
    said_subscribed = said_warm = False
    deadline = float("inf")
    gc.disable()
    while (pause := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select([sock.fileno(), 0], [], [], min(pause, 60))
        if sock.fileno() in ready:
            time.sleep(watch.gather)
            try:
                chunk = sock.recv(RECEIVE)
            except ConnectionError:
                chunk = b""
            if not chunk:
                sock.close()
                sock, rest = connect(watch), b""
                continue
            before = tally.arrived
            rest = tally.feed(rest + chunk if rest else chunk, time.monotonic_ns())
            if tally.subscribed and not said_subscribed:
                said_subscribed = True
                say("subscribed")
            if len(tally.probed) == watch.readers and not said_warm:
                said_warm = True
                say("warm")
            if tally.arrived == watch.count:
                if tally.arrived > before:
                    deadline = time.monotonic() + LINGER
            elif tally.arrived > before and b"ended\n" in told:
                deadline = time.monotonic() + watch.quiet
        if 0 in ready:
            chunk = os.read(0, 4096)
            if not chunk:
                return
            told += chunk
            if tally.arrived < watch.count:
                deadline = time.monotonic() + watch.quiet
            elif not watch.count:
                deadline = time.monotonic() + LINGER
    if watch.times:
        say(f"times {json.dumps(list(tally.times))}")
    say(f"result {json.dumps(dataclasses.asdict(tally.result()))}")


if __name__ == "__main__":
    main()
