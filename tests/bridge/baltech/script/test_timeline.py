from __future__ import annotations

import json

import pytest

from readers_bridge.families.baltech.script.bytecode import decode
from readers_bridge.families.baltech.script.interpreter import Ending, Given
from readers_bridge.families.baltech.script.timeline import HAPPENINGS, simulate
from readers_bridge.families.baltech.typedefs import IoPort

SEED = decode(bytes.fromhex("44 04 04 44 04 80 03 02 03 05 06 00 01 1E"))
ON_ACCEPTED = 0x44


def test_the_example_while_the_lock_signal_is_high() -> None:
    timeline = simulate(SEED, Given(inputs=frozenset({IoPort.Input0})), event=ON_ACCEPTED)
    assert timeline.to_json() == {
        "ending": "default_action",
        "default_action": True,
        "ports": {},
        "happenings": [{"time": 0.0, "what": "default_action_done", "event": "OnAccepted"}],
        "variables": [],
        "truncated": False,
    }


def test_the_example_while_it_is_low() -> None:
    timeline = simulate(SEED, event=ON_ACCEPTED)
    shown = timeline.to_json()
    assert timeline.ending is Ending.DONE
    assert shown["default_action"] is False
    assert shown["ports"] == {
        "GreenLed": [{"time": 0.0, "on": False}, {"time": 3.0, "on": True}],
        "Beeper": [
            {"time": 0.0, "on": True},
            {"time": 0.5, "on": False},
            {"time": 1.0, "on": True},
            {"time": 1.5, "on": False},
            {"time": 2.0, "on": True},
            {"time": 2.5, "on": False},
        ],
    }
    assert len(shown["happenings"]) == 8
    assert not timeline.truncated


def test_everything_has_its_name() -> None:
    program = decode(bytes.fromhex("07 00 01 00 07 03 02 86 05 0C A5 08 0F 0B 01 00 32 0B 00 00 00 01 4F 0D 7B"))
    stored = {0x7B: decode(b"\x02\x06"), 0x69: decode(b"\x04")}
    shown = simulate(program, scripts=stored).to_json()
    assert [{key: value for key, value in happening.items() if key != "time"} for happening in shown["happenings"]] == [
        {"what": "message_sent", "type": "Card", "id": 1, "protocol": "All"},
        {"what": "message_sent", "type": "Keyboard", "id": 2, "protocol": "BrpTcp"},
        {"what": "card_message_sent"},
        {"what": "traced", "code": "A5"},
        {"what": "variable_changed", "variable": 15, "value": True},
        {"what": "timer_set", "timer": 1, "due": 5.0},
        {"what": "timer_set", "timer": 0, "due": None},
        {"what": "port_changed", "port": "CustomVled15", "on": True},
        {"what": "script_run", "event": "OnCardAcceptedByHost"},
        {"what": "port_changed", "port": "BlueLed", "on": False},
        {"what": "timer_fired", "timer": 1},
        {"what": "script_run", "event": "OnTimer[1]"},
        {"what": "default_action_done", "event": "OnTimer[1]"},
    ]
    assert shown["variables"] == [15]
    assert json.loads(json.dumps(shown)) == shown


def test_numbers_that_have_no_name() -> None:
    shown = simulate(decode(bytes.fromhex("01 10 07 0A 00 07"))).to_json()
    assert list(shown["ports"]) == ["0x10"]
    assert (shown["happenings"][1]["type"], shown["happenings"][1]["protocol"]) == ("0x0a", "0x07")


def test_the_horizon() -> None:
    toggle = decode(bytes.fromhex("03 02 05 0A"))
    timeline = simulate(toggle, seconds=3.0)
    assert [happening.time for happening in timeline.happenings] == [0.0, 1.0, 2.0, 3.0]
    assert timeline.truncated
    assert not simulate(toggle, seconds=9.0).truncated


@pytest.mark.parametrize(
    "text",
    [
        "03 02 FF 01",  # for ever
        "13 F2 F2 F2 F2 30 08 01 05 FF 05 FF 05 FF 05 FF F1",
        "13 F2 F2 F2 F2 08 01 05 FF 05 FF 05 FF 05 FF F1",  # without a happening
        "13 F2 F2 F2 30 05 FF 05 FF 05 FF F1",  # without a wait
    ],
)
def test_endless_scripts_end(text: str) -> None:
    timeline = simulate(decode(bytes.fromhex(text)), seconds=1e9)
    assert timeline.truncated
    assert len(timeline.happenings) <= HAPPENINGS


def test_fewer_happenings() -> None:
    timeline = simulate(decode(bytes.fromhex("03 02 05 0A")), limit=3)
    assert len(timeline.happenings) == 3
    assert timeline.truncated
