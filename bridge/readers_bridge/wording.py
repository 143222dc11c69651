"""What a voluptuous schema expects, as people say it: "a whole number from 1 to 65535"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, cast

import voluptuous as vol

_TYPES: Mapping[Any, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a mapping",
    list: "a list",
    None: "nothing",
}


def describe(schema: Any) -> str:
    """What is expected; empty where only the validator itself can tell.

    A validator that is a function or object of one's own says it in its attribute ``expected``.
    """
    if (told := getattr(schema, "expected", None)) is not None:
        return str(told)
    match schema:
        case vol.Schema():
            return describe(schema.schema)
        case Mapping():
            return "a mapping"
        case list():
            return "a list"
        case vol.All():
            return _all(schema)
        case vol.Any():
            return " or ".join(filter(None, map(describe, schema.validators)))
        case vol.Range():
            return limits(schema.min, schema.max, low_included=schema.min_included, high_included=schema.max_included)
        case vol.Length():
            return "of length " + limits(schema.min, schema.max)
        case _ if options := options_of(schema):
            return f"one of {', '.join(options)}" if len(options) > 1 else options[0]
        case vol.Coerce():
            return describe(schema.type)
        case vol.Match():
            return f"a text like {schema.pattern.pattern}"
    return _TYPES.get(schema, "") if schema is None or isinstance(schema, type) else ""


def options_of(schema: Any) -> tuple[str, ...]:
    """The words that a schema allows, where it allows a fixed set of words."""
    match schema:
        case vol.In():
            return tuple(str(option) for option in cast("Iterable[Any]", schema.container))
        case vol.Coerce() if isinstance(schema.type, type) and issubclass(schema.type, Enum):
            return tuple(str(option.value) for option in schema.type)
        case vol.All() | vol.Any():
            return tuple(option for part in schema.validators for option in options_of(part))
        case str():
            return (schema,)
        case bool() | int() | float():
            return (str(schema),)
    return ()


def limits(low: Any, high: Any, *, low_included: bool = True, high_included: bool = True) -> str:
    """``from 1 to 65535``, ``above 0``, ``at most 5``; empty without limits."""
    if low is not None and high is not None and low_included and high_included:
        return f"from {_plain(low)} to {_plain(high)}" if low != high else f"of exactly {_plain(low)}"
    parts = []
    if low is not None:
        parts.append(f"{'at least' if low_included else 'above'} {_plain(low)}")
    if high is not None:
        parts.append(f"{'at most' if high_included else 'below'} {_plain(high)}")
    return " and ".join(parts)


def _all(schema: vol.All) -> str:
    if options := options_of(schema):
        return f"one of {', '.join(options)}"
    parts = [part for part in map(describe, schema.validators) if part]
    return " ".join(dict.fromkeys(parts))


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
