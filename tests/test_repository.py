"""What a person touches first: commands, documents and files that tools read."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

import readers_bridge
from readers_bridge.config import load
from readers_bridge.mqtt import messages

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("bridge", "tests", "benchmarks", "docs", "packaging", "scripts", ".ci", "custom_components")
SCRIPTS = sorted([*(ROOT / "scripts").iterdir(), ROOT / ".ci" / "run"])
README = (ROOT / "README.md").read_text()


def text_files() -> list[Path]:
    """All files of the project that people write."""
    below = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    candidates = [path for path in [*ROOT.iterdir(), *below] if path.is_file() and not path.name.startswith(".git")]
    return [path for path in candidates if b"\0" not in path.read_bytes()[:1024]]


def documents() -> list[Path]:
    return [path for path in text_files() if path.suffix == ".md"]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- commands


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_a_script_can_be_run(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert script.read_text().startswith("#!/usr/bin/env bash\n# "), "it says what it is for"
    subprocess.run(["bash", "-n", str(script)], check=True)


@pytest.mark.parametrize("document", [ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=name)
def test_every_script_that_a_document_names_exists(document: Path) -> None:
    named = set(re.findall(r"(?<![\w/])((?:scripts|\.ci)/\w+)", document.read_text()))
    assert {"scripts/demo", "scripts/test"} <= named
    assert named <= {name(script) for script in SCRIPTS}


def test_every_command_that_the_documents_name_exists() -> None:
    usage = subprocess.run(
        [sys.executable, "-m", "readers_bridge", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for document in documents():
        for command in re.findall(r"readers-bridge (\w+)", document.read_text()):
            assert re.search(rf"\b{command}\b", usage), f"{name(document)}: readers-bridge {command}"


def test_setup_names_its_parts_when_asked_for_another_one() -> None:
    done = subprocess.run(
        ["bash", str(ROOT / "scripts" / "setup"), "nonsense"], capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.returncode == 1
    assert "run, dev, mosquitto, amqtt, chromium and home-assistant" in done.stderr


# --- the README's examples


def test_the_configuration_in_the_readme_is_accepted(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "secrets.yaml").write_text("mqtt_password: secret\n")
    (tmp_path / "config.yaml").write_text(example)
    config = load(tmp_path / "config.yaml")
    assert [device.id for device in config.devices] == ["front-door"]


def test_the_messages_in_the_readme_are_those_of_the_contract() -> None:
    (read,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    assert set(json.loads(read)) == set(messages.READ.example)
    (result,) = re.findall(r"/result (\{.*?\})\n", README, re.DOTALL)
    assert set(json.loads(result)) == set(messages.RESULT.example)


# --- what tools read


def test_hacs_accepts_its_file() -> None:
    told = json.loads((ROOT / "hacs.json").read_text())
    known = {
        "name", "homeassistant", "hacs", "country", "content_in_root", "zip_release", "filename", "hide_default_branch",
        "persistent_directory",
    }  # fmt: skip
    assert set(told) <= known
    assert told["name"]
    assert re.fullmatch(r"\d{4}\.\d{1,2}\.\d+", told["homeassistant"])


def test_home_assistant_is_tested_from_the_oldest_release_that_hacs_admits() -> None:
    for kind in ("oldest", "newest"):
        wanted = re.findall(r"^(\S+==\S+)$", (ROOT / "tests" / "environments" / f"{kind}.in").read_text(), re.MULTILINE)
        assert set(wanted) <= set((ROOT / "tests" / "environments" / f"{kind}.txt").read_text().splitlines())
        if kind == "oldest":
            assert f"homeassistant=={json.loads((ROOT / 'hacs.json').read_text())['homeassistant']}" in wanted


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert version(project["name"]) == readers_bridge.__version__
    oldest = project["requires-python"].removeprefix(">=")
    assert f"Python {oldest}" in README
    assert f"sys.version_info < ({oldest.replace('.', ', ')})" in (ROOT / "scripts" / "setup").read_text()


def test_the_changelog_begins_with_this_version_or_the_next() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] in {"Unreleased", readers_bridge.__version__}
    assert not headings[1:] or readers_bridge.__version__ in headings[:2]


def test_yaml_and_json_files_can_be_read() -> None:
    for path in text_files():
        if path.suffix in {".yaml", ".yml"}:
            list(yaml.compose_all(path.read_text()))
        elif path.suffix == ".json":
            json.loads(path.read_text())


# --- documents


def anchor(heading: str) -> str:
    """The anchor of a Markdown heading, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("document", documents(), ids=name)
def test_links_lead_somewhere(document: Path) -> None:
    prose = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        found = (document.parent / path).resolve() if path else document
        assert found.exists(), f"{target} leads nowhere"
        if fragment and found.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE)
            assert fragment in {anchor(heading) for heading in headings}, f"{target}: no such heading"


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    for path in (ROOT / "docs").rglob("*.md"):
        page = str(path.relative_to(ROOT / "docs"))
        assert page == "index.md" or f"({page})" in index, f"docs/index.md does not name {page}"


# --- left-overs


def test_nothing_points_into_one_persons_machine() -> None:
    machine = re.compile(r"(?<![\w.}])/(?:home|root|Users|work)/\w+")
    for path in text_files():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            assert not machine.search(line), f"{name(path)}:{number}: {line.strip()}"


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b|X" + r"XX:|^<{7} |^>{7} ")
    for path in text_files():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            assert not marks.search(line), f"{name(path)}:{number}: {line.strip()}"


def test_a_person_can_read_each_file_in_one_sitting() -> None:
    long = {
        name(path): lines
        for path in (ROOT / "bridge").rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert not long
