"""What acts on live reads and events, and only on them: device triggers and tags; and what event entities show."""

from __future__ import annotations

from typing import Any

import pytest
from custom_components.readers import device_trigger
from custom_components.readers.event import ReadersEventEntity
from homeassistant.components import automation
from homeassistant.components.device_automation import DeviceAutomationType
from homeassistant.components.device_automation.exceptions import InvalidDeviceAutomationConfig
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_get_device_automations,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.common import DOOR, Bridge, device_of, event, page, read, readers_entry, set_up, shown


@pytest.fixture
async def both(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> tuple[Bridge, MockConfigEntry]:
    """A bridge, and the entry; the cards of the door are tags."""
    return await set_up(hass, mqtt_client_mock, DOOR, entry=readers_entry(options={"tags": ["door"]}))


def door_id(hass: HomeAssistant, identifier: str = "home:door") -> str:
    door = device_of(hass, "readers", identifier)
    assert door is not None
    return door.id


# -- event entities


async def test_a_read(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    fake, _ = both
    fake.say("door/read", read(5, repeat=True))
    await hass.async_block_till_done()
    attributes = shown(hass, "event.door_card").attributes
    assert {
        key: attributes[key] for key in ("event_type", "id", "seq", "device_seq", "device", "time", "late", "kind")
    } == {
        "event_type": "read",
        "id": "j-5",
        "seq": 5,
        "device_seq": 5,
        "device": "door",
        "time": "2026-03-01T12:00:00.000Z",
        "late": False,
        "kind": "card",
    }
    assert (attributes["credential"], attributes["data"], attributes["repeat"]) == ("CARD5", {"raw": "00"}, True)
    assert attributes["event_types"] == ["read", "late_read"]


async def test_a_late_read_and_events(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    fake, _ = both
    fake.say("door/read", read(5, event_type="late_read", late=True))
    fake.say("door/event", event(6, "alarm_off", data={"cover": "open"}))
    fake.say("door/event", event(7, "messages_lost"))
    await hass.async_block_till_done()
    assert shown(hass, "event.door_card").attributes["event_type"] == "late_read"
    alarm = shown(hass, "event.door_alarm").attributes
    assert (alarm["event_type"], alarm["data"], alarm["late"]) == ("alarm_off", {"cover": "open"}, False)
    assert "credential" not in alarm


def test_what_was_read_is_not_recorded() -> None:
    assert ReadersEventEntity._unrecorded_attributes >= {"credential", "data"}


# -- device triggers


async def test_the_triggers_of_a_device(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    triggers = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, door_id(hass))
    own = {one["type"] for one in triggers if one["domain"] == "readers"}
    assert own == {"read", "card_read", "tag_read", "keypad_read", "vehicle_read", "alarm_on", "alarm_off"}
    assert await device_trigger.async_get_triggers(hass, door_id(hass, "home:bridge")) == []
    assert await device_trigger.async_get_triggers(hass, "nobody") == []


async def test_a_known_family_has_only_what_it_reads(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    await set_up(hass, mqtt_client_mock, {**DOOR, "family": "transcore", "events": DOOR["events"][:1]})
    triggers = await device_trigger.async_get_triggers(hass, door_id(hass))
    assert [one["type"] for one in triggers] == ["read", "vehicle_read"]


def trigger(hass: HomeAssistant, kind: str) -> dict[str, Any]:
    return {"platform": "device", "domain": "readers", "device_id": door_id(hass), "type": kind}


async def automate(hass: HomeAssistant, *kinds: str) -> list[ServiceCall]:
    calls = async_mock_service(hass, "test", "automation")
    rules = [
        {
            "alias": kind,
            "trigger": trigger(hass, kind),
            "action": {
                "service": "test.automation",
                "data_template": {"kind": kind, "what": "{{ trigger.event.credential or trigger.event.event_type }}"},
            },
        }
        for kind in kinds
    ]
    assert await async_setup_component(hass, automation.DOMAIN, {automation.DOMAIN: rules})
    await hass.async_block_till_done()
    return calls


async def test_only_what_is_live_fires(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    fake, _ = both
    calls = await automate(hass, "read", "card_read", "keypad_read", "alarm_on")
    for said in (read(1), read(2, kind="keypad"), read(3, event_type="late_read", late=True), read(1)):
        fake.say("door/read", said)
    fake.say("door/read", read(4, repeat=True))
    fake.say("door/read", read(8, kind=None))
    for one in (event(5), event(6, "alarm_off"), event(7, late=True)):
        fake.say("door/event", one)
    await hass.async_block_till_done()
    assert sorted((call.data["kind"], call.data["what"]) for call in calls) == [
        ("alarm_on", "alarm_on"),
        ("card_read", "CARD1"),
        ("keypad_read", "CARD2"),
        ("read", "CARD1"),
        ("read", "CARD2"),
        ("read", "CARD8"),
    ]


async def test_triggers_live_through_a_reload_and_a_replay(
    hass: HomeAssistant,
    both: tuple[Bridge, MockConfigEntry],
    mqtt_client_mock: MqttMockPahoClient,
) -> None:
    fake, entry = both
    calls = await automate(hass, "read")
    fake.say("door/read", read(1))
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(entry.entry_id)
    fake.pages = [page(read(2, late=True), seq=2)]
    await set_up(hass, mqtt_client_mock, DOOR, entry=entry, fake=fake)
    task = entry.runtime_data.replay._task
    assert task is not None
    await task
    fake.say("door/read", read(3))
    await hass.async_block_till_done()
    assert [call.data["what"] for call in calls] == ["CARD1", "CARD3"]


async def test_a_trigger_that_cannot_fire_is_refused(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    _, entry = both
    with pytest.raises(InvalidDeviceAutomationConfig) as raised:
        await device_trigger.async_validate_trigger_config(hass, trigger(hass, "paper_end"))
    assert raised.value.translation_key == "trigger_unknown"
    unknown = {**trigger(hass, "read"), "device_id": "nobody"}
    with pytest.raises(InvalidDeviceAutomationConfig) as raised:
        await device_trigger.async_attach_trigger(hass, unknown, lambda *_: None, {})  # type: ignore[typeddict-item]
    assert raised.value.translation_key == "trigger_device_unknown"
    known = trigger(hass, "paper_end")
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert await device_trigger.async_validate_trigger_config(hass, known) == known


# -- tags


async def test_cards_are_tags_where_that_is_wanted(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    fake, _ = both
    scanned = async_capture_events(hass, "tag_scanned")
    fake.describe({**DOOR, "device": "gate", "name": "Gate"})
    for said in (
        read(1),
        read(1),
        read(2, kind="tag"),
        read(3, kind="vehicle"),
        read(4, kind="keypad"),
        read(5, event_type="late_read", late=True),
        read(6, repeat=True),
        read(7, credential=""),
    ):
        fake.say("door/read", said)
    fake.say("gate/read", read(8, device="gate"))
    fake.say("door/event", event(9))
    await hass.async_block_till_done()
    assert [(one.data["tag_id"], one.data["device_id"]) for one in scanned] == [
        ("CARD1", door_id(hass)),
        ("CARD2", door_id(hass)),
    ]


async def test_no_tags_unless_wanted(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    fake, _ = await set_up(hass, mqtt_client_mock, DOOR)
    scanned = async_capture_events(hass, "tag_scanned")
    fake.say("door/read", read(1))
    await hass.async_block_till_done()
    assert scanned == []
