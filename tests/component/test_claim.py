"""The claim: published, renewed, released; and another Home Assistant's."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from custom_components.readers import claim as claim_module
from custom_components.readers.retained import async_retained
from homeassistant.components import mqtt
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import instance_id
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, MqttMockHAClient, MqttMockPahoClient

from tests.component.common import DOOR, Bridge, set_up

CLAIM = "homeassistant/claim"
FOREIGN = {"instance": "another", "component": "0.1.0", "since": "2026-03-01T12:00:00.000Z"}


@pytest.fixture(autouse=True)
def _short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim_module, "RELEASE_TIMEOUT", 0.05)


@pytest.fixture
async def both(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> tuple[Bridge, MockConfigEntry]:
    """A bridge, and the entry."""
    return await set_up(hass, mqtt_client_mock, DOOR)


def issue(hass: HomeAssistant) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue("readers", "foreign_claim_home")


async def test_it_is_published_retained(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    fake, _ = both
    (claim,) = fake.claims
    assert claim["instance"] == await instance_id.async_get(hass)
    assert claim["component"] == "0.1.0"
    assert claim["since"].endswith("Z")
    topics = [topic for topic, _, _ in fake.published if topic.endswith(CLAIM)]
    assert topics == ["readers/home/homeassistant/claim"]


async def test_it_is_renewed_when_the_broker_may_have_lost_it(
    hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]
) -> None:
    fake, _ = both
    first = fake.claims[0]
    fake.say(CLAIM, first)
    fake.go_offline()
    fake.come_online()
    await hass.async_block_till_done()
    assert len(fake.claims) == 1, "the broker still has it"
    async_dispatcher_send(hass, mqtt.MQTT_CONNECTION_STATE, False)
    async_dispatcher_send(hass, mqtt.MQTT_CONNECTION_STATE, True)
    fake.say(CLAIM, first)
    fake.come_online()
    await hass.async_block_till_done()
    assert len(fake.claims) == 1
    async_dispatcher_send(hass, mqtt.MQTT_CONNECTION_STATE, False)
    async_dispatcher_send(hass, mqtt.MQTT_CONNECTION_STATE, True)
    fake.come_online()
    await hass.async_block_till_done()
    assert fake.claims == [first, first]
    fake.say(CLAIM, "")
    await hass.async_block_till_done()
    assert fake.claims == [first, first, first]


async def test_its_beginning_is_kept_over_restarts(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    own = {"instance": await instance_id.async_get(hass), "component": "0.0.9", "since": "2020-01-01T00:00:00.000Z"}
    fake, entry = await set_up(hass, mqtt_client_mock, DOOR, before=lambda fake: fake.say(CLAIM, own))
    assert fake.claims == [{**own, "component": "0.1.0"}]
    assert await hass.config_entries.async_unload(entry.entry_id)
    await set_up(hass, mqtt_client_mock, DOOR, fake=fake, entry=entry)
    assert None not in fake.claims, "unloading does not release it"


async def test_nothing_is_sent_without_a_connection(
    hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, _ = both
    async_dispatcher_send(hass, mqtt.MQTT_CONNECTION_STATE, False)
    fake.say(CLAIM, "")
    await hass.async_block_till_done()
    assert len(fake.claims) == 1

    async def refuse(*args: Any, **more: Any) -> None:
        raise HomeAssistantError("not set up")

    monkeypatch.setattr(mqtt, "async_publish", refuse)
    async_dispatcher_send(hass, mqtt.MQTT_CONNECTION_STATE, True)
    fake.say(CLAIM, "")
    await hass.async_block_till_done()
    assert len(fake.claims) == 1


async def test_another_home_assistant_is_an_issue(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    fake, entry = both
    assert issue(hass) is None
    fake.say(CLAIM, FOREIGN)
    await hass.async_block_till_done()
    found = issue(hass)
    assert found is not None
    assert found.is_fixable
    assert found.translation_placeholders == {"bridge": "home", "instance": "another", "since": FOREIGN["since"]}
    assert len(fake.claims) == 1, "it is not overwritten"
    assert entry.runtime_data.ownership.foreign is not None
    fake.say(CLAIM, "")
    await hass.async_block_till_done()
    assert issue(hass) is None
    assert len(fake.claims) == 2, "the other one gave it up"


async def test_another_home_assistant_that_was_first(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    fake, entry = await set_up(hass, mqtt_client_mock, DOOR, before=lambda fake: fake.say(CLAIM, FOREIGN))
    assert fake.claims == []
    assert issue(hass) is not None
    await hass.config_entries.async_remove(entry.entry_id)
    assert fake.claims == [None], "the mocked broker keeps nothing, so no foreign claim is seen"


async def test_taking_over(
    hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry], hass_client: ClientSessionGenerator
) -> None:
    fake, _ = both
    assert await async_setup_component(hass, REPAIRS, {})
    await hass.async_block_till_done()
    fake.say(CLAIM, FOREIGN)
    await hass.async_block_till_done()
    client = await hass_client()
    handler = {"handler": "readers", "issue_id": "foreign_claim_home"}
    flow = await (await client.post("/api/repairs/issues/fix", json=handler)).json()
    assert flow["step_id"] == "confirm"
    assert flow["description_placeholders"]["instance"] == "another"
    done = await (await client.post(f"/api/repairs/issues/fix/{flow['flow_id']}", json={})).json()
    assert done["type"] == "create_entry"
    assert len(fake.claims) == 2
    fake.say(CLAIM, fake.claims[-1])
    await hass.async_block_till_done()
    assert issue(hass) is None


async def test_nothing_can_be_taken_over_while_it_is_not_set_up(
    hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry], hass_client: ClientSessionGenerator
) -> None:
    fake, entry = both
    assert await async_setup_component(hass, REPAIRS, {})
    await hass.async_block_till_done()
    fake.say(CLAIM, FOREIGN)
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(entry.entry_id)
    client = await hass_client()
    handler = {"handler": "readers", "issue_id": "foreign_claim_home"}
    flow = await (await client.post("/api/repairs/issues/fix", json=handler)).json()
    assert (flow["type"], flow["reason"]) == ("abort", "not_loaded")


async def test_it_is_released_on_removal(
    hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry], hass_storage: dict[str, Any]
) -> None:
    fake, entry = both
    await hass.config_entries.async_unload(entry.entry_id)
    assert f"readers.{entry.entry_id}" in hass_storage
    await hass.config_entries.async_remove(entry.entry_id)
    assert fake.claims[-1] is None
    assert f"readers.{entry.entry_id}" not in hass_storage


@pytest.mark.parametrize(("claim", "released"), [(FOREIGN, False), ("{broken", True)])
async def test_another_ones_claim_is_not_released(
    hass: HomeAssistant,
    both: tuple[Bridge, MockConfigEntry],
    claim: Any,
    released: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake, entry = both
    text = claim if isinstance(claim, str) else json.dumps(claim)

    async def retained(*args: Any) -> str:
        return text

    monkeypatch.setattr(claim_module, "async_retained", retained)
    await hass.config_entries.async_remove(entry.entry_id)
    assert (fake.claims[-1] is None) is released


async def test_a_claim_that_cannot_be_released_is_told(
    hass: HomeAssistant,
    both: tuple[Bridge, MockConfigEntry],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _, entry = both

    async def refuse(*args: Any, **more: Any) -> None:
        raise HomeAssistantError("MQTT is gone")

    monkeypatch.setattr(mqtt, "async_publish", refuse)
    await hass.config_entries.async_remove(entry.entry_id)
    assert "could not be released" in caplog.text


async def test_a_retained_message_is_given_once(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    waiting = hass.async_create_task(async_retained(hass, "a/b", 5))
    while not hass.data["mqtt"].client.is_active_subscription("a/b"):
        await asyncio.sleep(0)
    async_fire_mqtt_message(hass, "a/b", "first")
    async_fire_mqtt_message(hass, "a/b", "second")
    assert await waiting == "first"


async def test_a_bridge_that_moved_is_released_under_its_former_prefix(
    hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]
) -> None:
    fake, entry = both
    fake.say(CLAIM, fake.claims[0])
    fake.on_claim = lambda: fake.say(CLAIM, fake.claims[-1] or "")
    hass.config_entries.async_update_entry(entry, data={"prefix": "plant", "bridge": "home"})
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
    assert len(fake.claims) == 2
    assert fake.claims[-1] is None, "and nobody claims it again"


async def test_it_stays_when_the_entry_is_only_unloaded(
    hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]
) -> None:
    fake, entry = both
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert len(fake.claims) == 1
