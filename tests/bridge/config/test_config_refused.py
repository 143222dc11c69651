from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from readers_bridge.errors import ConfigError
from tests.bridge.config.entries import Load, Problems, device, with_devices


def test_five_mistakes_are_five_problems(problems: Problems) -> None:
    assert problems(
        """\
version: 1
bridge:
  id: Home
mqtt:
  prot: 1884
  keepalive: often
devices:
  - id: front-door
    family: springcrad
    connection: tcp://192.0.2.10
  - id: dock
    family: springcard
    connection: 192.0.2.11:4000
"""
    ) == [
        (
            'line 3: bridge.id: "Home" must be 1 to 63 lower-case letters, digits, _ and -, beginning with a letter or digit; '
            "how about home?"
        ),
        (
            "line 5: mqtt.prot: unknown key; did you mean port? "
            "(the keys are host, hosts, port, username, password, prefix, tls, protocol, keepalive)"
        ),
        'line 6: mqtt.keepalive: expected a whole number from 5 to 65535, not "often"',
        (
            "line 9: devices[0].family: expected one of springcard, baltech, transcore, star, "
            'not "springcrad"; did you mean springcard?'
        ),
        (
            'line 13: devices[1].connection: "192.0.2.11:4000" has no scheme; '
            "did you mean tcp://192.0.2.11:4000 or udp://192.0.2.11:4000?"
        ),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected lines `key: value`, the first one `version: 1`, not nothing"),
        ("- a\n", "expected lines `key: value`"),
        ("bridge: {id: home}", "version: missing"),
        ("version: '1'", 'line 1: version: expected 1, not "1"'),
        ("version: 0", "version: expected 1, not 0"),
        ("version: true", "version: expected 1, not true"),
        ("version: 1\ndevcies: []", "line 2: devcies: unknown key; did you mean devices?"),
        ("version: 1\nbridge: home", 'line 2: bridge: expected a mapping, not "home"'),
        ("version: 1\ndevices: {a: b}", "line 2: devices: expected a list, not a mapping"),
        ("version: 1\ndevices: [front-door]", "devices[0]: expected lines `id:`, `family:` and `connection:`"),
        ("version: 1\nbridge: {id: discovery}", "is reserved"),
        (
            "version: 1\nbridge: {id: 7}",
            "bridge.id: expected a text of lower-case letters, digits, _ and -, not 7; put it in",
        ),
        ("version: 1\nmqtt: {host: 'mqtt://broker'}", "without scheme"),
        ("version: 1\nmqtt: {host: 'broker:1884'}", "the port belongs to mqtt.port"),
        ("version: 1\nmqtt: {host: a, hosts: [b]}", "mqtt.hosts: stands beside host"),
        ("version: 1\nmqtt: {hosts: []}", "mqtt.hosts"),
        ("version: 1\nmqtt: {hosts: [a, 'b:x']}", 'mqtt.hosts[1]: "b:x" has a port, x,'),
        ("version: 1\nmqtt: {port: 70000}", "from 1 to 65535, not 70000"),
        ("version: 1\nmqtt: {username: 12}", "mqtt.username: expected a text, not 12; put it in quotes"),
        ("version: 1\nmqtt: {username:}", "expected a text, not nothing"),
        ("version: 1\nmqtt: {password: geheim}", "mqtt.password: a password needs a username"),
        ("version: 1\nmqtt: {tls: maybe}", "mqtt.tls: expected true or false or a mapping"),
        ("version: 1\nmqtt: {tls: {hostname: true}}", "mqtt.tls.hostname: unknown key; did you mean verify_hostname?"),
        ("version: 1\nmqtt: {tls: {key: k.pem}}", "mqtt.tls.key: a key needs a certificate"),
        ("version: 1\nmqtt: {protocol: 4}", "expected one of auto, 5, 3.1.1, not 4"),
        ("version: 1\nmqtt: {prefix: site/readers}", "mqtt.prefix"),
        ("version: 1\nmqtt: {prefix: homeassistant}", "is Home Assistant's discovery prefix"),
        ("version: 1\nhome_assistant: {discovery: sometimes}", "expected one of auto, on, off"),
        ("version: 1\nhome_assistant: {discovery_prefix: 'a/#'}", "a topic without + and #"),
        ("version: 1\njournal: {max_size: 256 apples}", "a size, as 256MB or 1GiB"),
        ("version: 1\njournal: {max_size: 1kB}", "1MiB or more"),
        ("version: 1\njournal: {keep: forever}", "a time, as 7d"),
        ("version: 1\njournal: {keep: 0d}", "more than nothing"),
        ("version: 1\njournal: {durability: disk}", "expected one of process, power"),
        ("version: 1\nmetrics: {}", "metrics.listen: missing; expected a text, as 127.0.0.1:9464"),
        ("version: 1\nmetrics: {listen: localhost}", "names no port"),
    ],
)
def test_one_mistake(problems: Problems, text: str, words: str) -> None:
    (problem,) = problems(text)
    assert words in problem


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"id": None}, "line 3: devices[0].id: missing; expected"),
        ({"family": None}, "devices[0].family: missing"),
        (
            {"connection": None},
            "devices[0].connection: missing; expected a text, a connection with tcp://, udp://, serial://",
        ),
        ({"id": "bridge"}, '"bridge" is reserved'),
        ({"id": "homeassistant"}, "is reserved"),
        ({"id": "-gate"}, "how about gate?"),
        ({"id": "x" * 64}, "must be 1 to 63"),
        ({"family": "[springcard]"}, "devices[0].family: expected a text"),
        ({"connection": "http://192.0.2.10"}, "it takes tcp://, udp://, serial://"),
        ({"name": "''"}, "must not be empty"),
        ({"credential": "secret"}, "expected one of plain, masked, hashed"),
        ({"late_after": 0}, "devices[0].late_after: expected a number above 0 and at most 86400, not 0"),
        ({"late_afer": 5}, "did you mean late_after?"),
        ({"repeats": "dorp"}, 'line 6: devices[0].repeats: expected one of drop, mark, not "dorp"; did you mean drop?'),
        ({"tracking": 1}, "devices[0].tracking: expected true or false, not 1"),
        ({"repeat_window": "true"}, "expected a number from 0 to 3600, not true"),
        ({"family": "star", "password": "geheim", "peripheral": "buzzer"}, "peripheral: a buzzer needs no password"),
        ({"family": "star", "password": 4711}, "devices[0].password: expected a text; put it in quotes"),
    ],
)
def test_one_mistake_in_a_device(problems: Problems, entry: dict[str, Any], words: str) -> None:
    (problem,) = problems(with_devices(device(**entry)))
    assert words in problem


