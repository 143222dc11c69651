"""The lines of a receipt as people write them, checked and turned into frozen data."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any

import voluptuous as vol

from readers_bridge.errors import CommandError
from readers_bridge.families.star.printing.barcode import Barcode, Symbology
from readers_bridge.families.star.printing.items import (
    SCALES,
    Cell,
    Columns,
    Cut,
    Drawer,
    Feed,
    Item,
    Picture,
    Rule,
    Style,
    Text,
)
from readers_bridge.families.star.printing.paper import Align, CutKind
from readers_bridge.families.star.printing.qr import ErrorCorrection, Qr
from readers_bridge.families.star.printing.refusals import dotted, invalid
from readers_bridge.model import Json
from readers_bridge.validation import Problem, Refusal, problems, shown, suggestion, worded

MAX_LINES = 2_000
MAX_TEXT_BYTES = 20_000
"""In UTF-8, all texts of a job together."""
MAX_IMAGE_BYTES = 4_000_000
"""All images of a job together, decoded from Base64."""
MAX_FEED = 100

_DATA_URL = re.compile(r"data:image/[a-z0-9.+-]+;base64,")


def parse(lines: Sequence[Json]) -> tuple[Item, ...]:
    """The lines of ``print_receipt``; docs/families/star.md lists their keys.

    Raises:
        CommandError: ``invalid``; the text lists every problem, ``path`` is the place of the first, such as ``lines.3.align``.
    """
    if isinstance(lines, str) or not isinstance(lines, Sequence):
        raise invalid(f"lines: expected a list, not {shown(lines)}", "wrong_type", "lines")
    if not 1 <= len(lines) <= MAX_LINES:
        raise invalid(
            f"lines: a receipt has 1 to {MAX_LINES} lines, not {len(lines)}; split it into several receipts",
            "out_of_range",
            "lines",
        )
    items: list[Item] = []
    found: list[Problem] = []
    for index, line in enumerate(lines):
        try:
            items.append(_item(index, line))
        except _LineError as error:
            found += error.problems
    if found:
        text = "\n".join(f"{dotted(one.keys)}: {one.message}" for one in found)
        raise invalid(text, found[0].code, dotted(found[0].keys))
    _check_sizes(items)
    return tuple(items)


class _LineError(Exception):
    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems


_align = vol.In(tuple(map(str, Align)))
_scale = vol.All(int, vol.Range(min=1, max=SCALES))


def _one_character(value: Any) -> Any:
    if value is True or (isinstance(value, str) and len(value) == 1):
        return value
    raise Refusal("expected true or one character", code="wrong_type")


def _png(value: Any) -> bytes:
    if not isinstance(value, str):
        raise Refusal("expected a PNG image in Base64", code="wrong_type")
    try:
        data = base64.b64decode("".join(_DATA_URL.sub("", value, count=1).split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("expected a PNG image in Base64", code="invalid_value") from None
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        raise Refusal("expected a PNG image in Base64", code="invalid_value")
    return data


_STYLE = {
    vol.Optional("align"): _align,
    vol.Optional("width"): _scale,
    vol.Optional("height"): _scale,
    vol.Optional("bold"): bool,
    vol.Optional("underline"): bool,
    vol.Optional("invert"): bool,
}
_CELL = {
    vol.Required("text"): str,
    vol.Optional("width"): vol.All(int, vol.Range(min=1, max=200)),
    vol.Optional("align"): _align,
    vol.Optional("bold"): bool,
}
_SCHEMAS: Mapping[str, vol.Schema] = {
    "columns": worded({"columns": vol.All([_CELL], vol.Length(min=1, max=20))}),
    "rule": worded({"rule": _one_character}),
    "barcode": worded(
        {
            "barcode": str,
            vol.Optional("type"): vol.In(tuple(map(str, Symbology))),
            vol.Optional("height"): vol.All(int, vol.Range(min=8, max=255)),
            vol.Optional("module_width"): vol.All(int, vol.Range(min=1, max=3)),
            vol.Optional("text"): bool,
            vol.Optional("align"): _align,
        }
    ),
    "qr": worded(
        {
            "qr": str,
            vol.Optional("size"): vol.All(int, vol.Range(min=1, max=8)),
            vol.Optional("error_correction"): vol.In(tuple(map(str, ErrorCorrection))),
            vol.Optional("align"): _align,
        }
    ),
    "image": worded({"image": _png, vol.Optional("align"): _align}),
    "feed": worded({"feed": vol.All(int, vol.Range(min=1, max=MAX_FEED))}),
    "cut": worded({"cut": vol.In(tuple(map(str, CutKind)))}),
    "drawer": worded({"drawer": vol.All(int, vol.Range(min=1, max=2))}),
    "text": worded({"text": str, **_STYLE}),
}
"""One of these keys says what a line is; ``text`` comes last, as a bar code has a key of that name."""


def _item(index: int, line: Json) -> Item:
    keys = ("lines", index)
    if isinstance(line, str):
        return Text(line)
    if not isinstance(line, Mapping):
        raise _LineError([Problem(keys, f"expected a text or an object, not {shown(line)}", "wrong_type")])
    kinds = [kind for kind in _SCHEMAS if kind in line]
    if "barcode" in kinds and "text" in kinds:
        kinds.remove("text")
    if len(kinds) != 1:
        raise _LineError([_kind_problem(keys, line, kinds)])
    kind = kinds[0]
    try:
        checked: dict[str, Any] = _SCHEMAS[kind](dict(line))
    except vol.Invalid as error:
        found = problems(error, line)
        raise _LineError([Problem((*keys, *one.keys), one.message, one.code) for one in found]) from None
    try:
        return _made(kind, checked, dotted((*keys, kind)))
    except Refusal as error:
        raise _LineError([Problem((*keys, kind), error.msg, error.code)]) from None


def _kind_problem(keys: tuple[str, int], line: Mapping[str, Any], kinds: list[str]) -> Problem:
    if kinds:
        return Problem(keys, f"a line is one thing, not {' and '.join(kinds)}; make two lines of it", "invalid_value")
    known = tuple(_SCHEMAS)
    guesses = (suggestion(key, known) for key in line)
    guess = next((guess for guess in guesses if guess), "")
    return Problem(keys, f"expected one of the keys {', '.join(known)}{guess}", "missing_argument")


def _made(kind: str, line: dict[str, Any], path: str) -> Item:
    align = Align(line.get("align", Align.LEFT))
    match kind:
        case "columns":
            return Columns(tuple(_cell(cell) for cell in line["columns"]), path)
        case "rule":
            return Rule() if line["rule"] is True else Rule(line["rule"])
        case "barcode":
            return Barcode.checked(
                line["barcode"],
                Symbology(line.get("type", Symbology.CODE128)),
                path,
                height=line.get("height", 80),
                module_width=line.get("module_width", 2),
                text=line.get("text", True),
                align=align,
            )
        case "qr":
            return Qr.checked(
                line["qr"],
                path,
                size=line.get("size", 5),
                error_correction=ErrorCorrection(line.get("error_correction", ErrorCorrection.M)),
                align=align,
            )
        case "image":
            return Picture(line["image"], align, path)
        case "feed":
            return Feed(line["feed"])
        case "cut":
            return Cut(CutKind(line["cut"]))
        case "drawer":
            return Drawer(line["drawer"], path)
        case _:
            text = line.pop("text")
            return Text(text, Style(**{**line, "align": align}))


def _cell(cell: dict[str, Any]) -> Cell:
    return Cell(cell["text"], cell.get("width"), Align(cell.get("align", Align.LEFT)), cell.get("bold", False))


def check_text_size(size: int, path: str) -> None:
    """Refuse more text than a job may have.

    Raises:
        CommandError: ``invalid``, out_of_range.
    """
    if size > MAX_TEXT_BYTES:
        raise invalid(
            f"{path}: the text has {size} bytes in UTF-8, more than {MAX_TEXT_BYTES}; split it into several jobs",
            "out_of_range",
            path,
        )


def _check_sizes(items: list[Item]) -> None:
    texts = [item.text for item in items if isinstance(item, Text)]
    texts += [cell.text for item in items if isinstance(item, Columns) for cell in item.cells]
    check_text_size(sum(utf8_size(text) for text in texts), "lines")
    images = [item for item in items if isinstance(item, Picture)]
    size = sum(len(image.data) for image in images)
    if size > MAX_IMAGE_BYTES:
        raise image_too_large(size, images[-1].path)


def image_too_large(size: int, path: str) -> CommandError:
    """The images of a job are too large together."""
    return invalid(
        f"{path}: the images of the job have {size} bytes, more than {MAX_IMAGE_BYTES}; use smaller images",
        "out_of_range",
        path,
    )


def utf8_size(text: str) -> int:
    """Bytes in UTF-8; half of a surrogate pair counts, too."""
    return len(text.encode("utf-8", "surrogatepass"))
