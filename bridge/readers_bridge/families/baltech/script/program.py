"""A script as data: commands, and within RunSequence the items of its sequence."""

from __future__ import annotations

from dataclasses import dataclass, field

from readers_bridge.families.baltech.script.finding import START, Position
from readers_bridge.families.baltech.script.operations import (
    DISABLE,
    DISABLE_PORT,
    ENABLE,
    ENABLE_PORT,
    SEQUENCE_ITEMS,
    TOGGLE,
    TOGGLE_INVERTED,
    Operation,
)


@dataclass(frozen=True, slots=True)
class Instruction:
    """A command or an item with its values. ``sequence``: of RunSequence, its items, EndOfSequence the last.

    ``places``: where the instruction stands in what was given, then where each of its values does.
    """

    operation: Operation
    values: tuple[int, ...] = ()
    sequence: tuple[Instruction, ...] = ()
    places: tuple[Position, ...] = field(default=(), compare=False, repr=False)

    def at(self, value: int | None = None) -> Position:
        """The place of the instruction, or that of its value with this index."""
        index = 0 if value is None else value + 1
        return self.places[index] if index < len(self.places) else START

    @property
    def length(self) -> int:
        """Bytes."""
        own = 1 + sum(parameter.size for parameter in self.operation.parameters)
        return own + sum(item.length for item in self.sequence)

    @property
    def switched(self) -> frozenset[int]:
        """The ports that it switches, or lets a toggle or a sequence switch."""
        operation = self.operation
        if operation in (ENABLE, DISABLE, TOGGLE, TOGGLE_INVERTED, ENABLE_PORT, DISABLE_PORT):
            return frozenset(self.values[:1])
        if 0x10 <= operation.code < 0x40 and SEQUENCE_ITEMS.get(operation.code) is operation:
            return frozenset((operation.code & 0x0F,))
        return frozenset(port for item in self.sequence for port in item.switched)


Program = tuple[Instruction, ...]
