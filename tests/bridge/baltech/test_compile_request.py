from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from readers_bridge.errors import CommandError
from readers_bridge.families import families
from readers_bridge.families.baltech.compile_request import compile_script

EXAMPLE = """\
IfIoPort Input0
DefaultAction
IfIoPort Input0 Not
Toggle Beeper 3 5
ToggleInverted GreenLed 1 30"""
BYTES = "44 04 04 44 04 80 03 02 03 05 06 00 01 1E"


def compiled(**body: Any) -> Any:
    return asyncio.run(compile_script(body))


def test_it_is_a_request_of_the_bridge() -> None:
    async def ask() -> Any:
        return await families()["baltech"].requests["compile_script"]({"script": "01 00"})

    assert asyncio.run(ask())["text"] == "Enable GreenLed"


@pytest.mark.parametrize("event", ["OnAccepted", "0x44", 68])
def test_the_example(event: object) -> None:
    answer = compiled(script=EXAMPLE, event=event)
    assert {key: answer[key] for key in answer if key != "timeline"} == {
        "valid": True,
        "bytes": BYTES,
        "length": 14,
        "text": EXAMPLE,
        "errors": [],
        "warnings": [],
    }
    assert answer["timeline"]["ports"]["GreenLed"] == [{"time": 0.0, "on": False}, {"time": 3.0, "on": True}]
    assert json.loads(json.dumps(answer)) == answer


def test_bytes_and_what_the_script_finds() -> None:
    answer = compiled(script=BYTES.lower(), event="OnAccepted", given={"inputs": ["input0"]})
    assert answer["text"] == EXAMPLE
    assert answer["timeline"]["ports"] == {}
    assert answer["timeline"]["default_action"] is True


def test_everything_that_can_be_given() -> None:
    found = {
        "inputs": ["Input1", "Gpio0"],
        "on": ["Relay"],
        "variables": [0, 15],
        "dip_switches": [255],
        "protocols": ["BrpTcp"],
        "states": [7],
    }
    script = (
        "IfIoPort Input1; IfIoPort Relay And; IfVar 15 And; IfDip 255 And; IfProtocolEnabled BrpTcp And; IfState 7 And"
    )
    answer = compiled(script=f"{script}; Enable GreenLed", given=found)
    assert answer["timeline"]["ports"] == {"GreenLed": [{"time": 0.0, "on": True}]}
    assert answer["timeline"]["variables"] == [0, 15]


def test_errors_have_their_places() -> None:
    answer = compiled(script="Enable GreenLed\nEnable GreenLad")
    (error,) = answer["errors"]
    assert (error["code"], error["line"], error["column"]) == ("E106", 2, 8)
    assert "did you mean GreenLed?" in error["text"]
    assert not answer["valid"]
    assert [answer[key] for key in ("bytes", "length", "text", "timeline")] == [None] * 4


def test_what_can_be_read_but_not_used_has_a_length() -> None:
    answer = compiled(script="80")
    assert (answer["valid"], answer["bytes"], answer["length"]) == (False, None, 1)


def test_warnings_do_not_hinder() -> None:
    answer = compiled(script="Enable GreenLed", event="OnScan")
    assert answer["valid"]
    assert answer["warnings"][0]["code"] == "W501"
    assert answer["bytes"] == "01 00"


@pytest.mark.parametrize(("use", "longest"), [("stored", 128), ("run", 116), ("secure", 83)])
def test_the_use_decides_how_long_it_may_be(use: str, longest: int) -> None:
    assert compiled(script="43" * longest, use=use)["valid"]
    assert compiled(script="43" * (longest + 1), use=use)["errors"][0]["code"] == "E502"


def test_the_horizon() -> None:
    assert compiled(script="Toggle Beeper 10 10", seconds=3)["timeline"]["truncated"]
    assert not compiled(script="Toggle Beeper 10 10")["timeline"]["truncated"]


def test_an_endless_script_has_a_timeline_that_ends() -> None:
    answer = compiled(script="13 F2 F2 F2 F2 30 08 01 05 FF 05 FF 05 FF 05 FF F1", seconds=3600)
    assert answer["timeline"]["truncated"]
    assert len(answer["timeline"]["happenings"]) == 1000


def test_a_very_long_text() -> None:
    assert compiled(script="Enable GreenLed\n" * 100_000)["errors"][0]["code"] == "E100"


@pytest.mark.parametrize(
    ("body", "path", "complaint"),
    [
        ({}, "script", "missing"),
        ({"script": 1}, "script", "expected a text"),
        ({"script": None}, "script", "expected a text"),
        ({"script": "01 00", "usage": 1}, "usage", "unknown key"),
        ({"script": "01 00", "event": "OnAcepted"}, "event", "did you mean OnAccepted?"),
        ({"script": "01 00", "event": 6}, "event", "there is no event 0x06"),
        ({"script": "01 00", "event": True}, "event", "expected"),
        ({"script": "01 00", "use": "twice"}, "use", "expected one of stored, run, secure"),
        ({"script": "01 00", "given": []}, "given", "expected a mapping"),
        ({"script": "01 00", "given": {"input": []}}, "given.input", "unknown key"),
        ({"script": "01 00", "given": {"inputs": ["Input0", "Inpt1"]}}, "given.inputs[1]", "did you mean Input1?"),
        ({"script": "01 00", "given": {"inputs": ["GreenLed"]}}, "given.inputs[0]", "is no input port"),
        ({"script": "01 00", "given": {"on": ["Input0"]}}, "given.on[0]", "is no output port"),
        ({"script": "01 00", "given": {"protocols": ["All"]}}, "given.protocols[0]", "is no protocol"),
        ({"script": "01 00", "given": {"variables": [16]}}, "given.variables[0]", "from 0 to 15"),
        ({"script": "01 00", "given": {"variables": ["1"]}}, "given.variables[0]", "expected from 0 to 15"),
        ({"script": "01 00", "seconds": -1}, "seconds", "from 0 to 3600"),
        ({"script": "01 00", "seconds": float("nan")}, "seconds", ""),
    ],
)
def test_arguments_that_cannot_be_used(body: dict[str, Any], path: str, complaint: str) -> None:
    with pytest.raises(CommandError) as caught:
        compiled(**body)
    assert caught.value.status == "invalid"
    assert caught.value.path == path
    assert complaint in str(caught.value)
