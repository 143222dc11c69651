"""A site with devices of one family: a real bridge and a real broker, and simulated devices that tests steer."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from tests.conftest import Broker, wait_until
from tests.end_to_end.client import ask
from tests.end_to_end.device import Device
from tests.end_to_end.harness import BridgeProcess, Subscriber, settings
from tests.end_to_end.machines import Machines

D = TypeVar("D", bound=Device)


@dataclass
class Site(Generic[D]):
    """The devices of one bridge. Enter it, add them, then ``start``.

    Attributes:
        others: entries of devices that only the bridge knows.
        ends: what ends with the site, before its machines.
    """

    folder: Path
    broker: Broker = field(init=False)
    seen: Subscriber = field(init=False)
    machines: Machines = field(init=False)
    bridge: BridgeProcess = field(init=False)
    devices: dict[str, D] = field(init=False, default_factory=dict)
    others: list[dict[str, Any]] = field(init=False, default_factory=list)
    ends: contextlib.ExitStack = field(init=False)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as ends:
            self.broker = Broker(self.folder / "mosquitto").start()
            ends.callback(self.broker.stop)
            self.seen = Subscriber(self.broker.port)
            ends.callback(self.seen.close)
            self.machines = Machines()
            ends.callback(self.machines.close)
            self.ends = ends.pop_all()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with self.ends:
            if hasattr(self, "bridge") and self.bridge.process is not None and self.bridge.process.poll() is None:
                self.bridge.kill()
            if kind is None:
                self.check()

    def check(self) -> None:
        """What must be true at the end of every test."""
        for device in self.devices.values():
            device.check()
        for told in ("unforeseen", "Traceback"):
            assert told not in self.bridge.log, self.bridge.log

    def start(self, *arguments: str, **sections: Any) -> None:
        """Start the bridge."""
        entries = [*(device.entry for device in self.devices.values()), *self.others]
        config = settings(self.broker.port, self.folder / "data", entries, **sections)
        self.bridge = BridgeProcess(self.folder / "bridge", config).start(*arguments)

    def restart(self) -> None:
        """Kill the bridge and start it again; wait until it and all devices are online again."""
        self.bridge.kill()
        for device in self.devices.values():
            device.wait_left()
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

    def wait_log(self, words: str) -> None:
        """Wait until the bridge has logged this."""
        wait_until(lambda: words in self.bridge.log, f"{words!r} in the log of the bridge")

    def diagnostics(self) -> dict[str, Any]:
        return dict(ask(self.seen, "diagnostics", within=30)["diagnostics"])

    def replayed(self) -> list[dict[str, Any]]:
        """All reads of the journal, as an integrator asks for them who was away."""
        pages = [ask(self.seen, "replay", within=30)]
        while not pages[-1]["complete"]:
            pages.append(ask(self.seen, "replay", within=30, after=pages[-1]["next"]))
        return [read for page in pages for read in page["reads"]]
