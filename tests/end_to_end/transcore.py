"""A yard with TransCore readers: a real bridge and a real broker, simulated readers that tests steer, lines that can be cut."""

from __future__ import annotations

import asyncio
import itertools
import re
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from readers_bridge.families.transcore.simulator import SerialLink, Settings, SimulatedReader, TcpLink
from readers_bridge.families.transcore.typedefs import CrcVariant, Parity, Profile, Protocol
from readers_bridge.simulation.link import Link
from tests.conftest import Broker, wait_until
from tests.end_to_end.client import ask
from tests.end_to_end.harness import BridgeProcess, RawReader, Subscriber, settings

T = TypeVar("T")

ECP_ACKS = re.compile(rb"(?:#[02468ACE]@[0-9A-F`]{4}\r)*")
"""What a host may send in ECP without an effect on the radio."""

_transactions = itertools.count(1)


class Field:
    """Simulated readers and lines that live in a thread of their own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._ends: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], seconds: float = 30.0) -> T:
        """Await something there."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def do(self, what: Callable[[], T]) -> T:
        """Do something there, and wait for what comes of it."""

        async def call() -> T:
            return what()

        return self.run(call())

    def add(self, link: Link, how: Settings | None, name: str) -> SimulatedReader:
        reader = self.do(lambda: SimulatedReader(link, how, name=name))
        self._ends.append(reader.stop)
        self.run(reader.start())
        return reader

    def line(self, port: int) -> Line:
        """A line to a reader on this TCP port."""
        line = Line(port)
        self._ends.insert(0, line.stop)
        self.run(line.start())
        return line

    def close(self) -> None:
        for end in self._ends:
            self.run(end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


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


@dataclass
class Device:
    """A device as a subscriber sees it."""

    id: str
    yard: Yard
    entry: dict[str, Any]

    @property
    def topic(self) -> str:
        return f"readers/home/{self.id}"

    @property
    def seen(self) -> Subscriber:
        return self.yard.seen

    def reads(self) -> list[dict[str, Any]]:
        return [seen.json for seen in self.seen.on(f"{self.topic}/read")]

    def credentials(self) -> list[str]:
        return [read["credential"] for read in self.reads()]

    def wait_reads(self, count: int, seconds: float = 15.0) -> list[dict[str, Any]]:
        self.seen.wait_for(f"{self.topic}/read", count, seconds)
        return self.reads()

    def wait_read(self, credential: str, seconds: float = 15.0) -> dict[str, Any]:
        read: dict[str, Any] = self.seen.wait_where(
            f"{self.topic}/read", lambda read: read["credential"] == credential, seconds
        )
        return read

    def events(self, event_type: str | None = None) -> list[dict[str, Any]]:
        events = [seen.json for seen in self.seen.on(f"{self.topic}/event")]
        return [event for event in events if event_type in {None, event["event_type"]}]

    def wait_event(self, event_type: str, seconds: float = 15.0) -> dict[str, Any]:
        event: dict[str, Any] = self.seen.wait_where(
            f"{self.topic}/event", lambda event: event["event_type"] == event_type, seconds
        )
        return event

    def state(self) -> dict[str, Any]:
        found = self.seen.on(f"{self.topic}/state")
        return dict(found[-1].json) if found else {}

    def wait_state(self, seconds: float = 15.0, **values: Any) -> None:
        wait_until(
            lambda: values.items() <= self.state().items(), f"{values} in {self.id}'s state {self.state()}", seconds
        )

    def availability(self) -> list[tuple[str, str]]:
        """State and reason, each time they changed."""
        found = [(seen.json["state"], seen.json["reason"]) for seen in self.seen.on(f"{self.topic}/availability")]
        return [each for each, _ in itertools.groupby(found)]

    def wait_online(self, times: int = 1, seconds: float = 15.0) -> None:
        """Wait until it is online for the ``times``-th time."""
        wait_until(
            lambda: (
                (found := self.availability())
                and found[-1][0] == "online"
                and sum(state == "online" for state, _ in found) >= times
            ),
            f"{self.id} to be online {times} times; {self.availability()}",
            seconds,
        )

    def wait_offline(self, reason: str, seconds: float = 15.0) -> None:
        wait_until(lambda: ("offline", reason) in self.availability(), f"{self.id} to be offline: {reason}", seconds)

    def counters(self) -> dict[str, int]:
        """The counters of its health since the bridge started."""
        told = ask(self.seen, "diagnostics", within=30)["diagnostics"]["devices"][self.id]["counters"]
        return dict(told)

    def description(self) -> dict[str, Any]:
        return dict(self.seen.wait_for(f"{self.topic}/description")[-1].json)

    def send(self, command: str, /, **arguments: Any) -> str:
        """Send a command; its transaction."""
        transaction = f"t{next(_transactions)}"
        self.seen.publish(f"{self.topic}/command/{command}", {**arguments, "transaction": transaction})
        return transaction

    def result(self, transaction: str, seconds: float = 30.0) -> dict[str, Any]:
        answer: dict[str, Any] = self.seen.wait_where(
            f"{self.topic}/result", lambda result: result["transaction"] == transaction, seconds
        )
        return answer

    def ask(self, command: str, /, **arguments: Any) -> dict[str, Any]:
        """The result of a command."""
        return self.result(self.send(command, **arguments))

    def done(self, command: str, /, **arguments: Any) -> dict[str, Any]:
        """The data of a command that must end well."""
        result = self.ask(command, **arguments)
        assert result["status"] == "done", result
        return dict(result["data"])

    def refused(self, command: str, /, **arguments: Any) -> tuple[str, str]:
        """Status and code of a command that must not end well."""
        result = self.ask(command, **arguments)
        assert result["error"]["message"], result
        return result["status"], result["error"]["code"]


@dataclass
class Scripted(Device):
    """A device whose reader says what a test tells it to, byte for byte."""

    reader: RawReader

    def say(self, data: bytes | str) -> None:
        self.reader.say(data if isinstance(data, bytes) else data.encode("latin-1"))


@dataclass
class Track(Device):
    """A device with a simulated reader; ``line`` where there is one between the bridge and the reader."""

    reader: SimulatedReader
    readers: Field
    line: Line | None = None

    def tag(self, *tags: str, **how: Any) -> None:
        """Tags come by, one right after the other."""

        def present() -> None:
            for tag in tags:
                assert self.reader.present(tag, **how), tag

        self.readers.do(present)

    def fault(self, name: str, share: float | None = None, count: int = 1) -> None:
        self.readers.do(lambda: self.reader.fault(name, share, count))

    def commands(self) -> list[str]:
        """What the reader executed, oldest first."""
        return self.readers.do(lambda: [command.text for command in self.reader.commands])

    def accepted(self) -> list[str]:
        return self.readers.do(lambda: self.reader.accepted)

    @property
    def in_data_mode(self) -> bool:
        return self.readers.do(lambda: not self.reader.device.command_mode)

    def wait_settled(self, seconds: float = 30.0) -> None:
        """Wait until the reader has given everything away."""
        self.readers.run(self.reader.settled(seconds), seconds + 5)

    def wait_connected(self) -> None:
        self.readers.run(self.reader.client_connected())

    def sent(self) -> bytes:
        """What the bridge sent to it."""
        line = self.line
        assert line is not None
        return self.readers.do(lambda: bytes(line.sent))


@dataclass
class Yard:
    """The devices of one bridge. Add them, then ``start``."""

    folder: Path
    broker: Broker = field(init=False)
    seen: Subscriber = field(init=False)
    bridge: BridgeProcess = field(init=False)

    def __post_init__(self) -> None:
        self.devices: dict[str, Device] = {}
        self.readers = Field()
        self._raw: list[RawReader] = []

    def __enter__(self) -> Self:
        self.broker = Broker(self.folder / "mosquitto").start()
        self.seen = Subscriber(self.broker.port)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if hasattr(self, "bridge") and self.bridge.process is not None and self.bridge.process.poll() is None:
                self.bridge.kill()
            if kind is None:
                for text in ("unforeseen", "Traceback"):
                    assert text not in self.bridge.log, self.bridge.log
        finally:
            for raw in self._raw:
                raw.close()
            self.readers.close()
            self.seen.close()
            self.broker.stop()

    def add(
        self,
        name: str,
        how: Settings | None = None,
        /,
        *,
        link: Link | None = None,
        lined: bool = False,
        query: str = "",
        **options: Any,
    ) -> Track:
        """A device with a simulated reader, spoken to in its protocol unless told otherwise.

        ``lined``: over a line that can be cut. ``query``: what follows the address, as ``?parity=E``.
        """
        how = how or Settings()
        reader = self.readers.add(link or TcpLink(), how, name)
        line = self.readers.line(reader.port) if lined else None
        address = reader.address if line is None else f"tcp://127.0.0.1:{line.port}"
        entry = {
            "id": name,
            "family": "transcore",
            "connection": address + query,
            "protocol": str(how.protocol),
            "profile": str(how.profile),
            **options,
        }
        track = Track(name, self, entry, reader, self.readers, line)
        self.devices[name] = track
        return track

    def scripted(self, name: str, /, *, query: str = "", **options: Any) -> Scripted:
        """A device whose reader says what it is told to."""
        raw = RawReader()
        self._raw.append(raw)
        entry = {"id": name, "family": "transcore", "connection": f"tcp://127.0.0.1:{raw.port}{query}", **options}
        device = Scripted(name, self, entry, raw)
        self.devices[name] = device
        return device

    def start(self, *arguments: str, **sections: Any) -> None:
        """Start the bridge."""
        entries = [device.entry for device in self.devices.values()]
        config = settings(self.broker.port, self.folder / "data", entries, **sections)
        self.bridge = BridgeProcess(self.folder / "bridge", config).start(*arguments)

    def restart(self) -> None:
        """Kill the bridge and start it again; wait until it and all devices are online again."""
        self.bridge.kill()
        for device in self.devices.values():
            if isinstance(device, Track):
                self.readers.run(device.reader.client_disconnected())
        since = len(self.seen.messages)
        self.bridge.start()
        missing = {"readers/home/bridge/state", *(f"{device.topic}/availability" for device in self.devices.values())}

        def all_online() -> bool:
            for message in self.seen.messages[since:]:
                if message.topic in missing and message.json["state"] == "online":
                    missing.remove(message.topic)
            return not missing

        wait_until(all_online, f"{missing} to be online", 30)

    def wait_online(self, *but: str) -> None:
        for device in self.devices.values():
            if device.id not in but:
                device.wait_online()

    def replayed(self) -> list[dict[str, Any]]:
        """All reads of the journal, as an integrator asks for them who was away."""
        pages = [ask(self.seen, "replay", within=30)]
        while not pages[-1]["complete"]:
            pages.append(ask(self.seen, "replay", within=30, after=pages[-1]["next"]))
        return [read for page in pages for read in page["reads"]]


def ecp(body: str, crc: CrcVariant = CrcVariant.VENDOR, end: str = "\r\n") -> bytes:
    """A message in ECP, from its sequence number on, with a CRC computed bit by bit."""
    data = body.encode("latin-1")
    value = 0
    for byte in data + (b"\0\0" if crc is CrcVariant.XMODEM else b""):
        for bit in range(7, -1, -1):
            value = value << 1 | byte >> bit & 1
            if value & 0x10000:
                value ^= 0x11021
    return b"#" + data + b"%04X" % value + end.encode()


def numbered(count: int, first: int = 0) -> list[str]:
    """Tags that are all different."""
    return [f"CAR {number:06d}" for number in range(first, first + count)]


def in_order(reads: Sequence[dict[str, Any]]) -> list[str]:
    """The credentials by id, each once, in the order of ``seq``."""
    by_seq: dict[int, str] = {}
    ids: dict[str, str] = {}
    for read in reads:
        assert ids.setdefault(read["id"], read["credential"]) == read["credential"]
        by_seq[read["seq"]] = read["credential"]
    assert len(by_seq) == len(ids)
    return [by_seq[seq] for seq in sorted(by_seq)]


__all__ = [
    "CrcVariant",
    "Line",
    "Parity",
    "Profile",
    "Protocol",
    "SerialLink",
    "Settings",
    "Track",
    "Yard",
    "ecp",
    "in_order",
    "numbered",
]
