"""BaltechScript: checked by the bridge before anything is sent, with line and column of each error."""

from __future__ import annotations

from typing import Any

import pytest
import voluptuous as vol
from custom_components.readers.actions import baltechscript
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.fake_bridge import BALTECH, SPRINGCARD, FakeBridge, async_set_up

SCRIPT = "Enable GreenLed\nDefaultAction"
WARNING = {"code": "W502", "line": 1, "column": 1, "text": "at OnAccepted the script replaces the default"}
TIMELINE = {"ending": "done", "default_action": True, "ports": {"GreenLed": [{"time": 0.0, "on": True}]}}
GOOD = {
    "valid": True,
    "errors": [],
    "warnings": [WARNING],
    "bytes": "01 00 04",
    "length": 3,
    "text": SCRIPT,
    "timeline": TIMELINE,
}
BAD = {
    "valid": False,
    "errors": [
        {"code": "E101", "line": 2, "column": 1, "text": "Enabel is no command; did you mean Enable?"},
        {"code": "E106", "line": 4, "column": 8, "text": "GreenLad is no port; did you mean GreenLed?"},
    ],
    "warnings": [],
    "bytes": None,
    "length": None,
    "text": None,
    "timeline": None,
}
STORED = {
    "event": "OnAccepted",
    "event_id": 68,
    "changed": True,
    "script": "01 00 04",
    "text": SCRIPT,
    "length": 3,
    "previous": "04",
    "previous_text": "DefaultAction",
    "warnings": [WARNING],
    "reset_needed": True,
}


@pytest.fixture
async def fake(hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient) -> FakeBridge:
    """A bridge with a BALTECH reader, and one that runs no scripts."""
    fake, _ = await async_set_up(hass, mqtt_client_mock, BALTECH, SPRINGCARD)
    fake.responses["compile_script"] = GOOD
    return fake


async def _call(hass: HomeAssistant, action: str, **data: Any) -> Any:
    return await hass.services.async_call("readers", action, data, blocking=True, return_response=True)


def _asked(fake: FakeBridge) -> list[dict[str, Any]]:
    requests = [body for verb, body in fake.requests if verb == "compile_script"]
    return [{key: value for key, value in body.items() if key != "transaction"} for body in requests]


async def test_run(hass: HomeAssistant, fake: FakeBridge) -> None:
    fake.answers["run_script"] = {"data": {"default_action": True, "script": "01 00 04", "warnings": [WARNING]}}
    response = await _call(hass, "run_baltech_script", device_id=fake.device_id("turnstile"), script=SCRIPT)
    assert _asked(fake) == [{"script": SCRIPT, "use": "run"}]
    [(device, name, command)] = fake.commands
    assert (device, name, command["script"]) == ("turnstile", "run_script", SCRIPT)
    assert response["status"] == "done"
    assert response["bytes"] == "01 00 04"
    assert response["length"] == 3
    assert response["text"] == SCRIPT
    assert response["warnings"] == [WARNING]
    assert response["timeline"] == TIMELINE
    assert response["default_action"] is True


