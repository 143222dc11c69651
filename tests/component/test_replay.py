"""What happened while Home Assistant did not listen is asked for, and shown as late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from custom_components.readers import link, replay
from custom_components.readers.calls import now
from custom_components.readers.const import live_signal
from custom_components.readers.models import ReadersEvent
from homeassistant.components import mqtt
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send
from homeassistant.helpers.event import async_track_state_change_event
from pytest_homeassistant_custom_component.common import MockConfigEntry, flush_store
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.common import DOOR, Bridge, entity_id, event, page, read, readers_entry, set_up, shown

KEY = "readers.entry-1"


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "RETRY_WAIT", 0.0)
    monkeypatch.setattr(replay, "REQUEST_TIMEOUT", 0.5)
    monkeypatch.setattr(replay, "FRESH_STEP", 0.01)
    monkeypatch.setattr(replay, "FRESH_WAIT", 0.05)


class Seen:
    """The event types and credentials that an event entity showed, and the live ones that triggers would get."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.shown: list[tuple[str, Any]] = []
        self.live: list[str | None] = []
        self._states: set[tuple[str, str]] = set()
        async_track_state_change_event(hass, ["event.door_card", "event.door_alarm"], self._changed)

        @callback
        def acted(one: ReadersEvent) -> None:
            self.live.append(one.id)

        async_dispatcher_connect(hass, live_signal("home", "door"), acted)

    @callback
    def _changed(self, change: Event[EventStateChangedData]) -> None:
        new = change.data["new_state"]
        if new is not None and new.attributes.get("event_type") and (new.entity_id, new.state) not in self._states:
            self._states.add((new.entity_id, new.state))  # once more when the entity becomes available again
            self.shown.append((new.attributes["event_type"], new.attributes["id"]))


@dataclass
class Home:
    """Home Assistant with a bridge that keeps what happens at a door."""

    hass: HomeAssistant
    client: MqttMockPahoClient
    storage: dict[str, Any]
    entry: MockConfigEntry = field(init=False)

    def stored(self, seq: int, journal: str = "j") -> None:
        """It was there already, and got as far as this."""
        self.storage[KEY] = {"version": 1, "key": KEY, "data": {"cursor": {"journal": journal, "seq": seq}}}

    async def start(
        self, *pages: Any, kind: type[Bridge] = Bridge, before: Callable[[Bridge], None] | None = None, **options: Any
    ) -> tuple[Bridge, MockConfigEntry, Seen]:
        """Set the bridge up, which answers with these pages; until what was missed is asked for."""
        seen = Seen(self.hass)
        self.entry = readers_entry(entry_id="entry-1", options=options)
        fake = kind(self.hass, self.client)
        fake.attach()
        fake.pages.extend(pages)
        await set_up(self.hass, self.client, DOOR, entry=self.entry, fake=fake, before=before)
        await self.settle()
        return fake, self.entry, seen

    async def settle(self) -> None:
        """Wait until nothing is asked for any more."""
        task = self.entry.runtime_data.replay._task
        if task is not None:
            await task
        await self.hass.async_block_till_done()


@pytest.fixture
def home(
    hass: HomeAssistant,
    mqtt_mock: MqttMockHAClient,
    mqtt_client_mock: MqttMockPahoClient,
    hass_storage: dict[str, Any],
) -> Home:
    return Home(hass, mqtt_client_mock, hass_storage)


def cursor(entry: MockConfigEntry) -> Any:
    return entry.runtime_data.replay.cursor.as_json()


async def test_the_first_time_it_begins_at_the_end(home: Home) -> None:
    fake, entry, seen = await home.start(page(seq=5000, complete=False), page(seq=7000))
    assert [(body.get("after"), body["devices"]) for body in fake.replays] == [
        (None, []),
        ({"journal": "j", "seq": 5000}, []),
    ]
    assert cursor(entry) == {"journal": "j", "seq": 7000}
    assert seen.shown == []


async def test_what_was_missed_is_shown_late(home: Home) -> None:
    home.stored(10)
    fake, entry, seen = await home.start(
        page(read(11, late=True), read(13, late=True), events=[event(12, late=True)], seq=13, complete=False),
        page(read(14, late=True, event_type="late_read"), seq=14),
    )
    assert [body["after"]["seq"] for body in fake.replays] == [10, 13]
    assert all("devices" not in body for body in fake.replays)
    assert seen.shown == [("late_read", "j-11"), ("alarm_on", "j-12"), ("late_read", "j-13"), ("late_read", "j-14")]
    assert seen.live == []
    assert shown(home.hass, "event.door_alarm").attributes["late"] is True
    assert cursor(entry) == {"journal": "j", "seq": 14}
    assert entry.runtime_data.replay.replayed == 4


