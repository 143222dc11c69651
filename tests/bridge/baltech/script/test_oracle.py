"""The manufacturer's own Python package builds the same bytes, parses ours, and has the same tables."""

from __future__ import annotations

from typing import Any

import pytest
from baltech_sdk import typedefs as sdk_types
from baltech_sdk._internal import configuration as internal
from baltech_sdk._public import configuration as public
from baltech_sdk._public.protocols import BaltechScript

from readers_bridge.families.baltech.script import EVENTS, Instruction, Program, assemble, encode, format_program
from readers_bridge.families.baltech.script.operations import COMMANDS, ENABLE_PORT, REPEAT_LOOP, RUN, SEQUENCE_ITEMS
from readers_bridge.families.baltech.typedefs import IoPort, MessageType, ProtocolID
from tests.bridge.baltech.script.generated import programs

CASES = programs(4000, seed=2)


def _value(instruction: Instruction, index: int) -> Any:
    parameter, value = instruction.operation.parameters[index], instruction.values[index]
    if not parameter.names or instruction.operation is RUN:
        return value
    return next(name for name, number in parameter.names.items() if number == value)


def _item(item: Instruction) -> Any:
    names = {REPEAT_LOOP: "RepeatCnt"} | {SEQUENCE_ITEMS[code]: "SwitchIoPort" for code in (1, 2)}
    arguments = {names.get(item.operation, "Param"): _value(item, index) for index in range(len(item.values))}
    code: Any = item.operation.name
    return sdk_types.RunSequenceCmd(CmdCode=code, **arguments)


def _built(program: Program) -> Any:
    built: Any = BaltechScript()
    for instruction in program:
        arguments = [_value(instruction, index) for index in range(len(instruction.values))]
        if instruction.sequence:
            arguments = [[_item(item) for item in instruction.sequence]]
        built = getattr(built, instruction.operation.name)(*arguments)
    return built


def test_the_manufacturers_builder_makes_the_same_bytes() -> None:
    for program in CASES:
        assert bytes(_built(program)) == encode(program) == assemble(format_program(program))


def test_the_manufacturers_parser_understands_our_bytes() -> None:
    for program in CASES:
        parsed = BaltechScript(encode(program))
        assert [type(frame).__name__ for frame in parsed.frames] == [command.operation.name for command in program]
        assert repr(parsed) == repr(_built(program))


def test_opcodes() -> None:
    codes = {code: frame.__name__ for code, frame in BaltechScript.CodeMap.items()}
    assert codes == {code: operation.name for code, operation in COMMANDS.items()}


def _literals(parser: Any) -> dict[str, int]:
    """What the parser makes of every byte."""
    named = {parser.as_literal(value): value for value in range(256) if _known(parser, value)}
    named.pop("undefined", None)
    return named


def _known(parser: Any, value: int) -> bool:
    try:
        parser.as_literal(value)
    except Exception:  # noqa: BLE001
        return False
    return True


def test_sequence_codes() -> None:
    literals = _literals(sdk_types.RunSequenceCmd_CmdCode_Parser)
    assert literals == {item.name: code for code, item in SEQUENCE_ITEMS.items()}
    assert SEQUENCE_ITEMS[1] is ENABLE_PORT


@pytest.mark.parametrize(
    ("ours", "parser"),
    [(IoPort, "IoPort_Parser"), (ProtocolID, "ProtocolID_Parser"), (MessageType, "MessageType_Parser")],
)
def test_enumerations(ours: Any, parser: str) -> None:
    assert {value.name: int(value) for value in ours} == _literals(getattr(sdk_types, parser))


def test_events() -> None:
    theirs = {}
    for module in (internal, public):
        for name, value in vars(module).items():
            if name.startswith("Scripts_Events_"):
                event = name.removeprefix("Scripts_Events_")
                count = value.ValueKeyCount
                for index in range(count):
                    theirs[value.ValueKey + index] = f"{event}[{index}]" if count > 1 else event
    assert theirs == {event.id: event.name for event in EVENTS.values()}
