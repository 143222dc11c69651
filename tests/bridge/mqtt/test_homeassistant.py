from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import voluptuous as vol

from readers_bridge.errors import ReadersError
from readers_bridge.model import Description, EntitySpec
from readers_bridge.mqtt.components import literal
from readers_bridge.mqtt.homeassistant import bridge_payload, device_payload, encode, removals
from tests.bridge.mqtt.ha_schema import accept
from tests.bridge.mqtt.samples import EVERYTHING, FRONT_DOOR, TOPICS

Payload = dict[str, Any]
Change = Callable[[Payload], object]


def payload_of(description: Description = EVERYTHING, **options: Any) -> Payload:
    """The payload as it comes out of the broker."""
    decoded: Payload = json.loads(encode(device_payload(TOPICS, FRONT_DOOR, description, **options)))
    return decoded


def component(name: str, **options: Any) -> Payload:
    found: Payload = payload_of(**options)["components"][name]
    return found


# -- what Home Assistant accepts: each row is one thing changed in a real payload of ours

REFUSED: dict[str, Change] = {
    "unknown key at the root": lambda payload: payload.update(colour="red"),
    "topic base at the root": lambda payload: payload.update({"~": "readers/home"}),
    "unknown key in device": lambda payload: payload["device"].update(colour="red"),
    "unknown key in origin": lambda payload: payload["origin"].update(colour="red"),
    "no origin": lambda payload: payload.pop("origin"),
    "entity without unique_id": lambda payload: payload["components"]["button_beep"].pop("unique_id"),
    "device without identifiers": lambda payload: payload["device"].pop("identifiers"),
    "unknown platform": lambda payload: payload["components"]["button_beep"].update(platform="knob"),
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_refused_as_a_whole(change: Change) -> None:
    payload = payload_of()
    change(payload)
    with pytest.raises(vol.Invalid):
        accept(payload)


def test_no_origin_is_said_in_home_assistants_words() -> None:
    payload = payload_of()
    del payload["origin"]
    with pytest.raises(vol.Invalid, match=r"required key not provided @ data\['origin'\]"):
        accept(payload)


@pytest.mark.parametrize("key", ["colour", "obj_id"])
def test_an_unknown_key_in_a_component_is_dropped(key: str) -> None:
    payload = payload_of()
    payload["components"]["button_beep"][key] = "x"
    accepted = accept(payload)
    assert not accepted.refused
    assert key not in accepted.components["button_beep"]


def test_a_component_with_its_platform_alone_is_removed() -> None:
    payload = payload_of()
    payload["components"]["sensor_mode"] = {"platform": "sensor"}
    accepted = accept(payload)
    assert accepted.removed == {"sensor_mode"}
    assert "sensor_mode" not in accepted.components


ACCEPTED: dict[str, tuple[str, Payload]] = {
    "unique_id on a tag": ("tag", {"platform": "tag", "topic": "a/b", "unique_id": "x", "retain": False}),
    "retain on a button": ("button", {"platform": "button", "command_topic": "a/b", "unique_id": "x", "retain": False}),
    "event without types": ("event", {"platform": "event", "state_topic": "a/b", "unique_id": "x", "event_types": []}),
    "doorbell that never rings": (
        "event",
        {
            "platform": "event",
            "state_topic": "a/b",
            "unique_id": "x",
            "event_types": ["push"],
            "device_class": "doorbell",
        },
    ),
    "topic base in a component": (
        "event",
        {"platform": "event", "~": "a", "state_topic": "~/b", "unique_id": "x", "event_types": ["push"]},
    ),
}


@pytest.mark.parametrize(("name", "added"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(name: str, added: Payload) -> None:
    payload = payload_of()
    payload["components"][name] = added
    accepted = accept(payload)
    assert not accepted.refused
    assert accepted.components[name]["topic" if name == "tag" else "qos"] in {"a/b", 1}


REFUSED_ALONE: dict[str, Payload] = {
    "sensor_mode": {"options": []},
    "sensor_heat": {"entity_category": "config"},
    "button_beep": {"command_topic": "a/+/b"},
    "number_gain": {"min": 3, "max": 1},
    "event_read": {"icon": "card"},
    "binary_sensor_tamper": {"device_class": "sabotage"},
}


@pytest.mark.parametrize(("name", "change"), REFUSED_ALONE.items(), ids=REFUSED_ALONE.keys())
def test_a_wrong_component_is_refused_alone(name: str, change: Payload) -> None:
    payload = payload_of()
    payload["components"][name] |= change
    accepted = accept(payload)
    assert set(accepted.refused) == {name}


# -- our payloads


@pytest.mark.parametrize("payload", [payload_of(), payload_of(expiry=False), bridge_payload(TOPICS)])
def test_every_component_is_accepted_with_every_key(payload: Payload) -> None:
    accepted = accept(payload)
    assert accepted.refused == {}
    for name, given in payload["components"].items():
        assert set(given) - {"platform"} <= set(accepted.components[name])


def test_every_platform_is_covered() -> None:
    platforms = {component["platform"] for component in payload_of()["components"].values()}
    assert platforms == {
        *("event", "sensor", "binary_sensor", "button", "switch", "light", "number", "select", "notify"),
    }


def test_the_device() -> None:
    payload = payload_of()
    assert payload["device"] == {
        "identifiers": ["readers:home:front-door"],
        "name": "Front door",
        "manufacturer": "SpringCard",
        "model": "Example Reader",
        "serial_number": "00A1B2C3",
        "sw_version": "2.50",
        "via_device": "readers:home:bridge",
    }
    assert bridge_payload(TOPICS)["device"]["identifiers"] == ["readers:home:bridge"]


def test_facts_that_are_not_known_are_left_out() -> None:
    device = payload_of(replace(EVERYTHING, serial=None, firmware=None))["device"]
    assert not {"serial_number", "sw_version"} & set(device)


def test_available_is_what_bridge_and_device_both_call_online() -> None:
    payload = payload_of()
    assert payload["availability_mode"] == "all"
    assert [entry["topic"] for entry in payload["availability"]] == [
        "readers/home/bridge/state",
        "readers/home/front-door/availability",
    ]
    assert {entry["value_template"] for entry in payload["availability"]} == {
        "{{ (value_json | default({})).get('state') }}"
    }


def test_unique_ids_outlive_a_renaming() -> None:
    renamed = device_payload(TOPICS, replace(FRONT_DOOR, name="Back door"), EVERYTHING)
    ids = [component["unique_id"] for component in payload_of()["components"].values()]
    assert ids == [component["unique_id"] for component in renamed["components"].values()]
    assert "readers:home:front-door:beep" in ids
    assert all(name.startswith("readers:home:front-door:") for name in ids)


def test_the_same_key_may_stand_for_an_event_and_a_sensor() -> None:
    components = payload_of()["components"]
    assert components["event_tamper"]["unique_id"] == components["binary_sensor_tamper"]["unique_id"]


def test_a_read_is_live_or_late() -> None:
    assert component("event_read") == {
        "platform": "event",
        "unique_id": "readers:home:front-door:read",
        "name": "Card",
        "icon": "mdi:card-account-details",
        "state_topic": "readers/home/front-door/read",
        "event_types": ["read", "late_read"],
    }


def test_events_that_share_a_topic_let_only_their_own_types_pass() -> None:
    tamper = component("event_tamper")
    assert tamper["state_topic"] == component("event_input")["state_topic"] == "readers/home/front-door/event"
    assert tamper["event_types"] == ["tamper", "tamper_end"]
    assert tamper["value_template"] == (
        "{{ value if (value_json | default({})).get('event_type') in ['tamper', 'tamper_end'] else '' }}"
    )


def test_a_missing_value_is_not_known() -> None:
    assert component("sensor_heat")["value_template"] == "{{ (value_json | default({})).get('heat') }}"
    assert component("binary_sensor_tamper")["value_template"] == (
        "{{ (value_json | default({})).get('tamper') | iif('ON', 'OFF', 'None') }}"
    )


def test_what_is_not_for_everybody_is_hidden_at_first() -> None:
    assert component("sensor_heat")["enabled_by_default"] is False
    assert "enabled_by_default" not in component("sensor_mode")


def test_a_sensor_with_options_is_an_enumeration() -> None:
    mode = component("sensor_mode")
    assert (mode["device_class"], mode["options"]) == ("enum", ["idle", "busy"])


def test_a_button_sends_the_arguments_as_json() -> None:
    assert component("button_beep") == {
        "platform": "button",
        "unique_id": "readers:home:front-door:beep",
        "name": "Beep",
        "command_topic": "readers/home/front-door/command/beep",
        "message_expiry_interval": 3,
        "payload_press": '{"ms":200}',
    }
    assert component("button_wink")["payload_press"] == "{}"


def test_a_switch_with_and_without_a_state() -> None:
    relay = component("switch_relay")
    assert (relay["payload_on"], relay["payload_off"]) == ('{"closed":true}', '{"closed":false}')
    assert (relay["state_on"], relay["state_off"]) == ("ON", "OFF")
    lamp = component("switch_lamp")
    assert lamp["optimistic"] is True
    assert "state_topic" not in lamp


def test_a_light_sends_colours_on_one_topic() -> None:
    led = component("light_led")
    assert led["command_topic"] == led["rgb_command_topic"] == "readers/home/front-door/command/led"
    assert led["payload_off"] == '{"colour":"#000000","lamp":1}'
    assert led["rgb_command_template"] == (
        "{{ {'colour': '#%02X%02X%02X' | format(red, green, blue), 'lamp': 1} | to_json }}"
    )
    assert literal(led["payload_off"]) in led["state_value_template"]
    assert component("light_glow")["optimistic"] is True


def test_a_number_takes_its_bounds_from_the_entity_or_the_argument() -> None:
    volume, gain = component("number_volume"), component("number_gain")
    assert (volume["min"], volume["max"], volume.get("step")) == (0, 10, None)
    assert (gain["min"], gain["max"], gain["step"]) == (-1.5, 1.5, 0.001)
    assert gain["command_template"] == "{{ {'gain': value, 'level': 5} | to_json }}"


def test_a_select_sends_the_arguments_of_its_option() -> None:
    sequence = component("select_sequence")
    assert sequence["options"] == ["one", "two's"]
    assert sequence["command_template"] == (
        "{{ {'one': {'sequence': '60'}, \"two's\": {'sequence': '61', 'times': none}}[value] | to_json }}"
    )


def test_a_text_from_a_description_is_never_taken_for_a_template() -> None:
    assert component("notify_paper")["command_template"] == (
        "{{ {'text': value, 'cut': true, 'head': '\"{{ 1 }}\"'} | to_json }}"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (True, "true"),
        (0, "0"),
        (2.5, "2.5"),
        ("a b", "'a b'"),
        ("it's", '"it\'s"'),
        ("a\\b\n", '"a\\\\b\\n"'),
        ([1, "x"], "[1, 'x']"),
        ({"a": {"b": []}}, "{'a': {'b': []}}"),
    ],
)
def test_literals_of_templates(value: object, text: str) -> None:
    assert literal(value) == text


def test_commands_expire_and_nothing_is_retained() -> None:
    for name, given in payload_of()["components"].items():
        assert ("command_topic" in given) == ("message_expiry_interval" in given), name
        assert "retain" not in given, name
    assert component("notify_paper")["message_expiry_interval"] == 300
    assert "message_expiry_interval" not in payload_of()


def test_a_broker_that_knows_no_expiry_gets_none() -> None:
    assert "message_expiry_interval" not in json.dumps(payload_of(expiry=False))


def test_names_do_not_repeat_the_devices_name() -> None:
    for given in payload_of()["components"].values():
        assert not given["name"].startswith("Front door")


def test_an_entity_that_contradicts_itself_does_not_take_the_others_along() -> None:
    wrong = (
        EntitySpec("x", "lock", "X"),
        EntitySpec("x", "number", "X", command="beep"),
        EntitySpec("x", "button", "X", command="gone"),
        EntitySpec("x", "sensor", "X"),
    )
    assert payload_of(replace(EVERYTHING, entities=(*wrong, *EVERYTHING.entities))) == payload_of()


def test_the_bridge_tells_of_its_own_connection() -> None:
    payload = bridge_payload(TOPICS)
    state = payload["components"]["binary_sensor_state"]
    assert state["state_topic"] == "readers/home/bridge/state"
    assert (state["payload_on"], state["payload_off"]) == ("online", "offline")
    assert "availability" not in payload
    assert "availability" not in state


def test_the_diagnostics_of_the_bridge_are_hidden_at_first() -> None:
    diagnostics = {
        name: given for name, given in bridge_payload(TOPICS)["components"].items() if name != "binary_sensor_state"
    }
    assert diagnostics
    for given in diagnostics.values():
        assert given["enabled_by_default"] is False
        assert given["entity_category"] == "diagnostic"
        assert given["state_topic"] == "readers/home/bridge/health"
        assert [entry["topic"] for entry in given["availability"]] == ["readers/home/bridge/state"]


# -- what is gone, and what is too much


def test_a_component_that_is_gone_is_removed_once() -> None:
    before = payload_of()
    after = payload_of(replace(EVERYTHING, entities=EVERYTHING.entities[1:]))
    step = removals(before, after)
    assert step is not None
    assert step["components"].pop("binary_sensor_tamper") == {"platform": "binary_sensor"}
    assert step == after
    assert accept(
        {**after, "components": {**after["components"], "binary_sensor_tamper": {"platform": "binary_sensor"}}}
    ).removed


def test_nothing_is_removed_when_nothing_is_gone() -> None:
    payload = payload_of()
    assert removals(payload, copy.deepcopy(payload)) is None
    assert removals({}, payload) is None


def test_forty_entities_have_room() -> None:
    buttons = tuple(
        EntitySpec(f"sequence_number_{number}", "switch", f"Sequence number {number}", command="relay", args=ON_OFF)
        for number in range(40)
    )
    assert len(encode(device_payload(TOPICS, FRONT_DOOR, replace(EVERYTHING, entities=buttons)))) < 16384


ON_OFF = {"on": {"closed": True}, "off": {"closed": False}}


def test_a_payload_that_is_too_large_is_not_published() -> None:
    buttons = tuple(EntitySpec(f"button_{number}", "button", "Wink", command="wink") for number in range(100))
    with pytest.raises(ReadersError, match=r"discovery payload of Front door has \d+ bytes") as caught:
        encode(device_payload(TOPICS, FRONT_DOOR, replace(EVERYTHING, entities=buttons)))
    assert caught.value.code == "too_large"
