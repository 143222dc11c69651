"""What is wrong with data from people, in words: the path, the value, what is expected, and what was probably meant.

``worded`` makes a voluptuous schema whose refusals know what they expected; ``problems`` turns them into texts.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import voluptuous as vol

from readers_bridge.wording import describe, options_of

Keys = tuple[str | int, ...]
"""Where a value is: the keys and indices that lead to it."""

SHOWN = 60
"""Characters of a wrong value that are shown."""

_WORD = re.compile(rf"[\w-]{{1,{SHOWN}}}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    ``code`` is a word for programs: unknown_argument, missing_argument, wrong_type, out_of_range, not_an_option or
    invalid_value. ``line`` counts from 1, where a file has one.
    """

    keys: Keys
    message: str
    code: str = "invalid_value"
    line: int | None = None

    @property
    def path(self) -> str:
        """The keys as people write them: ``devices[1].connection``."""
        return path_text(self.keys)

    def __str__(self) -> str:
        line = "" if self.line is None else f"line {self.line}: "
        path = f"{self.path}: " if self.keys else ""
        return f"{line}{path}{self.message}"


class EnvironmentText(str):
    """A text that may stand for a number or a truth value: an environment variable has no other type."""

    __slots__ = ()


class Refusal(vol.Invalid):
    """A refused value. ``options``: the words that are allowed; ``blind``: a message that cannot repeat the value."""

    def __init__(self, message: str, *, code: str, options: Iterable[str] = (), blind: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.options = tuple(options)
        self.blind = blind or message


def whole(value: Any) -> int:
    """A whole number; a truth value is none."""
    if isinstance(value, EnvironmentText):
        value = _number_of(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise vol.TypeInvalid("expected int")
    return value


def number(value: Any) -> int | float:
    """A number; a truth value is none."""
    if isinstance(value, EnvironmentText):
        value = _number_of(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise vol.TypeInvalid("expected float")
    return value


def boolean(value: Any) -> bool:
    """True or false."""
    if isinstance(value, EnvironmentText):
        value = {"true": True, "on": True, "false": False, "off": False}.get(value.lower(), value)
    if not isinstance(value, bool):
        raise vol.TypeInvalid("expected bool")
    return value


def worded(schema: Any) -> vol.Schema:
    """The same schema, with refusals that tell what was expected; numbers are checked strictly, see ``whole``."""
    return vol.Schema(_Worded(schema))


def problems(error: vol.Invalid, data: Any, secret: Callable[[Keys], bool] = lambda _: False) -> list[Problem]:
    """Every problem in ``data``; values whose keys are ``secret`` are not shown."""
    errors = error.errors if isinstance(error, vol.MultipleInvalid) else [error]
    return [_problem(one, data, secret) for one in errors]


def shown(value: Any) -> str:
    """A value as it may stand in a text; a long one is cut."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        return "a list"
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def suggestion(word: Any, options: Iterable[str]) -> str:
    """``; did you mean drop?`` when one of the options is close, else nothing."""
    known = {option.lower(): option for option in options}
    close = difflib.get_close_matches(str(word).lower(), known, 1)
    return f"; did you mean {known[close[0]]}?" if close else ""


def path_text(keys: Keys) -> str:
    """``("devices", 1, "connection")`` as ``devices[1].connection``."""
    parts = [f"[{key}]" if isinstance(key, int) else f".{key if _WORD.fullmatch(key) else shown(key)}" for key in keys]
    return "".join(parts).removeprefix(".")


def value_at(data: Any, keys: Keys) -> Any:
    """The value that these keys lead to, or None."""
    for key in keys:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
    return data


_STRICT: Mapping[Any, Callable[[Any], Any]] = {int: whole, float: number, bool: boolean}
_CODES: tuple[tuple[type[vol.Invalid], str], ...] = (
    (vol.InInvalid, "not_an_option"),
    (vol.ScalarInvalid, "not_an_option"),
    (vol.RangeInvalid, "out_of_range"),
    (vol.LengthInvalid, "out_of_range"),
    (vol.TypeInvalid, "wrong_type"),
    (vol.CoerceInvalid, "wrong_type"),
    (vol.DictInvalid, "wrong_type"),
    (vol.SequenceTypeInvalid, "wrong_type"),
)


class _Worded:
    """A validator that knows what it expects."""

    def __init__(self, schema: Any) -> None:
        self._expected = describe(schema)
        self._options = options_of(schema)
        self._own_text = getattr(schema, "msg", None)
        self._check = vol.Schema(_inner(schema))

    def __call__(self, value: Any) -> Any:
        try:
            return self._check(value)
        except vol.MultipleInvalid as error:
            raise vol.MultipleInvalid([self._worded(one) for one in error.errors]) from None

    def _worded(self, error: vol.Invalid) -> vol.Invalid:
        if error.path or isinstance(error, Refusal):
            return error
        code = next((code for kind, code in _CODES if isinstance(error, kind)), "invalid_value")
        if type(error) is vol.Invalid or self._own_text or not self._expected:  # somebody's own words
            blind = f"expected {self._expected}" if self._expected else "this value is not allowed"
            return Refusal(error.msg, code=code, blind=blind)
        return Refusal(f"expected {self._expected}", code=code, options=self._options)


class _Unknown:
    """The value of a key that does not exist."""

    def __init__(self, known: tuple[str, ...]) -> None:
        self._known = known

    def __call__(self, _value: Any) -> Any:
        raise Refusal("unknown", code="unknown_argument", options=self._known)


def _inner(schema: Any) -> Any:
    if isinstance(schema, vol.Schema):
        return _inner(schema.schema) if schema.extra == vol.PREVENT_EXTRA else schema
    if isinstance(schema, Mapping):
        return _inner_mapping(schema)
    if isinstance(schema, list):
        return [_Worded(item) for item in schema]
    if isinstance(schema, vol.All | vol.Any):
        return type(schema)(*map(_inner, schema.validators), msg=schema.msg)
    return _STRICT.get(schema, schema) if isinstance(schema, type) else schema


def _inner_mapping(schema: Mapping[Any, Any]) -> dict[Any, Any]:
    inner: dict[Any, Any] = {}
    for key, value in schema.items():
        marker = key
        if isinstance(key, vol.Required):
            marker = vol.Required(key.schema, msg=describe(value), default=key.default)
        inner[marker] = _Worded(value)
    names = [getattr(key, "schema", key) for key in schema]
    if all(isinstance(name, str) for name in names):
        inner[object] = _Unknown(tuple(names))
    return inner


def _problem(error: vol.Invalid, data: Any, secret: Callable[[Keys], bool]) -> Problem:
    keys = tuple(key if isinstance(key, int) else str(key) for key in error.path)
    if isinstance(error, vol.RequiredFieldInvalid):
        expected = getattr(error.path[-1], "msg", None)
        return Problem(keys, f"missing; expected {expected}" if expected else "missing", "missing_argument")
    code = getattr(error, "code", "invalid_value")
    options = getattr(error, "options", ())
    if code == "unknown_argument":
        known = f"the keys are {', '.join(options)}" if options else "nothing is allowed here"
        return Problem(keys, f"unknown key{suggestion(keys[-1], options)} ({known})", code)
    value = value_at(data, keys)
    if secret(keys):
        text = getattr(error, "blind", "this value is not allowed")
    elif error.msg.startswith("expected"):
        text = f"{error.msg}, not {shown(value)}{suggestion(value, options)}"
    else:
        text = f"{shown(value)} {error.msg}"
    if error.msg.startswith("expected a text") and isinstance(value, int | float):
        text += "; put it in quotes"
    return Problem(keys, text, code)


def _number_of(text: str) -> Any:
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text
