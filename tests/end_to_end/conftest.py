from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Broker
from tests.end_to_end.entrance import Entrance
from tests.end_to_end.harness import BridgeProcess, RawReader, Subscriber


@pytest.fixture
def reader() -> Iterator[RawReader]:
    reader = RawReader()
    yield reader
    reader.close()


@pytest.fixture
def make_reader() -> Iterator[Callable[..., RawReader]]:
    readers: list[RawReader] = []

    def make(**options: Any) -> RawReader:
        readers.append(RawReader(**options))
        return readers[-1]

    yield make
    for reader in readers:
        reader.close()


@pytest.fixture
def make_bridge(tmp_path: Path) -> Iterator[Callable[..., BridgeProcess]]:
    """Start bridges: ``make_bridge(config, "--log-level", "debug", folder="a")``; ended after the test."""
    bridges: list[BridgeProcess] = []

    def make(
        config: dict[str, Any], *arguments: str, folder: str = "bridge", environment: dict[str, str] | None = None
    ) -> BridgeProcess:
        bridge = BridgeProcess(tmp_path / folder, config, environment)
        bridges.append(bridge)
        return bridge.start(*arguments)

    yield make
    for bridge in bridges:
        if bridge.process is not None and bridge.process.poll() is None:
            bridge.kill()


@pytest.fixture
def subscribe() -> Iterator[Callable[..., Subscriber]]:
    subscribers: list[Subscriber] = []

    def make(port: int, *filters: str, **options: Any) -> Subscriber:
        subscribers.append(Subscriber(port, *filters, **options))
        return subscribers[-1]

    yield make
    for subscriber in subscribers:
        subscriber.close()


@pytest.fixture
def entrance(
    broker: Broker,
    reader: RawReader,
    make_bridge: Callable[..., BridgeProcess],
    subscribe: Callable[..., Subscriber],
    tmp_path: Path,
) -> Entrance:
    return Entrance(broker, reader, subscribe(broker.port), tmp_path / "data", make_bridge)
