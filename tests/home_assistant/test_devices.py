"""The pages of the devices, and a dashboard with them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import wait_until
from tests.home_assistant.browser import Browser, settle, state_on
from tests.home_assistant.harness import House
from tests.home_assistant.server import HomeAssistant

pytestmark = pytest.mark.usefixtures("component")

TAG = 'tag "GJ2(P#!\\":AD        S"'


@pytest.mark.parametrize(
    ("family", "name", "maker", "card", "credential"),
    [
        ("baltech", "Turnstile", "BALTECH", "card 0004A1B2D0", "0004A1B2D0"),
        ("springcard", "Front door", "SpringCard", "tap 047DAE02C84081", "047DAE02C84081"),
        ("transcore", "Gate", "TransCore", TAG, 'GJ2(P#!":AD        S'),
    ],
)
def test_what_is_read_appears_on_the_page_of_the_reader(
    house: House, ha: HomeAssistant, browser: Browser, family: str, name: str, maker: str, card: str, credential: str
) -> None:
    device = ha.devices()[name]["id"]
    reads = next(one for one in ha.entities(device) if one.startswith("event.") and one.endswith("_read"))
    page = browser.page(f"/config/devices/device/{device}")
    expect(page.get_by_text(f"by {maker}")).to_be_visible()
    expect(page.get_by_text("Connected via")).to_be_visible()
    before = state_on(page, reads)
    house.simulators[family].control(card)
    wait_until(lambda: state_on(page, reads)["attributes"].get("credential") == credential, "the page to know the card")
    after = state_on(page, reads)
    assert after["state"] != before["state"]
    assert after["attributes"]["event_type"] == "read"
    row = page.locator("ha-device-entities-card").filter(has_text="Events").locator("hui-event-entity-row")
    expect(row.filter(has_text="Read").first).to_contain_text("Read")
    settle(page)
    row.get_by_text("Read", exact=True).first.click()
    expect(page.get_by_text("History").last).to_be_visible()
    browser.picture(page, f"event-{family}")
    page.keyboard.press("Escape")
    if family == "baltech":
        page.reload()
        settle(page)
        expect(page.get_by_text("Serial number")).to_be_visible()
        browser.picture(page, "device-reader")
    page.close()


def test_a_button_on_the_page_reaches_the_reader(house: House, ha: HomeAssistant, browser: Browser) -> None:
    before = len(house.simulators["springcard"].told("command"))
    page = browser.page(f"/config/devices/device/{ha.devices()['Front door']['id']}")
    page.get_by_role("button", name="Press").first.click()
    house.simulators["springcard"].wait_told("command", before + 1)
    page.close()


def test_a_tamper_alarm_appears(house: House, ha: HomeAssistant) -> None:
    house.simulators["baltech"].control("tamper on")
    ha.wait_for_state("binary_sensor.turnstile_tamper", lambda state: state["state"] == "on")
    house.simulators["baltech"].control("tamper off")
    ha.wait_for_state("binary_sensor.turnstile_tamper", lambda state: state["state"] == "off")
    ha.wait_for_state(
        "event.turnstile_tamper_alarm", lambda state: state["attributes"].get("event_type") == "alarm_off"
    )


def test_a_dashboard_of_all_devices(house: House, ha: HomeAssistant, browser: Browser) -> None:
    house.simulators["springcard"].control("tap 047DAE02C84080")
    house.simulators["baltech"].control("card 0004A1B2D1")
    house.simulators["transcore"].control(TAG)
    ha.call("switch.turn_on", target={"entity_id": "switch.turnstile_green_led"})
    ha.call("light.turn_on", target={"entity_id": "light.turnstile_rgb_led"}, rgb_color=[0, 96, 255])
    ha.call("button.press", target={"entity_id": "button.front_door_accept"})
    ha.call("notify.send_message", target={"entity_id": "notify.receipts_print_text"}, message="Good morning")
    ha.ws(
        "lovelace/dashboards/create", url_path="readers-desk", title="Readers", icon="mdi:card-account-details",
        mode="storage", show_in_sidebar=True, require_admin=False,
    )  # fmt: skip
    ha.ws("lovelace/config/save", url_path="readers-desk", config=DASHBOARD)
    page = browser.page("/readers-desk")
    expect(page.get_by_text("Turnstile").first).to_be_visible()
    expect(page.get_by_text("Today ·").first).to_be_visible()
    expect(page.get_by_text("Entity not found")).to_have_count(0)
    browser.picture(page, "dashboard")
    page.close()
    ha.call("light.turn_off", target={"entity_id": "light.turnstile_rgb_led"})
    ha.call("switch.turn_off", target={"entity_id": "switch.turnstile_green_led"})
    assert not browser.problems


def _tiles(heading: str, icon: str, *tiles: tuple[str, str]) -> list[dict[str, Any]]:
    return [
        {"type": "heading", "heading": heading, "icon": icon},
        *({"type": "tile", "entity": entity, "name": name} for entity, name in tiles),
    ]


DASHBOARD = {
    "views": [
        {
            "title": "Readers",
            "type": "sections",
            "max_columns": 2,
            "sections": [
                {
                    "type": "grid",
                    "cards": [
                        *_tiles(
                            "Front door", "mdi:door",
                            ("event.front_door_read", "Last card"), ("button.front_door_accept", "Accept"),
                        ),
                        *_tiles(
                            "Turnstile", "mdi:turnstile",
                            ("event.turnstile_read", "Last card"), ("binary_sensor.turnstile_tamper", "Tamper"),
                            ("switch.turnstile_green_led", "Green LED"), ("light.turnstile_rgb_led", "RGB LED"),
                        ),
                        *_tiles(
                            "Gate", "mdi:boom-gate",
                            ("event.gate_read", "Last tag"), ("binary_sensor.gate_problem", "Reader"),
                        ),
                        *_tiles(
                            "Receipts", "mdi:receipt-text",
                            ("sensor.receipts_printing", "Printer"), ("sensor.receipts_last_job", "Last job"),
                            ("binary_sensor.receipts_paper_end", "Paper"), ("binary_sensor.receipts_cover", "Cover"),
                        ),
                    ],
                },
                {
                    "type": "grid",
                    "cards": [
                        {"type": "heading", "heading": "What happened", "icon": "mdi:history"},
                        {
                            "type": "logbook",
                            "hours_to_show": 1,
                            "grid_options": {"rows": 8},
                            "target": {
                                "entity_id": [
                                    "event.front_door_read", "event.turnstile_read", "event.gate_read",
                                    "sensor.receipts_last_job",
                                ]
                            },
                        },
                    ],
                },
            ],
        }
    ]
}  # fmt: skip
