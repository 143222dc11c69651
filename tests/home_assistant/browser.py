"""Headless Chromium, logged in at Home Assistant; pictures of its pages are kept."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from PIL import Image
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.home_assistant.server import ROOT, HomeAssistant

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb")

IN_THE_DOCUMENTS = frozenset(
    {
        "discovered", "options", "device-reader", "device-printer", "action-response", "script-error", "trigger", "blueprint",
        "repairs", "dashboard",
    }
)  # fmt: skip
"""The pictures that ``scripts/pictures`` keeps in ``docs/pictures``."""

SETTLED = (
    "document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))"
)


class Browser:
    """``page("/config/integrations/dashboard")`` opens a page; one login serves all pages."""

    def __init__(self, home_assistant: HomeAssistant, pictures: Path) -> None:
        self.home_assistant = home_assistant
        self.pictures = pictures
        self.problems: list[str] = []
        """What went wrong on the pages: errors of scripts, and requests that left this machine."""
        self._logged_in = False

    def __enter__(self) -> Self:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        assert program, "Chromium is missing; scripts/setup chromium installs it"
        self.pictures.mkdir(parents=True, exist_ok=True)
        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(executable_path=program, args=FLAGS, headless=True)
        self.context = self.new_context()
        return self

    def new_context(self) -> BrowserContext:
        """A browser that knows of no login."""
        context = self._chromium.new_context(
            viewport={"width": 1280, "height": 800}, locale="en-GB", timezone_id="Europe/Berlin",
            color_scheme="light", reduced_motion="reduce",
        )  # fmt: skip
        context.set_default_timeout(30_000)
        context.on("weberror", lambda told: self.problems.append(str(told.error)))
        context.on("request", lambda request: self._look_at(request.url))
        return context

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._chromium.close()
        self._playwright.stop()

    def _look_at(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.problems.append(f"a request to {url}")

    def login_page(self) -> Page:
        page = self.context.new_page()
        page.goto(self.home_assistant.address)
        page.wait_for_selector("input[name=username]")
        return page

    def log_in(self) -> Page:
        """Log in as a person does; the page behind."""
        page = self.login_page()
        page.fill("input[name=username]", self.home_assistant.username)
        page.fill("input[name=password]", self.home_assistant.password)
        page.keyboard.press("Enter")
        page.wait_for_selector("home-assistant-main")
        settle(page)
        self._logged_in = True
        return page

    def page(self, path: str = "/") -> Page:
        """A new tab with this page of the frontend, settled."""
        if not self._logged_in:
            self.log_in().close()
        page = self.context.new_page()
        page.goto(self.home_assistant.address + path)
        page.wait_for_selector("home-assistant-main")
        settle(page)
        return page

    def picture(self, page: Page, name: str) -> Path:
        """Keep a picture of a page as ``NAME.png``."""
        settle(page)
        path = self.pictures / f"{name}.png"
        page.screenshot(path=path)
        if name in IN_THE_DOCUMENTS and os.environ.get("READERS_PICTURES"):
            folder = ROOT / "docs" / "pictures"
            folder.mkdir(exist_ok=True)
            small = Image.open(path).convert("RGB").quantize(256, dither=Image.Dither.NONE)
            small.save(folder / path.name, optimize=True)
        return path


def state_on(page: Page, entity_id: str) -> dict[str, Any]:
    """The state of an entity as the page knows it."""
    found: dict[str, Any] = page.evaluate(
        "name => document.querySelector('home-assistant').hass.states[name] ?? {}", entity_id
    )
    return found


def perform(page: Page, action: str) -> None:
    """Perform an action, written in YAML, in the developer tools."""
    page.get_by_text("YAML mode").click()
    editor = page.locator("ha-code-editor .cm-content").first
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(action)
    page.get_by_role("button", name="Perform action").click()


def settle(page: Page) -> None:
    """Wait until the launch screen has gone and nothing is loaded any more."""
    page.locator("#ha-launch-screen").wait_for(state="detached")
    page.wait_for_load_state("networkidle")
    page.evaluate(SETTLED)
