from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

import pytest
import yaml

from readers_bridge.__main__ import main
from readers_bridge.cli import discover
from readers_bridge.errors import TransportError
from readers_bridge.families import Driver, Family, Found, Host
from readers_bridge.model import DeviceConfig

READER = Found(
    "springcard",
    "192.0.2.10",
    "00:1C:34:12:34:56",
    "Puck One",
    {"id": "springcard-123456", "family": "springcard", "connection": "tcp://192.0.2.10:4000"},
)
PRINTER = Found(
    "star", "192.0.2.12", "0011", "mC-Print3", {"id": "till", "family": "star", "connection": "tcp://192.0.2.12"}
)


def _no_driver(_config: DeviceConfig, _host: Host) -> Driver:
    raise NotImplementedError


def family(name: str, search: Callable[[float], AsyncIterator[Found]] | None) -> Family:
    return Family(name, name.title(), {"tcp": 1}, _no_driver, discover=search)


def finds(*found: Found) -> Callable[[float], AsyncIterator[Found]]:
    async def search(_seconds: float) -> AsyncIterator[Found]:
        for one in found:
            yield one

    return search


async def _fails(_seconds: float) -> AsyncIterator[Found]:
    yield PRINTER
    raise TransportError("UDP port 22222 is in use; close the other program")


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Family]:
    known = {"springcard": family("springcard", finds(READER)), "serial": family("serial", None)}
    monkeypatch.setattr(discover, "families", lambda: known)
    return known


def test_a_table_and_entries_for_the_configuration(
    known: dict[str, Family], capsys: pytest.CaptureFixture[str]
) -> None:
    known["star"] = family("star", finds(PRINTER))
    assert main(["discover", "--seconds", "0.1"]) == 0
    shown = capsys.readouterr()
    table, entries = shown.out.split("\n\n")
    assert table.splitlines() == [
        "FAMILY      ADDRESS     IDENTITY           MODEL",
        "springcard  192.0.2.10  00:1C:34:12:34:56  Puck One",
        "star        192.0.2.12  0011               mC-Print3",
    ]
    assert yaml.safe_load(entries) == {"devices": [READER.entry, PRINTER.entry]}
    assert shown.err == "looking for devices for 0.1 s (springcard, star)\n"


@pytest.mark.usefixtures("known")
def test_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discover", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "family": "springcard",
            "address": "192.0.2.10",
            "identity": "00:1C:34:12:34:56",
            "model": "Puck One",
            "entry": dict(READER.entry),
        }
    ]


def test_one_family_only(known: dict[str, Family], capsys: pytest.CaptureFixture[str]) -> None:
    known["star"] = family("star", finds(PRINTER))
    assert main(["discover", "--family", "star"]) == 0
    assert "Puck One" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["serial", "nedap"])
@pytest.mark.usefixtures("known")
def test_a_family_that_cannot_look(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discover", "--family", name]) == 2
    assert "choose from springcard" in capsys.readouterr().err


def test_a_search_that_fails_does_not_stop_the_others(
    known: dict[str, Family], capsys: pytest.CaptureFixture[str]
) -> None:
    known["star"] = family("star", _fails)
    assert main(["discover"]) == 0
    shown = capsys.readouterr()
    assert "Puck One" in shown.out
    assert "mC-Print3" in shown.out
    assert "star: UDP port 22222 is in use" in shown.err


def test_nothing_but_a_failure(known: dict[str, Family]) -> None:
    async def fails(_seconds: float) -> AsyncIterator[Found]:
        raise OSError("no network")
        yield

    known["springcard"] = family("springcard", fails)
    assert main(["discover"]) == 1


def test_silence(known: dict[str, Family], capsys: pytest.CaptureFixture[str]) -> None:
    known["springcard"] = family("springcard", finds())
    assert main(["discover", "--json"]) == 5
    shown = capsys.readouterr()
    assert json.loads(shown.out) == []
    assert "nothing was found" in shown.err


@pytest.mark.parametrize("seconds", ["0", "-1", "301", "soon", "nan"])
def test_seconds(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discover", f"--seconds={seconds}"]) == 2
    assert "a number of seconds above 0 and up to 300 is needed" in capsys.readouterr().err
