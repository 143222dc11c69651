"""The normal form, and that nothing is lost on the way there and back."""

from __future__ import annotations

import pytest

from readers_bridge.families.baltech.script import (
    Instruction,
    ScriptError,
    Severity,
    check,
    decode,
    disassemble,
    encode,
    format_program,
    hex_text,
    parse,
    parse_input,
)
from readers_bridge.families.baltech.script.operations import COMMANDS, ENABLE, NOT, OR, SEQUENCE_ITEMS, START_LOOP
from tests.bridge.baltech.script.generated import allowed, programs

PROGRAMS = programs(2000, seed=1)


def test_the_generated_programs_contain_everything() -> None:
    instructions = [instruction for program in PROGRAMS for instruction in program]
    items = [item for instruction in instructions for item in instruction.sequence]
    assert {instruction.operation.code for instruction in instructions} == set(COMMANDS)
    assert {item.operation.code for item in items} == set(SEQUENCE_ITEMS)


def test_text_and_bytes_of_generated_programs_are_the_same_program() -> None:
    for program in PROGRAMS:
        assert [finding for finding in check(program) if finding.severity is Severity.ERROR] == []
        data = encode(program)
        assert decode(data) == program
        text = disassemble(data)
        assert parse(text) == program
        assert format_program(parse(text)) == text
        assert parse_input(hex_text(data)) == program


def test_every_value_of_every_parameter_is_read_and_written() -> None:
    for operation in COMMANDS.values():
        for index, parameter in enumerate(operation.parameters):
            for value in allowed(parameter)[:300]:
                values = [allowed(other)[0] for other in operation.parameters]
                values[index] = value
                program = (Instruction(operation, tuple(values)),)
                assert parse(format_program(program)) == program
                assert decode(encode(program)) == program


def test_not_stands_on_the_line_of_its_condition_only() -> None:
    text = "IfVar 1 Not\nNot\nIfTrue\nOr\nNot\nEnable Relay\nNot"
    assert format_program(parse("IfVar 1; Not; Not; IfTrue Or Not; Enable Relay Not")) == text
    assert format_program((Instruction(NOT), Instruction(OR))) == "Not\nOr"


def test_a_port_without_a_name_has_no_text() -> None:
    with pytest.raises(ScriptError) as refused:
        format_program((Instruction(ENABLE, (16,)),))
    assert refused.value.findings[0].code == "E202"


def test_a_program_with_errors_can_still_be_shown() -> None:
    text = format_program(decode(bytes.fromhex("13 52 F3 53 F2 10 F3 20 F1")))
    assert text.splitlines()[-1] == "EndOfSequence"
    assert START_LOOP.name in text
