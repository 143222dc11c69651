from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from readers_bridge.config import load
from readers_bridge.model import Address
from tests.bridge.cli.command import PROGRAM, SECONDS, run

ANSWERS = [
    "yard",  # id of the bridge
    "broker.local",
    "",  # port: the default
    "readers",
    "geheim: #1",
    "off",  # Home Assistant discovery
    "yes",  # add a device
    "springcard",
    "tcp://192.0.2.10",
    "front-door",
    "yes",
    "",  # family: the default
    "udp://192.0.2.11",
    "",  # id: a free one
    "no",
]


def typed(*answers: str) -> str:
    return "".join(f"{answer}\n" for answer in answers)


def test_piped_answers_become_a_valid_configuration(tmp_path: Path) -> None:
    made = run("init", cwd=tmp_path, stdin=typed(*ANSWERS))
    assert (made.returncode, made.stdout) == (
        0,
        "wrote config.yaml and secrets.yaml\nnext: readers-bridge run --config config.yaml\n",
    )
    config = load(tmp_path / "config.yaml")
    assert config.bridge.id == "yard"
    assert config.mqtt.hosts == (("broker.local", 1883),)
    assert (config.mqtt.username, config.mqtt.password) == ("readers", "geheim: #1")
    assert config.home_assistant.discovery == "off"
    assert [(device.id, device.address) for device in config.devices] == [
        ("front-door", Address("tcp", "192.0.2.10", 4000)),
        ("springcard-1", Address("udp", "192.0.2.11", 4000)),
    ]
    assert config.inline_secrets == ()


def test_the_password_is_kept_from_others(tmp_path: Path) -> None:
    made = run("init", cwd=tmp_path, stdin=typed(*ANSWERS))
    assert (tmp_path / "secrets.yaml").stat().st_mode & 0o777 == 0o600
    assert "geheim" not in (tmp_path / "config.yaml").read_text()
    assert "geheim" not in made.stdout + made.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == ["config.yaml", "secrets.yaml"]


def test_the_file_explains_itself(tmp_path: Path) -> None:
    run("init", "--yes", cwd=tmp_path)
    text = (tmp_path / "config.yaml").read_text()
    assert "readers-bridge check --config config.yaml" in text
    assert "# auto | on | off" in text
    assert "#   family: springcard" in text


