"""Scripts as bytes: commands back to back, without header, length or end (docs.baltech.de, refman/prot/baltechscript)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from readers_bridge.families.baltech.script.finding import Finding, Position, ScriptError
from readers_bridge.families.baltech.script.operations import (
    COMMANDS,
    END_OF_SEQUENCE,
    RUN_SEQUENCE,
    SEQUENCE_ITEMS,
    Operation,
)
from readers_bridge.families.baltech.script.program import Instruction, Program
from readers_bridge.families.baltech.script.ranges import ranges

Places = Callable[[int], Position]
"""Where the byte with this index stands in what was given."""


def in_pairs(index: int) -> Position:
    """The place of a byte among pairs of hexadecimal digits in one line, with blanks between."""
    return Position(1, 3 * index + 1)


def encode(program: Program) -> bytes:
    """The bytes of a program. A RunSequence takes its EndOfSequence from its items.

    Raises:
        ValueError: a value does not fit into its bytes.
    """
    return b"".join(_encoded(program))


def _encoded(program: Program) -> Iterator[bytes]:
    for instruction in program:
        yield bytes((instruction.operation.code,))
        for parameter, value in zip(instruction.operation.parameters, instruction.values, strict=True):
            try:
                yield value.to_bytes(parameter.size, "big")
            except OverflowError:
                raise ValueError(f"{parameter.name} {value} does not fit into {parameter.size} byte") from None
        yield from _encoded(instruction.sequence)


def decode(data: bytes, places: Places = in_pairs) -> Program:
    """The program in these bytes. Values are taken as they are: whether the reader defines them is the checker's business.

    Raises:
        ScriptError: E102 an opcode or an item that is not defined, E103 the script ends within a command, E401 within a
            sequence.
    """
    return tuple(_Decoder(data, places).program())


def _codes(table: Mapping[int, Operation]) -> str:
    """``01-0D, 13``."""
    parts = (f"{low:02X}-{high:02X}" if low < high else f"{low:02X}" for low, high in ranges(table))
    return ", ".join(parts)


class _Decoder:
    def __init__(self, data: bytes, places: Places) -> None:
        self._data = data
        self._places = places
        self._index = 0

    def program(self) -> Iterator[Instruction]:
        while self._index < len(self._data):
            begin = self._index
            instruction = self._instruction(COMMANDS, "opcode")
            if instruction.operation is not RUN_SEQUENCE:
                yield instruction
                continue
            yield Instruction(RUN_SEQUENCE, (), tuple(self._items(begin)), instruction.places)

    def _items(self, begin: int) -> Iterator[Instruction]:
        while self._index < len(self._data):
            item = self._instruction(SEQUENCE_ITEMS, "sequence item")
            yield item
            if item.operation is END_OF_SEQUENCE:
                return
        raise self._error("E401", "RunSequence has no end; add F1 (EndOfSequence)", begin)

    def _instruction(self, table: Mapping[int, Operation], what: str) -> Instruction:
        begin = self._index
        code = self._data[begin]
        operation = table.get(code)
        if operation is None:
            raise self._error("E102", f"{code:02X} is no {what}; defined are {_codes(table)}", begin)
        self._index += 1
        places = [self._places(begin)]
        values = []
        for parameter in operation.parameters:
            part = self._data[self._index : self._index + parameter.size]
            if len(part) < parameter.size:
                raise self._error(
                    "E103", f"the script ends within {operation.name}; its {parameter.name} is missing", begin
                )
            places.append(self._places(self._index))
            values.append(int.from_bytes(part, "big"))
            self._index += parameter.size
        return Instruction(operation, tuple(values), (), tuple(places))

    def _error(self, code: str, text: str, index: int) -> ScriptError:
        return ScriptError([Finding(code, text, self._places(index))])
