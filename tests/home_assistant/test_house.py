"""Home Assistant with the bridge's own MQTT discovery, and its pages in a browser."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.home_assistant.browser import Browser
from tests.home_assistant.harness import House
from tests.home_assistant.server import HomeAssistant


def test_mqtt_is_set_up(ha: HomeAssistant) -> None:
    assert [entry["state"] for entry in ha.entries("mqtt")] == ["loaded"]


def test_every_device_of_the_bridge_appears(house: House, ha: HomeAssistant) -> None:
    for device in house.devices():
        found = ha.wait_for_device(device["name"])
        assert found["manufacturer"]
        assert ha.entities(found["id"])


def test_a_card_arrives_in_home_assistant(house: House, ha: HomeAssistant) -> None:
    door = ha.wait_for_device("Front door")
    (reads,) = [name for name in ha.entities(door["id"]) if name.startswith("event.") and "read" in name]
    ha.wait_for_state(reads, lambda state: state["state"] != "unavailable")
    house.simulators["springcard"].control("tap 047DAE02C84080")
    state = ha.wait_for_state(reads, lambda state: state["attributes"].get("credential") == "047DAE02C84080")
    assert state["attributes"]["event_type"] == "read"


def test_the_login_page_opens(browser: Browser) -> None:
    page = browser.login_page()
    expect(page.locator("input[name=password]")).to_be_visible()
    browser.picture(page, "login")
    page.close()


def test_the_integrations_page_shows_mqtt(ha: HomeAssistant, browser: Browser) -> None:
    ha.wait_for_device("Front door")
    page = browser.page("/config/integrations/dashboard")
    expect(page.get_by_text("MQTT").first).to_be_visible()
    picture = browser.picture(page, "integrations")
    assert picture.stat().st_size > 10_000
    page.close()


def test_the_device_page_shows_the_reader(ha: HomeAssistant, browser: Browser) -> None:
    door = ha.wait_for_device("Front door")
    page = browser.page(f"/config/devices/device/{door['id']}")
    expect(page.get_by_text("Front door").first).to_be_visible()
    browser.picture(page, "device-by-mqtt-discovery")
    page.close()
    assert not browser.problems
