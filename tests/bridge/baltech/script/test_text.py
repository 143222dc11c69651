"""What may be written, what it means, and what is said about the rest."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readers_bridge.families.baltech.script import (
    ScriptError,
    Severity,
    Use,
    assemble,
    check_text,
    disassemble,
    hex_text,
)
from readers_bridge.families.baltech.script.lexer import MAX_CHARACTERS, MAX_FINDINGS
from readers_bridge.families.baltech.script.operations import COMMANDS, SEQUENCE_ITEMS

_WORDS = sorted(
    {operation.name for table in (COMMANDS, SEQUENCE_ITEMS) for operation in table.values()}
    | {
        "GreenLed",
        "Card",
        "All",
        "OnTimer[0]",
        "0",
        "3",
        "255",
        "0x10",
        "99999",
        ";",
        "\n",
        "#",
        "Nott",
        "F1",
        ",",
        "\t",
    }
)


def found(text: str, use: Use = Use.STORED) -> list[str]:
    return [f"{finding.at.line}:{finding.at.column} {finding.code}" for finding in check_text(text, use)]


def message(text: str) -> str:
    (finding,) = check_text(text)
    return finding.text


@pytest.mark.parametrize(
    "text",
    [
        "IfIoPort Input0 Not\nEnable Relay",
        "ifioport INPUT0 not; enable relay",
        "\ufeffIfIoPort Input0 Not\r\nEnable Relay\r\n",
        "# lock\n\n\tIfIoPort\tInput0   # high: open\n Not ;; Enable Relay;",
        "IfIoPort 4\rNot\rEnable 0x3",
        "IfIoPort 0x04 Not; Enable 003",
        "44 04 80 01 03",
        "44:04:80:01:03",
        "4404\n800103  # in one",
        "440480 0103",
        "\ufeff44 04 80\t01 03\r\n",
    ],
)
def test_ways_to_write_the_same_script(text: str) -> None:
    assert assemble(text) == bytes.fromhex("44 04 80 01 03")


def test_stack_operators_may_follow_any_command_on_its_line() -> None:
    assert assemble("IfVar 1; IfVar 2 Not And Not; Enable Relay") == bytes.fromhex("45 01 45 02 80 82 80 01 03")


@pytest.mark.parametrize("text", ["aa bb", "AABB", "Face", "De:Ad"])
def test_no_command_can_be_taken_for_hexadecimal(text: str) -> None:
    assert check_text(text)[0].code == "E102"
    assert all(set(name.lower()) - set("0123456789abcdef") for name in (op.name for op in COMMANDS.values()))


ALIASES = {
    "EnableGreenLed": 0x10,
    "DisableRedLed": 0x21,
    "InvertBeeper": 0x32,
    "EnablePortRelay": 0x13,
    "EnablePortBlueLed": 0x16,
    "EnablePortBlue": 0x16,
    "DisableBlueLed": 0x26,
    "InvertBlue": 0x36,
    "Wait500": 0x85,
    "wait6300ms": 0xBF,
}


@pytest.mark.parametrize(("name", "code"), ALIASES.items())
def test_other_names_of_short_items(name: str, code: int) -> None:
    assert assemble(f"RunSequence; {name}; EndOfSequence") == bytes((0x13, code, 0xF1))


@pytest.mark.parametrize(
    ("name", "code"), [("RepeatLoop1Times", 0x51), ("Repeat1Times", 0x51), ("Repeat15Times", 0x5F)]
)
def test_other_names_of_short_repeats(name: str, code: int) -> None:
    assert assemble(f"RunSequence\nStartLoop\n{name}\nEndOfSequence") == bytes((0x13, 0xF2, code, 0xF1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Enabel GreenLed", "1:1 E101"),
        ("Enable", "1:1 E103"),
        ("Toggle Beeper 3", "1:1 E103"),
        ("Enable Green", "1:8 E106"),
        ("Enable GreenLed, 3", "1:8 E106"),
        ("Toggle Beeper three 5", "1:15 E106"),
        ("Toggle Beeper -3 5", "1:15 E106"),
        ("Toggle Beeper ٣ 5", "1:15 E106"),
        ("Toggle Beeper 300 5", "1:15 E201"),
        ("SetTimer 0 65536", "1:12 E201"),
        ("SetVar 99999999999999999999999999", "1:8 E201"),
        ("Enable 0x10", "1:8 E202"),
        ("Enable 300", "1:8 E202"),
        ("Run 6", "1:5 E202"),
        ("Run OnAcepted", "1:5 E106"),
        ("Enable Relay 5", "1:14 E104"),
        ("IfIoPort Input0 DefaultAction", "1:17 E104"),
        ("IfVar 1 Nott", "1:9 E104"),
        ("RunSequence EndOfSequence", "1:13 E104"),
        ("RunSequence Not", "1:13 E104"),
        ("RunSequence; EndOfSequence Enable Relay", "1:28 E104"),
        ("StartLoop", "1:1 E107"),
        ("EndOfSequence", "1:1 E107"),
        ("0x01 0x00", "1:1 E101"),
        ("01 0", "1:4 E105"),
        ("01 00 0G", "1:8 E105"),
        ("01 00; 02 00", "1:6 E105"),
        ("010", "1:1 E105"),
        ("RunSequence\n  StartLop\nEndOfSequence", "2:3 E101"),
        ("Enable Relay\nRunSequence\n  WaitSec 1\n", "2:1 E401"),
        ("RunSequence; WaitSec 1; Enable Relay; DefaultAction", "1:1 E401"),
        ("  # nothing\n", "1:1 E501"),
        ("", "1:1 E501"),
        ("#" * (MAX_CHARACTERS + 1), "1:1 E100"),
    ],
)
def test_the_place_and_the_code_of_what_is_wrong(text: str, expected: str) -> None:
    assert expected in found(text)
    with pytest.raises(ScriptError) as refused:
        assemble(text)
    assert expected.replace(" ", ": ") in str(refused.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Enabel GreenLed", "did you mean Enable?"),
        ("Enable Green", "did you mean GreenLed?"),
        ("Toggle Beeper 3", "the delay is missing; write Toggle <port> <repeat> <delay>"),
        ("Enable Relay Enable Beeper", "begin a new line or write ; before Enable"),
        ("IfVar 1 Nott", "did you mean Not?"),
        ("Enable Relay 5", "remove it"),
        ("0x01 0x00", "pairs of digits without 0x"),
        ("Enable GreenLed, 3", "separate parameters by blanks"),
        ("Run OnAcepted", "did you mean OnAccepted?"),
        ("RunSequence; WaitMs 500; EndOfSequence", "Wait300Ms"),
        ("RunSequence; StartLop; EndOfSequence", "did you mean StartLoop?"),
        ("Enable 16", "defined are 0-15, 64-79"),
        ("FE", "defined are 01-0D, 13, 40-45, 80-82"),
    ],
)
def test_every_error_says_what_to_do(text: str, hint: str) -> None:
    assert hint in message(text)


def test_all_errors_are_reported_at_once() -> None:
    text = "Enabel Relay\nEnable Green; SetVar 16\nRunSequence\nEnable\nWaitSec\nEndOfSequence"
    assert found(text) == ["1:1 E101", "2:8 E106", "2:22 E201", "3:1 E401", "4:1 E103", "5:1 E107", "6:1 E107"]


def test_a_misspelt_begin_of_a_sequence_is_one_error() -> None:
    assert found("RunSequense\nStartLoop\nWaitSec 1\nRepeatLoop 2\nEndOfSequence") == ["1:1 E101"]


def test_reading_ends_after_some_errors() -> None:
    assert len(check_text("Enabel;" * 9000)) == MAX_FINDINGS
    assert len(check_text("Enabel; " + "SetVar 16;" * 6000)) == MAX_FINDINGS + 1
    assert len(check_text("0 " * 9000)) == MAX_FINDINGS
    assert len(check_text("SetVar 16;" * 6000)) < 200


def test_a_message_never_repeats_what_cannot_be_printed() -> None:
    text = check_text("\x1b[31mEnable" + "x" * 999)[0].text
    assert text.isprintable()
    assert len(text) < 200


@settings(max_examples=300)
@given(st.one_of(st.text(), st.text("0123456789abcdefABCDEF :;#\n"), st.lists(st.sampled_from(_WORDS)).map(" ".join)))
def test_any_text_is_a_script_or_a_script_error(text: str) -> None:
    errors = [finding for finding in check_text(text) if finding.severity is Severity.ERROR]
    if errors:
        with pytest.raises(ScriptError) as refused:
            assemble(text)
        assert set(refused.value.findings) <= set(errors)
    else:
        data = assemble(text)
        assert assemble(disassemble(data)) == data


@settings(max_examples=300)
@given(st.one_of(st.binary(), st.lists(st.sampled_from(sorted({*COMMANDS, *SEQUENCE_ITEMS, 0, 3}))).map(bytes)))
def test_any_bytes_are_a_script_or_a_script_error(data: bytes) -> None:
    errors = [finding for finding in check_text(hex_text(data)) if finding.severity is Severity.ERROR]
    if errors:
        with pytest.raises(ScriptError) as refused:
            disassemble(data)
        assert list(refused.value.findings) == errors
    else:
        assert assemble(disassemble(data)) == data
