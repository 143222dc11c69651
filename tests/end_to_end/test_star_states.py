"""What Star printers tell over MQTT: conditions, events, their description, and what Home Assistant makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from readers_bridge.families.star.simulator import Switch
from readers_bridge.families.star.typedefs import Emulation, Peripheral
from tests.end_to_end.star import Settings, Shop, text

SWITCHES: dict[str, tuple[Switch, str, str, tuple[str, str | None]]] = {
    "cover": (Switch.COVER, "cover_open", "cover_open", ("cover_opened", "cover_closed")),
    "paper-end": (Switch.PAPER_END, "paper_end", "paper_end", ("paper_end", "paper_loaded")),
    "near-end": (Switch.NEAR_END, "paper_near_end", "none", ("paper_near_end", None)),
    "cutter": (Switch.CUTTER, "cutter_error", "cutter_error", ("error", "error_cleared")),
    "head-hot": (Switch.HEAD_HOT, "head_hot", "head_hot", ("error", "error_cleared")),
    "broken": (Switch.UNRECOVERABLE, "non_recoverable_error", "non_recoverable_error", ("error", "error_cleared")),
    "drawer-contact": (Switch.DRAWER, "drawer_open", "none", ("drawer_opened", "drawer_closed")),
    "offline": (Switch.OFFLINE, "offline", "offline", ("", None)),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with Shop(tmp_path_factory.mktemp("shop")) as shop:
        for name in SWITCHES:
            shop.add(name)
        shop.add("described")
        shop.add("raw", allow_raw=True)
        shop.add("buzzer", Settings(peripheral=Peripheral.BUZZER), peripheral="buzzer")
        shop.add("plain", Settings(peripheral=Peripheral.NONE), peripheral=None, password=None)
        shop.add("inverted", invert_drawer=True)
        shop.add("prints-star-graphic", Settings(emulation=Emulation.STAR_GRAPHIC))
        shop.add("prints-esc-pos", Settings(emulation=Emulation.ESC_POS))
        shop.start()
        shop.wait_online()
        yield shop


def test_every_condition_becomes_a_value_and_an_event(shop: Shop) -> None:
    for name, (switch, _, _, _) in SWITCHES.items():
        shop.tills[name].do(lambda printer, switch=switch: printer.switch(switch))  # type: ignore[misc]
    for name, (_, key, error, (begins, _)) in SWITCHES.items():
        till = shop.tills[name]
        till.wait_state(**{key: True, "error": error, "offline": error != "none"})
        if begins:
            event = till.wait_event(begins)
            assert event["data"] == ({"code": error} if begins == "error" else {})
            assert event["late"] is False
    for name, (switch, _, _, _) in SWITCHES.items():
        shop.tills[name].do(lambda printer, switch=switch: printer.switch(switch, on=False))  # type: ignore[misc]
    for name, (_, key, _, (begins, ends)) in SWITCHES.items():
        till = shop.tills[name]
        till.wait_state(**{key: False, "error": "none", "offline": False})
        if ends:
            till.wait_event(ends)
        told = [event["event_type"] for event in till.events()]
        assert told == [one for one in (begins, ends) if one], "and nothing else"


def test_the_drawers_contact_the_other_way_round(shop: Shop) -> None:
    till = shop.tills["inverted"]
    till.wait_state(drawer_open=True)
    till.do(lambda printer: printer.switch(Switch.DRAWER))
    till.wait_state(drawer_open=False)
    till.wait_event("drawer_closed")


def test_a_printer_is_described_by_what_it_tells(shop: Shop) -> None:
    till = shop.tills["described"]
    till.wait_description(manufacturer="Star Micronics", model="TSP654 (STR_T-001)", serial="00:11:62:13:DE:EF")
    told = till.description()
    assert told["attributes"]["emulation"] == "star_line"
    assert told["attributes"]["status_setting"] == "011"
    assert {command["name"] for command in told["commands"]} == {
        "print_text",
        "print_receipt",
        "cut",
        "open_drawer",
        "restart",
        "read_discovery",
        "read_settings",
        "release_session",
    }
    lanes = {command["name"]: command["lane"] for command in told["commands"]}
    assert {name for name, lane in lanes.items() if lane == "management"} == {
        "restart",
        "read_discovery",
        "read_settings",
        "release_session",
    }


@pytest.mark.parametrize("name", ["described", "raw", "buzzer", "plain", "prints-star-graphic", "prints-esc-pos"])
def test_home_assistants_discovery(shop: Shop, name: str) -> None:
    topic = f"homeassistant/device/readers_home/{name}/config"
    seen = shop.seen.wait_for(topic)[-1]
    assert len(seen.payload) < 16_384
    assert len(shop.seen.wait_for(f"readers/home/{name}/description")[-1].payload) < 16_384
    assert len(shop.seen.wait_for(f"readers/home/{name}/state")[-1].payload) < 4_096
    components = {name.removeprefix(f"{one['platform']}_"): one for name, one in seen.json["components"].items()}
    keys = {key: component["platform"] for key, component in components.items()}
    assert {"cover_open", "paper_end", "offline", "cutter_error", "head_hot"} <= {
        key for key, platform in keys.items() if platform == "binary_sensor"
    }
    buttons = {key for key, platform in keys.items() if platform == "button"}
    assert (
        buttons
        == {"cut", "release_session"}
        | {
            "described": {"open_drawer", "restart"},
            "raw": {"open_drawer", "restart"},
            "buzzer": {"buzz", "restart"},
            "plain": set(),
            "prints-star-graphic": {"open_drawer", "restart"},
            "prints-esc-pos": {"open_drawer", "restart"},
        }[name]
    )
    assert [key for key, platform in keys.items() if platform == "notify"] == ["print_text"]
    is_disabled = {key for key, one in components.items() if one.get("enabled_by_default") is False}
    assert {"paper_near_end", "drawer_open"} <= is_disabled
    assert not {"cover_open", "paper_end", "offline"} & is_disabled


def test_home_assistants_button_and_notification_print(shop: Shop) -> None:
    """As Home Assistant does it: what the payload says, to the topic that it names."""
    till = shop.tills["described"]
    payload = shop.seen.wait_for("homeassistant/device/readers_home/described/config")[-1].json
    line = text()
    notify = payload["components"]["notify_print_text"]
    assert notify["command_template"] == "{{ {'text': value} | to_json }}"
    shop.seen.publish(notify["command_topic"], json.dumps({"text": line}))
    till.wait_printed(line)
    button = payload["components"]["button_open_drawer"]
    shop.seen.publish(button["command_topic"], button["payload_press"])
    till.wait(lambda printer: [kick.drawer for kick in printer.kicks] == [1], "the drawer open")
