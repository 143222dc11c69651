"""``docs/home-assistant.md``: its examples are valid, its links lead somewhere, and it names every action and field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import voluptuous as vol
from custom_components.readers.actions import ACTIONS
from homeassistant.util.yaml import parse_yaml

from tests.component.files import DOCS, ROOT, english

TEXT = DOCS.read_text("utf-8")
BY_NAME = {action.name: action for action in ACTIONS}


def _headings(text: str) -> set[str]:
    """The anchors of a page, as the usual renderers make them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _examples() -> list[Any]:
    return [parse_yaml(block) for block in re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)]


def _calls(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if str(tree.get("action", "")).startswith("readers."):
            yield tree
        for value in tree.values():
            yield from _calls(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _calls(value)


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)]+)\)", TEXT):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        page = (DOCS.parent / path).resolve() if path else DOCS
        assert page.exists(), link
        if anchor:
            assert anchor in _headings(page.read_text("utf-8")), link


def test_the_index_names_it() -> None:
    assert "(home-assistant.md)" in (ROOT / "docs" / "index.md").read_text("utf-8")


def test_examples_are_valid_calls() -> None:
    calls = [call for example in _examples() for call in _calls(example)]
    assert len(calls) >= 5
    for call in calls:
        action = BY_NAME[call["action"].removeprefix("readers.")]
        vol.Schema(action.fields)(call["data"])


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_each_action_and_field_is_documented(name: str) -> None:
    assert f"`readers.{name}`" in TEXT or f"### readers.{name}" in TEXT
    for field in BY_NAME[name].fields:
        assert re.search(rf"`{field}`", TEXT), field


def test_each_option_and_field_of_the_set_up_is_documented() -> None:
    texts = english()
    names = [*texts["config"]["step"]["user"]["data"].values(), *texts["options"]["step"]["init"]["data"].values()]
    for name in names:
        assert f"| {name} |" in TEXT
