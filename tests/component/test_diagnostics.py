"""Diagnostics tell everything but secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from custom_components.readers.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.common import DOOR, STATE, Bridge, device_of, page, read, set_up

TOLD = {
    "info": {"version": "0.1.0", "mqtt": {"password": "hunter2"}},
    "claims": [{"instance": "whose"}],
    "devices": {"door": {"connection": "tcp://192.0.2.1:4000", "counters": {"reads": 5}}},
}
SECRETS = ("CARD1", "4711", "192.0.2.1", "hunter2", "whose")


@pytest.fixture
async def both(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> tuple[Bridge, MockConfigEntry]:
    """A bridge, and the entry."""

    def before(fake: Bridge) -> None:
        fake.say("door/state", {**STATE, "password": "hunter2"})
        fake.pages = [page(seq=7)]

    fake, entry = await set_up(hass, mqtt_client_mock, DOOR, before=before)
    fake.responses["diagnostics"] = {"diagnostics": TOLD}
    fake.say("homeassistant/claim", {"instance": "whose"})
    fake.say("bridge/health", {"reads": 5})
    fake.say("door/read", read(1))
    await hass.async_block_till_done()
    return fake, entry


def checked(found: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(found)
    for secret in SECRETS:
        assert secret not in text
    return found


async def test_of_the_entry(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    _, entry = both
    found = checked(await async_get_config_entry_diagnostics(hass, entry))
    assert found["entry"]["data"] == {"prefix": "readers", "bridge": "home"}
    assert found["bridge"]["info"]["version"] == "0.1.0"
    assert found["bridge"]["health"] == {"reads": 5}
    assert found["bridge"]["claimed_by_another"] is True
    assert found["counters"]["reads"] == 1
    assert found["replay"]["cursor"] == {"journal": "j", "seq": 7}
    door = found["devices"]["door"]
    assert door["availability"]["online"] is True
    assert door["description"]["attributes"]["protocol"] == "x"
    assert door["description"]["entities"][0]["key"] == "wink"
    assert found["told_by_bridge"]["devices"]["door"]["counters"] == {"reads": 5}


async def test_of_a_device(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    fake, entry = both
    door, bridge = device_of(hass, "readers", "home:door"), device_of(hass, "readers", "home:bridge")
    assert door is not None
    assert bridge is not None
    found = checked(await async_get_device_diagnostics(hass, entry, door))
    assert found["available"] is True
    assert found["device"]["description"]["name"] == "Door"
    assert found["told_by_bridge"]["counters"] == {"reads": 5}
    assert "devices" in await async_get_device_diagnostics(hass, entry, bridge)
    fake.say("door/description", "")
    assert (await async_get_device_diagnostics(hass, entry, bridge))["devices"] == {}


async def test_of_a_bridge_that_is_away_or_odd(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    fake, entry = both
    door = device_of(hass, "readers", "home:door")
    assert door is not None
    fake.responses["diagnostics"] = {"status": "failed"}
    assert (await async_get_config_entry_diagnostics(hass, entry))["told_by_bridge"] == "failed"
    fake.responses["diagnostics"] = {"diagnostics": {}}
    assert (await async_get_device_diagnostics(hass, entry, door))["told_by_bridge"] is None
    fake.go_offline()
    found = await async_get_config_entry_diagnostics(hass, entry)
    assert "home" in found["told_by_bridge"]
    assert (await async_get_device_diagnostics(hass, entry, door))["told_by_bridge"] is None


async def test_of_an_entry_that_is_not_set_up(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    _, entry = both
    door = device_of(hass, "readers", "home:door")
    assert door is not None
    assert await hass.config_entries.async_unload(entry.entry_id)
    entry.runtime_data = None
    found = await async_get_config_entry_diagnostics(hass, entry)
    assert found == {
        "entry": {"data": {"prefix": "readers", "bridge": "home"}, "options": {}}, "state": "not_loaded", "reason": None
    }  # fmt: skip
    assert await async_get_device_diagnostics(hass, entry, door) == found
