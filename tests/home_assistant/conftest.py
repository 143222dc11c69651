from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.home_assistant.browser import Browser
from tests.home_assistant.harness import House
from tests.home_assistant.owners import use_component, use_mqtt_discovery
from tests.home_assistant.server import ROOT, HomeAssistant

ARTIFACTS = ROOT / "artifacts" / "home-assistant"
"""Pictures and logs of the last run."""

LOGS = ("home-assistant/hass.log", "bridge/bridge.log", "mosquitto/mosquitto.log", "simulators/*.jsonl")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(300))  # the first one starts the house


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running house that all tests share; what a test changes, it puts back."""
    folder = tmp_path_factory.mktemp("house")
    shutil.rmtree(ARTIFACTS, ignore_errors=True)
    try:
        with House(folder) as house:
            yield house
    finally:
        (ARTIFACTS / "logs").mkdir(parents=True, exist_ok=True)
        for pattern in LOGS:
            for path in folder.glob(pattern):
                shutil.copy(path, ARTIFACTS / "logs")


@pytest.fixture(scope="session")
def ha(house: House) -> HomeAssistant:
    """The house's Home Assistant, set up with MQTT."""
    return house.home_assistant


@pytest.fixture(scope="session")
def browser(ha: HomeAssistant) -> Iterator[Browser]:
    """A browser; pictures are in ``artifacts/home-assistant``."""
    with Browser(ha, ARTIFACTS) as browser:
        yield browser


@pytest.fixture
def component(house: House) -> str:
    """The id of the component's entry: the devices are the component's."""
    return use_component(house)


@pytest.fixture
def mqtt_discovery(house: House) -> None:
    """The devices are those of the bridge's own discovery; the component waits to be added."""
    use_mqtt_discovery(house)
