"""Raster-only printers (TSP100): text, codes and images are all drawn here.

The drawer and the document commands are those of Star Line mode, between the blocks of raster data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from readers_bridge.families.star.printing import bars, glyphs, raster
from readers_bridge.families.star.printing.barcode import Barcode
from readers_bridge.families.star.printing.dialect import Dialect
from readers_bridge.families.star.printing.extra import library
from readers_bridge.families.star.printing.image import Bitmap, left_edge, rows
from readers_bridge.families.star.printing.items import Style
from readers_bridge.families.star.printing.layout import Line, width_of
from readers_bridge.families.star.printing.paper import FONT_A, LINE_DOTS, Align, CutKind, Paper
from readers_bridge.families.star.printing.qr import Qr
from readers_bridge.families.star.printing.star_line import BUZZ, OPEN_DRAWER

if TYPE_CHECKING:
    from PIL import Image

_EOT: Mapping[CutKind, raster.Eot] = MappingProxyType(
    {CutKind.FULL: raster.Eot.FEED_FULL_CUT, CutKind.PARTIAL: raster.Eot.FEED_PARTIAL_CUT}
)
_QUIET_MODULES = 4
_BLACK = 1


class StarGraphic(Dialect):
    """Star Graphic mode."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(paper)
        self._rows: list[bytes] = []

    @property
    def printable(self) -> frozenset[str]:
        return glyphs.REPERTOIRE

    @property
    def line_columns(self) -> int:
        return min(self.paper.columns, self.paper.dots // FONT_A[0])

    def drawer(self, number: int) -> None:
        self._end_block()
        self._out += OPEN_DRAWER[number]

    def buzzer(self, times: int) -> None:
        self._end_block()
        self._out += BUZZ * times

    def finish(self) -> bytes:
        self._end_block()
        return super().finish()

    def _text(self, lines: Sequence[Line], style: Style) -> None:
        for line in lines:
            self._draw(_line(self._image, line, style), style.align, FONT_A[1] * style.height)
            self._blank((LINE_DOTS - FONT_A[1]) * style.height)

    def _feed(self, lines: int) -> None:
        self._blank(lines * LINE_DOTS)

    def _cut(self, kind: CutKind) -> None:
        self._out += raster.block(self._rows or [bytes(1)], _EOT[kind])
        self._rows = []

    @property
    def _image(self) -> Any:
        return library("PIL.Image", "Pillow", "to print on a printer without fonts")

    def _end_block(self) -> None:
        if self._rows:
            self._out += raster.block(self._rows, raster.Eot.NONE)
            self._rows = []

    def _blank(self, dots: int) -> None:
        self._rows += [bytes(-(-self.paper.dots // 8))] * dots

    def _draw(self, image: Image.Image | None, align: Align, height: int) -> None:
        """An image on the paper; None: nothing but white."""
        if image is None:
            self._blank(height)
            return
        canvas = self._image.new("1", (self.paper.dots, height), 0)
        canvas.paste(image, (left_edge(image.width, self.paper.dots, align), 0))
        self._rows += rows(canvas)

    def _barcode(self, barcode: Barcode) -> None:
        pattern = bars.pattern(self.paper, barcode)
        image = self._image.new("1", (len(pattern), 1), 0)
        image.putdata([_BLACK if bar == "1" else 0 for bar in pattern])
        wide = image.resize((len(pattern) * barcode.module_dots, barcode.height), self._image.Resampling.NEAREST)
        self._draw(wide, barcode.align, barcode.height)
        if barcode.text:
            text = _line(self._image, ((barcode.data, False),), Style())
            self._draw(_under(self._image, text, wide.width), barcode.align, FONT_A[1])
        self._blank(LINE_DOTS - FONT_A[1])

    def _qr(self, qr: Qr) -> None:
        segno = library("segno", "segno", "to print QR codes on a printer without fonts")
        code = segno.make(qr.data, error=qr.error_correction.value, micro=False, boost_error=False)
        matrix = [bytes(row) for row in code.matrix]
        image = self._image.new("1", (len(matrix), len(matrix)), 0)
        image.putdata([_BLACK if dot else 0 for row in matrix for dot in row])
        size = len(matrix) * qr.size
        self._blank(_QUIET_MODULES * qr.size)
        self._draw(image.resize((size, size), self._image.Resampling.NEAREST), qr.align, size)
        self._blank(_QUIET_MODULES * qr.size)

    def _picture(self, bitmap: Bitmap) -> None:
        self._rows += bitmap.rows


def _line(module: Any, line: Line | Sequence[tuple[str, bool]], style: Style) -> Image.Image | None:
    """The dots of one line of text; None when it is empty."""
    wide, high = FONT_A
    columns = sum(width_of(text) for text, _ in line)
    if not columns:
        return None
    image: Image.Image = module.new("1", (columns * wide, high), 0)
    at = 0
    for text, bold in line:
        for char in text:
            image.paste(glyphs.glyph(char, bold=bold), (at, 0))
            at += wide * width_of(char)
    if style.underline:
        image.paste(_BLACK, (0, high - 2, image.width, high))
    if style.invert:
        image = image.point(lambda dot: 255 - dot)
    if (style.width, style.height) != (1, 1):
        image = image.resize((image.width * style.width, high * style.height), module.Resampling.NEAREST)
    return image


def _under(module: Any, text: Image.Image | None, width: int) -> Image.Image | None:
    """The text in the middle below something of this width."""
    if text is None or text.width >= width:
        return text
    canvas: Image.Image = module.new("1", (width, text.height), 0)
    canvas.paste(text, ((width - text.width) // 2, 0))
    return canvas
