"""Which device or bridge an action is for, and what it says when there is none."""

from __future__ import annotations

import re
from typing import Any

import pytest
import voluptuous as vol
from custom_components.readers.actions.targets import Target, async_each, target
from custom_components.readers.models import Result
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.fake_bridge import BALTECH, SPRINGCARD, STAR, FakeBridge, async_set_up


@pytest.fixture
async def fake(hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient) -> FakeBridge:
    """A bridge with a device of each family that has actions."""
    return (await async_set_up(hass, mqtt_client_mock, SPRINGCARD, BALTECH, STAR))[0]


async def _call(hass: HomeAssistant, action: str, **data: Any) -> Any:
    return await hass.services.async_call("readers", action, data, blocking=True, return_response=True)


async def _send(hass: HomeAssistant, device_id: str) -> Any:
    return await _call(hass, "send_command", device_id=device_id, command="accept")


async def test_a_device_can_be_given_as_a_target(hass: HomeAssistant, fake: FakeBridge) -> None:
    response = await hass.services.async_call(
        "readers",
        "send_command",
        {"command": "accept"},
        target={"device_id": [fake.device_id("front-door")]},
        blocking=True,
        return_response=True,
    )
    assert response is not None
    assert response["device"] == "front-door"


async def test_no_action_without_a_device(hass: HomeAssistant, fake: FakeBridge) -> None:
    wrong: list[dict[str, Any]] = [{}, {"device_id": []}, {"device_id": ["a", "b"]}]
    for data in wrong:
        with pytest.raises(vol.Invalid):
            await _call(hass, "send_command", command="accept", **data)
    assert not fake.commands


async def test_there_is_no_such_device(hass: HomeAssistant, fake: FakeBridge) -> None:
    with pytest.raises(ServiceValidationError, match="no device with the ID nothing") as raised:
        await _send(hass, "nothing")
    assert (raised.value.translation_domain, raised.value.translation_key) == ("readers", "device_not_found")


async def test_a_device_of_another_integration(hass: HomeAssistant, fake: FakeBridge) -> None:
    entry = MockConfigEntry(domain="other")
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("other", "1")}, name="Kettle"
    )
    with pytest.raises(ServiceValidationError, match="Kettle does not belong to Readers"):
        await _send(hass, device.id)


async def test_the_bridge_itself_takes_no_commands(hass: HomeAssistant, fake: FakeBridge) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await _send(hass, fake.device_id("bridge"))
    assert raised.value.translation_key == "device_is_bridge"


async def test_the_bridge_of_a_device_is_not_loaded(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    fake, entry = await async_set_up(hass, mqtt_client_mock, SPRINGCARD)
    device_id = fake.device_id("front-door")
    assert await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError, match="Front door cannot be reached: its bridge home"):
        await _send(hass, device_id)


async def test_the_bridge_is_offline(hass: HomeAssistant, fake: FakeBridge) -> None:
    fake.say("bridge/state", {"state": "offline"})
    await hass.async_block_till_done()
    with pytest.raises(HomeAssistantError) as raised:
        await _send(hass, fake.device_id("front-door"))
    assert raised.value.translation_key == "bridge_offline"
    assert not fake.commands


async def test_a_device_that_lacks_the_command(hass: HomeAssistant, fake: FakeBridge) -> None:
    with pytest.raises(ServiceValidationError, match="accept, beep, deny") as raised:
        await _call(hass, "cut_paper", device_id=fake.device_id("front-door"))
    assert raised.value.translation_key == "command_unknown"
    assert not fake.commands


async def test_several_devices_are_told_at_once(hass: HomeAssistant, fake: FakeBridge) -> None:
    other = {**SPRINGCARD, "device": "back-door", "name": "Back door"}
    fake.describe(other)
    await hass.async_block_till_done()
    ids = [fake.device_id("front-door"), fake.device_id("back-door")]
    response = await _call(hass, "beep", device_id=[*ids, ids[0]], ms=100)
    assert [(one["device_id"], one["status"]) for one in response["results"]] == [(ids[0], "done"), (ids[1], "done")]
    assert [command[:2] for command in fake.commands] == [("front-door", "beep"), ("back-door", "beep")]


async def test_one_of_several_that_fails_keeps_no_other_from_being_told(hass: HomeAssistant, fake: FakeBridge) -> None:
    error = {"code": "offline", "message": "the device is offline", "path": None}
    fake.answers["turnstile/toggle_port"] = {"status": "unavailable", "error": error}
    ids = [fake.device_id("turnstile"), fake.device_id("front-door")]
    with pytest.raises(HomeAssistantError, match=re.compile("1 of 2 devices failed: Turnstile: .*offline")):
        await _call(hass, "beep", device_id=ids)
    assert len(fake.commands) == 2


async def test_a_defect_is_not_taken_for_a_device_that_failed(hass: HomeAssistant, fake: FakeBridge) -> None:
    both = [target(hass, fake.device_id(device)) for device in ("front-door", "turnstile")]

    async def fail(device: Target) -> Result:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await async_each(both, fail)


async def test_none_of_several_is_told_when_one_cannot_understand(hass: HomeAssistant, fake: FakeBridge) -> None:
    with pytest.raises(ServiceValidationError):
        await _call(
            hass,
            "play_sequence",
            device_id=[fake.device_id("front-door"), fake.device_id("turnstile")],
            sequence="accept",
        )
    assert not fake.commands


async def test_a_bridge_must_be_named_where_there_are_several(
    hass: HomeAssistant, fake: FakeBridge, mqtt_client_mock: MqttMockPahoClient
) -> None:
    fake.responses["compile_script"] = {"valid": True, "errors": [], "warnings": [], "bytes": "01 00"}
    assert (await _call(hass, "compile_baltech_script", script="Enable GreenLed"))["bytes"] == "01 00"
    other, entry = await async_set_up(hass, mqtt_client_mock, bridge="yard")
    other.responses["compile_script"] = {"valid": True, "errors": [], "warnings": [], "bytes": "01 01"}
    with pytest.raises(ServiceValidationError):
        await _call(hass, "compile_baltech_script", script="Enable GreenLed")
    response = await _call(hass, "compile_baltech_script", script="Enable RedLed", config_entry_id=entry.entry_id)
    assert response["bytes"] == "01 01"


async def test_actions_are_there_without_a_bridge(hass: HomeAssistant, mqtt_mock: MqttMockHAClient) -> None:
    assert await async_setup_component(hass, "readers", {})
    with pytest.raises(ServiceValidationError):
        await _call(hass, "compile_baltech_script", script="Enable GreenLed")
