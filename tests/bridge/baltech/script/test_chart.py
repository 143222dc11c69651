from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readers_bridge.families.baltech.script.bytecode import decode
from readers_bridge.families.baltech.script.chart import chart
from readers_bridge.families.baltech.script.happenings import (
    CardMessageSent,
    DefaultActionDone,
    Happening,
    MessageSent,
    PortChanged,
    ScriptRun,
    TimerFired,
    TimerSet,
    Traced,
    VariableChanged,
)
from readers_bridge.families.baltech.script.interpreter import Ending, Given
from readers_bridge.families.baltech.script.timeline import Timeline, simulate
from readers_bridge.families.baltech.typedefs import IoPort


def shown(text: str, width: int = 80, **found: set[int]) -> list[str]:
    facts = Given(**{name: frozenset(values) for name, values in found.items()})
    return chart(simulate(decode(bytes.fromhex(text)), facts), width).splitlines()


def test_the_example() -> None:
    assert shown("44 04 04 44 04 80 03 02 03 05 06 00 01 1E") == [
        "seconds   0         0.5       1         1.5       2         2.5       3",
        "          |---------|---------|---------|---------|---------|---------|-----",
        "GreenLed  ____________________________________________________________######",
        "Beeper    ##########__________##########__________##########________________",
        "# on  _ off  : both  (0.05 s a column)",
        "",
        "GreenLed: off 0.0 s, on 3.0 s",
        "Beeper: on 0.0 s, off 0.5 s, on 1.0 s, off 1.5 s, on 2.0 s, off 2.5 s",
        "",
        "The script ran to its end. No default action.",
    ]


def test_changes_that_are_too_short_for_a_column() -> None:
    lines = shown("13 10 08 32 20 BF BF F1", 50)
    assert lines[2].startswith("GreenLed  #")
    assert shown("13 10 08 32 20 BF BF 10 08 32 20 F1", 50)[2].startswith("GreenLed  :____")


def test_a_port_that_was_on_and_one_that_nobody_knows() -> None:
    lines = shown("13 9E 20 12 F1", 50, on={IoPort.GreenLed})
    green, beeper = lines[2:4]
    assert green == "GreenLed  " + "#" * 30 + "_" * 6
    assert beeper == "Beeper    " + " " * 30 + "#" * 6


def test_what_happens_at_once_needs_no_axis() -> None:
    assert shown("01 00") == ["GreenLed: on 0.0 s", "", "The script ran to its end. No default action."]
    assert shown("43") == ["The script ran to its end. No default action."]


def test_what_else_happens() -> None:
    happenings: list[Happening] = [
        MessageSent(0.0, 3, 2, 0x86),
        CardMessageSent(0.0),
        Traced(0.0, 0xA5),
        VariableChanged(0.0, 1, True),
        VariableChanged(0.0, 2, False),
        TimerSet(0.0, 1, 5.0),
        TimerSet(0.0, 0, None),
        TimerFired(5.0, 1),
        ScriptRun(5.0, 0x69),
        DefaultActionDone(5.0, 0x69),
        DefaultActionDone(5.0, 0x44),
    ]
    timeline = Timeline(tuple(happenings), Ending.RUNTIME_ERROR, frozenset({1, 4}), truncated=True)
    assert chart(timeline).splitlines() == [
        "0.0 s: message 2 as Keyboard to BrpTcp",
        "0.0 s: the card's message",
        "0.0 s: trace A5",
        "0.0 s: variable 1 set",
        "0.0 s: variable 2 cleared",
        "0.0 s: timer 1 set, due at 5.0 s",
        "0.0 s: timer 0 cancelled",
        "5.0 s: timer 1 fires",
        "5.0 s: the script of OnTimer[1] runs",
        "5.0 s: default action of OnTimer[1]: nothing",
        "5.0 s: default action of OnAccepted: the reader sends the card's message",
        "",
        "A runtime error ended the script.",
        "Variables set in the end: 1, 4",
        "It goes on; shown is what happens up to 5.0 s.",
    ]


def test_long_lists_are_cut() -> None:
    toggle = " ".join(shown("03 02 64 01"))
    assert "and 150 more" in toggle
    traces = shown("0C 01" * 60)
    assert "and 10 more" in traces


@pytest.mark.parametrize("width", [1, 40, 57, 80, 200])
@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**8), st.sampled_from(IoPort), st.booleans()),
        max_size=30,
    )
)
def test_it_fits(width: int, changes: list[tuple[int, IoPort, bool]]) -> None:
    happenings = [PortChanged(ms / 1000, port, on) for ms, port, on in sorted(changes)]
    lines = chart(Timeline(tuple(happenings), Ending.DONE), width).splitlines()
    assert all(len(line) <= max(width, 40) for line in lines)
    assert all(line.isascii() for line in lines)
