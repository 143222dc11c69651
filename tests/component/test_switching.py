"""From the bridge's own discovery to the component and back: no twin, no ghost, and what a person gave is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import custom_components.readers as component
import pytest
from custom_components.readers import claim as claim_module
from custom_components.readers import inheritance
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
)
from homeassistant.helpers import (
    device_registry as dr,
)
from homeassistant.helpers import (
    entity_registry as er,
)
from homeassistant.helpers import (
    label_registry as lr,
)
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.common import DOOR, INFO, Bridge, device_of, entity_id, publish_discovery, readers_entry, set_up

ORIGIN = {"name": "readers-bridge", "sw_version": "0.1.0"}
BRIDGE_PAYLOAD: dict[str, Any] = {
    "device": {"identifiers": ["readers:home:bridge"], "name": "Readers bridge home"},
    "origin": ORIGIN,
    "components": {
        "binary_sensor_state": {
            "platform": "binary_sensor",
            "unique_id": "readers:home:bridge:state",
            "device_class": "connectivity",
            "state_topic": "readers/home/bridge/state",
        }
    },
}
DOOR_PAYLOAD: dict[str, Any] = {
    "device": {"identifiers": ["readers:home:door"], "name": "Door", "via_device": "readers:home:bridge"},
    "origin": ORIGIN,
    "components": {
        "event_read": {
            "platform": "event",
            "unique_id": "readers:home:door:read",
            "name": "Card",
            "state_topic": "readers/home/door/read",
            "event_types": ["read", "late_read"],
        },
        "button_wink": {
            "platform": "button",
            "unique_id": "readers:home:door:wink",
            "name": "Wink",
            "command_topic": "readers/home/door/command/wink",
        },
        "sensor_said": {
            "platform": "sensor",
            "unique_id": "readers:home:door:said",
            "name": "Said",
            "enabled_by_default": False,
            "state_topic": "readers/home/door/state",
        },
        "sensor_note": {
            "platform": "sensor",
            "unique_id": "readers:home:door:note",
            "name": "Note",
            "state_topic": "readers/home/door/state",
        },
        "button_only_there": {
            "platform": "button",
            "unique_id": "readers:home:door:only_there",
            "name": "Only there",
            "command_topic": "readers/home/door/command/wink",
        },
    },
}


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim_module, "RELEASE_TIMEOUT", 0.05)
    monkeypatch.setattr(component, "TWINS_TIMEOUT", 0.3)
    monkeypatch.setattr(component, "TWINS_STEP", 0.01)


def appear(hass: HomeAssistant) -> None:
    publish_discovery(hass, "bridge", BRIDGE_PAYLOAD)
    publish_discovery(hass, "door", DOOR_PAYLOAD)


def vanish(hass: HomeAssistant, fake: Bridge) -> None:
    """What the bridge does when it is claimed."""
    publish_discovery(hass, "door", None)
    publish_discovery(hass, "bridge", None)
    fake.say("bridge/info", {**INFO, "discovery": {"mode": "auto", "active": False}})


def personalise(hass: HomeAssistant, owner: str, identifier: str) -> tuple[str, str]:
    """What a person gives to a device and its entities."""
    area = ar.async_get(hass).async_get_or_create("Hall").id
    label = lr.async_get(hass).async_create("Doors").label_id
    device = device_of(hass, owner, identifier)
    assert device is not None
    dr.async_get(hass).async_update_device(device.id, area_id=area, name_by_user="My door", labels={label})
    entities = er.async_get(hass)
    card, wink, said, note = (
        str(entity_id(hass, platform, key, owner))
        for platform, key in (("event", "read"), ("button", "wink"), ("sensor", "said"), ("sensor", "note"))
    )
    entities.async_update_entity(
        card, new_entity_id="event.who_is_there", name="Who", icon="mdi:mine", area_id=area, labels={label}
    )
    entities.async_update_entity_options("event.who_is_there", "conversation", {"should_expose": True})
    entities.async_update_entity(wink, hidden_by=er.RegistryEntryHider.USER)
    entities.async_update_entity(said, disabled_by=None)
    entities.async_update_entity(note, disabled_by=er.RegistryEntryDisabler.USER)
    return area, label


def check(hass: HomeAssistant, owner: str, identifier: str, area: str, label: str) -> None:
    device = device_of(hass, owner, identifier)
    assert device is not None
    assert (device.area_id, device.name_by_user, device.labels) == (area, "My door", {label})
    entities = er.async_get(hass)
    card = entities.async_get("event.who_is_there")
    assert card is not None
    assert (card.platform, card.name, card.icon, card.area_id, card.labels) == (owner, "Who", "mdi:mine", area, {label})
    assert card.options["conversation"] == {"should_expose": True}
    found = {
        key: entities.async_get(str(entity_id(hass, platform, key, owner)))
        for platform, key in (("button", "wink"), ("sensor", "said"), ("sensor", "note"))
    }
    assert {key: one.entity_id for key, one in found.items() if one} == {
        "wink": "button.door_wink",
        "said": "sensor.door_said",
        "note": "sensor.door_note",
    }
    assert found["wink"] is not None
    assert found["wink"].hidden_by is er.RegistryEntryHider.USER
    assert found["said"] is not None
    assert found["said"].disabled_by is None
    assert found["note"] is not None
    assert found["note"].disabled_by is er.RegistryEntryDisabler.USER


def twins(hass: HomeAssistant, owner: str) -> list[str]:
    return [one.entity_id for one in inheritance.async_entities_of(hass, owner, "home")]


async def test_from_discovery_to_the_component(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    appear(hass)
    await hass.async_block_till_done()
    area, label = personalise(hass, "mqtt", "readers:home:door")
    fake = Bridge(hass, mqtt_client_mock)
    fake.attach()
    fake.on_claim = lambda: vanish(hass, fake)
    await set_up(hass, mqtt_client_mock, DOOR, fake=fake)
    assert twins(hass, "mqtt") == []
    assert device_of(hass, "mqtt", "readers:home:door") is None
    check(hass, "readers", "home:door", area, label)
    assert entity_id(hass, "button", "only_there") is None
    assert (
        entity_id(hass, "binary_sensor", "state", device="bridge") == "binary_sensor.readers_bridge_home_connectivity"
    )
    assert not [one for one in hass.states.async_entity_ids() if one.endswith("_2")]


async def test_a_bridge_that_withdraws_later(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    appear(hass)
    await hass.async_block_till_done()
    area, _ = personalise(hass, "mqtt", "readers:home:door")
    fake, _ = await set_up(hass, mqtt_client_mock, DOOR)
    assert entity_id(hass, "event", "read") not in (None, "event.who_is_there")
    vanish(hass, fake)
    await hass.async_block_till_done()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=inheritance.SETTLE + 1))
    await hass.async_block_till_done()
    card = er.async_get(hass).async_get("event.who_is_there")
    assert card is not None
    assert (card.platform, card.name, card.area_id) == ("readers", "Who", area)
    assert hass.states.get("event.who_is_there") is not None
    assert twins(hass, "mqtt") == []


async def test_what_was_handed_over_is_left_alone_from_then_on(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    components = {"event_read": DOOR_PAYLOAD["components"]["event_read"]}
    publish_discovery(hass, "door", {**DOOR_PAYLOAD, "components": components})
    await hass.async_block_till_done()
    await set_up(hass, mqtt_client_mock, DOOR)
    entities = er.async_get(hass)
    for name in ("event.door_card", "event.mine"):
        if name == "event.mine":
            entities.async_update_entity("event.door_card", new_entity_id=name)
        publish_discovery(hass, "door", None)
        entities.async_get_or_create("sensor", "other", name)
        await hass.async_block_till_done()
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=inheritance.SETTLE + 1))
        await hass.async_block_till_done()
        assert entity_id(hass, "event", "read") == name


@pytest.mark.parametrize("mode", ["on", "off"])
async def test_a_bridge_that_keeps_its_discovery_is_not_waited_for(
    hass: HomeAssistant,
    mqtt_mock: MqttMockHAClient,
    mqtt_client_mock: MqttMockPahoClient,
    mode: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(component, "TWINS_TIMEOUT", 60)

    class Keeping(Bridge):
        def come_online(self, **more: Any) -> None:
            super().come_online(discovery={"mode": mode, "active": mode == "on"})

    appear(hass)
    await hass.async_block_till_done()
    fake = Keeping(hass, mqtt_client_mock)
    fake.attach()
    _, entry = await set_up(hass, mqtt_client_mock, DOOR, fake=fake)
    assert entity_id(hass, "event", "read", "mqtt") == "event.door_card"
    assert entity_id(hass, "event", "read") == "event.door_card_2"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_from_the_component_to_discovery(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    fake, entry = await set_up(hass, mqtt_client_mock, DOOR)
    area, label = personalise(hass, "readers", "home:door")
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert twins(hass, "readers") == []
    assert fake.claims[-1] is None
    appear(hass)
    await hass.async_block_till_done()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=inheritance.SETTLE + 1))
    await hass.async_block_till_done()
    check(hass, "mqtt", "readers:home:door", area, label)


async def test_what_nobody_takes_over_is_forgotten(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    _, entry = await set_up(hass, mqtt_client_mock, DOOR)
    er.async_get(hass).async_update_entity("event.door_card", new_entity_id="event.who_is_there")
    await hass.config_entries.async_remove(entry.entry_id)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=inheritance.KEPT + 1))
    await hass.async_block_till_done()
    appear(hass)
    await hass.async_block_till_done()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=inheritance.KEPT + inheritance.SETTLE + 2))
    await hass.async_block_till_done()
    assert entity_id(hass, "event", "read", "mqtt") == "event.door_card"


async def test_waiting_ends_with_the_entry(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    appear(hass)
    await hass.async_block_till_done()
    _, entry = await set_up(hass, mqtt_client_mock, DOOR)
    publish_discovery(hass, "door", None)
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(entry.entry_id)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=inheritance.SETTLE + 1))
    await hass.async_block_till_done()
    assert entity_id(hass, "event", "read") != "event.door_card"


async def test_there_and_back_and_there_again(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    appear(hass)
    await hass.async_block_till_done()
    area, label = personalise(hass, "mqtt", "readers:home:door")
    fake = Bridge(hass, mqtt_client_mock)
    fake.attach()
    fake.on_claim = lambda: appear(hass) if fake.claims[-1] is None else vanish(hass, fake)
    for _ in range(2):
        _, entry = await set_up(hass, mqtt_client_mock, DOOR, fake=fake, entry=readers_entry())
        check(hass, "readers", "home:door", area, label)
        assert twins(hass, "mqtt") == []
        await hass.config_entries.async_remove(entry.entry_id)
        await hass.async_block_till_done()
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=inheritance.SETTLE + 1))
        await hass.async_block_till_done()
        check(hass, "mqtt", "readers:home:door", area, label)
        assert twins(hass, "readers") == []


async def test_what_an_older_home_assistant_leaves_behind_is_swept_up(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    (broker,) = hass.config_entries.async_entries("mqtt")
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=broker.entry_id, identifiers={("mqtt", "readers:home:door")}, name="Door"
    )
    er.async_get(hass).async_get_or_create(
        "sensor",
        "mqtt",
        "readers:home:door:note",
        suggested_object_id="mine",
        config_entry=broker,
        device_id=device.id,
        disabled_by=er.RegistryEntryDisabler.USER,
    )

    class Withdrawn(Bridge):
        def come_online(self, **more: Any) -> None:
            super().come_online(discovery={"mode": "auto", "active": False})

    fake = Withdrawn(hass, mqtt_client_mock)
    fake.attach()
    await set_up(hass, mqtt_client_mock, DOOR, fake=fake)
    assert twins(hass, "mqtt") == []
    assert device_of(hass, "mqtt", "readers:home:door") is None
    assert entity_id(hass, "sensor", "note") == "sensor.mine"


async def test_an_entity_id_that_is_taken_stays(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    entities = er.async_get(hass)
    old = entities.async_get_or_create("event", "mqtt", "readers:home:door:read", suggested_object_id="old")
    entities.async_update_entity(old.entity_id, name="Who")
    old = entities.entities[old.entity_id]
    entities.async_remove(old.entity_id)
    new = entities.async_get_or_create("event", "readers", "readers:home:door:read", suggested_object_id="new")
    hass.states.async_set(old.entity_id, "taken")
    inheritance.async_give_entity(hass, old, new.entity_id)
    assert entities.async_get_entity_id("event", "readers", "readers:home:door:read") == "event.new"
    assert entities.entities["event.new"].name == "Who"
