"""Devices and entities come, change and go as the bridge describes them, without a reload."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from custom_components.readers import async_remove_config_entry_device
from custom_components.readers.registry import SETTLED_AFTER, async_bridge_and_device
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.common import DOOR, STATE, Bridge, device_of, entity_id, read, readers_entry, set_up, shown


@pytest.fixture
async def fake(hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient) -> Bridge:
    """A bridge with one device."""
    fake, _ = await set_up(hass, mqtt_client_mock, DOOR, before=lambda fake: fake.say("door/state", STATE))
    return fake


def changed(**more: Any) -> dict[str, Any]:
    return {**DOOR, **more}


async def test_a_new_device(hass: HomeAssistant, fake: Bridge) -> None:
    assert device_of(hass, "readers", "home:gate") is None
    fake.describe(changed(device="gate", name="Gate"))
    await hass.async_block_till_done()
    assert shown(hass, "event.gate_card").state != STATE_UNAVAILABLE
    fake.say("gate/read", read(1))
    await hass.async_block_till_done()
    assert shown(hass, "event.gate_card").attributes["credential"] == "CARD1"
    assert shown(hass, "event.door_card").attributes.get("credential") is None


async def test_a_device_that_is_gone(hass: HomeAssistant, fake: Bridge) -> None:
    fake.say("door/description", "")
    fake.say("door/availability", "")
    fake.say("door/state", "")
    await hass.async_block_till_done()
    assert device_of(hass, "readers", "home:door") is None
    assert entity_id(hass, "event", "read") is None
    assert hass.states.get("event.door_card") is None
    fake.describe(DOOR)
    await hass.async_block_till_done()
    assert hass.states.get("event.door_card") is not None
    fake.say("ghost/description", "")
    await hass.async_block_till_done()


async def test_names_and_facts_change(hass: HomeAssistant, fake: Bridge) -> None:
    fake.describe(changed(name="Main door", firmware="2.0", model="Reader 2", serial="4712"))
    await hass.async_block_till_done()
    door = device_of(hass, "readers", "home:door")
    assert door is not None
    assert (door.name, door.sw_version, door.model, door.serial_number) == ("Main door", "2.0", "Reader 2", "4712")
    card = shown(hass, "event.door_card")
    assert card.attributes["friendly_name"] == "Main door Card", "the entity id stays"


async def test_entities_come_and_go(hass: HomeAssistant, fake: Bridge) -> None:
    entities = [spec for spec in DOOR["entities"] if spec["key"] not in ("wink", "relay")]
    horn = {"key": "horn", "platform": "button", "name": "Horn", "command": "wink"}
    fake.describe(changed(entities=[*entities, horn], events=DOOR["events"][:1]))
    await hass.async_block_till_done()
    assert hass.states.get("button.door_horn") is not None
    for platform, key in (("button", "wink"), ("switch", "relay"), ("event", "alarm")):
        assert entity_id(hass, platform, key) is None
    assert hass.states.get("button.door_wink") is None
    assert hass.states.get("switch.door_relay") is None
    assert hass.states.get("event.door_card") is not None


async def test_an_entity_changes(hass: HomeAssistant, fake: Bridge) -> None:
    def with_(key: str, **more: Any) -> list[dict[str, Any]]:
        return [{**spec, **more} if spec["key"] == key else spec for spec in DOOR["entities"]]

    registered = entity_id(hass, "select", "speed")
    er.async_get(hass).async_update_entity(str(registered), icon="mdi:mine")
    options: dict[str, Any] = {"options": ["Slow", "Fast", "Faster"]}
    args = {"Slow": {"mode": 1}, "Fast": {"mode": 2}, "Faster": {"mode": 3}}
    fake.describe(changed(entities=with_("speed", name="Pace", args=args, **options)))
    await hass.async_block_till_done()
    state = shown(hass, str(registered))
    assert state.attributes["options"] == ["Slow", "Fast", "Faster"]
    assert state.attributes["friendly_name"] == "Door Pace"
    assert state.attributes["icon"] == "mdi:mine"
    assert state.state == "Fast"
    commands = [
        {**command, "args": {"level": {"type": "integer", "min": 0, "max": 5}}}
        if command["name"] == "set_volume"
        else command
        for command in DOOR["commands"]
    ]
    fake.describe(changed(commands=commands))
    await hass.async_block_till_done()
    assert shown(hass, "number.door_volume").attributes["max"] == 5


async def test_a_changed_entity_that_is_disabled(hass: HomeAssistant, fake: Bridge) -> None:
    entities = [{**spec, "name": "Told"} if spec["key"] == "said" else spec for spec in DOOR["entities"]]
    fake.describe(changed(entities=entities))
    await hass.async_block_till_done()
    registered = er.async_get(hass).async_get(str(entity_id(hass, "sensor", "said")))
    assert registered is not None
    assert registered.disabled_by is er.RegistryEntryDisabler.INTEGRATION


async def test_what_went_while_home_assistant_was_down(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    entry = readers_entry()
    entry.add_to_hass(hass)
    devices, entities = dr.async_get(hass), er.async_get(hass)
    devices.async_get_or_create(config_entry_id=entry.entry_id, identifiers={("readers", "home:gone")}, name="Gone")
    door = devices.async_get_or_create(config_entry_id=entry.entry_id, identifiers={("readers", "home:door")})
    entities.async_get_or_create("button", "readers", "readers:home:door:gone", config_entry=entry, device_id=door.id)
    await set_up(hass, mqtt_client_mock, DOOR, entry=entry)
    assert entity_id(hass, "button", "gone") is None
    assert device_of(hass, "readers", "home:gone") is not None
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=SETTLED_AFTER + 1))
    await hass.async_block_till_done()
    assert device_of(hass, "readers", "home:gone") is None
    assert device_of(hass, "readers", "home:door") is not None
    assert device_of(hass, "readers", "home:bridge") is not None


async def test_nothing_is_taken_as_gone_while_the_bridge_is_away(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    entry = readers_entry()
    entry.add_to_hass(hass)
    dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, identifiers={("readers", "home:gone")})
    fake, _ = await set_up(hass, mqtt_client_mock, DOOR, entry=entry)
    fake.go_offline()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=SETTLED_AFTER + 1))
    await hass.async_block_till_done()
    assert device_of(hass, "readers", "home:gone") is not None
    fake.come_online()
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(entry.entry_id)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2 * SETTLED_AFTER + 2))
    assert device_of(hass, "readers", "home:gone") is not None


async def test_a_person_may_delete_what_the_bridge_does_not_describe(hass: HomeAssistant, fake: Bridge) -> None:
    (entry,) = hass.config_entries.async_entries("readers")
    dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, identifiers={("readers", "home:gone")})
    for identifier, may in (("home:door", False), ("home:bridge", False), ("home:gone", True)):
        device = device_of(hass, "readers", identifier)
        assert device is not None
        assert await async_remove_config_entry_device(hass, entry, device) is may


async def test_only_our_devices_are_known(hass: HomeAssistant, fake: Bridge) -> None:
    (entry,) = hass.config_entries.async_entries("readers")
    other = dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, identifiers={("other", "x:y")})
    assert async_bridge_and_device(hass, other.id) is None
    assert async_bridge_and_device(hass, "nobody") is None
    door = device_of(hass, "readers", "home:door")
    assert door is not None
    assert async_bridge_and_device(hass, door.id) == ("home", "door")


async def test_two_bridges(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    home, _ = await set_up(hass, mqtt_client_mock, DOOR)
    shed, _ = await set_up(hass, mqtt_client_mock, changed(name="Shed"), entry=readers_entry("shed"))
    home.say("door/read", read(1))
    shed.say("door/read", read(1, credential="SHED"))
    await hass.async_block_till_done()
    assert shown(hass, "event.door_card").attributes["credential"] == "CARD1"
    assert shown(hass, "event.shed_card").attributes["credential"] == "SHED"


async def test_nothing_is_deleted_while_nobody_knows_what_is_described(hass: HomeAssistant, fake: Bridge) -> None:
    (entry,) = hass.config_entries.async_entries("readers")
    door = device_of(hass, "readers", "home:door")
    assert door is not None
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not await async_remove_config_entry_device(hass, entry, door)
