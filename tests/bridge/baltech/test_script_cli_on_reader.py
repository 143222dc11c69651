from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from readers_bridge.__main__ import main
from tests.bridge.baltech.script_files import BYTES, EXAMPLE, Shown, script
from tests.bridge.cli.command import run
from tests.bridge.cli.stand_in import StandIn, ended, result_of, started
from tests.conftest import Broker, free_port


@pytest.fixture
def bridge(broker: Broker) -> Iterator[StandIn]:
    bridge = StandIn(broker.port)
    yield bridge
    bridge.close()


def exchange(bridge: StandIn, command: str, words: list[str], status: str = "done", **more: Any) -> Any:
    """What was sent, and how the command ended."""
    at = ["--host", "127.0.0.1", "--port", str(bridge.port)]
    with started("script", words[0], *at, *words[1:]) as running:
        sent = bridge.command("door", command)
        bridge.answer(sent, status, **more)
        code, out, err = ended(running)
    body = {key: value for key, value in sent.json.items() if key not in ("transaction", "issued_at")}
    return body, code, out, err


def test_run(bridge: StandIn, example: str) -> None:
    body, code, out, err = exchange(bridge, "run_script", ["run", "door", example], data={"default_action": True})
    assert body == {"script": BYTES}
    assert (code, out) == (0, "the script was run; it ended with DefaultAction\n")
    assert err.startswith("2:1: W503: ")


def test_store(bridge: StandIn, example: str) -> None:
    data = {"changed": True, "previous": "01 00", "reset_needed": True}
    words = ["store", "door", "onaccepted", "--timeout", "10", example]  # a file after an option
    body, code, out, err = exchange(bridge, "store_script", words, data=data)
    assert body == {"event": "OnAccepted", "script": BYTES, "reset": False}
    assert code == 0
    assert out == "OnAccepted: the script is stored\nthe script before, to put it back: 01 00\n"
    assert "give --reset" in err


def test_store_what_is_there_already(bridge: StandIn, example: str) -> None:
    data = {"changed": False, "previous": BYTES, "reset_needed": False}
    body, code, out, err = exchange(bridge, "store_script", ["store", "door", "0x44", example, "--reset"], data=data)
    assert body["reset"] is True
    assert (code, out, err) == (0, "OnAccepted: this script was stored already; nothing was written\n", "")


def test_a_risky_event_is_confirmed(bridge: StandIn, tmp_path: Path, capsys: Shown) -> None:
    file = script(tmp_path, "DefaultAction")
    assert main(["script", "store", "--port", str(bridge.port), "door", "OnScan", file]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "nothing was sent: a script for OnScan needs --confirm" in shown.err
    words = ["store", "door", "OnScan", file, "--confirm"]
    body, code, _, _ = exchange(bridge, "store_script", words, data={"changed": True})
    assert (body["confirm"], code) == (True, 0)


@pytest.mark.parametrize("words", [["run", "door"], ["store", "door", "OnAccepted"]])
def test_nothing_wrong_is_sent(words: list[str], tmp_path: Path, capsys: Shown) -> None:
    assert main(["script", *words, "--port", str(free_port()), script(tmp_path, "Enable GreenLad")]) == 1
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "1:8: E106: GreenLad is no port; did you mean GreenLed?\n")


def test_read_prints_what_assemble_takes(bridge: StandIn, tmp_path: Path) -> None:
    data = {"event": "OnAccepted", "stored": True, "script": BYTES, "text": "\x1b[2J"}
    body, code, out, err = exchange(bridge, "read_script", ["read", "door", "OnAccepted"], data=data)
    assert body == {"event": "OnAccepted"}
    assert (code, out, err) == (0, EXAMPLE, "")
    assert run("script", "assemble", cwd=tmp_path, stdin=out).stdout == f"{BYTES}\n"


@pytest.mark.parametrize(
    ("data", "shown", "complaint"),
    [
        ({"stored": False, "script": None, "text": None}, "", "OnAccepted: no script is stored"),
        ({"stored": True, "script": "FF 01", "text": None}, "FF 01\n", "OnAccepted: what is stored is no script"),
        ({"stored": True, "script": "\x1b[2J"}, " [2J\n", "OnAccepted: what is stored is no script"),
    ],
)
def test_read_what_is_no_script(bridge: StandIn, data: dict[str, Any], shown: str, complaint: str) -> None:
    _, code, out, err = exchange(bridge, "read_script", ["read", "door", "OnAccepted"], data=data)
    assert (code, out) == (0, shown)
    assert err.startswith(complaint)


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"changed": True, "previous": "01 00"}, ["the script is deleted", "the script before, to put it back: 01 00"]),
        ({"changed": False, "previous": None}, ["no script was stored"]),
    ],
)
def test_delete(bridge: StandIn, data: dict[str, Any], shown: list[str]) -> None:
    words = ["delete", "door", "OnTimer0", "--reset"]
    body, code, out, _ = exchange(bridge, "delete_script", words, data={**data, "reset_needed": False})
    assert body == {"event": "OnTimer[0]", "reset": True}
    assert code == 0
    assert out.removeprefix("OnTimer[0]: ").splitlines() == shown


def test_list(bridge: StandIn) -> None:
    scripts = [
        {"event": "OnAccepted", "event_id": 0x44, "script": BYTES, "text": EXAMPLE, "length": 14},
        {"event": "OnScan", "event_id": 0x75, "script": "04", "text": "DefaultAction", "length": 1},
        {"event": None, "event_id": 31, "script": None},
    ]
    body, code, out, err = exchange(bridge, "list_scripts", ["list", "door"], data={"scripts": scripts})
    assert (body, code, err) == ({}, 0, "")
    assert out.splitlines() == [f"OnAccepted  {BYTES}", "OnScan      04", "event 31    cannot be read"]


def test_list_without_scripts(bridge: StandIn) -> None:
    _, code, out, err = exchange(bridge, "list_scripts", ["list", "door"], data={"scripts": []})
    assert (code, out, err) == (0, "", "no scripts are stored\n")


def test_the_result_as_json(bridge: StandIn) -> None:
    _, code, out, err = exchange(bridge, "list_scripts", ["list", "door", "--json"], data={"scripts": []})
    assert (code, result_of(out)["data"], err) == (0, {"scripts": []}, "")


@pytest.mark.parametrize(("status", "code"), [("failed", 1), ("unavailable", 1), ("unknown", 1), ("no_answer", 5)])
def test_what_the_reader_or_the_bridge_refuses(bridge: StandIn, status: str, code: int) -> None:
    error = {"code": "access_denied", "message": "the reader wants a key", "path": None}
    _, returned, out, err = exchange(bridge, "list_scripts", ["list", "door"], status, error=error)
    assert (returned, out) == (code, "")
    assert err == f"readers-bridge: {status}: the reader wants a key\n"


def test_no_broker(example: str, capsys: Shown) -> None:
    assert main(["script", "run", "--host", "127.0.0.1", "--port", str(free_port()), "door", example]) == 3
    assert "no broker answers" in capsys.readouterr().err
