"""``quality_scale.yaml``: all 54 rules of the integration quality scale, each done or exempt with a reason."""

from __future__ import annotations

import re
from pathlib import Path

import homeassistant.components
import pytest

from tests.component.files import COMPONENT, DOCS, load_json, load_yaml

SCALE = load_yaml(COMPONENT / "quality_scale.yaml")["rules"]

BRONZE = """action-setup appropriate-polling brands common-modules config-flow config-flow-test-coverage dependency-transparency
docs-actions docs-conditions docs-high-level-description docs-installation-instructions docs-removal-instructions docs-triggers
entity-event-setup entity-unique-id has-entity-name runtime-data test-before-configure test-before-setup unique-config-entry"""
SILVER = """action-exceptions config-entry-unloading docs-configuration-parameters docs-installation-parameters
entity-unavailable integration-owner log-when-unavailable parallel-updates reauthentication-flow test-coverage"""
GOLD = """devices diagnostics discovery discovery-update-info docs-data-update docs-examples docs-known-limitations
docs-supported-devices docs-supported-functions docs-troubleshooting docs-use-cases dynamic-devices entity-category
entity-device-class entity-disabled-by-default entity-translations exception-translations icon-translations
reconfiguration-flow repair-issues stale-devices"""
PLATINUM = "async-dependency inject-websession strict-typing"
RULES = {*BRONZE.split(), *SILVER.split(), *GOLD.split(), *PLATINUM.split()}

HEADINGS = {
    "docs-actions": "Actions",
    "docs-conditions": "Conditions",
    "docs-configuration-parameters": "Options",
    "docs-data-update": "How data is updated",
    "docs-examples": "Examples",
    "docs-high-level-description": "What it is",
    "docs-installation-instructions": "Installation",
    "docs-installation-parameters": "Setting up a bridge",
    "docs-known-limitations": "Known limitations",
    "docs-removal-instructions": "Removal",
    "docs-supported-devices": "Supported devices",
    "docs-supported-functions": "Supported functions",
    "docs-triggers": "Triggers",
    "docs-troubleshooting": "Troubleshooting",
    "docs-use-cases": "Use cases",
}


def test_there_are_54_rules() -> None:
    assert len(RULES) == 54
    assert set(SCALE) == RULES


def test_the_page_has_every_rule_and_its_state() -> None:
    page = DOCS.with_name("quality-scale.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([a-z-]+)` \| (done|exempt) \| \S", page, re.MULTILINE))
    assert told == {rule: said["status"] if isinstance(said, dict) else said for rule, said in SCALE.items()}


def test_they_are_those_of_home_assistant() -> None:
    core = Path(homeassistant.components.__file__).parent / "unifi_access" / "quality_scale.yaml"
    assert set(load_yaml(core)["rules"]) == RULES


@pytest.mark.parametrize("rule", sorted(RULES))
def test_each_rule_is_done_or_exempt_with_a_reason(rule: str) -> None:
    said = SCALE[rule]
    if isinstance(said, dict):
        assert set(said) == {"status", "comment"}
        assert said["status"] in ("done", "exempt")
        assert len(said["comment"].split()) >= 3
    else:
        assert said == "done"


def test_the_manifest_claims_it() -> None:
    assert load_json(COMPONENT / "manifest.json")["quality_scale"] == "platinum"


@pytest.mark.parametrize("rule", sorted(rule for rule in RULES if rule.startswith("docs-")))
def test_what_the_documentation_must_have_is_there(rule: str) -> None:
    said = SCALE[rule]
    if isinstance(said, dict) and said["status"] == "exempt":
        return
    text = DOCS.read_text("utf-8")
    section = re.search(rf"^## {re.escape(HEADINGS[rule])}\n+(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None, f"no heading {HEADINGS[rule]}"
    assert len(section[1].split()) >= 20


def test_each_platform_says_how_many_updates_run_at_once() -> None:
    from custom_components.readers.const import PLATFORMS

    for platform in PLATFORMS:
        assert re.search(r"^PARALLEL_UPDATES = \d+$", (COMPONENT / f"{platform}.py").read_text("utf-8"), re.MULTILINE)
