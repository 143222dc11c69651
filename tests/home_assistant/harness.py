"""A whole house: broker, simulated devices of every family, the bridge, Home Assistant."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.conftest import Broker, free_port
from tests.end_to_end.harness import BridgeProcess, Subscriber, settings
from tests.home_assistant.server import HomeAssistant
from tests.home_assistant.simulators import Simulator, known_families

NAMES = {"springcard": "Front door", "baltech": "Turnstile", "transcore": "Gate", "star": "Receipts"}
"""The device of each family; its id is the same in small letters with a dash."""


def device_id(name: str) -> str:
    return name.lower().replace(" ", "-")


@dataclass
class House:
    """Used as a context: everything starts, Home Assistant with an owner and MQTT; everything ends.

    The simulators do nothing by themselves; ``house.simulators["baltech"].control("card 0123456789")`` presents a card.
    """

    folder: Path
    bridge_id: str = "home"
    arguments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Arguments for the simulator of a family, instead of those that keep it quiet."""
    owner: str = "owner"
    broker_port: int = 0
    http_port: int = 0
    tell: Callable[[str], None] = lambda _: None

    broker: Broker = field(init=False)
    bridge: BridgeProcess = field(init=False)
    home_assistant: HomeAssistant = field(init=False)
    simulators: dict[str, Simulator] = field(init=False, default_factory=dict)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self.broker = Broker(self.folder / "mosquitto", port=self.broker_port or free_port())
            stack.callback(self.broker.stop)
            self.broker.start()
            self.tell(f"broker at 127.0.0.1:{self.broker.port}")
            self.home_assistant = HomeAssistant(
                self.folder / "home-assistant",
                username=self.owner,
                password=self.owner,
                port=self.http_port or free_port(),
            )
            for family in known_families():
                simulator = Simulator(family, self.folder / "simulators", self.arguments.get(family, ()))
                self.simulators[family] = simulator
                stack.callback(simulator.stop)
                simulator.start()
            self.bridge = BridgeProcess(self.folder / "bridge", self.configuration())
            stack.callback(self._end_bridge)
            self.bridge.start()
            self.tell(f"bridge {self.bridge_id} with {', '.join(device['name'] for device in self.devices())}")
            stack.callback(self._end_home_assistant)
            self.home_assistant.start()
            self.home_assistant.make_owner()
            self.home_assistant.set_up_mqtt(self.broker.port)
            self.tell(f"Home Assistant at {self.home_assistant.address}, user {self.owner}, password {self.owner}")
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _end_bridge(self) -> None:
        if self.bridge.process is not None and self.bridge.process.poll() is None:
            self.bridge.stop()

    def _end_home_assistant(self) -> None:
        if self.home_assistant.process is not None:
            self.home_assistant.stop()

    def devices(self) -> list[dict[str, Any]]:
        """The entries of the configuration file."""
        return [
            {
                "id": device_id(NAMES[family]),
                "name": NAMES[family],
                "family": family,
                "connection": simulator.addresses[0],
            }
            for family, simulator in self.simulators.items()
        ]

    def configuration(self, **sections: Any) -> dict[str, Any]:
        return settings(
            self.broker.port, self.folder / "bridge-data", self.devices(), bridge=self.bridge_id, **sections
        )

    def subscribe(self, *filters: str) -> Subscriber:
        """An MQTT client of its own; to be closed."""
        return Subscriber(self.broker.port, *filters)
