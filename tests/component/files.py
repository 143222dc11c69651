"""The files of the component that are no code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from homeassistant.util.yaml import load_yaml_dict

ROOT = Path(__file__).parents[2]
COMPONENT = ROOT / "custom_components" / "readers"
TRANSLATIONS = COMPONENT / "translations"
DOCS = ROOT / "docs" / "home-assistant.md"
BLUEPRINTS = ROOT / "blueprints" / "automation" / "readers"

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "ja")


def load_json(path: Path) -> dict[str, Any]:
    """A JSON object without a key that comes twice."""

    def checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        assert len(found) == len(pairs), f"{path}: a key comes twice"
        return found

    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"), object_pairs_hook=checked)
    return loaded


def load_yaml(path: Path) -> dict[str, Any]:
    """A YAML file, as Home Assistant reads it."""
    return load_yaml_dict(str(path))


def english() -> dict[str, Any]:
    """The English texts."""
    return load_json(TRANSLATIONS / "en.json")


def leaves(tree: Any, path: str = "") -> dict[str, str]:
    """The texts of a translation, by their path."""
    if isinstance(tree, str):
        return {path: tree}
    found: dict[str, str] = {}
    for key, value in tree.items():
        found |= leaves(value, f"{path}.{key}" if path else key)
    return found


def sources() -> str:
    """All the code of the component."""
    return "\n".join(path.read_text("utf-8") for path in sorted(COMPONENT.rglob("*.py")))
