"""What is noticed of a bridge becomes a repair issue, and goes when it is put right."""

from __future__ import annotations

from typing import Any

import pytest
from custom_components.readers import claim
from custom_components.readers.repairs import async_create_fix_flow
from homeassistant.components.repairs import ConfirmRepairFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.common import DOOR, Bridge, readers_entry, set_up, until_heard


@pytest.fixture
async def both(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> tuple[Bridge, MockConfigEntry]:
    """A bridge, and the entry."""
    return await set_up(hass, mqtt_client_mock, DOOR)


def issue(hass: HomeAssistant, name: str) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue("readers", name)


async def test_nothing_is_wrong_by_itself(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    assert not [one for one in ir.async_get(hass).issues if one[0] == "readers"]


async def test_an_anonymous_broker(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    fake, _ = both
    fake.come_online(mqtt={"authenticated": False})
    await hass.async_block_till_done()
    found = issue(hass, "anonymous_broker_home")
    assert found is not None
    assert found.severity is ir.IssueSeverity.WARNING
    assert not found.is_fixable
    fake.come_online(mqtt={"authenticated": True})
    await hass.async_block_till_done()
    assert issue(hass, "anonymous_broker_home") is None


async def test_two_bridges_that_take_turns(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    fake, _ = both
    fake.come_online(instance="run-2")
    await hass.async_block_till_done()
    assert issue(hass, "duplicate_bridge_home") is None, "that may be a restart"
    fake.come_online(instance="run-1")
    await hass.async_block_till_done()
    found = issue(hass, "duplicate_bridge_home")
    assert found is not None
    assert found.translation_placeholders == {"bridge": "home", "details": "readers/home/bridge/info"}


async def test_another_contract(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient
) -> None:
    entry = readers_entry()
    entry.add_to_hass(hass)
    fake = Bridge(hass, mqtt_client_mock)
    setting_up = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
    await until_heard(hass, "readers/home/bridge/info")
    fake.come_online(contract=2, version="2.0.0")
    assert not await setting_up
    found = issue(hass, "unsupported_contract_home")
    assert found is not None
    assert found.translation_placeholders == {"bridge": "home", "version": "2.0.0", "contract": "2", "supported": "1"}
    assert await hass.config_entries.async_unload(entry.entry_id)
    await set_up(hass, mqtt_client_mock, DOOR, entry=entry)
    assert issue(hass, "unsupported_contract_home") is None


def result(command: str, status: str, **error: Any) -> dict[str, Any]:
    return {"transaction": None, "command": command, "status": status, "error": error or None, "data": {}}


async def test_a_script_that_could_not_be_stored(hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]) -> None:
    fake, _ = both
    name = "script_failure_home_door"
    for harmless in (
        result("store_script", "invalid", code="syntax", message="line 1"),
        result("store_script", "unavailable"),
        result("run_script", "failed"),
        result("delete_script", "failed"),
    ):
        fake.say("door/result", harmless)
    await hass.async_block_till_done()
    assert issue(hass, name) is None
    fake.say("door/result", result("store_script", "failed", code="0x1234", message="the memory is full"))
    await hass.async_block_till_done()
    found = issue(hass, name)
    assert found is not None
    assert found.translation_placeholders == {"bridge": "home", "device_name": "Door", "message": "the memory is full"}
    fake.say("door/result", result("store_script", "done"))
    await hass.async_block_till_done()
    assert issue(hass, name) is None
    fake.say("other/result", result("store_script", "no_answer"))
    await hass.async_block_till_done()
    found = issue(hass, "script_failure_home_other")
    assert found is not None
    assert found.translation_placeholders == {"bridge": "home", "device_name": "other", "message": "no_answer"}
    fake.say("other/result", result("delete_script", "done"))
    await hass.async_block_till_done()
    assert issue(hass, "script_failure_home_other") is None


async def test_other_issues_are_only_confirmed(hass: HomeAssistant) -> None:
    assert isinstance(await async_create_fix_flow(hass, "x", None), ConfirmRepairFlow)
    assert isinstance(await async_create_fix_flow(hass, "x", {"kind": "anonymous_broker"}), ConfirmRepairFlow)


async def test_a_script_failure_is_remembered_over_a_restart(
    hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]
) -> None:
    fake, _ = both
    fake.say("door/result", result("store_script", "failed", code="0x1234", message="the memory is full"))
    await hass.async_block_till_done()
    found = issue(hass, "script_failure_home_door")
    assert found is not None
    assert found.is_persistent, "the bridge does not tell again"


async def test_a_device_that_is_gone_has_no_script_failure(
    hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry]
) -> None:
    fake, _ = both
    fake.say("door/result", result("store_script", "failed", code="0x1234", message="the memory is full"))
    fake.say("door/description", "")
    await hass.async_block_till_done()
    assert issue(hass, "script_failure_home_door") is None


async def test_two_bridges_are_forgotten_when_the_entry_is_set_up_again(
    hass: HomeAssistant, mqtt_client_mock: MqttMockPahoClient, both: tuple[Bridge, MockConfigEntry]
) -> None:
    fake, entry = both
    for run in ("run-2", "run-1"):
        fake.come_online(instance=run)
    await hass.async_block_till_done()
    assert issue(hass, "duplicate_bridge_home") is not None
    assert await hass.config_entries.async_unload(entry.entry_id)
    await set_up(hass, mqtt_client_mock, DOOR, entry=entry, fake=fake)
    assert issue(hass, "duplicate_bridge_home") is None


async def test_no_issue_survives_the_entry(
    hass: HomeAssistant, both: tuple[Bridge, MockConfigEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim, "RELEASE_TIMEOUT", 0.05)
    fake, entry = both
    for run in ("run-2", "run-1"):
        fake.come_online(instance=run, mqtt={"authenticated": False})
    fake.say("homeassistant/claim", {"instance": "another"})
    fake.say("door/result", result("store_script", "failed", code="0x1234", message="the memory is full"))
    await hass.async_block_till_done()
    ours = [name for domain, name in ir.async_get(hass).issues if domain == "readers"]
    assert sorted(ours) == [
        "anonymous_broker_home", "duplicate_bridge_home", "foreign_claim_home", "script_failure_home_door"
    ]  # fmt: skip
    await hass.config_entries.async_remove(entry.entry_id)
    assert [name for domain, name in ir.async_get(hass).issues if domain == "readers"] == []
