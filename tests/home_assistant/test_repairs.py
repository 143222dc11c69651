"""Repair issues as a person sees them, and the repair."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.conftest import wait_until
from tests.home_assistant.browser import Browser
from tests.home_assistant.harness import House
from tests.home_assistant.server import HomeAssistant

CLAIM = "readers/home/homeassistant/claim"


def issues(ha: HomeAssistant) -> set[str]:
    return {one["translation_key"] for one in ha.ws("repairs/list_issues")["issues"] if one["domain"] == "readers"}


@pytest.mark.usefixtures("component")
def test_a_second_home_assistant_is_a_repair_issue_and_is_repaired_by_clicking(
    house: House, ha: HomeAssistant, browser: Browser
) -> None:
    client = house.subscribe(CLAIM)
    (own,) = client.wait_for(CLAIM)
    other = {"instance": "5b1e0c7d9a3f4286", "component": "0.1.0", "since": "2026-03-01T12:00:00.000Z"}
    client.publish(CLAIM, json.dumps(other), retain=True)
    wait_until(lambda: issues(ha) == {"anonymous_broker", "foreign_claim"}, "the repair issues")
    page = browser.page("/config/repairs")
    expect(page.get_by_text("lets anybody in")).to_be_visible()
    page.get_by_text("Another Home Assistant has").click()
    expect(page.get_by_text("Take over the readers bridge home")).to_be_visible()
    expect(page.get_by_text("Both show its devices")).to_be_visible()
    browser.picture(page, "repairs")
    page.get_by_role("button", name="Submit").click()
    claim = client.wait_where(CLAIM, lambda claim: claim["instance"] == own.json["instance"], 20)
    wait_until(lambda: client.on(CLAIM)[-1].json["instance"] == own.json["instance"], "the claim to be taken over")
    assert claim["component"] == "0.1.0"
    wait_until(lambda: issues(ha) == {"anonymous_broker"}, "the repair issue to be gone")
    page.close()
    client.close()
