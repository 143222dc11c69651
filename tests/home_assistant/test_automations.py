"""Automations that a card starts: by a device trigger, and by a blueprint that was imported."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.conftest import wait_until
from tests.home_assistant.browser import Browser, settle
from tests.home_assistant.harness import House
from tests.home_assistant.server import ROOT, HomeAssistant

pytestmark = pytest.mark.usefixtures("component")


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def published_blueprints() -> Iterator[str]:
    """The address at which the repository's blueprints are served."""
    handler = partial(_Silent, directory=str(ROOT / "blueprints" / "automation" / "readers"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_card_fires_a_device_trigger(house: House, ha: HomeAssistant, browser: Browser) -> None:
    turnstile = ha.devices()["Turnstile"]["id"]
    triggers = ha.ws("device_automation/trigger/list", device_id=turnstile)
    assert {"read", "card_read", "alarm_on"} <= {one["type"] for one in triggers if one["domain"] == "readers"}
    greet = {
        "alias": "Card at the turnstile",
        "triggers": [{"trigger": "device", "domain": "readers", "device_id": turnstile, "type": "card_read"}],
        "conditions": [{"condition": "template", "value_template": "{{ trigger.event.credential == '0004A1B2C3' }}"}],
        "actions": [
            {
                "action": "readers.run_baltech_script",
                "data": {"device_id": turnstile, "script": "Enable GreenLed"},
            }
        ],
    }
    ha.automate("turnstile_card", greet)
    simulator = house.simulators["baltech"]
    simulator.control("card 0004A1B2C4")
    simulator.control("card 0004A1B2C3")
    wait_until(lambda: simulator.report("state")["ports"].get("GreenLed"), "the green LED to be lit")
    ha.call("switch.turn_off", target={"entity_id": "switch.turnstile_green_led"})

    page = browser.page("/config/automation/edit/turnstile_card")
    page.get_by_text("Card read").first.click()
    expect(page.get_by_text("Trigger", exact=True).last).to_be_visible()
    browser.picture(page, "trigger")
    page.close()
    ha.forget_automation("turnstile_card")


def test_a_blueprint_is_imported_and_opens_a_door(
    house: House, ha: HomeAssistant, browser: Browser, published_blueprints: str
) -> None:
    page = browser.page("/config/blueprint/dashboard")
    page.get_by_role("button", name="Import blueprint").click()
    page.locator("ha-dialog-import-blueprint input").fill(f"{published_blueprints}/card_access.yaml")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("ha-dialog-import-blueprint b")).to_have_text("Card opens a door")
    page.get_by_role("button", name="Import blueprint").last.click()
    (path,) = ha.wait_for(
        lambda: [name for name in ha.ws("blueprint/list", domain="automation") if name.endswith("card_access.yaml")],
        "the blueprint to be imported",
    )
    inputs = {
        "reader": "event.front_door_read",
        "allowed": ["047DAE02C84080"],
        "unlock": [{"action": "switch.turn_on", "target": {"entity_id": "switch.turnstile_relay"}}],
    }
    ha.automate("front_door", {"alias": "Card opens the front door", "use_blueprint": {"path": path, "input": inputs}})
    house.simulators["springcard"].control("tap 0101010101")  # not on the list
    ha.wait_for_state("event.front_door_read", lambda state: state["attributes"].get("credential") == "0101010101")
    turnstile = house.simulators["baltech"]
    assert not turnstile.report("state")["ports"].get("Relay")
    house.simulators["springcard"].control("tap 047DAE02C84080")
    wait_until(lambda: turnstile.report("state")["ports"].get("Relay"), "the door to be open")
    told = house.simulators["springcard"].wait_told("command", 2)
    assert len(told) >= 2, "the reader was told to deny, and to accept"
    ha.call("switch.turn_off", target={"entity_id": "switch.turnstile_relay"})

    page.goto(f"{ha.address}/config/automation/edit/front_door")
    settle(page)
    expect(page.get_by_text("Allowed cards")).to_be_visible()
    browser.picture(page, "blueprint")
    page.close()
    ha.forget_automation("front_door")
