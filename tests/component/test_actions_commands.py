"""Actions that are one command: what reaches the bridge, what comes back, and what is said when it fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import voluptuous as vol
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.fake_bridge import BALTECH, SPRINGCARD, STAR, FakeBridge, async_set_up


@pytest.fixture
async def fake(hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient) -> FakeBridge:
    """A bridge with a device of each family that has actions."""
    return (await async_set_up(hass, mqtt_client_mock, SPRINGCARD, BALTECH, STAR))[0]


async def _call(hass: HomeAssistant, action: str, **data: Any) -> Any:
    return await hass.services.async_call("readers", action, data, blocking=True, return_response=True)


def _arguments(command: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in command.items() if key not in ("transaction", "issued_at", "ttl")}


async def test_send_command(hass: HomeAssistant, fake: FakeBridge) -> None:
    fake.answers["set_leds"] = {"status": "sent", "data": {"leds": "92929292"}}
    device_id = fake.device_id("front-door")
    response = await _call(
        hass, "send_command", device_id=device_id, command="set_leds", arguments={"leds": "92929292"}
    )
    [(device, name, command)] = fake.commands
    assert (device, name, _arguments(command)) == ("front-door", "set_leds", {"leds": "92929292"})
    assert response == {
        "device_id": device_id,
        "device": "front-door",
        "command": "set_leds",
        "status": "sent",
        "transaction": command["transaction"],
        "time": "2026-03-01T12:00:00.000Z",
        "data": {"leds": "92929292"},
    }


async def test_a_command_says_when_it_was_sent_and_how_long_it_is_valid(hass: HomeAssistant, fake: FakeBridge) -> None:
    await _call(hass, "send_command", device_id=fake.device_id("front-door"), command="accept")
    [(_, _, command)] = fake.commands
    issued = dt_util.parse_datetime(command["issued_at"])
    assert issued is not None
    assert abs(dt_util.utcnow() - issued) < timedelta(seconds=30)
    assert command["ttl"] == 10.0
    assert command["transaction"]


async def test_each_command_has_a_transaction_of_its_own(hass: HomeAssistant, fake: FakeBridge) -> None:
    for _ in range(2):
        await _call(hass, "send_command", device_id=fake.device_id("front-door"), command="accept")
    assert fake.commands[0][2]["transaction"] != fake.commands[1][2]["transaction"]


async def test_a_command_never_begins_after_the_timeout(hass: HomeAssistant, fake: FakeBridge) -> None:
    device_id = fake.device_id("front-door")
    await _call(hass, "send_command", device_id=device_id, command="accept", timeout=3)
    await _call(hass, "send_command", device_id=device_id, command="accept", timeout=3, ttl=60)
    await _call(hass, "send_command", device_id=device_id, command="accept", timeout=3, ttl=2)
    await _call(hass, "send_command", device_id=device_id, command="accept", ttl=60)
    assert [command["ttl"] for _, _, command in fake.commands] == [3, 3, 2, 60]


async def test_no_answer(hass: HomeAssistant, fake: FakeBridge) -> None:
    fake.answers["accept"] = None
    with pytest.raises(HomeAssistantError, match=r"0\.2") as raised:
        await _call(hass, "send_command", device_id=fake.device_id("front-door"), command="accept", timeout=0.2)
    assert raised.value.translation_key == "no_response"
    assert not isinstance(raised.value, ServiceValidationError)


@pytest.mark.parametrize(
    ("status", "key"),
    [
        ("failed", "command_failed"),
        ("no_answer", "command_no_answer"),
        ("unknown", "command_outcome_unknown"),
        ("expired", "command_expired"),
        ("refused", "command_refused"),
        ("unavailable", "command_unavailable"),
        ("busy", "command_busy"),
        ("invalid", "command_invalid"),
    ],
)
async def test_what_was_not_done_is_an_error(hass: HomeAssistant, fake: FakeBridge, status: str, key: str) -> None:
    error = {"code": "code_of_the_device", "message": "what the bridge says of it", "path": "ms"}
    fake.answers["beep"] = {"status": status, "error": error}
    with pytest.raises(HomeAssistantError, match="Front door") as raised:
        await _call(hass, "beep", device_id=fake.device_id("front-door"))
    assert raised.value.translation_domain == "readers"
    assert raised.value.translation_key == key
    assert "what the bridge says of it" in str(raised.value)
    assert isinstance(raised.value, ServiceValidationError) is (status == "invalid")


@pytest.mark.parametrize("argument", ["transaction", "issued_at", "ttl"])
async def test_what_the_action_writes_itself_is_no_argument(
    hass: HomeAssistant, fake: FakeBridge, argument: str
) -> None:
    with pytest.raises(ServiceValidationError, match=argument):
        await _call(
            hass,
            "send_command",
            device_id=fake.device_id("front-door"),
            command="accept",
            arguments={argument: "60"},
        )
    assert not fake.commands


@pytest.mark.parametrize(
    ("given", "sent"),
    [("accept", "60"), ("Deny", "61"), ("please_wait", "08"), ("0e", "0e"), ("0F", "0F"), (60, "60"), (" 22 ", "22")],
)
async def test_play_sequence(hass: HomeAssistant, fake: FakeBridge, given: str | int, sent: str) -> None:
    response = await _call(hass, "play_sequence", device_id=fake.device_id("front-door"), sequence=given)
    [(device, name, command)] = fake.commands
    assert (device, name, _arguments(command)) == ("front-door", "play_sequence", {"sequence": sent})
    assert [one["status"] for one in response["results"]] == ["done"]


@pytest.mark.parametrize("sequence", ["", "6", "600", "zz", 5, "off"])
async def test_what_is_no_sequence(hass: HomeAssistant, fake: FakeBridge, sequence: str | int) -> None:
    with pytest.raises(vol.Invalid):
        await _call(hass, "play_sequence", device_id=fake.device_id("front-door"), sequence=sequence)


async def test_set_leds(hass: HomeAssistant, fake: FakeBridge) -> None:
    device_id = fake.device_id("front-door")
    await _call(hass, "set_leds", device_id=device_id, leds="929292fF")
    await _call(hass, "set_leds", device_id=device_id, leds="00000000", beep_ms=100.0)
    assert [_arguments(command) for _, _, command in fake.commands] == [
        {"leds": "929292fF"},
        {"leds": "00000000", "beep_ms": 100},
    ]
    with pytest.raises(vol.Invalid):
        await _call(hass, "set_leds", device_id=device_id, leds="9292")


async def test_beep(hass: HomeAssistant, fake: FakeBridge) -> None:
    await _call(hass, "beep", device_id=[fake.device_id("front-door"), fake.device_id("turnstile")])
    assert [(device, name, _arguments(command)) for device, name, command in fake.commands] == [
        ("front-door", "beep", {"ms": 200}),
        ("turnstile", "toggle_port", {"port": "Beeper", "count": 1, "on_ms": 200}),
    ]


async def test_beep_at_a_device_that_cannot(hass: HomeAssistant, fake: FakeBridge) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await _call(hass, "beep", device_id=fake.device_id("till"))
    assert raised.value.translation_key == "command_unknown"


@pytest.mark.parametrize(
    ("action", "data", "command", "arguments"),
    [
        ("open_drawer", {}, "open_drawer", {"drawer": 1}),
        ("open_drawer", {"drawer": 2.0}, "open_drawer", {"drawer": 2}),
        ("cut_paper", {}, "cut", {"kind": "partial"}),
        ("cut_paper", {"kind": "full"}, "cut", {"kind": "full"}),
        ("restart_printer", {}, "restart", {}),
        ("release_print_session", {}, "release_session", {}),
        ("release_print_session", {"port": 40001.0}, "release_session", {"port": 40001}),
    ],
)
async def test_printers(
    hass: HomeAssistant,
    fake: FakeBridge,
    action: str,
    data: dict[str, Any],
    command: str,
    arguments: dict[str, Any],
) -> None:
    response = await _call(hass, action, device_id=fake.device_id("till"), **data)
    [(device, name, sent)] = fake.commands
    assert (device, name, _arguments(sent)) == ("till", command, arguments)
    assert sent["ttl"] == 10.0, "nobody wants a drawer to open later"
    assert (response["command"], response["status"]) == (command, "done")


async def test_a_response_need_not_be_asked_for(hass: HomeAssistant, fake: FakeBridge) -> None:
    data = {"device_id": fake.device_id("till")}
    assert await hass.services.async_call("readers", "cut_paper", data, blocking=True) is None
    assert len(fake.commands) == 1