def test_an_unknown_family_does_not_hide_other_mistakes(problems: Problems) -> None:
    assert len(problems(with_devices(device(family="nedap", credential="none", name=5)))) == 3


def test_a_file_of_a_newer_version_is_not_checked_further(problems: Problems) -> None:
    assert problems("version: 2\nbridge: [new]") == [
        "line 1: version: 2 is written for a newer version of readers-bridge; update readers-bridge"
    ]


def test_two_devices_with_one_id(problems: Problems) -> None:
    assert problems(with_devices(device(), device(connection="tcp://192.0.2.11"))) == [
        'line 6: devices[1].id: "a" is also devices[0].id (line 3); give each device an id of its own'
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("tcp://reader:4000", "tcp://READER"),
        ("udp://192.0.2.10", "udp://192.0.2.10:4000?bind=192.0.2.1"),
        ("serial:///dev/ttyUSB0", "serial:///dev/ttyUSB0?baudrate=9600"),
    ],
)
def test_two_devices_on_one_address(problems: Problems, first: str, second: str) -> None:
    (problem,) = problems(with_devices(device(connection=first), device(id="b", connection=second)))
    assert problem.startswith("line 8: devices[1].connection:")
    assert "is also used by devices[0].connection (line 5)" in problem


def test_a_missing_secret_is_one_problem(problems: Problems, tmp_path: Path) -> None:
    (problem,) = problems("version: 1\nmqtt: {username: u, password: !secret mqtt_password}")
    assert problem == (
        "line 2: mqtt.password: the secret mqtt_password cannot be had: "
        f"there is no file {tmp_path}/secrets.yaml; create it with a line for each secret"
    )


def test_no_secret_is_shown(problems: Problems, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secrets.yaml").write_text("number: 4711\nname: Geheim\n")
    monkeypatch.setenv("FAMILY", "geheim")
    found = problems(
        "version: 1\nbridge: {id: !secret name}\nmqtt: {username: u, password: [geheim]}\ndevices:\n"
        + device(family="star", password="!secret number", peripheral="!env FAMILY")
    )
    assert len(found) == 4
    assert not any("4711" in problem or "geheim" in problem.lower() for problem in found)


def test_a_secret_id_is_not_shown_when_it_is_taken(problems: Problems, tmp_path: Path) -> None:
    (tmp_path / "secrets.yaml").write_text("id: geheim\n")
    first = device(id="!secret id")
    (problem,) = problems(with_devices(first, device(id="!secret id", connection="tcp://b")))
    assert "devices[1].id: this value is also devices[0].id" in problem


def test_the_error_counts_the_problems(loaded: Load) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml has one problem"):
        loaded("version: 1\na: b")
    with pytest.raises(ConfigError, match=r"config\.yaml has 2 problems"):
        loaded("version: 1\na: b\nc: d")
