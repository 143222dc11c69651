"""A new Home Assistant is welcomed by its owner in the browser."""

from __future__ import annotations

from pathlib import Path

from tests.home_assistant.browser import Browser, settle
from tests.home_assistant.server import HomeAssistant


def test_the_owner_makes_an_account_and_arrives_at_the_overview(browser: Browser, tmp_path: Path) -> None:
    fresh = HomeAssistant(tmp_path / "fresh", to_do=("user", "integration"))
    context = browser.new_context()
    try:
        fresh.start()
        page = context.new_page()
        page.goto(fresh.address)
        page.get_by_role("button", name="Create my smart home").click()
        for field, text in (
            ("name", "Ada"),
            ("username", "ada"),
            ("password", "tall-tower"),
            ("password_confirm", "tall-tower"),
        ):
            page.fill(f"input[name={field}]", text)
        browser.picture(page, "onboarding")
        page.get_by_role("button", name="Create account").click()
        page.get_by_role("button", name="Finish").click()
        page.wait_for_selector("home-assistant-main")
        settle(page)
        browser.picture(page, "overview")
    finally:
        context.close()
        fresh.stop()
