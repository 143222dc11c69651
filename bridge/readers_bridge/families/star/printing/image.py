"""Images become dots: one bit each, no wider than the paper."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from readers_bridge.families.star.printing.extra import library
from readers_bridge.families.star.printing.items import Picture
from readers_bridge.families.star.printing.paper import Align, Paper
from readers_bridge.families.star.printing.refusals import invalid

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 12_000_000
MAX_ROWS = 8_000
"""Dots down the paper: one metre."""

_WHITE = 255

_BROKEN = (OSError, SyntaxError, ValueError, AssertionError, EOFError, LookupError, struct.error, zlib.error)
"""What Pillow raises on damaged files."""

_HEADER_SIZE = struct.Struct(">II")
"""Width and height in a PNG's IHDR chunk."""
_HEADER_AT = 16
_HEADER_END = 24


@dataclass(frozen=True, slots=True)
class Bitmap:
    """Rows of dots from edge to edge; eight dots in a byte, the leftmost in the highest bit, 1 is black."""

    rows: tuple[bytes, ...]
    path: str


def bitmap(paper: Paper, picture: Picture) -> Bitmap:
    """The image in black dots, on white where it is transparent, and scaled down where it is wider than the paper.

    The size is looked at before anything is unpacked.

    Raises:
        CommandError: ``invalid``: not a PNG file, or too large; ``refused``, not_installed: Pillow is missing.
    """
    module = library("PIL.Image", "Pillow", "to print images")
    announced: tuple[int, int] = _HEADER_SIZE.unpack_from(picture.data.ljust(_HEADER_END, b"\0"), _HEADER_AT)
    _check_pixels(*announced, picture.path)
    try:
        with module.open(io.BytesIO(picture.data), formats=("PNG",)) as opened:
            wide, high = opened.size
            _check_pixels(wide, high, picture.path)  # once more: a damaged file can have two headers
            grey = _grey(module, opened)
    except (*_BROKEN, module.DecompressionBombError) as error:
        raise invalid(
            f"{picture.path}: this PNG image cannot be read ({error})", "invalid_value", picture.path
        ) from None
    width = min(wide, paper.dots)
    height = max(1, round(high * width / wide))
    if height > MAX_ROWS:
        raise invalid(
            f"{picture.path}: the image would be {height} dots high, more than {MAX_ROWS}; use a shorter one",
            "out_of_range",
            picture.path,
        )
    if width != wide:
        grey = grey.resize((width, height), module.Resampling.LANCZOS)
    canvas = module.new("L", (paper.dots, height), _WHITE)
    canvas.paste(grey, (left_edge(width, paper.dots, picture.align), 0))
    black = canvas.convert("1", dither=module.Dither.FLOYDSTEINBERG).point(lambda level: _WHITE - level)
    return Bitmap(rows(black), picture.path)


def rows(image: Image.Image) -> tuple[bytes, ...]:
    """The rows of an image of mode "1", in which a set pixel is black."""
    stride = -(-image.width // 8)
    data = image.tobytes()
    return tuple(data[start : start + stride] for start in range(0, len(data), stride))


def left_edge(width: int, dots: int, align: Align) -> int:
    """Where something of this width begins."""
    blank = dots - width
    return {Align.LEFT: 0, Align.CENTER: blank // 2, Align.RIGHT: blank}[align]


def _check_pixels(wide: int, high: int, path: str) -> None:
    if wide * high > MAX_PIXELS:
        raise invalid(
            f"{path}: the image has {wide} by {high} pixels, more than {MAX_PIXELS} in all; scale it down",
            "out_of_range",
            path,
        )


def _grey(module: Any, image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits
        return image.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if not image.has_transparency_data:
        return image.convert("L")
    pixels = image.convert("RGBA").convert("LA")
    paper: Image.Image = module.new("L", image.size, _WHITE)
    paper.paste(pixels.getchannel("L"), mask=pixels.getchannel("A"))
    return paper
