"""What the reader's own parser takes for a script."""

from __future__ import annotations

from readers_bridge.families.baltech.script.bytecode import decode
from readers_bridge.families.baltech.script.finding import ScriptError
from readers_bridge.families.baltech.script.program import Program

_START_LOOP = 0xF2
_REPEAT_LOOP = 0x05
_REPEATS = range(0x51, 0x60)
_ON_STOP = 0xF3
_WAITS = frozenset({0x08, 0x09, *range(0x81, 0xC0)})


def parse(script: bytes) -> Program | None:
    """The program; None: the script has a syntax error."""
    try:
        program = decode(script)
    except ScriptError:
        return None
    return program if _defined(program) and all(_balanced(each.sequence) for each in program) else None


def _defined(program: Program) -> bool:
    return all(
        all(parameter.allows(value) for parameter, value in zip(each.operation.parameters, each.values, strict=True))
        and _defined(each.sequence)
        for each in program
    )


def _balanced(sequence: Program) -> bool:
    """Every loop ends, none ends twice, nothing waits in the clean-up block."""
    loops = 0
    cleaning_up = False
    for item in sequence:
        code = item.operation.code
        if code == _START_LOOP:
            loops += 1
        elif code == _REPEAT_LOOP or code in _REPEATS:
            loops -= 1
            if loops < 0:
                return False
        elif code == _ON_STOP:
            if loops or cleaning_up:
                return False
            cleaning_up = True
        elif code in _WAITS and cleaning_up:
            return False
    return not loops
