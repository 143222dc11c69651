"""The component in Home Assistant, and what the environment of these tests gives."""

from __future__ import annotations

import asyncio

import pytest
from homeassistant.components import mqtt
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry


async def test_home_assistant_finds_the_component(hass: HomeAssistant) -> None:
    integration = await async_get_integration(hass, "readers")
    assert not integration.is_built_in
    assert "mqtt" in integration.dependencies


@pytest.mark.usefixtures("mqtt_mock")
async def test_the_component_sets_up(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "readers", {})
    await hass.async_block_till_done()
    assert "readers" in hass.config.components


@pytest.mark.usefixtures("socket_enabled", "mock_hass_config")
async def test_home_assistant_talks_to_a_real_broker(hass: HomeAssistant, mosquitto_port: int) -> None:
    entry = MockConfigEntry(domain="mqtt", data={"broker": "127.0.0.1", "port": mosquitto_port})
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert await mqtt.async_wait_for_mqtt_client(hass)
    seen: asyncio.Queue[str | bytes | bytearray] = asyncio.Queue()

    @callback
    def keep(message: mqtt.ReceiveMessage) -> None:
        seen.put_nowait(message.payload)

    await mqtt.async_subscribe(hass, "readers/home/bridge/state", keep)
    await mqtt.async_publish(hass, "readers/home/bridge/state", "online", qos=1, retain=True)
    assert await asyncio.wait_for(seen.get(), 10) == "online"
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