async def test_live_messages_move_the_cursor_and_it_is_stored(home: Home) -> None:
    home.stored(10)
    fake, entry, seen = await home.start(page(seq=10))
    for seq in (11, 12):
        fake.say("door/read", read(seq))
    fake.say("door/event", event(13))
    fake.say("door/read", read(11))  # MQTT delivers some twice
    await home.hass.async_block_till_done()
    assert cursor(entry) == {"journal": "j", "seq": 13}
    assert seen.shown == [("read", "j-11"), ("read", "j-12"), ("alarm_on", "j-13")]
    assert seen.live == ["j-11", "j-12", "j-13"]
    assert len(fake.replays) == 1
    await flush_store(entry.runtime_data.replay._store)
    assert home.storage[KEY]["data"] == {"cursor": {"journal": "j", "seq": 13}}
    fake.say("door/read", read(14))
    assert await home.hass.config_entries.async_unload(entry.entry_id)
    assert home.storage[KEY]["data"] == {"cursor": {"journal": "j", "seq": 14}}


async def test_nothing_is_written_after_the_end(home: Home) -> None:
    home.stored(10)
    fake, entry, _ = await home.start(page(seq=10))
    await entry.runtime_data.replay.async_close()
    fake.say("door/read", read(11))
    await home.hass.async_block_till_done()
    assert cursor(entry) == {"journal": "j", "seq": 10}


async def test_after_a_broken_connection_it_asks_again(home: Home) -> None:
    home.stored(10)
    fake, entry, seen = await home.start(page(seq=10))
    fake.go_offline()
    await home.hass.async_block_till_done()
    fake.pages = [page(read(11, late=True), seq=11)]
    fake.come_online()
    await home.settle()
    async_dispatcher_send(home.hass, mqtt.MQTT_CONNECTION_STATE, False)
    async_dispatcher_send(home.hass, mqtt.MQTT_CONNECTION_STATE, False)
    await home.hass.async_block_till_done()
    assert not entry.runtime_data.link.online
    fake.pages = [page(read(12, late=True), seq=12)]
    async_dispatcher_send(home.hass, mqtt.MQTT_CONNECTION_STATE, True)
    await home.hass.async_block_till_done()
    assert len(fake.replays) == 2, "nothing is asked before the subscriptions stand"
    fake.come_online()
    await home.settle()
    assert [body["after"]["seq"] for body in fake.replays] == [10, 10, 11]
    assert seen.shown == [("late_read", "j-11"), ("late_read", "j-12")]


async def test_another_run_of_the_bridge_is_asked_too(home: Home) -> None:
    home.stored(10)
    fake, _, _ = await home.start(page(seq=10))
    fake.pages = [page(seq=10)]
    fake.come_online(instance="run-2")
    await home.settle()
    assert len(fake.replays) == 2


async def test_live_messages_while_it_catches_up_are_neither_lost_nor_doubled(home: Home) -> None:
    home.stored(10)

    class Busy(Bridge):
        def _respond(self, verb: str, body: dict[str, Any]) -> None:
            if verb == "replay" and len(self.replays) == 1:
                self.say("door/read", read(13))
                self.say("door/read", read(14))
            super()._respond(verb, body)

    fake, entry, seen = await home.start(
        page(read(11, late=True), read(12), read(13), seq=13, complete=False), kind=Busy
    )
    assert sorted(seen.shown) == [("late_read", "j-11"), ("late_read", "j-12"), ("read", "j-13"), ("read", "j-14")]
    assert seen.live == ["j-13", "j-14"]
    assert cursor(entry) == {"journal": "j", "seq": 14}
    assert len(fake.replays) == 1, "the live ones follow without a gap"


async def test_a_young_message_gets_the_time_to_come_live(home: Home) -> None:
    home.stored(10)

    class Slow(Bridge):
        def _respond(self, verb: str, body: dict[str, Any]) -> None:
            super()._respond(verb, body)
            if verb == "replay" and len(self.replays) == 2:
                self.say("door/read", read(12, time=now()))

    pages = page(read(11, late=True), read(12, time=now()), seq=12), page(read(12, time=now()), seq=12)
    _, _, seen = await home.start(*pages, kind=Slow)
    assert seen.shown == [("late_read", "j-11"), ("read", "j-12")]
    assert seen.live == ["j-12"]


async def test_a_young_message_that_never_comes_is_shown_late(home: Home) -> None:
    home.stored(10)
    fake, entry, seen = await home.start(*[page(read(11, time=now()), seq=11) for _ in range(9)])
    assert seen.shown == [("late_read", "j-11")]
    assert seen.live == []
    assert cursor(entry) == {"journal": "j", "seq": 11}
    assert len(fake.replays) > 2


async def test_an_old_message_is_shown_at_once_whatever_it_says_of_itself(home: Home) -> None:
    home.stored(10)
    fake, _, seen = await home.start(page(read(11), read(12, time=None), seq=12))
    assert seen.shown == [("late_read", "j-11"), ("late_read", "j-12")]
    assert len(fake.replays) == 1


async def test_a_gap_between_live_messages_is_filled(home: Home) -> None:
    home.stored(10)
    fake, entry, seen = await home.start(page(seq=10))
    fake.pages = [page(read(11, late=True), read(12), seq=12)]
    fake.say("door/read", read(12))
    fake.say("door/read", read(12, id="v-99", journaled=False))
    await home.settle()
    assert sorted(seen.shown) == [("late_read", "j-11"), ("read", "j-12"), ("read", "v-99")]
    assert cursor(entry) == {"journal": "j", "seq": 12}
    fake.say("door/read", read(9))
    await home.settle()
    assert cursor(entry) == {"journal": "j", "seq": 12}


