"""A shop with Star printers: a real bridge and a real broker, and simulated printers that tests steer."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from readers_bridge.families.star.simulator import Settings, SimulatedPrinter
from tests.conftest import Broker, wait_until
from tests.end_to_end.client import ask
from tests.end_to_end.harness import BridgeProcess, Subscriber, settings

T = TypeVar("T")

PASSWORD = "Op3n-sesame"
POLL = 1
PRINT_TIMEOUT = 2
"""Seconds; the shortest that the configuration allows."""

_numbers = itertools.count(1)
_transactions = itertools.count(1)
_OWN_LINE = re.compile(r"^p\d+-\d+$", re.MULTILINE)


def text(lines: int = 1) -> str:
    """Lines that no other job has, so that whoever sees one twice knows that it was printed twice."""
    number = next(_numbers)
    return "\n".join(f"p{number}-{line}" for line in range(lines))


class Machines:
    """Simulated printers that live in a thread of their own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._printers: list[SimulatedPrinter] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], seconds: float = 30.0) -> T:
        """Await something there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def do(self, what: Callable[[], T]) -> T:
        """Do something there, and wait for what comes of it."""

        async def call() -> T:
            return what()

        return self.run(call())

    def add(self, how: Settings, name: str) -> SimulatedPrinter:
        printer = self.do(lambda: SimulatedPrinter(how, name=name))
        self.run(printer.start())
        self._printers.append(printer)
        return printer

    def close(self) -> None:
        for printer in self._printers:
            self.run(printer.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass
class Till:
    """A device: its simulated printer at the one end, what a subscriber sees of it at the other."""

    id: str
    printer: SimulatedPrinter
    machines: Machines
    shop: Shop
    entry: dict[str, Any]
    was_cut_off: bool = False
    """Whether a connection broke within a command, so that the printer may have taken a piece of the next one for a command."""

    @property
    def topic(self) -> str:
        return f"readers/home/{self.id}"

    @property
    def seen(self) -> Subscriber:
        return self.shop.seen

    # -- the printer

    def do(self, what: Callable[[SimulatedPrinter], T]) -> T:
        return self.machines.do(lambda: what(self.printer))

    def wait(self, condition: Callable[[SimulatedPrinter], object], what: str, seconds: float = 15.0) -> None:
        wait_until(lambda: self.do(condition), f"{self.id}: {what}", seconds)

    def printed(self) -> str:
        return self.do(lambda printer: printer.transcript())

    def wait_printed(self, line: str, seconds: float = 15.0) -> None:
        try:
            wait_until(lambda: line in self.printed().splitlines(), f"{line} on the paper of {self.id}", seconds)
        except AssertionError as error:
            results = [seen.json for seen in self.seen.on(f"{self.topic}/result")]
            raise AssertionError(f"{error}; {results}, {self.events()}, {self.availability()}") from None

    def happened(self, what: str) -> list[dict[str, Any]]:
        return self.do(lambda printer: [dict(one.data) for one in printer.happenings if one.what == what])

    # -- what is seen of it

    def events(self, *event_types: str) -> list[dict[str, Any]]:
        events = [seen.json for seen in self.seen.on(f"{self.topic}/event")]
        return [event for event in events if not event_types or event["event_type"] in event_types]

    def wait_event(self, event_type: str, seconds: float = 15.0, **data: Any) -> dict[str, Any]:
        event: dict[str, Any] = self.seen.wait_where(
            f"{self.topic}/event",
            lambda event: event["event_type"] == event_type and data.items() <= event["data"].items(),
            seconds,
        )
        return event

    def progress(self, transaction: str) -> list[str]:
        """The events of a job."""
        return [event["event_type"] for event in self.events() if event["data"].get("transaction") == transaction]

    def wait_progress(self, transaction: str, event_type: str, seconds: float = 15.0) -> None:
        self.wait_event(event_type, seconds, transaction=transaction)

    def state(self) -> dict[str, Any]:
        found = self.seen.on(f"{self.topic}/state")
        return dict(found[-1].json) if found else {}

    def wait_state(self, **values: Any) -> None:
        wait_until(lambda: values.items() <= self.state().items(), f"{values} in {self.id}'s state {self.state()}", 15)

    def availability(self) -> list[tuple[str, str]]:
        """State and reason, each time they changed."""
        found = [(seen.json["state"], seen.json["reason"]) for seen in self.seen.on(f"{self.topic}/availability")]
        return [each for each, _ in itertools.groupby(found)]

    def wait_online(self, times: int = 1, seconds: float = 20.0) -> None:
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

    def wait_offline(self, reason: str, seconds: float = 20.0) -> None:
        wait_until(lambda: ("offline", reason) in self.availability(), f"{self.id} to be offline: {reason}", seconds)

    def description(self) -> dict[str, Any]:
        return dict(self.seen.wait_for(f"{self.topic}/description")[-1].json)

    # -- commands

    def send(self, command: str, **arguments: Any) -> str:
        """Send a command; its transaction."""
        transaction = str(arguments.pop("transaction", "") or f"t{next(_transactions)}")
        self.seen.publish(f"{self.topic}/command/{command}", {**arguments, "transaction": transaction})
        return transaction

    def result(self, transaction: str, seconds: float = 30.0) -> dict[str, Any]:
        answer: dict[str, Any] = self.seen.wait_where(
            f"{self.topic}/result", lambda result: result["transaction"] == transaction, seconds
        )
        return answer

    def results(self, transaction: str) -> list[dict[str, Any]]:
        answers = [seen.json for seen in self.seen.on(f"{self.topic}/result")]
        return [answer for answer in answers if answer["transaction"] == transaction]

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The result of a command."""
        return self.result(self.send(command, **arguments))

    def done(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The data of a command that must end well."""
        result = self.ask(command, **arguments)
        assert result["status"] == "done", result
        assert result["error"] is None
        return dict(result["data"])

    def prints(self, lines: int = 1) -> None:
        """A job now is printed, whole."""
        job = text(lines)
        data = self.done("print_text", text=job)
        assert data["printed"] == "all"
        assert set(job.splitlines()) <= set(self.printed().splitlines())

    # -- at the end

    def check(self) -> None:
        """No line came twice, and the printer was never told anything dangerous or incomprehensible."""
        twice = {line: count for line, count in Counter(_OWN_LINE.findall(self.printed())).items() if count > 1}
        assert not twice, f"{self.id}: printed twice: {twice}"
        assert self.was_cut_off or self.do(lambda printer: printer.unknown) == []
        assert not self.do(lambda printer: printer.is_damaged)
        kicks = self.do(lambda printer: printer.kicks)
        assert not any(kick.immediate and kick.drawer == 1 for kick in kicks), "no FS came to the print port"
        for sent in self.do(lambda printer: [bytes(job.data) for job in printer.jobs]):
            assert b"\x1c0user" not in sent
            assert PASSWORD.encode() not in sent
            assert self.printer.settings.has_star_status or b"\x1b\x06\x01" not in sent, "ESC ACK SOH is Star's"
        for result in (seen.json for seen in self.seen.on(f"{self.topic}/result")):
            data = result["data"] or {}
            if "printed" in data:
                assert data["stage"] in {"waiting", "sending", "printing", "done"}
                assert data["may_repeat"] is False or data["printed"] in {"nothing", "part"}, result
                assert (data["printed"] == "all") == (result["status"] == "done"), result
                assert 0 <= data["sent_bytes"] <= data["total_bytes"]


@dataclass
class Shop:
    """Tills of one bridge. Add them, then ``start``."""

    folder: Path
    broker: Broker = field(init=False)
    seen: Subscriber = field(init=False)
    bridge: BridgeProcess = field(init=False)

    def __post_init__(self) -> None:
        self.tills: dict[str, Till] = {}
        self.machines = Machines()
        self._ends = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self.broker = Broker(self.folder / "mosquitto").start()
        self.seen = Subscriber(self.broker.port)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if hasattr(self, "bridge") and self.bridge.process is not None and self.bridge.process.poll() is None:
                self.bridge.kill()
            if kind is None:
                for till in self.tills.values():
                    till.check()
                for told in ("unforeseen", "Traceback"):
                    assert told not in self.bridge.log, self.bridge.log
                assert PASSWORD not in self.bridge.log
        finally:
            self._ends.close()
            self.machines.close()
            self.seen.close()
            self.broker.stop()

    def add(self, name: str, how: Settings | None = None, *, connection: str = "", **options: Any) -> Till:
        """A device; ``connection``: other than the printer's address. An option that is None is left out."""
        how = how or Settings(password=PASSWORD)
        printer = self.machines.add(how, name)
        usual = {"password": PASSWORD, "peripheral": "drawer", "poll": POLL, "print_timeout": PRINT_TIMEOUT}
        entry = {"id": name, "family": "star", "connection": connection or printer.address, **usual, **options}
        entry = {key: value for key, value in entry.items() if value is not None}
        self.tills[name] = till = Till(name, printer, self.machines, self, entry)
        return till

    def occupy(self, port: int) -> socket.socket:
        """Another host that has a connection to a port, until it is closed or the test ends."""
        host = socket.create_connection(("127.0.0.1", port))
        self._ends.callback(host.close)
        return host

    def start(self, *arguments: str, **sections: Any) -> None:
        """Start the bridge."""
        entries = [till.entry for till in self.tills.values()]
        config = settings(self.broker.port, self.folder / "data", entries, **sections)
        self.bridge = BridgeProcess(self.folder / "bridge", config).start(*arguments)

    def wait_online(self, *but: str) -> None:
        for till in self.tills.values():
            if till.id not in but:
                till.wait_online()

    def diagnostics(self) -> dict[str, Any]:
        return dict(ask(self.seen, "diagnostics", within=30)["diagnostics"])

    def counters(self, device: str) -> dict[str, int]:
        return dict(self.diagnostics()["devices"][device]["counters"])


__all__ = ["PASSWORD", "Settings", "Shop", "Till", "text"]
