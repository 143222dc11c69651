"""Every kind of entity: what it shows, and what it sends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from homeassistant.const import ATTR_ASSUMED_STATE, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.common import DOOR, STATE, Bridge, device_of, entity_id, set_up, shown


@pytest.fixture
async def fake(hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient) -> Bridge:
    """A bridge with one device that has everything."""
    fake, _ = await set_up(hass, mqtt_client_mock, DOOR, before=lambda fake: fake.say("door/state", STATE))
    return fake


def state(hass: HomeAssistant, platform: str, key: str) -> Any:
    found = entity_id(hass, platform, key)
    assert found is not None
    return hass.states.get(found)


async def call(hass: HomeAssistant, platform: str, key: str, action: str, **data: Any) -> None:
    data["entity_id"] = entity_id(hass, platform, key)
    await hass.services.async_call(platform, action, data, blocking=True)


async def test_the_device(hass: HomeAssistant, fake: Bridge) -> None:
    door, bridge = device_of(hass, "readers", "home:door"), device_of(hass, "readers", "home:bridge")
    assert door is not None
    assert bridge is not None
    assert (door.name, door.manufacturer, door.model) == ("Door", "Acme", "Reader 1")
    assert (door.serial_number, door.sw_version, door.via_device_id) == ("4711", "1.0", bridge.id)
    assert bridge.sw_version == "0.1.0"


async def test_each_described_entity_is_there(hass: HomeAssistant, fake: Bridge) -> None:
    for spec in DOOR["entities"]:
        registered = er.async_get(hass).async_get(str(entity_id(hass, spec["platform"], spec["key"])))
        assert registered is not None
        assert registered.original_name == spec["name"]
        assert registered.has_entity_name
        assert (registered.disabled_by is None) == spec.get("enabled", True)
        assert registered.entity_category == spec.get("category")
    assert entity_id(hass, "event", "read")
    assert entity_id(hass, "event", "alarm")


async def test_sensors(hass: HomeAssistant, fake: Bridge) -> None:
    assert state(hass, "sensor", "led").state == "On"
    assert state(hass, "sensor", "led").attributes["options"] == ["On", "Off"]
    assert state(hass, "sensor", "seen").state == "2026-03-01T12:00:00+00:00"
    assert state(hass, "sensor", "volts").state == "12.5"
    assert state(hass, "sensor", "note").state == "a, b"
    assert state(hass, "binary_sensor", "tamper").state == "off"
    fake.say("door/state", {"led": "Green", "seen": "yesterday", "volts": "much", "note": True, "tamper": True})
    await hass.async_block_till_done()
    for key in ("led", "seen", "volts"):
        assert state(hass, "sensor", key).state == STATE_UNKNOWN
    assert state(hass, "sensor", "note").state == "true"
    assert state(hass, "binary_sensor", "tamper").state == "on"
    fake.say("door/state", {"note": 5})
    await hass.async_block_till_done()
    assert state(hass, "sensor", "note").state == "5"
    assert state(hass, "binary_sensor", "tamper").state == STATE_UNKNOWN


async def test_the_bridge(hass: HomeAssistant, fake: Bridge) -> None:
    registry = er.async_get(hass)
    waiting = registry.async_get(str(entity_id(hass, "sensor", "waiting", device="bridge")))
    assert waiting is not None
    assert waiting.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    connection = str(entity_id(hass, "binary_sensor", "state", device="bridge"))
    assert shown(hass, connection).state == "on"
    fake.go_offline()
    await hass.async_block_till_done()
    assert shown(hass, connection).state == "off"


async def test_the_health_of_the_bridge(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    registry = er.async_get(hass)
    for key in ("waiting", "memory"):
        registry.async_get_or_create("sensor", "readers", f"readers:home:bridge:{key}", disabled_by=None)
    fake, _ = await set_up(hass, mqtt_client_mock)
    waiting, memory = (str(entity_id(hass, "sensor", key, device="bridge")) for key in ("waiting", "memory"))
    assert shown(hass, waiting).state == STATE_UNKNOWN
    fake.say("bridge/health", {"journal": {"depth": 7}, "memory_bytes": 1048576})
    await hass.async_block_till_done()
    assert shown(hass, waiting).state == "7"
    fake.say("bridge/health", [])
    await hass.async_block_till_done()
    assert shown(hass, memory).state == STATE_UNKNOWN
    fake.go_offline()
    await hass.async_block_till_done()
    assert shown(hass, memory).state == STATE_UNAVAILABLE


async def test_a_button(hass: HomeAssistant, fake: Bridge) -> None:
    await call(hass, "button", "wink", "press")
    ((device, name, body),) = fake.commands
    assert (device, name) == ("door", "wink")
    assert body["transaction"]
    assert body["issued_at"].endswith("Z")
    assert body["ttl"] == 10.0


async def test_a_command_expires_at_the_broker_too(hass: HomeAssistant, fake: Bridge) -> None:
    await call(hass, "switch", "relay", "turn_on")
    topic, payload, more = next(sent for sent in fake.published if sent[0].endswith("/command/set_relay"))
    assert topic == "readers/home/door/command/set_relay"
    assert json.loads(payload)["ttl"] == 3.0
    properties = more.get("properties")
    if properties is not None:
        assert getattr(properties, "MessageExpiryInterval", 3) == 3


async def test_switches(hass: HomeAssistant, fake: Bridge) -> None:
    assert state(hass, "switch", "relay").state == STATE_UNKNOWN
    assert state(hass, "switch", "relay").attributes[ATTR_ASSUMED_STATE]
    await call(hass, "switch", "relay", "turn_on")
    assert fake.commands[-1][2]["on"] is True
    assert state(hass, "switch", "relay").state == "on"
    await call(hass, "switch", "relay", "turn_off")
    assert fake.commands[-1][2]["on"] is False
    assert state(hass, "switch", "relay").state == "off"
    assert state(hass, "switch", "radio").state == "on"
    assert ATTR_ASSUMED_STATE not in state(hass, "switch", "radio").attributes
    await call(hass, "switch", "radio", "turn_off")
    assert state(hass, "switch", "radio").state == "on", "the device tells, not the command"
    fake.say("door/availability", {"state": "online", "assumed": True})
    fake.say("door/state", {"radio": None})
    await hass.async_block_till_done()
    assert state(hass, "switch", "radio").attributes[ATTR_ASSUMED_STATE]
    assert state(hass, "switch", "radio").state == STATE_UNKNOWN


async def test_a_light_that_reports_its_colour(hass: HomeAssistant, fake: Bridge) -> None:
    lamp = state(hass, "light", "lamp")
    assert (lamp.state, lamp.attributes["brightness"], lamp.attributes["rgb_color"]) == ("on", 128, (255, 128, 0))
    await call(hass, "light", "lamp", "turn_off")
    assert fake.commands[-1][2]["rgb"] == "#000000"
    fake.say("door/state", {"lamp": "#000000"})
    await hass.async_block_till_done()
    assert state(hass, "light", "lamp").state == "off"
    await call(hass, "light", "lamp", "turn_on")
    assert fake.commands[-1][2]["rgb"] == "#804000", "the last colour"
    for value in ("#12", "#GGGGGG", 5, "red"):
        fake.say("door/state", {"lamp": value})
        await hass.async_block_till_done()
        assert state(hass, "light", "lamp").state == STATE_UNKNOWN


async def test_a_light_that_does_not(hass: HomeAssistant, fake: Bridge) -> None:
    assert state(hass, "light", "rgb").state == STATE_UNKNOWN
    assert state(hass, "light", "rgb").attributes[ATTR_ASSUMED_STATE]
    await call(hass, "light", "rgb", "turn_on")
    assert fake.commands[-1][2]["rgb"] == "#FFFFFF"
    assert fake.commands[-1][2]["ms"] == 5, "the fixed argument"
    await call(hass, "light", "rgb", "turn_on", rgb_color=[255, 0, 0], brightness=128)
    assert fake.commands[-1][2]["rgb"] == "#800000"
    await call(hass, "light", "rgb", "turn_on", brightness=255)
    assert fake.commands[-1][2]["rgb"] == "#FF0000"
    await call(hass, "light", "rgb", "turn_off")
    assert state(hass, "light", "rgb").state == "off"
    await call(hass, "light", "rgb", "turn_on")
    assert fake.commands[-1][2]["rgb"] == "#FF0000"


async def test_numbers(hass: HomeAssistant, fake: Bridge) -> None:
    volume = state(hass, "number", "volume")
    assert (volume.attributes["min"], volume.attributes["max"], volume.attributes["step"]) == (1, 9, 1)
    assert volume.state == STATE_UNKNOWN
    await call(hass, "number", "volume", "set_value", value=4)
    assert fake.commands[-1][2]["level"] == 4
    assert isinstance(fake.commands[-1][2]["level"], int)
    assert float(state(hass, "number", "volume").state) == 4
    assert state(hass, "number", "gain").state == "1.5"
    assert state(hass, "number", "gain").attributes["max"] == 2.5
    await call(hass, "number", "gain", "set_value", value=0.25)
    assert fake.commands[-1][2]["gain"] == 0.25


async def test_selects(hass: HomeAssistant, fake: Bridge) -> None:
    assert state(hass, "select", "mode").state == STATE_UNKNOWN
    assert state(hass, "select", "mode").attributes["options"] == ["Slow", "Fast"]
    await call(hass, "select", "mode", "select_option", option="Fast")
    assert fake.commands[-1][2]["mode"] == 2
    assert state(hass, "select", "mode").state == "Fast"
    assert state(hass, "select", "speed").state == "Fast"


async def test_a_notifier(hass: HomeAssistant, fake: Bridge) -> None:
    await call(hass, "notify", "print", "send_message", message="Hello")
    body = fake.commands[-1][2]
    assert (body["text"], body["copies"]) == ("Hello", 1)


@pytest.mark.parametrize(
    ("status", "key", "kind"),
    [
        ("invalid", "command_invalid", ServiceValidationError),
        ("failed", "command_failed", HomeAssistantError),
        ("no_answer", "command_no_answer", HomeAssistantError),
        ("unknown", "command_outcome_unknown", HomeAssistantError),
        ("expired", "command_expired", HomeAssistantError),
        ("refused", "command_refused", HomeAssistantError),
        ("unavailable", "command_unavailable", HomeAssistantError),
        ("busy", "command_busy", HomeAssistantError),
        ("of the future", "command_failed", HomeAssistantError),
    ],
)
async def test_what_was_not_done_is_an_error(
    hass: HomeAssistant, fake: Bridge, status: str, key: str, kind: type[HomeAssistantError]
) -> None:
    fake.answers["set_relay"] = {"status": status, "error": {"code": "c", "message": "why", "path": None}}
    with pytest.raises(kind) as raised:
        await call(hass, "switch", "relay", "turn_on")
    assert raised.value.translation_key == key
    assert raised.value.translation_placeholders == {
        "device": "Door",
        "command": "set_relay",
        "message": "why",
        "code": "c",
    }
    assert state(hass, "switch", "relay").state == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("key", "name"),
    [("read", "Read"), ("activity", "Activity")],
)
async def test_the_component_prefers_its_own_names(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient, key: str, name: str
) -> None:
    described = {
        **DOOR,
        "family": "baltech",
        "entities": [
            {
                "key": "autoread",
                "platform": "select",
                "name": "Not this",
                "state_key": "autoread",
                "command": "set_mode",
                "options": ["Disabled", "EnableOnce"],
                "args": {"Disabled": {"mode": 0}, "EnableOnce": {"mode": 2}},
            },
            {"key": "input0", "platform": "binary_sensor", "name": "Not this", "state_key": "input0"},
        ],
        "events": [{"key": key, "event_types": ["read", "late_read"], "name": "Not this", "icon": "mdi:no"}],
    }
    fake, _ = await set_up(
        hass, mqtt_client_mock, described, before=lambda fake: fake.say("door/state", {"autoread": "EnableOnce"})
    )
    event = state(hass, "event", key)
    assert event.attributes["friendly_name"] == f"Door {name}"
    assert "icon" not in event.attributes
    assert state(hass, "binary_sensor", "input0").attributes["friendly_name"] == "Door Input 0"
    autoread = state(hass, "select", "autoread")
    assert (autoread.state, autoread.attributes["options"]) == ("enable_once", ["disabled", "enable_once"])
    await call(hass, "select", "autoread", "select_option", option="disabled")
    assert fake.commands[-1][2]["mode"] == 0


async def test_only_what_has_something_new_to_show_is_written(hass: HomeAssistant, fake: Bridge) -> None:
    volts, tamper, card = (
        entity_id(hass, platform, key)
        for platform, key in (("sensor", "volts"), ("binary_sensor", "tamper"), ("event", "read"))
    )
    before = {one: shown(hass, str(one)).last_reported for one in (volts, tamper, card)}
    fake.say("door/state", {**STATE, "volts": 11.5})
    assert shown(hass, str(volts)).state == "11.5"
    assert shown(hass, str(volts)).last_reported > before[volts]
    for other in (tamper, card):
        assert shown(hass, str(other)).last_reported == before[other]
    fake.say("door/availability", {"state": "offline", "reason": "refused"})
    for one in (volts, tamper, card):
        assert shown(hass, str(one)).state == STATE_UNAVAILABLE
