"""``manifest.json``, ``hacs.json`` and the folder, as hassfest (``manifest.py``) and HACS ("Publish") want them."""

from __future__ import annotations

import ast
import re
import struct
import sys
from pathlib import Path

import pytest
from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration

from tests.component.files import COMPONENT, ROOT, load_json

MANIFEST = load_json(COMPONENT / "manifest.json")
HACS = load_json(ROOT / "hacs.json")

REQUIRED = {"domain", "name", "codeowners", "documentation", "iot_class", "issue_tracker", "version"}
KNOWN = REQUIRED | {
    "after_dependencies",
    "config_flow",
    "dependencies",
    "integration_type",
    "loggers",
    "mqtt",
    "quality_scale",
    "requirements",
    "single_config_entry",
}
ALWAYS_THERE = {"device_automation", "homeassistant", "persistent_notification", "websocket_api", "http", "repairs"}
"""Integrations that hassfest lets everybody use without naming them, and those that are only platforms of this one."""


def test_keys_are_sorted_and_known() -> None:
    keys = list(MANIFEST)
    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])
    assert set(MANIFEST) <= KNOWN
    assert set(MANIFEST) >= REQUIRED


def test_it_is_what_it_is() -> None:
    assert MANIFEST["domain"] == COMPONENT.name == "readers"
    assert MANIFEST["config_flow"] is True
    assert MANIFEST["integration_type"] == "hub"
    assert MANIFEST["iot_class"] == "local_push"
    assert MANIFEST["mqtt"] == ["readers/discovery/#"]
    assert "mqtt" in MANIFEST["dependencies"]
    assert MANIFEST.get("requirements", []) == []


def test_owners_and_addresses() -> None:
    assert MANIFEST["codeowners"]
    assert all(re.fullmatch(r"@[A-Za-z0-9][A-Za-z0-9/_-]*", owner) for owner in MANIFEST["codeowners"])
    for key in ("documentation", "issue_tracker"):
        assert MANIFEST[key].startswith("https://")
        assert "home-assistant.io/integrations" not in MANIFEST[key]


def test_version_is_one_that_home_assistant_understands() -> None:
    version = AwesomeVersion(
        MANIFEST["version"], ensure_strategy=[AwesomeVersionStrategy.SEMVER, AwesomeVersionStrategy.CALVER]
    )
    assert version.valid


async def test_home_assistant_loads_it(hass: HomeAssistant) -> None:
    integration = await async_get_integration(hass, "readers")
    assert integration.config_flow
    assert str(integration.version) == MANIFEST["version"]


def test_hacs_finds_what_it_needs() -> None:
    assert set(HACS) <= {"name", "homeassistant", "hacs", "country", "content_in_root", "zip_release", "filename"}
    assert HACS["name"]
    assert AwesomeVersion(HACS["homeassistant"]) >= AwesomeVersion("2026.8.0")
    components = [folder for folder in (ROOT / "custom_components").iterdir() if (folder / "manifest.json").exists()]
    assert components == [COMPONENT]
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")


def _size(path: Path) -> tuple[int, int]:
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = struct.unpack_from(">II", data, 16)
    return wide, high


@pytest.mark.parametrize(("name", "size"), [("icon.png", 256), ("icon@2x.png", 512)])
def test_brand_icons(name: str, size: int) -> None:
    assert _size(COMPONENT / "brand" / name) == (size, size)


def test_brand_logo() -> None:
    wide, high = _size(COMPONENT / "brand" / "logo.png")
    assert 128 <= min(wide, high) <= 256


def test_there_are_no_files_of_core_integrations() -> None:
    assert not (COMPONENT / "strings.json").exists()


def _imported(path: Path) -> set[str]:
    """Integrations whose code a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            if node.module == "homeassistant.components":
                found |= {alias.name for alias in node.names}
            elif node.module.startswith("homeassistant.components."):
                found.add(node.module.split(".")[2])
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            found |= {name[2] for name in names if name[:2] == ["homeassistant", "components"] and len(name) > 2}
    return found


def test_each_integration_that_is_imported_is_a_dependency() -> None:
    declared = {*MANIFEST["dependencies"], *MANIFEST.get("after_dependencies", ())}
    platforms = {str(platform) for platform in Platform}
    for path in COMPONENT.rglob("*.py"):
        missing = _imported(path) - declared - platforms - ALWAYS_THERE - {"diagnostics", "system_health"}
        assert not missing, f"{path.name} imports {missing}"


def test_nothing_outside_home_assistant_is_imported() -> None:
    allowed = {"homeassistant", "voluptuous", "probatio"}

    for path in COMPONENT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                first = name.split(".")[0]
                assert first in allowed or first in sys.stdlib_module_names, f"{path.name} imports {name}"