def test_options_are_answers(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("0123\n")
    made = run(
        *(
            "init",
            "--yes",
            "--config",
            "a.yaml",
            "--bridge",
            "gate",
            "--host",
            "::1",
            "--port",
            "1884",
            "--discovery",
            "on",
        ),
        *("--username", "yes", "--password-file", "password"),
        *("--device", "a", "springcard", "tcp://192.0.2.10", "--device", "b", "springcard", "serial:///dev/ttyACM0"),
        cwd=tmp_path,
    )
    assert made.returncode == 0, made.stderr
    config = load(tmp_path / "a.yaml")
    assert config.mqtt.hosts == (("::1", 1884),)
    assert (config.mqtt.username, config.mqtt.password) == ("yes", "0123")
    assert config.home_assistant.discovery == "on"
    assert [device.id for device in config.devices] == ["a", "b"]


def test_with_yes_everything_has_a_default(tmp_path: Path) -> None:
    made = run("init", "--yes", cwd=tmp_path)
    assert made.returncode == 0
    assert load(tmp_path / "config.yaml").devices == ()
    assert "warning: devices: there are none" in made.stderr
    assert not (tmp_path / "secrets.yaml").exists()


def test_the_password_from_the_environment(tmp_path: Path) -> None:
    run("init", "--yes", "--username", "u", cwd=tmp_path, READERS_MQTT_PASSWORD="geheim")
    assert load(tmp_path / "config.yaml").mqtt.password == "geheim"


@pytest.mark.parametrize(
    ("words", "stdin", "message"),
    [
        (["--yes", "--username", "u"], "", "no password; give one with --password-file"),
        (["--yes", "--port", "99999"], "", "Port of the broker: expected a whole number from 1 to 65535, not"),
        (["--yes", "--bridge", "Home"], "", "how about home?"),
        (["--yes", "--device", "a", "nedap", "tcp://x"], "", 'not "nedap"'),
        (["--yes", "--device", "a", "springcard", "x"], "", "did you mean tcp://x"),
        (["--yes", *["--device", "a", "springcard", "tcp://x"] * 2], "", "is the id of another device"),
        (
            ["--yes", "--device", "a", "springcard", "tcp://x", "--device", "b", "springcard", "tcp://x"],
            "",
            "only one device can use it",
        ),
        (["--yes", "--password-file", "missing", "--username", "u"], "", "cannot read the password file missing"),
        (["--yes", "--config", "missing/config.yaml"], "", "there is no directory missing; create it first"),
        (["--yes", "--config", "/proc/config.yaml"], "", "/proc/config.yaml cannot be written: "),
        ([], typed("home", "broker"), "the answers end before the question `Port of the broker`"),
        ([], typed("Home"), 'Id of the bridge: "Home" must be'),
    ],
)
def test_answers_that_do_not_fit(tmp_path: Path, words: list[str], stdin: str, message: str) -> None:
    made = run("init", *words, cwd=tmp_path, stdin=stdin)
    assert made.returncode == 2
    assert message in made.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_without_force(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("mine")
    made = run("init", "--yes", cwd=tmp_path)
    assert made.returncode == 2
    assert "exists already" in made.stderr
    assert file.read_text() == "mine"
    assert run("init", "--yes", "--force", cwd=tmp_path).returncode == 0
    assert load(file).bridge.id == "home"


def test_other_secrets_stay(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.yaml"
    secrets.write_text("# mine\ntill_password: a")
    words = ("init", "--yes", "--username", "u", "--force")
    assert run(*words, cwd=tmp_path, READERS_MQTT_PASSWORD="first").returncode == 0
    assert secrets.read_text() == "# mine\ntill_password: a\nmqtt_password: first\n"
    assert run(*words, cwd=tmp_path, READERS_MQTT_PASSWORD="'second").returncode == 0
    assert yaml.safe_load(secrets.read_text()) == {"till_password": "a", "mqtt_password": "'second"}


def test_another_password_is_not_replaced_without_force(tmp_path: Path) -> None:
    (tmp_path / "secrets.yaml").write_text("mqtt_password: first\n")
    made = run("init", "--yes", "--username", "u", cwd=tmp_path, READERS_MQTT_PASSWORD="second")
    assert made.returncode == 2
    assert "has another mqtt_password already" in made.stderr
    assert not (tmp_path / "config.yaml").exists()
    assert run("init", "--yes", "--username", "u", cwd=tmp_path, READERS_MQTT_PASSWORD="first").returncode == 0


class Terminal:
    """A person at a pseudo-terminal."""

    def __init__(self, folder: Path) -> None:
        self._master, slave = os.openpty()
        self.process = subprocess.Popen(
            [*PROGRAM, "init"], cwd=folder, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        os.close(slave)
        self.shown = ""
        self._seen = 0

    def answer(self, question: str, line: str) -> None:
        while question not in self.shown[self._seen :]:
            self.shown += os.read(self._master, 4096).decode()
        self._seen = len(self.shown)
        os.write(self._master, f"{line}\n".encode())

    def end(self) -> int:
        code = self.process.wait(SECONDS)
        try:
            while text := os.read(self._master, 4096):
                self.shown += text.decode()
        except OSError:  # the other side is closed
            pass
        return code

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


def test_at_a_terminal_a_wrong_answer_is_asked_again(terminal: Terminal, tmp_path: Path) -> None:
    terminal.answer("Id of the bridge [home]:", "My Home")
    terminal.answer("Id of the bridge [home]:", "my-home")
    terminal.answer("Host of the MQTT broker [localhost]:", "")
    terminal.answer("Port of the broker [1883]:", "")
    terminal.answer("User name", "readers")
    terminal.answer("Password", "geheim")
    terminal.answer("discovery", "")
    terminal.answer("Add a device", "no")
    assert terminal.end() == 0
    assert "how about my-home?" in terminal.shown
    assert "geheim" not in terminal.shown
    config = load(tmp_path / "config.yaml")
    assert (config.bridge.id, config.mqtt.password) == ("my-home", "geheim")
