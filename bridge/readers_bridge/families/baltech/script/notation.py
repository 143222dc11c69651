"""The normal form of a script's text: what ``parse`` reads and what people compare."""

from __future__ import annotations

from collections.abc import Iterator

from readers_bridge.families.baltech.script.operations import (
    CONDITIONS,
    END_OF_SEQUENCE,
    NOT,
    ON_STOP,
    REPEATS,
    START_LOOP,
)
from readers_bridge.families.baltech.script.program import Instruction, Program
from readers_bridge.families.baltech.script.values import write_value

_INDENT = "    "


def format_program(program: Program) -> str:
    """One command a line, without a line end after the last; a Not directly after an If stands on its line.

    Raises:
        ScriptError: E202 a port, protocol, message type or event that is not defined, and so has no name.
    """
    lines: list[str] = []
    before_is_condition = False
    for instruction in program:
        if instruction.operation is NOT and before_is_condition:
            lines[-1] += f" {NOT.name}"
        else:
            lines.append(_line(instruction))
        lines += _sequence(instruction.sequence)
        before_is_condition = instruction.operation in CONDITIONS
    return "\n".join(lines)


def _sequence(items: tuple[Instruction, ...]) -> Iterator[str]:
    level = 1
    for item in items:
        operation = item.operation
        if operation is END_OF_SEQUENCE:
            level = 0
        elif operation is ON_STOP or operation in REPEATS:
            level = max(1, level - 1)
        yield _INDENT * level + _line(item)
        if operation is START_LOOP or operation is ON_STOP:
            level += 1


def _line(instruction: Instruction) -> str:
    operation = instruction.operation
    pairs = enumerate(zip(operation.parameters, instruction.values, strict=True))
    values = (write_value(parameter, value, instruction.at(index)) for index, (parameter, value) in pairs)
    return " ".join((operation.name, *values))
