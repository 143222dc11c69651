"""A shop with Star printers: a real bridge and a real broker, and simulated printers that tests steer."""

from __future__ import annotations

import itertools
import re
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from readers_bridge.families.star.simulator import Settings, SimulatedPrinter
from tests.conftest import wait_until
from tests.end_to_end.device import Device
from tests.end_to_end.machines import Machines
from tests.end_to_end.site import Site

T = TypeVar("T")

PASSWORD = "Op3n-sesame"
POLL = 1
PRINT_TIMEOUT = 2
"""Seconds; the shortest that the configuration allows."""

_numbers = itertools.count(1)
_OWN_LINE = re.compile(r"^p\d+-\d+$", re.MULTILINE)


def text(lines: int = 1) -> str:
    """Lines that no other job has, so that whoever sees one twice knows that it was printed twice."""
    number = next(_numbers)
    return "\n".join(f"p{number}-{line}" for line in range(lines))


@dataclass
class Till(Device):
    """A device with its simulated printer."""

    printer: SimulatedPrinter
    machines: Machines
    was_cut_off: bool = False
    """Whether a connection broke within a command, so that the printer may have taken a piece of the next one for a command."""

    def do(self, what: Callable[[SimulatedPrinter], T]) -> T:
        return self.machines.do(lambda: what(self.printer))

    def wait(self, condition: Callable[[SimulatedPrinter], object], what: str, seconds: float = 15.0) -> None:
        wait_until(lambda: self.do(condition), f"{self.id}: {what}", seconds)

    def printed(self) -> str:
        return self.do(lambda printer: printer.transcript())

    def wait_printed(self, line: str, seconds: float = 15.0) -> None:
        def told() -> object:
            return [seen.json for seen in self.seen.on(f"{self.topic}/result")], self.events(), self.availability()

        self.wait_until(lambda: line in self.printed().splitlines(), f"{line} on the paper", seconds, told)

    def happened(self, what: str) -> list[dict[str, Any]]:
        return self.do(lambda printer: [dict(one.data) for one in printer.happenings if one.what == what])

    # -- jobs

    def progress(self, transaction: str) -> list[str]:
        """The events of a job."""
        return [event["event_type"] for event in self.events() if event["data"].get("transaction") == transaction]

    def wait_progress(self, transaction: str, event_type: str, seconds: float = 15.0) -> None:
        self.wait_event(event_type, seconds, transaction=transaction)

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


class Shop(Site[Till]):
    """Tills of one bridge. Add them, then ``start``."""

    @property
    def tills(self) -> dict[str, Till]:
        return self.devices

    def check(self) -> None:
        super().check()
        assert PASSWORD not in self.bridge.log

    def add(self, name: str, how: Settings | None = None, *, connection: str = "", **options: Any) -> Till:
        """A device; ``connection``: other than the printer's address. An option that is None is left out."""
        printer = self.power_on(how or Settings(password=PASSWORD), name)
        usual = {"password": PASSWORD, "peripheral": "drawer", "poll": POLL, "print_timeout": PRINT_TIMEOUT}
        entry = {"id": name, "family": "star", "connection": connection or printer.address, **usual, **options}
        entry = {key: value for key, value in entry.items() if value is not None}
        return self.take(printer, entry)

    def power_on(self, how: Settings, name: str) -> SimulatedPrinter:
        """A printer that need not be a device."""
        return self.machines.add(lambda: SimulatedPrinter(how, name=name))

    def take(self, printer: SimulatedPrinter, entry: dict[str, Any]) -> Till:
        """The device with this entry and this printer."""
        self.devices[entry["id"]] = till = Till(entry["id"], self.seen, entry, printer, self.machines)
        return till

    def occupy(self, port: int) -> socket.socket:
        """Another host that has a connection to a port, until it is closed or the test ends."""
        host = socket.create_connection(("127.0.0.1", port))
        self.ends.callback(host.close)
        return host


__all__ = ["PASSWORD", "Settings", "Shop", "Till", "text"]
