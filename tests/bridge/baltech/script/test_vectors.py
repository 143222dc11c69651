"""The published scripts, in both directions, and those that must be refused."""

from __future__ import annotations

import pytest

from readers_bridge.families.baltech.script import (
    Position,
    ScriptError,
    Severity,
    assemble,
    check,
    check_text,
    disassemble,
    hex_text,
    parse_input,
)

SEED = """\
IfIoPort Input0
DefaultAction
IfIoPort Input0 Not
Toggle Beeper 3 5
ToggleInverted GreenLed 1 30"""

SEQUENCE = """\
RunSequence
    StartLoop
        StartLoop
            EnablePortGreenLed
            WaitMs 50
            DisablePortGreenLed
            WaitMs 50
        RepeatLoop3Times
        EnablePortRedLed
        WaitSec 2
        DisablePortRedLed
    RepeatLoop 4
    OnStop
        DisablePort RedLed
        EnablePort CustomVled0
EndOfSequence
Enable Relay"""

VECTORS = {
    "44 04 04 44 04 80 03 02 03 05 06 00 01 1E": SEED,
    "01 00": "Enable GreenLed",
    "01 00 03 02 03 02": "Enable GreenLed\nToggle Beeper 3 2",
    "03 02 03 02 06 01 01 0C": "Toggle Beeper 3 2\nToggleInverted RedLed 1 12",
    "03 03 01 1E": "Toggle Relay 1 30",
    "45 08 42 03 80 82 01 03": "IfVar 8\nIfDip 3 Not\nAnd\nEnable Relay",
    "45 01 01 00 80 01 01": "IfVar 1\nEnable GreenLed\nNot\nEnable RedLed",
    "45 00 45 01 81 01 06": "IfVar 0\nIfVar 1\nOr\nEnable BlueLed",
    "44 05 0A 05": "IfIoPort Input1\nAssignVar 5",
    "0B 01 00 32": "SetTimer 1 50",
    "0B 00 12 34": "SetTimer 0 4660",
    "07 00 00 00": "SendMsg Card 0 All",
    "07 03 02 86": "SendMsg Keyboard 2 BrpTcp",
    "08 0F": "SetVar 15",
    "09 00": "ClearVar 0",
    "41 05 40 03 43": "IfProtocolEnabled BrpHid\nIfState 3\nIfTrue",
    "0C A5 0D 7B 05": "Trace 0xA5\nRun OnCardAcceptedByHost\nSendCardMsg",
    "01 4F 02 0F 02 06": "Enable CustomVled15\nDisable Gpio7\nDisable BlueLed",
    "13 F2 F2 10 08 32 20 08 32 53 11 09 02 21 05 04 F3 02 01 01 40 F1 01 03": SEQUENCE,
    "04": "DefaultAction",
    "0D 7B": "Run OnCardAcceptedByHost",
    "0D 7C": "Run OnCardDeniedByHost",
}

REJECTED = [
    ("FF", "E102", 1),
    ("0E", "E102", 1),
    ("03 02 03", "E103", 1),
    ("13 10", "E401", 1),
    ("01 10", "E202", 4),
    ("01 FE", "E202", 4),
    ("80", "E301", 1),
    ("44 04 82", "E301", 7),
    ("0B 03 00 01", "E201", 4),
    ("08 10", "E201", 4),
    ("13 52 F1", "E402", 4),
    ("13 F2 10 F1", "E403", 4),
    ("13 F3 81 F1", "E404", 7),
]


@pytest.mark.parametrize(("pairs", "text"), VECTORS.items())
def test_text_and_bytes_of_every_published_script(pairs: str, text: str) -> None:
    assert hex_text(assemble(text)) == pairs
    assert disassemble(bytes.fromhex(pairs)) == text
    assert hex_text(assemble(pairs)) == pairs


@pytest.mark.parametrize("pairs", VECTORS)
def test_published_scripts_raise_no_alarm(pairs: str) -> None:
    codes = {finding.code for finding in check(parse_input(pairs))}
    expected = {"41 05 40 03 43": {"W204"}, "0C A5 0D 7B 05": {"W206", "W303"}}
    assert codes == expected.get(pairs, set())


@pytest.mark.parametrize(("pairs", "code", "column"), REJECTED)
def test_what_must_be_rejected(pairs: str, code: str, column: int) -> None:
    with pytest.raises(ScriptError) as refused:
        assemble(pairs)
    (finding,) = refused.value.findings
    assert (finding.code, finding.at, finding.severity) == (code, Position(1, column), Severity.ERROR)
    assert [finding] == check_text(pairs)
    with pytest.raises(ScriptError):
        disassemble(bytes.fromhex(pairs))


def test_the_worked_example_typed_as_the_manufacturer_writes_it() -> None:
    typed = "IfIoPort Input0\nDefaultAction\nIfIoPort Input0 Not\nToggle Beeper 3 5\nToggleInverted GreenLed 1 30\n"
    assert assemble(typed).hex(" ") == "44 04 04 44 04 80 03 02 03 05 06 00 01 1e"
    assert check_text(typed, event=0x44) == []
    assert assemble("Enable GreenLed", event=0x46) == b"\x01\x00"
    assert check_text("Enable GreenLed", event=0x46) == []
