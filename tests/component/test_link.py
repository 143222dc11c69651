"""The connection to a bridge: what is heard, asked and told to the log."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from custom_components.readers import calls
from custom_components.readers import link as link_module
from custom_components.readers.link import BridgeLink
from custom_components.readers.listeners import Listeners
from custom_components.readers.models import ReadersEvent, Result
from homeassistant.components import mqtt
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_send
from pytest_homeassistant_custom_component.common import async_fire_mqtt_message
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.common import DOOR, INFO, Bridge, entity_id, event, read, readers_entry, set_up, shown


@pytest.fixture
async def fake(hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient) -> Bridge:
    """A bridge with one device."""
    fake, _ = await set_up(hass, mqtt_client_mock, DOOR)
    return fake


def link_of(hass: HomeAssistant) -> BridgeLink:
    (entry,) = hass.config_entries.async_entries("readers")
    link: BridgeLink = entry.runtime_data.link
    return link


async def test_without_mqtt_it_is_tried_again(hass: HomeAssistant) -> None:
    entry = readers_entry()
    entry.add_to_hass(hass)
    hass.config.components.update({"mqtt", "tag"})
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "mqtt_unavailable"


async def test_an_unknown_bridge_is_tried_again(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "INFO_TIMEOUT", 0.05)
    entry = readers_entry()
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "bridge_unknown"
    assert entry.error_reason_translation_placeholders == {"bridge": "home", "topic": "readers/home/bridge/info"}


async def test_unloading_ends_everything(hass: HomeAssistant, fake: Bridge) -> None:
    link = link_of(hass)
    fake.answers["wink"] = None
    waiting = hass.async_create_task(link.async_command("door", "wink"))
    while not fake.commands:
        await asyncio.sleep(0)
    assert await hass.config_entries.async_unload(link.entry.entry_id)
    with pytest.raises(HomeAssistantError) as raised:
        await waiting
    assert raised.value.translation_key == "no_response"
    assert shown(hass, "button.door_wink").state == STATE_UNAVAILABLE
    assert len(link._events) == 0
    assert len(link._ready) == 0


async def test_availability(hass: HomeAssistant, fake: Bridge, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "custom_components.readers")

    def available() -> bool:
        state = hass.states.get("event.door_card")
        return state is not None and state.state != STATE_UNAVAILABLE

    assert available()
    for _ in range(2):
        fake.say("door/availability", {"state": "offline", "reason": "connection_refused"})
    await hass.async_block_till_done()
    assert not available()
    for _ in range(2):
        fake.say("door/availability", {"state": "online"})
    await hass.async_block_till_done()
    assert available()
    assert caplog.text.count("Door (home/door) is unavailable: connection_refused") == 1
    assert caplog.text.count("Door (home/door) is available") == 1
    for _ in range(2):
        fake.go_offline()
    await hass.async_block_till_done()
    assert not available()
    fake.come_online()
    await hass.async_block_till_done()
    assert available()
    assert caplog.text.count("The bridge home is unavailable: it is offline") == 1
    async_dispatcher_send(hass, mqtt.MQTT_CONNECTION_STATE, False)
    await hass.async_block_till_done()
    assert not available()
    assert caplog.text.count("The bridge home is unavailable: MQTT is disconnected") == 1
    async_dispatcher_send(hass, mqtt.MQTT_CONNECTION_STATE, True)
    fake.come_online()
    await hass.async_block_till_done()
    assert available()
    fake.say("door/availability", "")
    await hass.async_block_till_done()
    assert not available()
    assert caplog.text.count("Door (home/door) is unavailable: unknown") == 1


async def test_what_cannot_be_read_is_told_once(
    hass: HomeAssistant, fake: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    topics = ("door/read", "door/event", "door/result", "door/description", "door/state")
    for topic in topics:
        for _ in range(3):
            fake.say(topic, "{broken")
    for topic in topics[:4]:
        fake.say(topic, "[1]")
    await hass.async_block_till_done()
    for topic in topics:
        assert caplog.text.count(f"on readers/home/{topic} cannot be read") == 1
    assert link_of(hass).counters["unreadable"] == 19
    assert hass.states.get("button.door_wink") is not None


async def test_retained_reads_and_odd_topics_are_passed_over(hass: HomeAssistant, fake: Bridge) -> None:
    seen: list[ReadersEvent] = []
    link = link_of(hass)
    link.async_listen_events(seen.append)
    async_fire_mqtt_message(hass, "readers/home/door/read", '{"event_type": "read"}', 1, retain=True)
    fake.say("bridge/event", event(1))
    fake.say("bridge/response/replay", {"no": "status"})
    fake.say("bridge/info", {"no": "contract"})
    fake.say("bridge/state", {"state": "odd"})
    await hass.async_block_till_done()
    assert seen == []
    assert not link.bridge_online


async def test_repeats_are_dropped(hass: HomeAssistant, fake: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.readers.state.REMEMBERED", 3)
    seen: list[str | None] = []
    link = link_of(hass)
    stop = link.async_listen_events(lambda one: seen.append(one.id), "door")
    for seq in (1, 2, 2, 1, 3, 4, 5, 1):
        fake.say("door/read", read(seq))
    await hass.async_block_till_done()
    assert seen == ["j-1", "j-2", "j-3", "j-4", "j-5", "j-1"]
    assert link.counters["repeats"] == 2
    stop()
    stop()
    fake.say("door/read", read(9))
    await hass.async_block_till_done()
    assert len(seen) == 6


async def test_more_than_fits_waits_no_longer(
    hass: HomeAssistant,
    mqtt_mock: MqttMockHAClient,
    mqtt_client_mock: MqttMockPahoClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link_module, "HELD", 2)

    def before(fake: Bridge) -> None:
        for seq in (1, 2, 3):
            fake.say("door/read", read(seq))

    await set_up(hass, mqtt_client_mock, DOOR, before=before)
    assert link_of(hass).counters["reads"] == 2


async def test_results_are_heard_of_everybody(hass: HomeAssistant, fake: Bridge) -> None:
    seen: list[Result] = []
    link_of(hass).async_listen_results(seen.append)
    fake.say(
        "door/result", {"transaction": "another's", "command": "wink", "status": "sent", "error": None, "data": {}}
    )
    await hass.async_block_till_done()
    assert [(one.device, one.command, one.ok) for one in seen] == [("door", "wink", True)]


async def test_a_command_and_its_result(hass: HomeAssistant, fake: Bridge) -> None:
    fake.answers["set_gain"] = {"status": "done", "data": {"was": 1}, "repeated": True}
    result = await link_of(hass).async_command("door", "set_gain", {"gain": 2}, ttl=1e9, timeout=5, transaction="mine")
    assert (result.ok, result.data, result.repeated) == (True, {"was": 1}, True)
    ((_, _, body),) = fake.commands
    assert (body["transaction"], body["ttl"], body["gain"]) == ("mine", 86400.0, 2)


async def test_errors_of_commands_and_requests(hass: HomeAssistant, fake: Bridge) -> None:
    link = link_of(hass)
    fake.answers["wink"] = None
    fake.responses["reload"] = None
    cases: list[tuple[Any, type[HomeAssistantError], str]] = [
        (lambda: link.async_command("nobody", "wink"), ServiceValidationError, "device_unknown"),
        (lambda: link.async_command("door", "fly"), ServiceValidationError, "command_unknown"),
        (lambda: link.async_command("door", "wink", timeout=0.01), HomeAssistantError, "no_response"),
        (lambda: link.async_request("reload", timeout=0.01), HomeAssistantError, "no_response"),
    ]
    for ask, kind, key in cases:
        with pytest.raises(kind) as raised:
            await ask()
        assert raised.value.translation_key == key
    fake.go_offline()
    with pytest.raises(HomeAssistantError) as raised:
        await link.async_command("door", "wink")
    assert raised.value.translation_key == "bridge_offline"
    async_dispatcher_send(hass, mqtt.MQTT_CONNECTION_STATE, False)
    with pytest.raises(HomeAssistantError) as raised:
        await link.async_request("reload")
    assert raised.value.translation_key == "mqtt_unavailable"


async def test_an_answer_of_another_kind_is_none(hass: HomeAssistant, fake: Bridge) -> None:
    link = link_of(hass)
    fake.answers["wink"] = None
    fake.responses["reload"] = None
    for ask, topic in (
        (lambda: link.async_command("door", "wink", transaction="t"), "bridge/response/reload"),
        (
            lambda: link._calls.request("readers/home/bridge/request/x", "x", {"transaction": "t"}, timeout=1),
            "door/result",
        ),
    ):
        waiting = hass.async_create_task(ask())
        while not link._calls._waiting:
            await asyncio.sleep(0)
        (transaction,) = link._calls._waiting
        fake.say(topic, {"status": "done", "transaction": transaction})
        fake.say(topic, {"status": "done", "transaction": transaction})
        with pytest.raises(HomeAssistantError) as raised:
            await waiting
        assert raised.value.translation_key == "no_response"


async def test_a_broker_that_speaks_3_1_1_gets_commands_without_expiry(
    hass: HomeAssistant, fake: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []

    async def old(hass: HomeAssistant, topic: str, payload: str, **more: Any) -> None:
        sent.append(more)
        if "message_expiry_interval" in more:
            raise ServiceValidationError(translation_domain="mqtt", translation_key=calls.NO_EXPIRY)

    monkeypatch.setattr(mqtt, "async_publish", old)
    await calls.async_publish(hass, "a/b", {}, expiry=5)
    assert [one.get("message_expiry_interval") for one in sent] == [5, None]
    sent.clear()
    monkeypatch.setattr(calls, "TAKES_EXPIRY", False)
    await calls.async_publish(hass, "a/b", {}, expiry=5)
    assert [one.get("message_expiry_interval") for one in sent] == [None]


async def test_another_refusal_is_told(hass: HomeAssistant, fake: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*args: Any, **more: Any) -> None:
        raise ServiceValidationError("no")

    monkeypatch.setattr(mqtt, "async_publish", refuse)
    with pytest.raises(ServiceValidationError):
        await calls.async_publish(hass, "a/b", {}, expiry=5)


def test_a_listener_that_fails_keeps_no_other_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[int] = []
    listeners: Listeners[[int]] = Listeners()

    def fail(number: int) -> None:
        raise RuntimeError(number)

    listeners.add(fail)
    listeners.add(heard.append)
    listeners.call(5)
    assert heard == [5]
    assert "A listener failed" in caplog.text


async def test_another_contract_while_it_runs(hass: HomeAssistant, fake: Bridge) -> None:
    entry = link_of(hass).entry
    fake.say("bridge/info", {**INFO, "contract": 2, "version": "9"})
    while entry.state is ConfigEntryState.LOADED:
        await asyncio.sleep(0)
    while not hass.data["mqtt"].client.is_active_subscription("readers/home/bridge/info"):
        await asyncio.sleep(0)
    fake.say("bridge/info", {**INFO, "contract": 2, "version": "9"})
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "unsupported_contract"
    assert entity_id(hass, "event", "read") == "event.door_card"
