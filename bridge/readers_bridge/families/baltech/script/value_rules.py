"""What is wrong or doubtful in single commands, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator

from readers_bridge.families.baltech.script.finding import Finding
from readers_bridge.families.baltech.script.operations import (
    IF_IO_PORT,
    IF_PROTOCOL_ENABLED,
    IF_STATE,
    SEND_CARD_MSG,
    TOGGLE,
    TOGGLE_INVERTED,
    WAIT_MS,
    WAIT_SEC,
)
from readers_bridge.families.baltech.script.program import Instruction, Program
from readers_bridge.families.baltech.script.values import value_error
from readers_bridge.families.baltech.typedefs import GPIOS, INPUTS, IoPort, ProtocolID

FIRST_DEFINED_STATE = 8
"""From here on IfState asks the variables; below, the meaning is the firmware's."""


def value_findings(program: Program) -> Iterator[Finding]:
    """Codes E201 to E203, W201 to W206 and W401."""
    for instruction in program:
        errors = list(_errors(instruction))
        yield from errors
        if not errors:
            yield from _warnings(instruction)
        yield from value_findings(instruction.sequence)


def _errors(instruction: Instruction) -> Iterator[Finding]:
    pairs = zip(instruction.operation.parameters, instruction.values, strict=True)
    for index, (parameter, value) in enumerate(pairs):
        error = value_error(parameter, value, instruction.at(index))
        if error is not None:
            yield error


def _warnings(instruction: Instruction) -> Iterator[Finding]:
    operation, values, at = instruction.operation, instruction.values, instruction.at()
    if operation is SEND_CARD_MSG:
        yield Finding("W206", "SendCardMsg is deprecated; use SendMsg", at)
    elif operation in (TOGGLE, TOGGLE_INVERTED) and values[1] == 0xFF:
        text = "repeat 255 may mean 255 times or for ever, depending on the reader; write 1 to 254"
        yield Finding("W201", text, instruction.at(1))
    elif operation is IF_STATE and values[0] < FIRST_DEFINED_STATE:
        text = f"what state {values[0]} means depends on the firmware; 8 to 15 are the variables"
        yield Finding("W204", text, instruction.at(0))
    elif operation is IF_PROTOCOL_ENABLED and values[0] == ProtocolID.All:
        yield Finding("W205", "All is no single protocol; name the one to ask for", instruction.at(0))
    elif operation is IF_IO_PORT and values[0] not in INPUTS | GPIOS:
        name = IoPort(values[0]).name
        yield Finding("W203", f"{name} is an output and cannot be read; a variable can remember it", instruction.at(0))
    elif operation in (WAIT_MS, WAIT_SEC) and not values[0]:
        yield Finding("W401", "a wait of 0 does nothing; take it away or write a time", instruction.at(0))
    elif values and instruction.switched <= INPUTS:
        for port in instruction.switched:
            text = f"{IoPort(port).name} can only be read; switch an output or a Gpio"
            yield Finding("W202", text, instruction.at(0))
