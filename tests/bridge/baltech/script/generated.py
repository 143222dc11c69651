"""Programs without errors, made at random from a seed: every opcode, every item, every value that is allowed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache

from readers_bridge.families.baltech.script.operations import (
    AND,
    ASSIGN_VAR,
    COMMANDS,
    CONDITIONS,
    END_OF_SEQUENCE,
    NOT,
    ON_STOP,
    OR,
    REPEATS,
    RUN_SEQUENCE,
    SEQUENCE_ITEMS,
    START_LOOP,
    WAITS,
    Operation,
    Parameter,
)
from readers_bridge.families.baltech.script.program import Instruction, Program

_STEPS = [item for item in SEQUENCE_ITEMS.values() if item not in REPEATS | {START_LOOP, ON_STOP, END_OF_SEQUENCE}]
_CLEAN_UP = [item for item in _STEPS if item not in WAITS]


def programs(count: int, seed: int) -> list[Program]:
    """So many programs, always the same for the same seed."""
    chance = random.Random(seed)
    return [program(chance) for _ in range(count)]


def program(chance: random.Random) -> Program:
    """One program of at most 128 bytes, to which the checker has no objection that is an error."""
    instructions: list[Instruction] = []
    depth = length = 0
    for _ in range(chance.randint(1, 24)):
        operation = chance.choice([*COMMANDS.values(), RUN_SEQUENCE])
        needed = {NOT: 1, OR: 2, AND: 2, ASSIGN_VAR: 1}.get(operation, 0)
        if depth < needed:
            continue
        sequence = _sequence(chance) if operation is RUN_SEQUENCE else ()
        instruction = Instruction(operation, _values(operation, chance.choice), sequence)
        if length + instruction.length > 128:
            break
        instructions.append(instruction)
        length += instruction.length
        depth += (operation in CONDITIONS) - (operation in (OR, AND, ASSIGN_VAR))
    return tuple(instructions) or program(chance)


def _values(operation: Operation, choice: Callable[[Sequence[int]], int]) -> tuple[int, ...]:
    return tuple(choice(allowed(parameter)) for parameter in operation.parameters)


@cache
def allowed(parameter: Parameter) -> Sequence[int]:
    """The values that the reader defines."""
    return sorted(parameter.names.values()) or range(parameter.low, parameter.high + 1)


def _sequence(chance: random.Random) -> tuple[Instruction, ...]:
    items: list[Operation] = []
    open_loops = 0
    for _ in range(chance.randint(0, 12)):
        if chance.random() < 0.2:
            items.append(START_LOOP)
            open_loops += 1
        elif open_loops and chance.random() < 0.4:
            items.append(chance.choice(sorted(REPEATS, key=lambda item: item.code)))
            open_loops -= 1
        else:
            items.append(chance.choice(_STEPS))
    items += (chance.choice(sorted(REPEATS, key=lambda item: item.code)) for _ in range(open_loops))
    if chance.random() < 0.5:
        items += (ON_STOP, *chance.choices(_CLEAN_UP, k=chance.randint(0, 3)))
    items.append(END_OF_SEQUENCE)
    return tuple(Instruction(item, _values(item, chance.choice)) for item in items)
