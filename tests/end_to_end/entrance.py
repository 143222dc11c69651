"""The smallest installation: one SpringCard reader, a broker, and a bridge between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import Broker
from tests.end_to_end.harness import BridgeProcess, RawReader, Subscriber, settings, springcard

DOOR = "readers/home/door"


@dataclass
class Entrance:
    """The reader is the device ``door`` of the bridge ``home``, that a test starts; ``data`` is the bridge's own folder."""

    broker: Broker
    reader: RawReader
    seen: Subscriber
    data: Path
    make_bridge: Callable[..., BridgeProcess]

    def door(self, **options: Any) -> dict[str, Any]:
        """The reader's entry in the configuration."""
        return springcard("door", self.reader.port, **options)

    def config(self, *devices: dict[str, Any], **sections: Any) -> dict[str, Any]:
        """A configuration with these devices."""
        return settings(self.broker.port, self.data, devices, **sections)

    def start(self, *devices: dict[str, Any], **sections: Any) -> BridgeProcess:
        """Start a bridge with these devices, or with the reader alone."""
        return self.make_bridge(self.config(*(devices or [self.door()]), **sections))

    def wait_online(self) -> None:
        """Wait until the bridge said that it is there, and its reader too."""
        self.reader.wait_for_client()
        for topic in (f"{DOOR}/availability", "readers/home/bridge/state"):
            self.seen.wait_where(topic, lambda message: message["state"] == "online")
