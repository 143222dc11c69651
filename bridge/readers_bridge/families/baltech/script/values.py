"""What the values of parameters may be, and how they are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from readers_bridge.families.baltech.script import names
from readers_bridge.families.baltech.script.events import event_named
from readers_bridge.families.baltech.script.finding import Finding, Position, ScriptError
from readers_bridge.families.baltech.script.lexer import Word
from readers_bridge.families.baltech.script.operations import EVENT, MILLISECONDS, TRACE_CODE, Parameter
from readers_bridge.families.baltech.script.ranges import ranges

_NUMBER = re.compile(r"0[xX]0*([0-9A-Fa-f]+)|0*([0-9]+)")
_DIGITS = 9
"""More significant digits than any value has."""


def read_value(parameter: Parameter, word: Word) -> int:
    """The value: a decimal or 0x number that fits into the parameter's bytes, or one of its names.

    Raises:
        ScriptError: E106 it is neither; E201, E202 the number is too large for its bytes.
    """
    number = _NUMBER.fullmatch(word.text)
    if number is None:
        return _named(parameter, word)
    digits = number[1] or number[2]
    value = int(digits, 16 if number[1] else 10) if len(digits) <= _DIGITS else 10**_DIGITS
    if value >= 0x100**parameter.size:
        raise ScriptError([_not_allowed(parameter, word.shown, word.at)])
    return value


def write_value(parameter: Parameter, value: int, at: Position) -> str:
    """The value in normal form.

    Raises:
        ScriptError: E202 a value that should have a name has none.
    """
    if parameter.names:
        name = _names(parameter).get(value)
        if name is None:
            raise ScriptError([_not_allowed(parameter, str(value), at)])
        return name
    return f"0x{value:02X}" if parameter is TRACE_CODE else str(value)


def value_error(parameter: Parameter, value: int, at: Position) -> Finding | None:
    """What is wrong with this value."""
    return None if parameter.allows(value) else _not_allowed(parameter, str(value), at)


@cache
def _names(parameter: Parameter) -> Mapping[int, str]:
    return {value: name for name, value in parameter.names.items()}


@cache
def _spellings(parameter: Parameter) -> Mapping[str, str]:
    return {name.lower(): name for name in parameter.names}


def _named(parameter: Parameter, word: Word) -> int:
    if parameter is EVENT:
        try:
            return event_named(word.shown).id
        except ValueError as error:
            raise _not_understood(word, str(error)) from None
    if not parameter.names:
        raise _not_understood(
            word, f"{word.shown} is no {parameter.name}; write a number from {parameter.low} to {parameter.high}"
        )
    by_name = _spellings(parameter)
    name = by_name.get(word.text.lower())
    if name is not None:
        return parameter.names[name]
    meant = by_name.get(names.close(word.text, by_name))
    hint = f"did you mean {meant}?" if meant else f"write its name, as {next(iter(parameter.names))}, or number"
    raise _not_understood(word, f"{word.shown} is no {parameter.name}; {hint}")


def _not_understood(word: Word, text: str) -> ScriptError:
    if "," in word.text:
        text = f"{word.shown} contains a comma; separate parameters by blanks"
    return ScriptError([Finding("E106", text, word.at)])


def _not_allowed(parameter: Parameter, value: str, at: Position) -> Finding:
    if parameter.names:
        rows = ranges(parameter.names.values())
        defined = ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in rows)
        return Finding("E202", f"{value} is no {parameter.name} of the reader; defined are {defined}", at)
    if value == "0":
        return Finding("E203", f"{parameter.name} 0 is not defined; write {parameter.low} to {parameter.high}", at)
    hint = "; longer: Wait300Ms to Wait6300Ms in steps of 100, or WaitSec" if parameter is MILLISECONDS else ""
    text = f"{parameter.name} {value} is out of range; write {parameter.low} to {parameter.high}{hint}"
    return Finding("E201", text, at)
