"""The arguments of a command, checked against its specification."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any

import voluptuous as vol

from readers_bridge.errors import CommandError
from readers_bridge.model import Arg, CommandSpec, Json, Status
from readers_bridge.validation import Keys, Refusal, boolean, number, problems, whole, worded
from readers_bridge.wording import limits

_CACHE_LIMIT = 1024

_BLANKS, _BYTE = r"[ \t\r\n]", r"[0-9A-Fa-f]{2}"
_HEX = re.compile(rf"(?:{_BYTE}(?:(?:{_BLANKS}+|:)?{_BYTE})*)?")
_HEX_SEPARATORS = re.compile(r"[ \t\r\n:]+")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_DATA_URL = re.compile(r"data:image/[a-z0-9.+-]+;base64,")

_validators: dict[int, tuple[CommandSpec, vol.Schema]] = {}


def arguments(spec: CommandSpec, payload: Mapping[str, Json]) -> dict[str, Json]:
    """The arguments in ``payload``, defaults filled in, each in its normal form.

    The normal forms: ``hex`` is upper case without separators, ``rgb`` is ``#RRGGBB`` in upper case, ``integer`` is an int,
    ``image`` is Base64 (RFC 4648, section 4) without line breaks or a ``data:`` prefix. ``confirm`` is taken out.

    Raises:
        CommandError: ``invalid``; the code is unknown_argument, missing_argument, wrong_type, out_of_range, not_an_option or
            not_confirmed, and ``path`` names the first argument at fault.
    """
    try:
        checked: dict[str, Json] = _validator(spec)(dict(payload))
    except vol.Invalid as error:
        found = problems(error, payload, lambda keys: _is_secret(spec, keys))
        raise _invalid("\n".join(map(str, found)), found[0].code, found[0].path) from None
    if spec.confirm and checked.pop("confirm", None) is not True:
        raise _invalid(f'the command {spec.name} is executed only with "confirm": true', "not_confirmed", "confirm")
    return checked


def _invalid(message: str, code: str, path: str | None = None) -> CommandError:
    return CommandError(message, status=Status.INVALID, code=code, path=path)


def _is_secret(spec: CommandSpec, keys: Keys) -> bool:
    arg = spec.args.get(str(keys[0])) if keys else None
    return arg is not None and arg.secret


def _validator(spec: CommandSpec) -> vol.Schema:
    known = _validators.get(id(spec))
    if known is not None and known[0] is spec:
        return known[1]
    if len(_validators) >= _CACHE_LIMIT:
        _validators.clear()
    schema = _compile(spec)
    _validators[id(spec)] = (spec, schema)  # keeps the specification alive, and so its id taken
    return schema


def _compile(spec: CommandSpec) -> vol.Schema:
    keys: dict[Any, Any] = {}
    for name, arg in spec.args.items():
        if arg.type not in _TYPES:
            raise _invalid(
                f"{name} has the type {arg.type}, which this version does not know; update it", "unknown_type", name
            )
        default = vol.UNDEFINED if arg.default is None else arg.default
        marker = vol.Required if arg.required else vol.Optional
        keys[marker(name, default=default)] = _TYPES[arg.type](arg)
    if spec.confirm:
        keys[vol.Optional("confirm")] = object
    return worded(keys)


class _Typed:
    """A validator of one type: ``take`` gives the normal form or raises ValueError.

    ``size`` is what ``min`` and ``max`` bound: of the value itself, or counted in ``unit``.
    """

    def __init__(
        self,
        arg: Arg,
        what: str,
        take: Callable[[Any], Any],
        size: Callable[[Any], float] | None = None,
        unit: str = "",
    ) -> None:
        self._arg = arg
        self._take = take
        self._size = size
        bounds = limits(arg.min, arg.max) if size is not None else ""
        if bounds and unit:
            plural = "" if bounds.endswith(" 1") else "s"
            bounds = f"of {bounds.removeprefix('from ').removeprefix('of ')} {unit}{plural}"
        self.expected = f"{what} {bounds}".rstrip()

    def __call__(self, value: Any) -> Any:
        try:
            taken = self._take(value)
        except (ValueError, vol.Invalid):
            raise Refusal(f"expected {self.expected}", code="wrong_type") from None
        if self._size is not None:
            size, low, high = self._size(taken), self._arg.min, self._arg.max
            if (low is not None and size < low) or (high is not None and size > high):
                raise Refusal(f"expected {self.expected}", code="out_of_range")
        return taken


def _a(kind: type) -> Callable[[Any], Any]:
    def take(value: Any) -> Any:
        if not isinstance(value, kind):
            raise ValueError  # noqa: TRY004  the caller words it
        return value

    return take


def _line(value: Any) -> str:
    if not isinstance(value, str) or len(value.splitlines()) > 1 or value.endswith(("\r", "\n")):
        raise ValueError
    return value


def _line_or_number(value: Any) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _line(value)


def _value(taken: float) -> float:
    return taken


def _hex(value: Any) -> str:
    if not isinstance(value, str) or not _HEX.fullmatch(value.strip(" \t\r\n")):
        raise ValueError
    return _HEX_SEPARATORS.sub("", value).upper()


def _rgb(value: Any) -> str:
    if isinstance(value, str) and _COLOUR.fullmatch(value):
        return value.upper()
    if not isinstance(value, list) or len(value) != 3:
        raise ValueError
    parts = [whole(part) for part in value]
    if not all(0 <= part <= 255 for part in parts):
        raise ValueError
    return "#{:02X}{:02X}{:02X}".format(*parts)


def _image(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004  the caller words it
    text = "".join(_DATA_URL.sub("", value, count=1).split())
    try:
        if not base64.b64decode(text, validate=True):
            raise ValueError
    except binascii.Error:
        raise ValueError from None
    return text


_TYPES: Mapping[str, Callable[[Arg], Any]] = {
    "string": lambda arg: _Typed(
        arg, "a text in one line", _line_or_number if arg.or_number else _line, len, "character"
    ),
    "text": lambda arg: _Typed(arg, "a text", _a(str), len, "character"),
    "integer": lambda arg: _Typed(arg, "a whole number", whole, _value),
    "number": lambda arg: _Typed(arg, "a number", number, _value),
    "boolean": lambda arg: _Typed(arg, "true or false", boolean),
    "enum": lambda arg: vol.All(str, vol.In(arg.options)),
    "hex": lambda arg: _Typed(arg, "hexadecimal digits", _hex, lambda digits: len(digits) // 2, "byte"),
    "rgb": lambda arg: _Typed(arg, 'a colour as "#RRGGBB" or [red, green, blue], each 0 to 255', _rgb),
    "list": lambda arg: _Typed(arg, "a list", _a(list), len, "item"),
    "object": lambda arg: _Typed(arg, "an object", _a(dict), len, "key"),
    "image": lambda arg: _Typed(arg, "an image in Base64", _image, lambda text: len(text) * 3 // 4, "byte"),
}
