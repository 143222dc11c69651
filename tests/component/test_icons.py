"""``icons.json``: an icon for each action, and only for what has a translation."""

from __future__ import annotations

import re
from typing import Any

import pytest
from custom_components.readers.actions import ACTIONS

from tests.component.files import COMPONENT, english, load_json

ICONS = load_json(COMPONENT / "icons.json")
ICON = re.compile(r"mdi:[a-z0-9]+(-[a-z0-9]+)*")


def _icons(tree: Any) -> list[str]:
    if isinstance(tree, str):
        return [tree]
    return [icon for value in tree.values() for icon in _icons(value)]


def test_sections_are_known() -> None:
    assert set(ICONS) <= {"entity", "services"}


def test_each_icon_is_a_material_design_icon() -> None:
    wrong = [icon for icon in _icons(ICONS) if not ICON.fullmatch(icon)]
    assert not wrong


def test_each_action_has_an_icon() -> None:
    assert {action.name for action in ACTIONS} == set(ICONS["services"])
    for icon in ICONS["services"].values():
        assert set(icon) == {"service"}


def _entities() -> list[tuple[str, str]]:
    return [(platform, key) for platform, keys in ICONS.get("entity", {}).items() for key in keys]


@pytest.mark.parametrize(("platform", "key"), _entities())
def test_each_icon_of_an_entity_belongs_to_a_translation(platform: str, key: str) -> None:
    texts = english()["entity"][platform][key]
    icon = ICONS["entity"][platform][key]
    assert set(icon) <= {"default", "state", "state_attributes", "range"}
    assert "default" in icon
    for state in icon.get("state", {}):
        assert state in texts.get("state", {}) or state in ("on", "off", "unknown", "unavailable")
        assert icon["state"][state] != icon["default"], "a state's icon that is the default one says nothing"