async def test_a_bridge_that_tells_little(
    hass: HomeAssistant, fake: FakeBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.responses["compile_script"] = {"bytes": "01 00 04"}
    fake.answers["run_script"] = {"command": None}
    response = await _call(hass, "run_baltech_script", device_id=fake.device_id("turnstile"), script=SCRIPT)
    assert (response["status"], response["command"], response["bytes"]) == ("done", "run_script", "01 00 04")
    fake.responses["compile_script"] = None
    monkeypatch.setattr(baltechscript, "CHECK_TIMEOUT", 0.05)
    response = await _call(hass, "run_baltech_script", device_id=fake.device_id("turnstile"), script=SCRIPT)
    assert (response["status"], response["bytes"]) == ("done", None), "the bridge checks again before it sends"
    assert len(fake.commands) == 2


async def test_a_bridge_that_cannot_check(hass: HomeAssistant, fake: FakeBridge) -> None:
    fake.responses["compile_script"] = {"status": "failed", "error": {"code": "internal", "message": "an error"}}
    with pytest.raises(HomeAssistantError):
        await _call(hass, "run_baltech_script", device_id=fake.device_id("turnstile"), script=SCRIPT)
    assert fake.commands == []


async def test_store(hass: HomeAssistant, fake: FakeBridge) -> None:
    fake.answers["store_script"] = {"data": STORED}
    response = await _call(
        hass, "store_baltech_script", device_id=fake.device_id("turnstile"), event="OnAccepted", script="01 00 04"
    )
    assert _asked(fake) == [{"script": "01 00 04", "use": "stored", "event": "OnAccepted"}]
    [(_, name, command)] = fake.commands
    assert name == "store_script"
    assert {key: command[key] for key in ("event", "script", "reset", "confirm")} == {
        "event": "OnAccepted",
        "script": "01 00 04",
        "reset": False,
        "confirm": False,
    }
    for key in ("bytes", "length", "text", "warnings", "timeline"):
        assert response[key] == GOOD[key]
    for key in ("event", "event_id", "changed", "previous", "previous_text", "reset_needed"):
        assert response[key] == STORED[key]


async def test_store_for_a_risky_event_with_a_restart(hass: HomeAssistant, fake: FakeBridge) -> None:
    await _call(
        hass,
        "store_baltech_script",
        device_id=fake.device_id("turnstile"),
        event=0x75,
        script="DefaultAction",
        restart=True,
        confirm=True,
    )
    [(_, _, command)] = fake.commands
    assert (command["event"], command["reset"], command["confirm"]) == ("117", True, True)


async def test_a_risky_event_that_is_not_confirmed(hass: HomeAssistant, fake: FakeBridge) -> None:
    message = 'a script for OnScan is stored only with "confirm": true: without DefaultAction the reader stops reading'
    error = {"code": "not_confirmed", "message": message, "path": "confirm"}
    fake.answers["store_script"] = {"status": "invalid", "error": error}
    with pytest.raises(ServiceValidationError, match="without DefaultAction the reader stops reading"):
        await _call(
            hass,
            "store_baltech_script",
            device_id=fake.device_id("turnstile"),
            event="OnScan",
            script="Enable GreenLed",
        )


@pytest.mark.parametrize(("action", "data"), [("run_baltech_script", {}), ("store_baltech_script", {"event": "0x44"})])
async def test_errors_of_the_script_are_shown_with_line_and_column(
    hass: HomeAssistant, fake: FakeBridge, action: str, data: dict[str, Any]
) -> None:
    fake.responses["compile_script"] = BAD
    with pytest.raises(ServiceValidationError) as raised:
        await _call(hass, action, device_id=fake.device_id("turnstile"), script="Enabel", **data)
    assert raised.value.translation_key == "script_errors"
    assert "2:1 E101: Enabel is no command; did you mean Enable?" in str(raised.value)
    assert "4:8 E106: GreenLad is no port; did you mean GreenLed?" in str(raised.value)
    assert not fake.commands, "nothing was sent to a reader"


async def test_a_reader_that_runs_no_scripts(hass: HomeAssistant, fake: FakeBridge) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await _call(hass, "run_baltech_script", device_id=fake.device_id("front-door"), script=SCRIPT)
    assert raised.value.translation_key == "command_unknown"
    assert not _asked(fake)


async def test_what_the_reader_refuses(hass: HomeAssistant, fake: FakeBridge) -> None:
    error = {"code": "access_denied", "message": "the key's level lacks ConfigWrite", "path": None}
    fake.answers["store_script"] = {"status": "failed", "error": error}
    with pytest.raises(HomeAssistantError, match="lacks ConfigWrite") as raised:
        await _call(
            hass, "store_baltech_script", device_id=fake.device_id("turnstile"), event="OnAccepted", script=SCRIPT
        )
    assert raised.value.translation_key == "command_failed"


async def test_digits_without_quotes_are_refused_as_yaml_makes_another_number_of_them(
    hass: HomeAssistant, fake: FakeBridge
) -> None:
    with pytest.raises(vol.Invalid, match="quotes"):
        await _call(hass, "run_baltech_script", device_id=fake.device_id("turnstile"), script=0o100)


async def test_read(hass: HomeAssistant, fake: FakeBridge) -> None:
    data = {"event": "OnAccepted", "event_id": 68, "stored": True, "script": "01 00 04", "text": SCRIPT, "length": 3}
    fake.answers["read_script"] = {"data": data}
    response = await _call(hass, "read_baltech_script", device_id=fake.device_id("turnstile"), event="OnAccepted")
    assert {key: response[key] for key in ("event", "event_id", "stored", "bytes", "text", "length")} == {
        "event": "OnAccepted",
        "event_id": 68,
        "stored": True,
        "bytes": "01 00 04",
        "text": SCRIPT,
        "length": 3,
    }


async def test_delete(hass: HomeAssistant, fake: FakeBridge) -> None:
    fake.answers["delete_script"] = {"data": {**STORED, "verified": True, "previous": "01 00 04"}}
    response = await _call(
        hass, "delete_baltech_script", device_id=fake.device_id("turnstile"), event="OnAccepted", restart=True
    )
    [(_, name, command)] = fake.commands
    assert (name, command["event"], command["reset"]) == ("delete_script", "OnAccepted", True)
    assert (response["changed"], response["previous"], response["reset_needed"]) == (True, "01 00 04", True)


async def test_list(hass: HomeAssistant, fake: FakeBridge) -> None:
    scripts = [
        {"event": "OnAccepted", "event_id": 68, "script": "01 00 04", "text": SCRIPT, "length": 3},
        {"event": None, "event_id": 200, "script": "FF", "text": None, "length": 1},
    ]
    fake.answers["list_scripts"] = {"data": {"scripts": scripts}}
    response = await _call(hass, "list_baltech_scripts", device_id=fake.device_id("turnstile"))
    assert response["scripts"] == [
        {"event": "OnAccepted", "event_id": 68, "bytes": "01 00 04", "text": SCRIPT, "length": 3},
        {"event": None, "event_id": 200, "bytes": "FF", "text": None, "length": 1},
    ]
    fake.answers["list_scripts"] = {"data": {}}
    assert (await _call(hass, "list_baltech_scripts", device_id=fake.device_id("turnstile")))["scripts"] == []


async def test_compile(hass: HomeAssistant, fake: FakeBridge) -> None:
    given = {"inputs": ["Input0"]}
    response = await _call(
        hass, "compile_baltech_script", script=SCRIPT, event="OnAccepted", use="stored", given=given, seconds=5
    )
    assert _asked(fake) == [
        {"script": SCRIPT, "event": "OnAccepted", "use": "stored", "given": given, "seconds": 5.0},
    ]
    assert response == GOOD
    assert not fake.commands


async def test_compile_tells_errors_in_its_response(hass: HomeAssistant, fake: FakeBridge) -> None:
    fake.responses["compile_script"] = BAD
    assert await _call(hass, "compile_baltech_script", script="Enabel GreenLad") == BAD


async def test_compile_what_the_bridge_refuses(hass: HomeAssistant, fake: FakeBridge) -> None:
    error = {"code": "not_an_option", "message": "event: there is no event OnNothing", "path": "event"}
    fake.responses["compile_script"] = {"status": "invalid", "error": error}
    with pytest.raises(ServiceValidationError, match="there is no event OnNothing") as raised:
        await _call(hass, "compile_baltech_script", script=SCRIPT, event="OnNothing")
    assert raised.value.translation_key == "request_failed"


async def test_compile_at_a_bridge_that_fails(hass: HomeAssistant, fake: FakeBridge) -> None:
    fake.responses["compile_script"] = {"status": "busy", "error": None}
    with pytest.raises(HomeAssistantError) as raised:
        await _call(hass, "compile_baltech_script", script=SCRIPT)
    assert raised.value.translation_key == "request_failed"
    assert not isinstance(raised.value, ServiceValidationError)
