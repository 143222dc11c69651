"""The devices of a bridge appear: at first by the bridge's own MQTT discovery, then as those of the component, and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.conftest import wait_until
from tests.home_assistant.browser import Browser, settle
from tests.home_assistant.harness import House
from tests.home_assistant.owners import entities_of, names, owned, wait_for_owner
from tests.home_assistant.server import HomeAssistant


def test_the_login_page_opens(browser: Browser) -> None:
    page = browser.login_page()
    expect(page.locator("input[name=password]")).to_be_visible()
    browser.picture(page, "login")
    page.close()


@pytest.mark.usefixtures("mqtt_discovery")
def test_without_the_component_every_device_comes_by_mqtt_discovery(
    house: House, ha: HomeAssistant, browser: Browser
) -> None:
    assert owned(ha) == [(name, "mqtt") for name in names(house)]
    for device in house.devices():
        assert ha.entities(ha.wait_for_device(device["name"])["id"])
    page = browser.page(f"/config/devices/device/{ha.devices()['Front door']['id']}")
    expect(page.get_by_text("SpringCore Smart Reader")).to_be_visible()
    browser.picture(page, "device-by-mqtt-discovery")
    page.close()


@pytest.mark.usefixtures("mqtt_discovery")
def test_without_the_component_a_card_arrives(house: House, ha: HomeAssistant) -> None:
    house.simulators["springcard"].control("tap 047DAE02C84080")
    state = ha.wait_for_state(
        "event.front_door_read", lambda state: state["attributes"].get("credential") == "047DAE02C84080"
    )
    assert state["attributes"]["event_type"] == "read"


@pytest.mark.usefixtures("mqtt_discovery")
def test_the_component_is_added_and_removed_by_clicking_and_what_a_person_gave_stays(
    house: House, ha: HomeAssistant, browser: Browser
) -> None:
    area = ha.ws("config/area_registry/create", name="Hall")["area_id"]
    turnstile = ha.devices()["Turnstile"]["id"]
    ha.ws("config/device_registry/update", device_id=turnstile, name_by_user="West wing", area_id=area)
    ha.ws(
        "config/entity_registry/update", entity_id="event.turnstile_read", new_entity_id="event.west", name="Who came"
    )
    ids = set(entities_of(ha, "mqtt"))
    called = ["West wing" if name == "Turnstile" else name for name in names(house)]

    def check(owner: str) -> None:
        wait_for_owner(house, owner, called)
        wait_until(lambda: ids & set(entities_of(ha, owner)) == ids, "all entity ids to be handed over")
        assert ha.devices()["West wing"]["area_id"] == area
        assert ha.entities()["event.west"]["name"] == "Who came"

    page = browser.page("/config/integrations/dashboard")
    expect(page.get_by_text("Bridge home")).to_be_visible()
    browser.picture(page, "discovered")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Readers bridge found")).to_be_visible()
    expect(page.get_by_text("entity ids are kept")).to_be_visible()
    browser.picture(page, "discovered-confirm")
    page.get_by_role("button", name="Submit").click()
    page.get_by_role(
        "button", name=re.compile("finish", re.IGNORECASE)
    ).click()  # with a form where devices are there already
    check("readers")
    assert ha.entries("readers")[0]["state"] == "loaded"

    page.goto(f"{ha.address}/config/integrations/integration/readers")
    settle(page)
    row = page.locator("ha-config-entry-row")
    browser.picture(page, "integration")
    row.get_by_role("button", name="Menu").first.click()
    page.get_by_text("Delete", exact=True).first.click()
    page.get_by_role("button", name="Delete", exact=True).click()
    check("mqtt")
    assert not ha.entries("readers")

    ha.confirm("readers")
    check("readers")
    ha.ws("config/device_registry/update", device_id=ha.devices()["West wing"]["id"], name_by_user=None)
    ha.ws("config/entity_registry/update", entity_id="event.west", new_entity_id="event.turnstile_read", name=None)
    page.close()


def test_options_are_chosen_by_clicking_and_take_effect_at_once(
    house: House, ha: HomeAssistant, browser: Browser, component: str
) -> None:
    page = browser.page("/config/integrations/integration/readers")
    page.get_by_role("button", name="Configure").click()
    expect(page.get_by_text("Show what was missed")).to_be_visible()
    expect(page.get_by_text("After a restart or an interruption")).to_be_visible()
    expect(page.get_by_text("Vehicle tags and typed codes never are")).to_be_visible()
    browser.picture(page, "options")
    page.locator("dialog-data-entry-flow").get_by_text("Front door").click()
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("button", name="Finish").click()
    wait_for_owner(house, "readers")
    house.simulators["springcard"].control("tap 04A1B2C3D4E5F6")
    wait_until(lambda: [tag for tag in ha.ws("tag/list") if tag["id"] == "04A1B2C3D4E5F6"], "the card to be a tag")
    page.close()
    flow = ha.rest("POST", "/api/config/config_entries/options/flow", {"handler": component})
    ha.rest("POST", f"/api/config/config_entries/options/flow/{flow['flow_id']}", {"tags": [], "replay": True})
    wait_for_owner(house, "readers")
