from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bridge.cli.command import run

GOOD = """\
version: 1
bridge: {id: yard, data_dir: data}
mqtt: {username: readers, password: !secret mqtt_password}
devices:
  - id: front-door
    family: springcard
    connection: tcp://192.0.2.10
  - id: dock
    name: Dock 3
    family: springcard
    connection: udp://192.0.2.11
"""
BAD = """\
version: 1
mqtt: {prot: 1884}
devices:
  - id: front-door
    family: springcrad
    connection: tcp://192.0.2.10
    late_after: soon
  - id: front-door
    family: springcard
    connection: 192.0.2.10
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(GOOD)
    secrets = tmp_path / "secrets.yaml"
    secrets.write_text("mqtt_password: geheim\n")
    secrets.chmod(0o600)
    return tmp_path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(BAD)
    return tmp_path


def test_a_good_file_is_summed_up(good: Path) -> None:
    checked = run("check", "--config", "config.yaml", cwd=good)
    assert checked.returncode == 0
    assert checked.stderr == ""
    assert checked.stdout == (
        "config.yaml is fine: bridge yard, broker localhost:1883, devices: 2\n"
        "  front-door  springcard  tcp://192.0.2.10:4000  Front door\n"
        "  dock        springcard  udp://192.0.2.11:4000  Dock 3\n"
    )


def test_an_ipv6_address_is_told_from_its_port(good: Path) -> None:
    (good / "config.yaml").write_text(GOOD.replace("mqtt: {", 'mqtt: {hosts: ["[2001:db8::1]:1884", broker], '))
    checked = run("check", "--config", "config.yaml", cwd=good)
    assert "broker [2001:db8::1]:1884, broker:1883, devices" in checked.stdout


def test_a_good_file_for_a_program(good: Path) -> None:
    checked = run("check", "--config", "config.yaml", "--json", cwd=good)
    assert checked.returncode == 0
    report = json.loads(checked.stdout)
    assert (report["valid"], report["problems"], report["warnings"], report["bridge"]) == (True, [], [], "yard")
    assert report["devices"][1] == {
        "id": "dock",
        "family": "springcard",
        "connection": "udp://192.0.2.11:4000",
        "name": "Dock 3",
    }


def test_five_mistakes_are_five_lines(bad: Path) -> None:
    checked = run("check", "--config", "config.yaml", cwd=bad)
    assert checked.returncode == 2
    *problems, last = checked.stdout.splitlines()
    assert last == "config.yaml cannot be used: 5 problems"
    assert [line.split(": ")[:2] for line in problems] == [
        ["problem  line 2", "mqtt.prot"],
        ["problem  line 5", "devices[0].family"],
        ["problem  line 7", "devices[0].late_after"],
        ["problem  line 8", "devices[1].id"],
        ["problem  line 10", "devices[1].connection"],
    ]


def test_five_mistakes_for_a_program(bad: Path) -> None:
    checked = run("check", "--config", "config.yaml", "--json", cwd=bad)
    assert checked.returncode == 2
    report = json.loads(checked.stdout)
    assert report["valid"] is False
    assert len(report["problems"]) == 5
    assert report["problems"][0]["line"] == 2
    assert report["problems"][0]["path"] == "mqtt.prot"
    assert "did you mean port?" in report["problems"][0]["message"]


def test_warnings_do_not_make_it_fail(good: Path) -> None:
    (good / "secrets.yaml").chmod(0o644)
    checked = run("check", "--config", "config.yaml", cwd=good)
    assert checked.returncode == 0
    assert checked.stdout.startswith("warning  secrets.yaml: other users")


@pytest.mark.parametrize("json_wanted", [False, True])
def test_a_file_that_is_not_there(tmp_path: Path, json_wanted: bool) -> None:
    checked = run("check", "--config", "missing.yaml", *(["--json"] if json_wanted else []), cwd=tmp_path)
    assert checked.returncode == 2
    assert "there is no file missing.yaml" in checked.stdout
