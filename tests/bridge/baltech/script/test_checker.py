"""Errors and warnings: where they are due, and where they would be false alarms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from readers_bridge.families.baltech import script
from readers_bridge.families.baltech.script import (
    CODES,
    Finding,
    Instruction,
    Position,
    Severity,
    Use,
    check,
    check_text,
    parse,
)
from readers_bridge.families.baltech.script.operations import RUN_SEQUENCE, WAIT_SEC


def codes(text: str, use: Use = Use.STORED, event: int | None = None, limit: int | None = None) -> list[str]:
    return [finding.code for finding in check_text(text, use, event, limit)]


def sequence(items: str) -> str:
    return f"RunSequence; {items}; EndOfSequence"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Toggle Beeper 0 5", ["E203"]),
        ("Toggle Beeper 3 0", ["E203"]),
        ("ToggleInverted Beeper 0 0", ["E203", "E203"]),
        ("Toggle Beeper 255 5", ["W201"]),
        ("Toggle Beeper 254 255", []),
        ("Enable Input0", ["W202"]),
        ("Toggle TamperAlarm 1 1", ["W202"]),
        (sequence("EnablePort Input1"), ["W202"]),
        ("Enable Gpio0", []),
        ("IfIoPort GreenLed", ["W203"]),
        ("IfIoPort TamperAlarm; IfIoPort Gpio7", []),
        ("IfState 7", ["W204"]),
        ("IfState 8", []),
        ("IfState 16", ["E201"]),
        ("IfProtocolEnabled All", ["W205"]),
        ("SendCardMsg", ["W206"]),
        ("SetTimer 2 0", []),
        ("SetTimer 3 1", ["E201"]),
        ("SendMsg Card 127 All; SendMsg Card 0 BrpHid", []),
        ("SendMsg Card 128 All", ["E201"]),
        ("SendMsg 7 0 All", ["E202"]),
        ("SendMsg Card 0 1", ["E202"]),
        ("IfVar 16; AssignVar 16; ClearVar 16; SetVar 16", ["E201"] * 4),
        ("IfDip 255; Trace 255", []),
    ],
)
def test_values(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Not", ["E301"]),
        ("AssignVar 0", ["E301"]),
        ("IfVar 0 Or", ["E301"]),
        ("IfVar 0; IfVar 1 And And", ["E301"]),
        ("IfVar 0; AssignVar 1; AssignVar 2", ["E301"]),
        ("Or Or Not", ["E301", "E301"]),
        ("IfVar 0; IfVar 1; AssignVar 2 Not; AssignVar 3", []),
        (";".join(["IfVar 0"] * 8), []),
        (";".join(["IfVar 0"] * 10), ["W301"]),
    ],
)
def test_the_condition_stack(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DefaultAction; Enable Relay; Enable Beeper", ["W302"]),
        ("IfVar 1; DefaultAction; Enable Relay", ["W302"]),
        ("IfVar 1; DefaultAction; Not; Enable Relay", []),
        ("IfVar 1; Enable Relay; DefaultAction", []),
        ("IfVar 1; DefaultAction; IfVar 1 Not; Enable Relay", []),
        ("DefaultAction; IfVar 1; Enable Relay", ["W302"]),
        ("IfTrue; DefaultAction; IfVar 1; Enable Relay", ["W302"]),
        ("IfVar 1; DefaultAction; IfTrue; Enable Relay", ["W302"]),
        ("IfVar 1; DefaultAction; IfVar 2; AssignVar 3", []),
        ("IfVar 1; Run OnTimer[0]; Enable Relay", ["W303"]),
        ("IfVar 1; Run OnTimer0; Not; Enable Relay; IfTrue; Enable Beeper", []),
        ("Run OnTimer0; IfVar 1; Enable Relay", ["W303"]),
        ("IfTrue Not; Enable Relay; Enable Beeper", ["W303"]),
        ("IfTrue; IfVar 1 Not Or; Enable Relay", []),
        ("IfTrue Not; IfVar 1 And; Enable Relay", ["W303"]),
        ("IfTrue; IfVar 1 And; Enable Relay", []),
        ("IfTrue Not; DefaultAction; IfTrue; Enable Relay", ["W303"]),
    ],
)
def test_commands_that_may_not_be_executed(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Toggle Beeper 3 5; Toggle RedLed 3 5; Enable GreenLed", []),
        ("Enable GreenLed; Toggle GreenLed 3 5", []),
        ("Toggle Beeper 3 5; Toggle Beeper 1 20", ["W305"]),
        ("Toggle Beeper 3 5; Disable Beeper", ["W305"]),
        ("IfVar 1; Toggle Beeper 3 5; Not; Toggle Beeper 1 20", []),
        (f"Toggle Beeper 3 5; {sequence('EnableBeeper; WaitSec 1; DisableBeeper')}", ["W305"]),
        (f"{sequence('EnablePort Beeper; WaitSec 1')}; Toggle Beeper 3 5", ["W305"]),
        (f"{sequence('EnableRelay')}; {sequence('EnableRelay')}", ["W304"]),
        (f"IfVar 1; {sequence('EnableRelay')}; Not; {sequence('DisableRelay')}", []),
    ],
)
def test_commands_that_get_in_each_others_way(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("Repeat2Times", ["E402"]),
        ("StartLoop; WaitSec 1; StartLoop; WaitSec 1; RepeatLoop 2", ["E403"]),
        ("StartLoop; WaitSec 1; OnStop; RepeatLoop 2", ["E403", "E402"]),
        ("OnStop; Wait100Ms; WaitMs 1; WaitSec 1", ["E404", "E404", "E404"]),
        ("OnStop; OnStop", ["E405"]),
        ("OnStop; DisableRelay", []),
        ("OnStop; InvertRelay", ["W403"]),
        ("InvertRelay; OnStop", []),
        ("StartLoop; WaitSec 1; RepeatLoop 0", ["E203"]),
        ("StartLoop; WaitSec 1; RepeatLoop 255", []),
        ("StartLoop; EnableRelay; DisableRelay; RepeatLoop 3", ["W404"]),
        ("StartLoop; StartLoop; WaitSec 1; RepeatLoop 3; RepeatLoop 4", []),
        ("WaitMs 0; WaitSec 0", ["W401", "W401"]),
        (";".join([*["StartLoop"] * 5, "WaitSec 1", *["RepeatLoop 2"] * 5]), ["W402"]),
        ("EnablePort 16", ["E202"]),
    ],
)
def test_sequences(items: str, expected: list[str]) -> None:
    assert codes(sequence(items)) == expected


def test_a_sequence_built_without_its_end() -> None:
    program = (Instruction(RUN_SEQUENCE, (), (Instruction(WAIT_SEC, (1,)),)),)
    assert [finding.code for finding in check(program)] == ["E401"]


@pytest.mark.parametrize(("use", "limit"), [(Use.STORED, 128), (Use.RUN, 116), (Use.SECURE_RUN, 83)])
def test_how_long_a_script_may_be(use: Use, limit: int) -> None:
    assert codes("08 01" * (limit // 2) + " 43" * (limit % 2), use) == []
    (finding,) = check_text("08 01" * (limit // 2) + " 43" * (limit % 2) + " 43", use)
    assert finding.code == "E502"
    assert f"has {limit + 1} bytes, {limit} at most" in finding.text


def test_a_reader_that_told_its_buffer_takes_more_or_less() -> None:
    assert codes("08 01" * 127, Use.RUN, limit=255) == []
    assert codes("08 01" * 3, Use.RUN, limit=4) == ["E502"]
    assert check_text("08 01 08 01 08 01", Use.RUN, limit=4)[0].at == Position(1, 13)


def test_errors_of_a_script_that_is_too_long_are_found_too() -> None:
    assert codes("08 10" + "08 01" * 64) == ["E201", "E502"]


@pytest.mark.parametrize("event", [0x40, 0x47, 0x75])
def test_risky_events(event: int) -> None:
    for text, told in [
        ("Enable Relay", "has none"),
        ("IfVar 1; DefaultAction", "under a condition only"),
        ("DefaultAction", "always executes it"),
    ]:
        (finding,) = check_text(text, event=event)
        assert finding.code == "W501"
        assert finding.severity is Severity.WARNING
        assert "without DefaultAction" in finding.text
        assert told in finding.text


def test_a_script_that_runs_at_every_poll() -> None:
    (finding,) = check_text("Enable Relay", event=0x78)
    assert finding.code == "W501"
    assert "at every command of a host" in finding.text


def test_a_script_replaces_the_default_action() -> None:
    assert codes("Enable Relay", event=0x44) == ["W502"]
    assert codes("Enable Relay; DefaultAction", event=0x44) == []
    assert codes("SendMsg Card 0 All", event=0x44) == []
    assert codes("Enable Relay", event=0x45) == []


def test_an_event_that_does_not_exist() -> None:
    assert codes("Enable Relay", event=0x06) == ["E503"]
    assert codes("Enable Relay", event=0xFF) == ["E503"]


def test_default_action_without_an_event() -> None:
    assert codes("IfVar 1; DefaultAction", Use.RUN) == ["W503"]
    assert codes("IfVar 1; DefaultAction", Use.SECURE_RUN) == ["W503"]
    assert codes("IfVar 1; DefaultAction") == []


def test_findings_come_in_the_order_of_their_places() -> None:
    findings = check(parse("Not\nEnable 16\nRunSequence\n  Repeat2Times\nEndOfSequence\nSetVar 16"))
    assert [finding.at for finding in findings] == [(1, 1), (2, 8), (4, 3), (6, 8)]


def test_a_finding_as_a_line() -> None:
    assert str(Finding("E101", "text", Position(2, 7))) == "2:7: E101: text"


def test_every_code_is_explained_and_every_explained_code_exists() -> None:
    folder = Path(script.__file__).parent
    sources = (path.read_text("utf-8") for path in folder.glob("*.py") if path.name != "codes.py")
    used = {code for source in sources for code in re.findall(r'"([EW]\d{3})"', source)}
    assert used == set(CODES)
