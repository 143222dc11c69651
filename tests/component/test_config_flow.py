"""Setting up a bridge: found, entered by hand, moved; and its options."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator
from typing import Any
from unittest.mock import AsyncMock, patch

import pytest
from custom_components.readers import claim, config_flow
from homeassistant.config_entries import SOURCE_MQTT, SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.common import DOOR, INFO, readers_entry, set_up, until_heard

TOPICS = {"prefix": "readers", "bridge": "home"}
INFO_TOPIC = "readers/home/bridge/info"


@pytest.fixture(autouse=True)
def _short_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_flow, "LOOK_TIMEOUT", 0.1)
    monkeypatch.setattr(claim, "RELEASE_TIMEOUT", 0.05)


@pytest.fixture
def setting_up() -> Generator[AsyncMock]:
    """Entries are made, but not set up."""
    with patch("custom_components.readers.async_setup_entry", return_value=True) as setup:
        yield setup


def announcement(topic: str = "readers/discovery/home", **more: Any) -> MqttServiceInfo:
    said = {"contract": 1, "version": "0.1.0", "prefix": "readers", "bridge": "home", **more}
    return found(topic, json.dumps(said))


def found(topic: str, payload: str) -> MqttServiceInfo:
    return MqttServiceInfo(
        topic=topic, payload=payload, qos=1, retain=True, subscribed_topic="readers/discovery/#", timestamp=0.0
    )


async def answered(
    hass: HomeAssistant, flow: ConfigFlowResult, given: dict[str, Any], topic: str = INFO_TOPIC, **info: Any
) -> ConfigFlowResult:
    """The result of a form while the bridge answers."""
    waiting = hass.async_create_task(hass.config_entries.flow.async_configure(flow["flow_id"], given))
    await until_heard(hass, topic)
    async_fire_mqtt_message(hass, topic, json.dumps({**INFO, **info}))
    result = await waiting
    await hass.async_block_till_done()
    return result


async def test_by_hand(hass: HomeAssistant, mqtt_mock: MqttMockHAClient, setting_up: AsyncMock) -> None:
    flow = await hass.config_entries.flow.async_init("readers", context={"source": SOURCE_USER})
    assert (flow["type"], flow["step_id"], flow["errors"]) == (FlowResultType.FORM, "user", {})
    result = await answered(hass, flow, TOPICS)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (result["title"], result["data"]) == ("Readers bridge home", TOPICS)
    assert result["result"].unique_id == "home"
    assert len(setting_up.mock_calls) == 1


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"prefix": "Read/ers", "bridge": "home"}, {"prefix": "invalid_prefix"}),
        ({"prefix": "readers", "bridge": "#"}, {"bridge": "invalid_bridge"}),
        ({"prefix": "readers", "bridge": "nobody"}, {"base": "no_bridge"}),
    ],
)
async def test_a_mistake_can_be_put_right(
    hass: HomeAssistant,
    mqtt_mock: MqttMockHAClient,
    setting_up: AsyncMock,
    given: dict[str, Any],
    errors: dict[str, str],
) -> None:
    flow = await hass.config_entries.flow.async_init("readers", context={"source": SOURCE_USER})
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], given)
    assert flow["errors"] == errors
    result = await answered(hass, flow, TOPICS)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_while_the_broker_is_away(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, setting_up: AsyncMock
) -> None:
    flow = await hass.config_entries.flow.async_init("readers", context={"source": SOURCE_USER})
    with patch("homeassistant.components.mqtt.is_connected", return_value=False):
        flow = await hass.config_entries.flow.async_configure(flow["flow_id"], TOPICS)
    assert flow["errors"] == {"base": "cannot_connect"}
    assert (await answered(hass, flow, TOPICS))["type"] is FlowResultType.CREATE_ENTRY


async def test_a_bridge_of_another_contract(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, setting_up: AsyncMock
) -> None:
    flow = await hass.config_entries.flow.async_init("readers", context={"source": SOURCE_USER})
    flow = await answered(hass, flow, TOPICS, contract=2)
    assert flow["errors"] == {"base": "unsupported_contract"}
    assert (await answered(hass, flow, TOPICS))["type"] is FlowResultType.CREATE_ENTRY


async def test_what_cannot_be_read_is_no_bridge(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, setting_up: AsyncMock
) -> None:
    flow = await hass.config_entries.flow.async_init("readers", context={"source": SOURCE_USER})
    waiting = hass.async_create_task(hass.config_entries.flow.async_configure(flow["flow_id"], TOPICS))
    await until_heard(hass, INFO_TOPIC)
    async_fire_mqtt_message(hass, INFO_TOPIC, "{broken")
    flow = await waiting
    assert flow["errors"] == {"base": "no_bridge"}
    assert (await answered(hass, flow, TOPICS))["type"] is FlowResultType.CREATE_ENTRY


async def test_without_mqtt(hass: HomeAssistant) -> None:
    hass.config.components.update({"mqtt", "tag"})
    flow = await hass.config_entries.flow.async_init("readers", context={"source": SOURCE_USER})
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "mqtt_unavailable")


async def test_a_bridge_is_set_up_once(hass: HomeAssistant, mqtt_mock: MqttMockHAClient) -> None:
    readers_entry().add_to_hass(hass)
    flow = await hass.config_entries.flow.async_init("readers", context={"source": SOURCE_USER})
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], TOPICS)
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_found(hass: HomeAssistant, mqtt_mock: MqttMockHAClient, setting_up: AsyncMock) -> None:
    flow = await hass.config_entries.flow.async_init(
        "readers", context={"source": SOURCE_MQTT}, data=announcement(prefix="plant")
    )
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "mqtt_confirm")
    assert flow["description_placeholders"] == {"name": "home"}
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY, (
        "the announcement tells enough; the set-up waits for the bridge"
    )
    assert result["data"] == {"prefix": "plant", "bridge": "home"}


async def test_found_by_the_broker(hass: HomeAssistant, mqtt_mock: MqttMockHAClient) -> None:
    await until_heard(hass, "readers/discovery/#")
    async_fire_mqtt_message(hass, "readers/discovery/home", str(announcement().payload), 1, retain=True)
    while not hass.config_entries.flow.async_progress():
        await asyncio.sleep(0)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": "home"}
    assert flow["context"]["unique_id"] == "home"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (found("readers/discovery/home", ""), "invalid_discovery_info"),
        (found("readers/discovery/home", "{broken"), "invalid_discovery_info"),
        (found("readers/discovery/home", "[]"), "invalid_discovery_info"),
        (announcement(topic="readers/discovery/other"), "invalid_discovery_info"),
        (announcement(bridge=None), "invalid_discovery_info"),
        (announcement(prefix=""), "invalid_discovery_info"),
        (announcement(contract=2), "unsupported_contract"),
    ],
)
async def test_announcements_that_lead_nowhere(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, said: MqttServiceInfo, reason: str
) -> None:
    flow = await hass.config_entries.flow.async_init("readers", context={"source": SOURCE_MQTT}, data=said)
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, reason)


async def test_a_bridge_that_moved_is_followed(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, setting_up: AsyncMock
) -> None:
    entry = readers_entry()
    entry.add_to_hass(hass)
    flow = await hass.config_entries.flow.async_init(
        "readers", context={"source": SOURCE_MQTT}, data=announcement(prefix="plant")
    )
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data == {"prefix": "plant", "bridge": "home"}
    flow = await hass.config_entries.flow.async_init(
        "readers", context={"source": SOURCE_MQTT}, data=announcement(prefix="plant", version="0.2.0")
    )
    assert flow["reason"] == "already_configured"


async def test_two_bridges_with_one_id(hass: HomeAssistant, mqtt_mock: MqttMockHAClient) -> None:
    entry = readers_entry()
    entry.add_to_hass(hass)
    waiting = hass.async_create_task(
        hass.config_entries.flow.async_init(
            "readers", context={"source": SOURCE_MQTT}, data=announcement(prefix="plant")
        )
    )
    await until_heard(hass, "readers/home/bridge/state")
    async_fire_mqtt_message(hass, "readers/home/bridge/state", '{"state": "online"}')
    flow = await waiting
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "duplicate_bridge")
    assert entry.data["prefix"] == "readers"
    issue = ir.async_get(hass).async_get_issue("readers", "duplicate_bridge_home")
    assert issue is not None
    assert issue.translation_placeholders == {"bridge": "home", "details": "readers/home, plant/home"}


async def test_reconfigure(hass: HomeAssistant, mqtt_mock: MqttMockHAClient, setting_up: AsyncMock) -> None:
    entry = readers_entry()
    entry.add_to_hass(hass)
    flow = await entry.start_reconfigure_flow(hass)
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "reconfigure")
    given = {"prefix": "plant", "bridge": "home"}
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], given)
    assert flow["errors"] == {"base": "no_bridge"}
    result = await answered(hass, flow, given, "plant/home/bridge/info")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert entry.data == given


async def test_reconfigure_refuses_another_bridge(hass: HomeAssistant, mqtt_mock: MqttMockHAClient) -> None:
    entry = readers_entry()
    entry.add_to_hass(hass)
    flow = await entry.start_reconfigure_flow(hass)
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"prefix": "readers", "bridge": "shed"})
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "another_bridge")
    assert entry.data == TOPICS


async def options_of(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "init")
    return flow


def is_loaded(entry: MockConfigEntry) -> bool:
    return entry.state is ConfigEntryState.LOADED


def offered(flow: Any) -> list[tuple[str, str]]:
    selector = next(value for key, value in flow["data_schema"].schema.items() if str(key) == "tags")
    return [(option["value"], option["label"]) for option in selector.config["options"]]


async def test_options(hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient) -> None:
    yard = {**DOOR, "device": "yard", "name": "Yard", "family": "transcore"}
    till = {**DOOR, "device": "till", "name": "Till", "events": []}
    fake, entry = await set_up(hass, mqtt_client_mock, DOOR, yard, till)
    flow = await options_of(hass, entry)
    assert offered(flow) == [("door", "Door")], "no vehicles, and nothing that reads nothing"
    saving = hass.async_create_task(
        hass.config_entries.options.async_configure(flow["flow_id"], {"tags": ["door"], "replay": False})
    )
    result = await saving
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {"tags": ["door"], "replay": False}
    while is_loaded(entry):
        await asyncio.sleep(0)
    await until_heard(hass, INFO_TOPIC)
    fake.describe(DOOR)
    fake.come_online()
    await hass.async_block_till_done()
    assert is_loaded(entry)


async def test_options_while_the_bridge_is_away(hass: HomeAssistant, mqtt_mock: MqttMockHAClient) -> None:
    entry = readers_entry(options={"tags": ["gone"]})
    entry.add_to_hass(hass)
    assert offered(await options_of(hass, entry)) == [("gone", "gone")]


async def test_reconfigure_releases_a_bridge_that_moved_before_it_was_set_up(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, setting_up: AsyncMock
) -> None:
    entry = readers_entry()
    entry.add_to_hass(hass)
    given = {"prefix": "plant", "bridge": "home"}
    flow = await entry.start_reconfigure_flow(hass)
    with patch.object(config_flow, "async_release") as release:
        result = await answered(hass, flow, given, "plant/home/bridge/info")
    assert result["reason"] == "reconfigure_successful"
    release.assert_awaited_once_with(hass, "readers", "home")


async def test_an_announcement_releases_a_bridge_that_moved(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, setting_up: AsyncMock
) -> None:
    readers_entry().add_to_hass(hass)
    said = announcement(prefix="plant")
    with patch.object(config_flow, "async_release") as release:
        await hass.config_entries.flow.async_init("readers", context={"source": SOURCE_MQTT}, data=said)
        await hass.config_entries.flow.async_init("readers", context={"source": SOURCE_MQTT}, data=said)
    release.assert_awaited_once_with(hass, "readers", "home")
