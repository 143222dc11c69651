"""Home Assistant restarts while cards are presented, the bridge dies: nothing is lost, and nothing acts late."""

from __future__ import annotations

import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import wait_until
from tests.home_assistant.browser import Browser
from tests.home_assistant.harness import House
from tests.home_assistant.owners import entities_of, wait_for_owner
from tests.home_assistant.server import HomeAssistant

pytestmark = pytest.mark.usefixtures("component")

READS = "event.turnstile_read"
TOPIC = "readers/home/turnstile/read"


@contextmanager
def cards_all_the_time(house: House) -> Iterator[None]:
    """Different cards at the turnstile, some each second, until the end."""
    ended = threading.Event()

    def present() -> None:
        number = 0
        while not ended.wait(0.2):
            number += 1
            house.simulators["baltech"].control(f"card {0xC0000000 + number:010X}")

    thread = threading.Thread(target=present)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(10)


def shown(ha: HomeAssistant, begin: str) -> list[dict[str, Any]]:
    """The attributes of each read that the history of the event entity has, from a time on."""
    query = urllib.parse.urlencode(
        {"filter_entity_id": READS, "significant_changes_only": "0", "skip_initial_state": ""}
    )
    (states,) = ha.rest("GET", f"/api/history/period/{urllib.parse.quote(begin)}?{query}") or [[]]
    seen: dict[str, dict[str, Any]] = {}
    for state in states:
        if state["state"] not in ("unavailable", "unknown") and state["state"] not in seen:
            seen[state["state"]] = state["attributes"]
    return list(seen.values())


def test_what_was_read_during_a_restart_is_shown_late_and_fires_no_trigger(
    house: House, ha: HomeAssistant, browser: Browser
) -> None:
    ha.ws("counter/create", name="Cards")
    note = {"notification_id": "{{ trigger.event.id }}", "message": "{{ trigger.event.event_type }}"}
    count = {
        "alias": "Count cards",
        "mode": "parallel",
        "max": 1000,
        "triggers": [
            {
                "trigger": "device", "domain": "readers", "device_id": ha.devices()["Turnstile"]["id"],
                "type": "card_read",
            }
        ],
        "actions": [
            {"action": "counter.increment", "target": {"entity_id": "counter.cards"}},
            {"action": "persistent_notification.create", "data": note},
        ],
    }  # fmt: skip
    ha.automate("count", count)
    client = house.subscribe(TOPIC)
    with cards_all_the_time(house):
        ha.wait_for_state("counter.cards", lambda state: int(state["state"]) >= 2)
        ha.stop()
        away = len(client.on(TOPIC))
        client.wait_for(TOPIC, away + 5)
        ha.start()
        ha.wait_for_state(READS, lambda state: state["state"] != "unavailable")
        before = int(ha.state("counter.cards"))
        ha.wait_for_state("counter.cards", lambda state: int(state["state"]) >= before + 3, 40)
    expected = [seen.json["id"] for seen in client.on(TOPIC)]
    begin = client.on(TOPIC)[0].json["time"]
    client.close()

    wait_until(lambda: len(shown(ha, begin)) >= len(expected), "the history to hold all reads", 20)
    history = shown(ha, begin)
    assert sorted(one["id"] for one in history) == sorted(expected), "each once, and no gap"
    late = {one["id"] for one in history if one["event_type"] == "late_read"}
    live = {one["id"] for one in history if one["event_type"] == "read"}
    assert len(late) >= 5
    assert not any("credential" in one or "data" in one for one in history)
    fired = {one["notification_id"] for one in ha.ws("persistent_notification/get")}
    assert fired & live
    assert not fired & late
    assert int(ha.state("counter.cards")) <= len(live)

    page = browser.page(f"/history?entity_id={READS}")
    browser.picture(page, "history")
    page.goto(f"{ha.address}/logbook?entity_id={READS}")
    expect(page.get_by_text("Read late").first).to_be_visible()
    browser.picture(page, "read-late")
    page.close()
    ha.forget_automation("count")


def test_a_bridge_that_dies_makes_everything_unavailable_until_it_is_back(
    house: House, ha: HomeAssistant, browser: Browser
) -> None:
    active = [name for name, entry in entities_of(ha, "readers").items() if not entry["disabled_by"]]
    page = browser.page(f"/config/devices/device/{ha.devices()['Turnstile']['id']}")
    house.bridge.kill()
    try:
        down = set(active) - {"binary_sensor.readers_bridge_home_connectivity"}
        wait_until(
            lambda: {ha.states()[name]["state"] for name in down} == {"unavailable"}, "all to be unavailable", 30
        )
        expect(page.locator("ha-device-entities-card").get_by_text("Unavailable").first).to_be_visible()
        browser.picture(page, "unavailable")
        assert ha.state("binary_sensor.readers_bridge_home_connectivity") == "off"
    finally:
        house.bridge.start()
    wait_for_owner(house, "readers")
    expect(page.locator("ha-device-entities-card").get_by_text("Unavailable")).to_have_count(0)
    assert ha.state("binary_sensor.readers_bridge_home_connectivity") == "on"
    house.simulators["baltech"].control("card 0004A1B2E0")
    ha.wait_for_state(READS, lambda state: state["attributes"].get("credential") == "0004A1B2E0")
    page.close()
