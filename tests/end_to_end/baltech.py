"""A house with BALTECH readers: a real bridge and a real broker, and simulated readers that tests steer."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from readers_bridge.families.baltech.simulator import ConnectLink, SerialLink, Settings, SimulatedReader, TcpLink
from readers_bridge.families.baltech.typedefs import IoPort
from readers_bridge.simulation.link import Link
from tests.conftest import Broker, wait_until
from tests.end_to_end.harness import BridgeProcess, Subscriber, settings

T = TypeVar("T")

GET_INFO, RESET, SET_MODE, GET_MESSAGE, RUN_SCRIPT, RESTRICT = 0x0004, 0x0003, 0x0500, 0x0501, 0x0503, 0x0504
CFG_GET, CFG_SET, CFG_DELETE = 0x0008, 0x0009, 0x000A
ENABLE, DISABLE, TOGGLE, SENSE = 0x0A01, 0x0A02, 0x0A03, 0x0A04
FORBIDDEN = {0x0016: "CfgLoadBlock", 0x0018: "CfgReset", 0x0028: "FactoryReset"}
NO_MESSAGE = 0x01

_transactions = itertools.count(1)


class Field:
    """Simulated readers that live in a thread of their own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._readers: list[SimulatedReader] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def do(self, what: Callable[[], T]) -> T:
        """Do something there, and wait for what comes of it."""

        async def call() -> T:
            return what()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(10)

    def add(self, link: Link, how: Settings | None, name: str) -> SimulatedReader:
        reader = self.do(lambda: SimulatedReader(link, how, name=name))
        self._readers.append(reader)
        asyncio.run_coroutine_threadsafe(reader.start(), self._loop).result(10)
        return reader

    def close(self) -> None:
        for reader in self._readers:
            asyncio.run_coroutine_threadsafe(reader.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass
class Door:
    """A device: its simulated reader at the one end, what a subscriber sees of it at the other."""

    id: str
    reader: SimulatedReader
    readers: Field
    house: House
    entry: dict[str, Any]
    may_discard: bool = False
    """Whether the reader may have received what is no command."""
    killed: bool = False
    """Whether its bridge was killed, so that reads may come again, under the same id."""

    @property
    def topic(self) -> str:
        return f"readers/home/{self.id}"

    @property
    def seen(self) -> Subscriber:
        return self.house.seen

    # -- the reader

    def card(self, *cards: str | bytes, **how: Any) -> None:
        """Hold cards to the reader, one right after the other."""

        def present() -> None:
            for card in cards:
                self.reader.present(card, **how)

        self.readers.do(present)

    def fault(self, name: str, value: float | None = None, count: int = 1, code: int | None = None) -> None:
        self.readers.do(lambda: self.reader.fault(name, value, count, code))

    def asked(self, code: int) -> list[bytes]:
        """The payloads of the commands with this code that the reader received, oldest first."""
        return self.readers.do(lambda: [command.payload for command in self.reader.asked(code)])

    def asked_but_polls(self) -> list[int]:
        """The codes of all commands but polls and looks at inputs."""
        codes = self.readers.do(lambda: [command.code for command in self.reader.commands])
        return [code for code in codes if code not in {GET_MESSAGE, SENSE}]

    def stored(self, key: int, number: int) -> bytes | None:
        return self.readers.do(lambda: self.reader.stored.get((key, number)))

    def ports(self) -> list[tuple[float, str, bool]]:
        """Every change of a port: seconds since the first one here, name, on."""
        log = self.readers.do(lambda: list(self.reader.port_log))
        return [(entry.time, IoPort(entry.port).name, entry.on) for entry in log]

    def switched(self, port: str, since: float = 0.0) -> list[tuple[float, bool]]:
        return [(time, on) for time, name, on in self.ports() if name == port and time > since]

    def wait_empty(self, since: float | None = None) -> None:
        """Wait until the reader was asked for messages (after ``since``, monotonic; None: now), and had none."""
        after = time.monotonic() if since is None else since

        def empty() -> bool:
            polls = self.reader.asked(GET_MESSAGE)
            return bool(polls) and polls[-1].status == NO_MESSAGE and polls[-1].time > after

        wait_until(lambda: self.readers.do(empty), f"{self.id} to be asked in vain")

    # -- what is seen of it

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

    def events(self) -> list[dict[str, Any]]:
        return [seen.json for seen in self.seen.on(f"{self.topic}/event")]

    def wait_event(self, event_type: str) -> dict[str, Any]:
        event: dict[str, Any] = self.seen.wait_where(
            f"{self.topic}/event", lambda event: event["event_type"] == event_type
        )
        return event

    def state(self) -> dict[str, Any]:
        found = self.seen.on(f"{self.topic}/state")
        return dict(found[-1].json) if found else {}

    def wait_state(self, **values: Any) -> None:
        wait_until(lambda: values.items() <= self.state().items(), f"{values} in {self.id}'s state")

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

    def onlines(self) -> int:
        return sum(state == "online" for state, _ in self.availability())

    def wait_offline(self, reason: str) -> None:
        wait_until(lambda: ("offline", reason) in self.availability(), f"{self.id} to be offline: {reason}")

    def send(self, command: str, **arguments: Any) -> str:
        """Send a command; its transaction."""
        transaction = f"t{next(_transactions)}"
        self.seen.publish(f"{self.topic}/command/{command}", {**arguments, "transaction": transaction})
        return transaction

    def result(self, transaction: str, seconds: float = 20.0) -> dict[str, Any]:
        answer: dict[str, Any] = self.seen.wait_where(
            f"{self.topic}/result", lambda result: result["transaction"] == transaction, seconds
        )
        return answer

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The result of a command."""
        return self.result(self.send(command, **arguments))

    def done(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The data of a command that must end well."""
        result = self.ask(command, **arguments)
        assert result["status"] == "done", result
        return dict(result["data"])

    # -- at the end

    def check(self) -> None:
        """Nothing came twice, and the reader was never told anything dangerous or incomprehensible."""
        ids = [read["id"] for read in self.reads()]
        assert self.killed or len(set(ids)) == len(ids), "a read was published twice"
        for command in self.readers.do(lambda: list(self.reader.commands)):
            assert command.code not in FORBIDDEN, FORBIDDEN[command.code]
            if command.code in {CFG_SET, CFG_DELETE}:
                assert command.payload[:2] in {b"\x05\x01", b"\x05\x02"}, command
                assert command.payload[2] != 0xFF, command
        discarded = self.readers.do(lambda: list(self.reader.discarded))
        assert self.may_discard or not discarded


@dataclass
class House:
    """Doors of one bridge. Add them, then ``start``."""

    folder: Path
    broker: Broker = field(init=False)
    seen: Subscriber = field(init=False)
    bridge: BridgeProcess = field(init=False)

    def __post_init__(self) -> None:
        self.doors: dict[str, Door] = {}
        self.others: list[dict[str, Any]] = []
        """Entries of devices without a simulated reader."""
        self._field = Field()

    def __enter__(self) -> Self:
        self.broker = Broker(self.folder / "mosquitto").start()
        self.seen = Subscriber(self.broker.port)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if hasattr(self, "bridge") and self.bridge.process is not None and self.bridge.process.poll() is None:
                self.bridge.kill()
            if kind is None:
                for door in self.doors.values():
                    door.check()
                assert "unforeseen" not in self.bridge.log, self.bridge.log
        finally:
            self._field.close()
            self.seen.close()
            self.broker.stop()

    def add(
        self, name: str, how: Settings | None = None, *, link: Link | None = None, connection: str = "", **options: Any
    ) -> Door:
        """A device; ``connection``: other than the reader's address."""
        reader = self._field.add(link or TcpLink(), how, name)
        entry = {"id": name, "family": "baltech", "connection": connection or reader.address, **options}
        self.doors[name] = door = Door(name, reader, self._field, self, entry)
        return door

    def start(self, *arguments: str, **sections: Any) -> None:
        """Start the bridge, and wait until it says that it is there."""
        entries = [*(door.entry for door in self.doors.values()), *self.others]
        config = settings(self.broker.port, self.folder / "data", entries, **sections)
        self.bridge = BridgeProcess(self.folder / "bridge", config).start(*arguments)

    def wait_online(self, *but: str) -> None:
        for door in self.doors.values():
            if door.id not in but:
                door.wait_online()

    def description(self, device: str) -> Mapping[str, Any]:
        return dict(self.seen.on(f"readers/home/{device}/description")[-1].json)


__all__ = ["ConnectLink", "Door", "Field", "House", "SerialLink", "Settings", "TcpLink"]
