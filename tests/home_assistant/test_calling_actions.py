"""Actions called from the developer tools, with what the page shows, and what the devices do."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.conftest import wait_until
from tests.home_assistant.browser import Browser, perform
from tests.home_assistant.harness import House
from tests.home_assistant.server import HomeAssistant

pytestmark = pytest.mark.usefixtures("component")

ACTIONS = "/config/tools/action"


def test_a_script_is_compiled_and_the_page_shows_the_response(browser: Browser) -> None:
    page = browser.page(ACTIONS)
    perform(
        page,
        "action: readers.compile_baltech_script\ndata:\n  script: |\n    Toggle GreenLed 1 20\n    DefaultAction\n",
    )
    expect(page.get_by_text("Response", exact=True)).to_be_visible()
    response = page.locator("ha-code-editor .cm-content").last
    expect(response).to_contain_text("valid: true")
    expect(response).to_contain_text("bytes:")
    page.set_viewport_size({"width": 1280, "height": 1150})
    browser.picture(page, "action-response")
    page.close()


def test_a_script_is_pushed_and_the_led_is_lit(house: House, ha: HomeAssistant, browser: Browser) -> None:
    simulator = house.simulators["baltech"]
    assert not simulator.report("state")["ports"].get("BlueLed")
    page = browser.page(ACTIONS)
    perform(
        page,
        "action: readers.run_baltech_script\n"
        "data:\n"
        f"  device_id: {ha.devices()['Turnstile']['id']}\n"
        "  script: Enable BlueLed\n",
    )
    wait_until(lambda: simulator.report("state")["ports"].get("BlueLed"), "the blue LED to be lit")
    response = page.locator("ha-code-editor .cm-content").last
    expect(response).to_contain_text("command: run_script")
    expect(response).to_contain_text("status: done")
    browser.picture(page, "script-run")
    page.close()
    ha.call("switch.turn_off", target={"entity_id": "switch.turnstile_blue_led"})
    wait_until(lambda: not simulator.report("state")["ports"].get("BlueLed"), "the blue LED to be dark")


def test_a_script_with_an_error_is_not_sent_and_the_page_says_where(
    house: House, ha: HomeAssistant, browser: Browser
) -> None:
    page = browser.page(ACTIONS)
    perform(
        page,
        "action: readers.run_baltech_script\n"
        "data:\n"
        f"  device_id: {ha.devices()['Turnstile']['id']}\n"
        "  script: |\n"
        "    Toggle Beeper 3 5\n"
        "    Enabel GreenLed\n",
    )
    expect(page.get_by_text("2:1 E101: Enabel is no command; did you mean Enable?")).to_be_visible()
    browser.picture(page, "script-error")
    page.close()
    assert "Beeper" not in house.simulators["baltech"].control("ports")


def test_a_script_is_stored_works_by_itself_and_is_deleted(house: House, ha: HomeAssistant) -> None:
    turnstile, simulator = ha.devices()["Turnstile"]["id"], house.simulators["baltech"]
    stored = ha.call(
        "readers.store_baltech_script", response=True, device_id=turnstile, event="OnAccepted",
        script="Enable RedLed\nDefaultAction", restart=True,
    )  # fmt: skip
    assert stored["status"] == "done"
    read = ha.call("readers.read_baltech_script", response=True, device_id=turnstile, event="OnAccepted")
    assert read["text"].split() == ["Enable", "RedLed", "DefaultAction"]
    simulator.control("card 0004A1B2C5")
    wait_until(lambda: simulator.report("state")["ports"].get("RedLed"), "the reader to light its red LED by itself")
    ha.call("readers.delete_baltech_script", response=True, device_id=turnstile, event="OnAccepted", restart=True)
    wait_until(lambda: not simulator.report("state")["scripts"], "the script to be gone")
    ha.wait_for_state("event.turnstile_read", lambda state: state["state"] != "unavailable")
    ha.call("switch.turn_off", target={"entity_id": "switch.turnstile_red_led"})


def test_a_receipt_is_printed(house: House, ha: HomeAssistant, browser: Browser) -> None:
    receipts = ha.devices()["Receipts"]["id"]
    lines = [
        {"text": "Parcel 42", "width": 2, "align": "center"},
        {"rule": True},
        {"columns": [{"text": "Weight"}, {"text": "1.2 kg", "align": "right"}]},
        {"cut": "partial"},
    ]
    answer = ha.call("readers.print_receipt", response=True, device_id=receipts, lines=lines)
    assert [one["status"] for one in answer["results"]] == ["done"]
    paper = house.simulators["star"].control("transcript")
    assert "Parcel 42" in paper
    assert "1.2 kg" in paper
    page = browser.page(f"/config/devices/device/{receipts}")
    expect(page.get_by_text("Printed").first).to_be_visible()
    browser.picture(page, "device-printer")
    page.close()
