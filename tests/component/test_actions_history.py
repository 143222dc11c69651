"""``readers.replay``: what the bridge still keeps, as history."""

from __future__ import annotations

from typing import Any

import pytest
import voluptuous as vol
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.fake_bridge import SPRINGCARD, FakeBridge, async_set_up

READ = {
    "id": "j-7",
    "seq": 7,
    "device_seq": 7,
    "time": "2026-03-01T12:00:00.000Z",
    "device": "front-door",
    "event_type": "read",
    "late": False,
    "credential": "0004A1B2C3",
    "kind": "card",
    "data": {},
}
PAGE = {
    "reads": [READ],
    "events": [],
    "next": {"journal": "j", "seq": 7},
    "complete": True,
    "oldest": 1,
    "reset": False,
}


@pytest.fixture
async def fake(hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient) -> FakeBridge:
    """A bridge whose journal holds one read."""
    fake, _ = await async_set_up(hass, mqtt_client_mock, SPRINGCARD)
    fake.responses["replay"] = PAGE
    fake.requests.clear()
    return fake


async def _call(hass: HomeAssistant, **data: Any) -> Any:
    return await hass.services.async_call("readers", "replay", data, blocking=True, return_response=True)


def _asked(fake: FakeBridge) -> dict[str, Any]:
    [(verb, body)] = fake.requests
    assert verb == "replay"
    return {key: value for key, value in body.items() if key != "transaction"}


async def test_from_the_oldest(hass: HomeAssistant, fake: FakeBridge) -> None:
    assert await _call(hass) == PAGE
    assert _asked(fake) == {"limit": 100}


async def test_of_one_device_from_a_cursor(hass: HomeAssistant, fake: FakeBridge) -> None:
    after = {"journal": "j", "seq": 6}
    assert await _call(hass, device_id=fake.device_id("front-door"), after=after, limit=10.0) == PAGE
    assert _asked(fake) == {"limit": 10, "after": after, "devices": ["front-door"]}


async def test_history_changes_nothing(hass: HomeAssistant, fake: FakeBridge) -> None:
    before = {state.entity_id: state for state in hass.states.async_all()}
    await _call(hass)
    await hass.async_block_till_done()
    assert {state.entity_id: state for state in hass.states.async_all()} == before


async def test_a_device_of_another_bridge(
    hass: HomeAssistant, fake: FakeBridge, mqtt_client_mock: MqttMockPahoClient
) -> None:
    _, other = await async_set_up(hass, mqtt_client_mock, bridge="yard")
    with pytest.raises(ServiceValidationError) as raised:
        await _call(hass, config_entry_id=other.entry_id, device_id=fake.device_id("front-door"))
    assert raised.value.translation_key == "device_of_other_bridge"


@pytest.mark.parametrize("after", [{"journal": "j"}, {"journal": "j", "seq": -1}, {"journal": "j", "seq": "7"}])
async def test_what_is_no_cursor(hass: HomeAssistant, fake: FakeBridge, after: dict[str, Any]) -> None:
    with pytest.raises(vol.Invalid):
        await _call(hass, after=after)


async def test_a_bridge_that_fails(hass: HomeAssistant, fake: FakeBridge) -> None:
    error = {"code": "journal", "message": "the journal cannot be read", "path": None}
    fake.responses["replay"] = {"status": "failed", "error": error}
    with pytest.raises(HomeAssistantError, match="the journal cannot be read"):
        await _call(hass)
