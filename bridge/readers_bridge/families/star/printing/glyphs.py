"""The font for printers that have none: 12 by 24 dots, as wide and high as a receipt printer's own font A.

The dots are those of DejaVu Sans Mono 2.37 and its bold face at 20 pixels; its licence is beside the picture.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from readers_bridge.families.star.printing.extra import library
from readers_bridge.families.star.printing.paper import FONT_A

if TYPE_CHECKING:
    from PIL import Image

_RANGES = (
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x17F),
    (0x192, 0x192),
    (0x218, 0x21B),
    (0x2C6, 0x2C7),
    (0x2D8, 0x2DD),
    (0x384, 0x38A),
    (0x38C, 0x38C),
    (0x38E, 0x3A1),
    (0x3A3, 0x3CE),
    (0x400, 0x45F),
    (0x490, 0x491),
    (0x2010, 0x2015),
    (0x2018, 0x201E),
    (0x2020, 0x2022),
    (0x2026, 0x2026),
    (0x2030, 0x2030),
    (0x2032, 0x2033),
    (0x2039, 0x203A),
    (0x20AC, 0x20AC),
    (0x2116, 0x2116),
    (0x2122, 0x2122),
    (0x2190, 0x2195),
    (0x2212, 0x2212),
    (0x221A, 0x221A),
    (0x221E, 0x221E),
    (0x2248, 0x2248),
    (0x2260, 0x2260),
    (0x2264, 0x2265),
    (0x2500, 0x258E),
    (0x2590, 0x259F),
    (0x25A0, 0x25A1),
    (0x25B2, 0x25B2),
    (0x25BA, 0x25BA),
    (0x25BC, 0x25BC),
    (0x25C4, 0x25C4),
    (0x25CB, 0x25CB),
    (0x25CF, 0x25CF),
    (0x2605, 0x2606),
    (0x2610, 0x2612),
    (0x2660, 0x2667),
    (0x2713, 0x2714),
    (0x2717, 0x2718),
)

CHARACTERS = "".join(chr(code) for first, last in _RANGES for code in range(first, last + 1))
REPERTOIRE = frozenset(CHARACTERS)

ACROSS = 32
"""Characters in one row of the picture; below the normal ones stand the bold ones."""

_INDEX = {char: index for index, char in enumerate(CHARACTERS)}
_ROWS = -(-len(CHARACTERS) // ACROSS)
_CACHE_SIZE = 4096
_BLACK_IS_SET = [255, *([0] * 255)]
"""The picture is black on white for people who look at it; here a black dot is 1."""


@lru_cache(maxsize=_CACHE_SIZE)
def glyph(char: str, *, bold: bool) -> Image.Image:
    """The dots of one character of ``REPERTOIRE``: 12 by 24, 1 is black."""
    wide, high = FONT_A
    row, column = divmod(_INDEX[char], ACROSS)
    row += _ROWS if bold else 0
    return _sheet().crop((column * wide, row * high, (column + 1) * wide, (row + 1) * high))


@lru_cache(maxsize=1)
def _sheet() -> Image.Image:
    image = library("PIL.Image", "Pillow", "to print on a printer without fonts")
    with files(__package__).joinpath("font", "font_12x24.png").open("rb") as file, image.open(file) as opened:
        sheet: Image.Image = opened.convert("L").point(_BLACK_IS_SET, "1")
        return sheet
