"""The printer's own font: Fixed 10x20 of the X Window System, which is in the public domain, in cells of 12 by 24 dots."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

WIDTH, HEIGHT = 12, 24
_FONT = "fixed-10x20.txt"
_WIDE, _HIGH = 10, 20
_LEFT, _TOP = 1, 2
_BOX_DRAWING = range(0x2500, 0x25A0)
"""Characters that touch their neighbours: their outermost dots are drawn out to the cell's edge."""


@cache
def _rows() -> dict[int, list[int]]:
    found = {}
    for line in (files(__package__) / _FONT).read_text("ascii").splitlines():
        if not line.startswith("#"):
            code, dots = line.split()
            found[int(code, 16)] = [int(dots[at : at + 3], 16) for at in range(0, 3 * _HIGH, 3)]
    return found


def has_glyph(character: str) -> bool:
    """Whether the font has it; what it lacks is drawn as U+FFFD."""
    return ord(character) in _rows()


@cache
def glyph(character: str) -> Image.Image:
    """A picture of 12 by 24 dots, mode L, 255 where ink is."""
    from PIL import Image  # noqa: PLC0415 - an optional extra

    rows = _rows().get(ord(character), _rows()[0xFFFD])
    cell = Image.new("L", (WIDTH, HEIGHT))
    touches = ord(character) in _BOX_DRAWING
    for y in range(HEIGHT):
        row = _row(rows, y - _TOP, touches=touches)
        for x in range(WIDTH):
            if row is not None and _dot(row, x - _LEFT, touches=touches):
                cell.putpixel((x, y), 255)
    return cell


def _row(rows: list[int], y: int, *, touches: bool) -> int | None:
    if touches:
        y = min(max(y, 0), _HIGH - 1)
    return rows[y] if 0 <= y < _HIGH else None


def _dot(row: int, x: int, *, touches: bool) -> bool:
    if touches:
        x = min(max(x, 0), _WIDE - 1)
    return 0 <= x < _WIDE and bool(row >> (_WIDE - 1 - x) & 1)