async def test_a_gap_that_nobody_can_fill_is_left(home: Home) -> None:
    home.stored(10)
    fake, entry, seen = await home.start(page(seq=10))
    fake.pages = [page(seq=10) for _ in range(5)]
    fake.say("door/read", read(20))
    fake.say("door/read", read(22))
    await home.settle()
    assert cursor(entry) == {"journal": "j", "seq": 22}
    assert len(fake.replays) == 1 + replay.ATTEMPTS
    assert [one for _, one in seen.shown] == ["j-20", "j-22"]


async def test_a_new_journal(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    home.stored(900, journal="old")
    _, entry, seen = await home.start(page(read(1, late=True), read(2, late=True), seq=2, reset=True))
    assert [one for _, one in seen.shown] == ["j-1", "j-2"]
    assert cursor(entry) == {"journal": "j", "seq": 2}
    assert "no longer keeps all" in caplog.text


async def test_a_bridge_that_does_not_answer_is_asked_when_it_is_back(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    home.stored(10)
    refused = {"status": "failed", "error": {"code": "journal", "message": "cannot be read"}}
    fake, entry, seen = await home.start(None, refused, None)
    assert len(fake.replays) == replay.ATTEMPTS
    assert "does not tell what was missed" in caplog.text
    assert cursor(entry) == {"journal": "j", "seq": 10}
    fake.pages = [page(read(11, late=True), seq=11)]
    fake.go_offline()
    fake.come_online()
    await home.settle()
    assert [one for _, one in seen.shown] == ["j-11"]


async def test_a_bridge_that_goes_while_it_is_asked(home: Home) -> None:
    home.stored(10)

    class Going(Bridge):
        def _respond(self, verb: str, body: dict[str, Any]) -> None:
            self.go_offline()

    fake, _, _ = await home.start(kind=Going)
    assert len(fake.replays) == 1


async def test_pages_that_lead_nowhere_end(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    home.stored(10)
    fake, _, _ = await home.start(page(seq=10, complete=False))
    assert len(fake.replays) == 1
    assert "leads nowhere" in caplog.text


async def test_there_is_a_limit(home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(replay, "PAGES", 3)
    home.stored(10)
    fake, _, _ = await home.start(*[page(seq=seq, complete=False) for seq in range(11, 20)])
    assert len(fake.replays) == 3
    assert "more than 3 pages" in caplog.text


async def test_a_large_page_lets_others_run(home: Home) -> None:
    home.stored(0)
    _, entry, seen = await home.start(page(*[read(n, late=True) for n in range(1, 101)], seq=100))
    assert [one for _, one in seen.shown] == [f"j-{n}" for n in range(1, 101)]
    assert cursor(entry)["seq"] == 100


async def test_it_can_be_switched_off(home: Home) -> None:
    home.stored(10)
    fake, entry, seen = await home.start(page(seq=50), replay=False)
    assert fake.replays[0]["devices"] == []
    assert cursor(entry) == {"journal": "j", "seq": 50}
    assert seen.shown == []


async def test_what_comes_while_the_entities_are_made_waits_for_them(home: Home) -> None:
    home.stored(10)
    _, _, seen = await home.start(page(seq=11), before=lambda fake: fake.say("door/read", read(11)))
    assert seen.shown == [("read", "j-11")]
    assert seen.live == ["j-11"]
    assert entity_id(home.hass, "event", "read") == "event.door_card"


async def test_the_cursor_is_written_also_under_a_load_that_never_pauses(home: Home) -> None:
    fake, entry, _ = await home.start(page(seq=10))
    store = entry.runtime_data.replay._store
    await flush_store(store)
    fake.say("door/read", read(11))
    handle = store._delay_handle
    assert handle is not None
    due = handle.when()
    for seq in range(12, 30):
        fake.say("door/read", read(seq))
    assert store._next_write_time <= due, "nobody puts it off"
    await flush_store(store)
    assert home.storage[KEY]["data"] == {"cursor": {"journal": "j", "seq": 29}}
    fake.say("door/read", read(30))
    await flush_store(store)
    assert home.storage[KEY]["data"]["cursor"]["seq"] == 30, "and it is written again"


async def test_what_waited_too_long_for_the_entities_is_late(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "LATE_AFTER", -1.0)
    home.stored(10)

    def before(fake: Bridge) -> None:
        fake.say("door/read", read(11))
        fake.say("door/event", event(12))

    fake, entry, seen = await home.start(page(seq=12), before=before)
    assert seen.shown == [("late_read", "j-11"), ("alarm_on", "j-12")]
    assert shown(home.hass, "event.door_alarm").attributes["late"] is True
    assert seen.live == [], "nothing acts on it"
    fake.say("door/read", read(13))
    assert seen.live == ["j-13"]
    assert cursor(entry) == {"journal": "j", "seq": 13}
