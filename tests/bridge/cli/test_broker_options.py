from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from readers_bridge.__main__ import main
from readers_bridge.cli.broker_options import Target, add_broker_options, target_of
from readers_bridge.config import MqttConfig
from readers_bridge.errors import ConfigError

FILE = """\
version: 1
bridge: {id: yard}
mqtt: {host: broker.local, port: 1884, username: readers, password: !secret word, prefix: plant}
"""


def target(*words: str) -> Target:
    parser = argparse.ArgumentParser()
    add_broker_options(parser)
    return target_of(parser.parse_args(words))


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "secrets.yaml").write_text("word: geheim\n")
    (tmp_path / "config.yaml").write_text(FILE)
    return str(tmp_path / "config.yaml")


def test_without_options_it_is_the_broker_here_and_whatever_bridge_there_is() -> None:
    assert target() == Target(MqttConfig(hosts=(("localhost", 1883),)), prefix=None, bridge=None)


def test_the_configuration_says_all_of_it(config: str) -> None:
    broker = MqttConfig((("broker.local", 1884),), "readers", "geheim", "plant")
    assert target("--config", config) == Target(broker, prefix="plant", bridge="yard")


def test_another_bridge_at_the_same_broker(config: str) -> None:
    named = target("--config", config, "--bridge", "dock", "--prefix", "readers")
    assert (named.prefix, named.bridge, named.broker.hosts) == ("readers", "dock", (("broker.local", 1884),))


@pytest.mark.parametrize(
    ("words", "port"), [([], 1883), (["--tls"], 8883), (["--port", "99"], 99), (["--tls", "--port", "99"], 99)]
)
def test_the_port_follows_from_tls(words: list[str], port: int) -> None:
    assert target(*words).broker.hosts == (("localhost", port),)


def test_the_password_comes_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    file.write_bytes(b" from file \r\nmore\n")
    monkeypatch.setenv("READERS_MQTT_PASSWORD", "from environment")
    assert target("--username", "u").broker.password == "from environment"
    assert target("--username", "u", "--password-file", str(file)).broker.password == " from file "
    assert target().broker.password is None


@pytest.mark.parametrize(
    ("words", "words_of_the_error"),
    [
        (["--config", "CONFIG", "--host", "localhost"], "--host stands beside --config"),
        (["--config", "CONFIG", "--password-file", "x"], "--password-file stands beside --config"),
        (["--config", "missing.yaml"], "there is no file missing.yaml"),
        (["--password-file", "x"], "add the name of the user"),
        (["--username", "u", "--password-file", "missing"], "missing: No such file"),
        (["--username", "u", "--password-file", "BINARY"], "is not UTF-8"),
        (["--ca", "missing"], "--ca missing cannot be used (No such file or directory)"),
        (["--ca", "CONFIG"], "name a file of certificates (PEM)"),
    ],
)
def test_files_and_contradictions(words: list[str], words_of_the_error: str, config: str, tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError) as caught:
        target(*({"CONFIG": config, "BINARY": str(binary)}.get(word, word) for word in words))
    assert words_of_the_error in str(caught.value)


@pytest.mark.parametrize(
    ("words", "words_of_the_error"),
    [
        (["--port", "0"], "--port: expected a whole number from 1 to 65535"),
        (["--port", "99999"], "--port: expected a whole number from 1 to 65535"),
        (["--host", "mqtt://broker"], "--host: "),
        (["--host", ""], "--host: "),
        (["--bridge", "a/b"], "how about a-b?"),
        (["--bridge", "discovery"], "is reserved"),
        (["--prefix", "+"], "--prefix: "),
    ],
)
@pytest.mark.parametrize("command", [["monitor"], ["send", "gate", "open"]])
def test_words_that_cannot_be_right(
    command: list[str], words: list[str], words_of_the_error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, *words]) == 2
    assert words_of_the_error in capsys.readouterr().err
