"""The blueprints: valid for Home Assistant, and each does what it promises, with reads that come from a bridge."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.components.blueprint.schemas import BLUEPRINT_SCHEMA
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict
from pytest_homeassistant_custom_component.common import async_fire_time_changed, async_mock_service
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.fake_bridge import BALTECH, SPRINGCARD, STAR, TRANSCORE, FakeBridge, async_set_up
from tests.component.files import BLUEPRINTS, DOCS

NAMES = ("card_access", "card_notify", "print_message", "tamper_alert", "vehicle_gate")
OPENED = {"action": "test.open"}
REFUSED = {"action": "test.refuse"}


@pytest.fixture
async def fake(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> AsyncGenerator[FakeBridge]:
    """A bridge with a device of each family, in a Home Assistant that has the blueprints."""
    folder = Path(hass.config.path("blueprints/automation/readers"))
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(BLUEPRINTS, folder)
    yield (await async_set_up(hass, mqtt_client_mock, SPRINGCARD, BALTECH, STAR, TRANSCORE))[0]
    shutil.rmtree(folder)


async def _automate(hass: HomeAssistant, blueprint: str, **inputs: Any) -> None:
    use = {"path": f"readers/{blueprint}.yaml", "input": inputs}
    assert await async_setup_component(hass, "automation", {"automation": {"use_blueprint": use}})
    await hass.async_block_till_done()
    [automation] = hass.states.async_all("automation")
    assert automation.state == "on"


async def _commands(hass: HomeAssistant, fake: FakeBridge) -> list[tuple[str, str, dict[str, Any]]]:
    """What reached the devices since the last look."""
    await hass.async_block_till_done()
    ignored = ("transaction", "issued_at")
    found = [
        (device, name, {key: value for key, value in command.items() if key not in ignored})
        for device, name, command in fake.commands
    ]
    fake.commands.clear()
    return found


async def _wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float) -> None:
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass, dt_util.utcnow())
    await hass.async_block_till_done()


def _names(calls: list[ServiceCall]) -> list[str]:
    return [call.service for call in calls]


def test_these_are_all() -> None:
    assert sorted(path.stem for path in BLUEPRINTS.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
async def test_home_assistant_takes_each(hass: HomeAssistant, name: str) -> None:
    data = load_yaml_dict(str(BLUEPRINTS / f"{name}.yaml"))
    BLUEPRINT_SCHEMA(data)
    blueprint = Blueprint(data, expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA)
    assert blueprint.validate() is None
    assert blueprint.metadata["homeassistant"]["min_version"] == "2026.8.0"
    for key, field in blueprint.inputs.items():
        assert field is not None, key
        assert field["name"], key
        assert "selector" in field, key


@pytest.mark.parametrize("name", NAMES)
def test_each_is_documented(name: str) -> None:
    assert f"blueprints/automation/readers/{name}.yaml" in DOCS.read_text("utf-8")


async def test_card_on_the_list_opens_the_door(
    hass: HomeAssistant, fake: FakeBridge, freezer: FrozenDateTimeFactory
) -> None:
    opened = async_mock_service(hass, "test", "open")
    refused = async_mock_service(hass, "test", "refuse")
    await _automate(
        hass,
        "card_access",
        reader="event.front_door_read",
        allowed=["0004A1B2C3", "42"],
        unlock=[OPENED],
        denied=[REFUSED],
    )
    fake.read("front-door", "0004A1B2C3")
    assert [command[:2] for command in await _commands(hass, fake)] == [("front-door", "accept")]
    assert (len(opened), len(refused)) == (1, 0)

    fake.read("front-door", "4A1B2C3")
    assert [command[:2] for command in await _commands(hass, fake)] == [("front-door", "deny")]
    assert (len(opened), len(refused)) == (1, 1)

    await _wait(hass, freezer, 10)
    fake.read("front-door", "42")
    await hass.async_block_till_done()
    assert len(opened) == 2


async def test_late_reads_repeats_and_returns_open_nothing(
    hass: HomeAssistant, fake: FakeBridge, freezer: FrozenDateTimeFactory
) -> None:
    opened = async_mock_service(hass, "test", "open")
    await _automate(hass, "card_access", reader="event.front_door_read", allowed=["42"], unlock=[OPENED])
    fake.read("front-door", "42", event_type="late_read", late=True)
    await hass.async_block_till_done()
    await _wait(hass, freezer, 60)
    fake.read("front-door", "42", repeat=True)
    await hass.async_block_till_done()
    assert not opened

    await _wait(hass, freezer, 60)
    fake.read("front-door", "42")
    await hass.async_block_till_done()
    await _wait(hass, freezer, 1)
    fake.read("front-door", "42")
    await hass.async_block_till_done()
    assert len(opened) == 1, "the same card again at once"
    await _wait(hass, freezer, 5)
    fake.read("front-door", "42")
    await hass.async_block_till_done()
    assert len(opened) == 2

    for state in ("offline", "online"):
        fake.say("bridge/state", {"state": state})
        await hass.async_block_till_done()
    assert hass.states.get("event.front_door_read") is not None
    assert len(opened) == 2, "the bridge was away and is back"


async def test_card_at_a_baltech_reader_is_answered_with_a_script(hass: HomeAssistant, fake: FakeBridge) -> None:
    fake.responses["compile_script"] = {"valid": True, "errors": [], "warnings": [], "bytes": "03 00 01 14"}
    opened = async_mock_service(hass, "test", "open")
    await _automate(hass, "card_access", reader="event.turnstile_read", allowed=["42"], unlock=[OPENED])
    fake.read("turnstile", "42")
    [(device, command, args)] = await _commands(hass, fake)
    assert (device, command) == ("turnstile", "run_script")
    assert args["script"].startswith("Toggle GreenLed")
    fake.read("turnstile", "43")
    [(_, _, args)] = await _commands(hass, fake)
    assert args["script"].startswith("Toggle RedLed")
    assert len(opened) == 1


async def test_the_door_opens_even_if_the_reader_cannot_show_it(hass: HomeAssistant, fake: FakeBridge) -> None:
    error = {"code": "offline", "message": "the device is offline", "path": None}
    fake.answers["accept"] = {"status": "unavailable", "error": error}
    opened = async_mock_service(hass, "test", "open")
    await _automate(hass, "card_access", reader="event.front_door_read", allowed=["42"], unlock=[OPENED])
    fake.read("front-door", "42")
    await hass.async_block_till_done()
    assert len(opened) == 1


async def test_card_tells_who_came(hass: HomeAssistant, fake: FakeBridge) -> None:
    told = async_mock_service(hass, "test", "tell")
    notify = [{"action": "test.tell", "data": {"message": "{{ message }}", "who": "{{ who }}", "where": "{{ where }}"}}]
    await _automate(
        hass,
        "card_notify",
        readers=["event.front_door_read", "event.turnstile_read"],
        people=["0004A1B2C3 = Anna", "42=Ben"],
        notify=notify,
    )
    fake.read("front-door", "0004A1B2C3")
    await hass.async_block_till_done()
    fake.read("turnstile", "43")
    await hass.async_block_till_done()
    fake.read("turnstile", "42", event_type="late_read", late=True)
    await hass.async_block_till_done()
    assert [call.data["message"] for call in told] == [
        "Anna: Front door",
        "Somebody with an unknown card: Turnstile",
    ]
    assert told[0].data["who"] == "Anna"


async def test_unknown_cards_can_be_left_out(hass: HomeAssistant, fake: FakeBridge) -> None:
    told = async_mock_service(hass, "test", "tell")
    await _automate(
        hass,
        "card_notify",
        readers=["event.front_door_read"],
        people=["42=Ben"],
        unknown_cards=False,
        notify=[{"action": "test.tell"}],
    )
    fake.read("front-door", "43")
    await hass.async_block_till_done()
    assert not told
    fake.read("front-door", "42")
    await hass.async_block_till_done()
    assert len(told) == 1


async def test_tamper_alert(hass: HomeAssistant, fake: FakeBridge, freezer: FrozenDateTimeFactory) -> None:
    alarms = async_mock_service(hass, "test", "alarm")
    alarm = [{"action": "test.alarm", "data": {"message": "{{ message }}"}}]
    await _automate(hass, "tamper_alert", events=["event.turnstile_tamper_alarm"], alarm=alarm)
    fake.event("turnstile", "alarm_on", late=True)
    fake.event("turnstile", "alarm_off")
    await hass.async_block_till_done()
    assert not alarms
    await _wait(hass, freezer, 1)
    fake.event("turnstile", "alarm_on")
    await hass.async_block_till_done()
    await _wait(hass, freezer, 1)
    fake.event("turnstile", "alarm_on")
    await hass.async_block_till_done()
    assert [call.data["message"] for call in alarms] == ["Tamper alarm: Turnstile"], "the second came in the quiet time"
    await _wait(hass, freezer, 31)
    fake.event("turnstile", "alarm_on")
    await hass.async_block_till_done()
    assert len(alarms) == 2


async def test_tamper_alert_of_a_sensor(hass: HomeAssistant, fake: FakeBridge, freezer: FrozenDateTimeFactory) -> None:
    alarms = async_mock_service(hass, "test", "alarm")
    hass.states.async_set("binary_sensor.turnstile_tamper", "unavailable")
    await _automate(
        hass, "tamper_alert", sensors=["binary_sensor.turnstile_tamper"], alarm=[{"action": "test.alarm"}], quiet=0
    )
    for state, count in (("on", 0), ("off", 0), ("on", 1), ("unavailable", 1), ("on", 1)):
        hass.states.async_set("binary_sensor.turnstile_tamper", state)
        await hass.async_block_till_done()
        await _wait(hass, freezer, 1)
        assert len(alarms) == count


async def test_print_a_message(hass: HomeAssistant, fake: FakeBridge, freezer: FrozenDateTimeFactory) -> None:
    await _automate(
        hass,
        "print_message",
        when=[{"trigger": "state", "entity_id": "event.front_door_read"}],
        printer=[fake.device_id("till")],
        message="Card {{ trigger.to_state.attributes.credential }}",
    )
    fake.read("front-door", "42", event_type="late_read", late=True)
    assert not await _commands(hass, fake)
    await _wait(hass, freezer, 10)
    fake.read("front-door", "0042")
    [(device, command, args)] = await _commands(hass, fake)
    assert (device, command) == ("till", "print_text")
    assert args == {"text": "Card 0042", "height": 1, "cut": "partial", "ttl": 60}
    fake.read("front-door", "43")
    assert not await _commands(hass, fake), "within the pause"
    await _wait(hass, freezer, 10)
    for state in ("offline", "online"):
        fake.say("bridge/state", {"state": state})
        await hass.async_block_till_done()
    assert not await _commands(hass, fake), "the bridge was away and is back"


async def test_print_a_message_for_any_trigger(hass: HomeAssistant, fake: FakeBridge) -> None:
    condition = [{"condition": "template", "value_template": "{{ trigger.event.data.urgent }}"}]
    await _automate(
        hass,
        "print_message",
        when=[{"trigger": "event", "event_type": "doorbell"}],
        only_if=condition,
        printer=[fake.device_id("till")],
        message="Somebody rings",
        ttl=20,
    )
    hass.bus.async_fire("doorbell", {"urgent": False})
    assert not await _commands(hass, fake)
    hass.bus.async_fire("doorbell", {"urgent": True})
    [(_, _, args)] = await _commands(hass, fake)
    assert (args["text"], args["ttl"]) == ("Somebody rings", 20)


@pytest.mark.parametrize(
    ("when", "tag", "opens"),
    [
        ("2026-03-04 12:00:00", "UP   012345", True),
        ("2026-03-04 12:00:00", "UP 012345", False),
        ("2026-03-04 12:00:00", "BNSF777", True),
        ("2026-03-04 12:00:00", "XBNSF777", False),
        ("2026-03-04 05:59:00", "BNSF777", False),
        ("2026-03-04 20:01:00", "BNSF777", False),
        ("2026-03-08 12:00:00", "BNSF777", False),  # a Sunday
    ],
)
async def test_vehicle_tag_opens_the_gate_within_hours(
    hass: HomeAssistant, fake: FakeBridge, freezer: FrozenDateTimeFactory, when: str, tag: str, opens: bool
) -> None:
    await hass.config.async_set_time_zone("UTC")
    opened = async_mock_service(hass, "test", "open")
    refused = async_mock_service(hass, "test", "refuse")
    await _automate(
        hass,
        "vehicle_gate",
        reader="event.yard_read",
        allowed=["UP   012345", "BNSF*"],
        open_gate=[OPENED],
        refused=[REFUSED],
    )
    freezer.move_to(when)
    fake.read("yard", tag, kind="vehicle", event_type="late_read", late=True)
    await hass.async_block_till_done()
    assert not opened + refused
    await _wait(hass, freezer, 31)
    fake.read("yard", tag, kind="vehicle")
    await hass.async_block_till_done()
    assert _names(opened + refused) == (["open"] if opens else ["refuse"])
    await _wait(hass, freezer, 5)
    fake.read("yard", tag, kind="vehicle")
    await hass.async_block_till_done()
    assert len(opened + refused) == 1, "the same tag again at once"


async def test_a_card_is_no_vehicle(hass: HomeAssistant, fake: FakeBridge) -> None:
    opened = async_mock_service(hass, "test", "open")
    await _automate(
        hass,
        "vehicle_gate",
        reader="event.yard_read",
        allowed=["42"],
        after="00:00:00",
        before="23:59:59",
        weekdays=["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        open_gate=[OPENED],
    )
    fake.read("yard", "42", kind="card")
    await hass.async_block_till_done()
    assert not opened
