"""Values of JSON that come from elsewhere, taken only when they are what they should be."""

from collections.abc import Callable, Mapping
from typing import Any

Json = Any
JsonObject = dict[str, Any]


def as_object(value: Json) -> JsonObject:
    """An object, or an empty one."""
    return {key: one for key, one in value.items() if isinstance(key, str)} if isinstance(value, Mapping) else {}


def as_text(value: Json) -> str | None:
    """A text, or None."""
    return value if isinstance(value, str) else None


def as_texts(value: Json) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def as_number(value: Json) -> float | None:
    """A number, or None."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def as_integer(value: Json) -> int | None:
    """A whole number, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def parsed[T](parse: Callable[[Json], T | None], values: Json) -> tuple[T, ...]:
    """What could be parsed of a list."""
    found = (parse(value) for value in values) if isinstance(values, list) else ()
    return tuple(one for one in found if one is not None)


def first_of_each[T](specs: tuple[T, ...], key: Callable[[T], object]) -> tuple[T, ...]:
    """The first of each key."""
    first: dict[object, T] = {}
    for spec in specs:
        first.setdefault(key(spec), spec)
    return tuple(first.values())
