from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge import yaml_file
from readers_bridge.errors import ConfigError


def read(folder: Path, text: str | bytes) -> yaml_file.Document:
    file = folder / "config.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return yaml_file.read(file)


def test_data_and_the_line_of_each_value(tmp_path: Path) -> None:
    document = read(tmp_path, "version: 1\ndevices:\n  - id: a\n    name: A\n  - id: b\n")
    assert document.data == {"version": 1, "devices": [{"id": "a", "name": "A"}, {"id": "b"}]}
    assert document.line(("devices", 0, "name")) == 4
    assert document.line(("devices", 1)) == 5
    assert document.line(("devices", 1, "missing")) == 5
    assert document.line(("missing",)) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("0x1F", 31),
        ("-3.5", -3.5),
        ("0123", "0123"),
        ("12:30:00", "12:30:00"),
        ("2026-03-01", "2026-03-01"),
        ("on", True),
        ("No", False),
        ("~", None),
        ("", None),
        ("'12'", "12"),
        ("tcp://192.0.2.10:4000", "tcp://192.0.2.10:4000"),
        ("[a:1883, b]", ["a:1883", "b"]),
    ],
)
def test_plain_values_are_what_people_mean(tmp_path: Path, text: str, value: object) -> None:
    assert read(tmp_path, f"key: {text}").data == {"key": value}


def test_one_block_can_be_used_for_many_devices(tmp_path: Path) -> None:
    document = read(tmp_path, "- &reader {id: a, family: springcard}\n- <<: *reader\n  id: b\n")
    assert document.data == [{"id": "a", "family": "springcard"}, {"id": "b", "family": "springcard"}]
    assert document.problems == []


def test_a_key_that_stands_twice(tmp_path: Path) -> None:
    document = read(tmp_path, "mqtt:\n  port: 1\n  host: a\n  port: 2\n")
    assert [str(problem) for problem in document.problems] == [
        "line 4: mqtt.port: stands here twice; it is also on line 2, remove one"
    ]


def test_secrets(tmp_path: Path) -> None:
    (tmp_path / "secrets.yaml").write_text("mqtt_password: 'geheim'\n")
    document = read(tmp_path, "password: !secret mqtt_password\n")
    assert document.data == {"password": "geheim"}
    assert document.hidden == {("password",)}


def test_a_secret_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "secrets.yaml").write_text("mqtt_password: geheim\n")
    document = read(tmp_path, "a: !secret mqtt_pasword\nb: !secret other\n")
    first, second = map(str, document.problems)
    assert first == f"line 1: a: {tmp_path}/secrets.yaml has no secret mqtt_pasword; did you mean mqtt_password?"
    assert "add a line `other: ...`" in second


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no file"),
        ("geheim", "must have lines `name: secret`"),
        ("a: 'geheim", "line 1: not YAML"),
        ("a: [geheim]", "must be a single text"),
        ("a: 1\na: geheim", "stands here twice"),
        ("a: !secret a", "cannot refer to itself"),
    ],
)
def test_a_secrets_file_that_cannot_be_used(tmp_path: Path, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / "secrets.yaml").write_text(content)
    document = read(tmp_path, "password: !secret a\n")
    assert words in str(document.problems[0])
    assert "secrets.yaml" in str(document.problems[0])
    assert "geheim" not in str(document.problems[0])


def test_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READERS_TEST", "from outside")
    monkeypatch.delenv("READERS_TEST_MISSING", raising=False)
    document = read(
        tmp_path, "a: !env READERS_TEST\nb: !env READERS_TEST_MISSING a default\nc: !env READERS_TEST_MISSING\n"
    )
    assert (document.data["a"], document.data["b"]) == ("from outside", "a default")
    (problem,) = map(str, document.problems)
    assert problem == (
        "line 3: c: the environment variable READERS_TEST_MISSING is not set; "
        "set it, or give a default: !env READERS_TEST_MISSING DEFAULT"
    )


def test_an_unknown_tag(tmp_path: Path) -> None:
    document = read(tmp_path, "a: !include other.yaml\nb: !!python/name:os.system x\n")
    assert [problem.path for problem in document.problems] == ["a", "b"]
    assert "there are !secret NAME and !env NAME" in str(document.problems[0])


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mqtt:\n\thost: a\n", "line 2: a tab"),
        ("mqtt: [a\nhost: b\n", "not YAML"),
        ("a: b: c", "line 1: not YAML"),
        ("a: 'b", "not YAML"),
        ("name: Tür\n".encode("latin-1"), "line 1: not UTF-8"),
        ("a: \x07", "forbids: U+0007"),
        ("? [a, b]\n: c", "a key must be a word"),
        ("--- a\n--- b\n", "not YAML"),
        ("a: &a [*a]", "aliases that never end"),
        (BOMB, "aliases that never end"),
        ("[" * 5000, "nested too deeply"),
        ("a: " + "x" * yaml_file.MAX_BYTES, "larger than 1024 kB"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, text)
    assert str(error.value).startswith(f"{tmp_path}/config.yaml")
    assert words in str(error.value)


def test_a_byte_order_mark_is_no_harm(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfversion: 1\n").data == {"version": 1}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no file .*readers-bridge init"):
        yaml_file.read(tmp_path / "missing.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        yaml_file.read(tmp_path)


@given(st.one_of(st.text(), st.text("ab:-[]{}&*!#|>'\"\n \t?,%@"), st.binary()))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str | bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    try:
        document = read(folder, text if isinstance(text, bytes) else text.encode("utf-8", "replace"))
    except ConfigError:
        return
    assert isinstance(document, yaml_file.Document)
