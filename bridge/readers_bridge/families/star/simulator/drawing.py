"""The paper as a picture, for people. It needs Pillow, and segno for QR codes: the extra ``receipts``.

The same items give the same dots on every machine: the font is the simulator's own.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING

from readers_bridge.families.star.simulator.composer import CELL
from readers_bridge.families.star.simulator.glyphs import HEIGHT, WIDTH, glyph
from readers_bridge.families.star.simulator.roll import Barcode, Cut, Feed, Item, Line, Picture, Qr, Span
from readers_bridge.families.star.simulator.settings import Settings
from readers_bridge.families.star.simulator.symbols import bars, shown

if TYPE_CHECKING:
    from PIL import Image

MARGIN = 16
"""Dots of white on every side."""
PAPER, BLACK, RED, EDGE = 0, 1, 2, 3
_PALETTE = (255, 255, 255, 0, 0, 0, 200, 0, 0, 150, 150, 150)
TALLEST = 60_000
"""Dots; what is below is not drawn."""
_DASH = 8
_GAP = 4
_CUT_SPACE = 16
_BOX_OF_UNKNOWN_BARS = 200


def draw(items: Iterable[Item], settings: Settings) -> bytes:
    """The paper as a PNG of one dot per pixel: black, the red of dot impact printers, and dashed grey where it was cut.

    Raises:
        RuntimeError: Pillow, or with a QR code segno, is not installed.
    """
    image = _image_module()
    width = max(settings.line_dots, settings.columns * WIDTH)
    strips = []
    height = 0
    for item in items:
        strip = _strip(item, width, settings)
        if strip is not None and height + strip.height <= TALLEST:
            strips.append(strip)
            height += strip.height
    paper = image.new("P", (width + 2 * MARGIN, height + 2 * MARGIN), PAPER)
    paper.putpalette(_PALETTE)
    y = MARGIN
    for strip in strips:
        paper.paste(strip, (MARGIN, y))
        y += strip.height
    out = io.BytesIO()
    paper.save(out, "PNG", optimize=True)
    return out.getvalue()


def _image_module() -> ModuleType:
    try:
        from PIL import Image  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise RuntimeError("a picture of the paper needs Pillow: pip install 'readers-bridge[receipts]'") from None
    return Image


def _strip(item: Item, width: int, settings: Settings) -> Image.Image | None:
    match item:
        case Line():
            return _line(item, width, settings)
        case Feed(dots=dots):
            return _blank(width, dots)
        case Barcode():
            return _barcode(item, width)
        case Qr():
            return _qr(item, width)
        case Picture():
            return _picture(item, width)
        case Cut():
            return _cut(item, width)
    return None


def _blank(width: int, height: int) -> Image.Image:
    made: Image.Image = _image_module().new("P", (width, max(1, height)), PAPER)
    made.putpalette(_PALETTE)
    return made


def _placed(drawn: Image.Image, align: str, width: int, height: int | None = None) -> Image.Image:
    strip = _blank(width, drawn.height if height is None else height)
    room = max(0, width - drawn.width)
    strip.paste(drawn, ({"left": 0, "center": room // 2, "right": room}[align], 0))
    return strip


def _line(line: Line, width: int, settings: Settings) -> Image.Image:
    is_dot_impact = settings.line_dots < settings.columns * WIDTH
    cells = [(WIDTH if is_dot_impact else CELL[span.style.font]) * span.style.width for span in line.spans]
    total = sum(cell * len(span.text) for cell, span in zip(cells, line.spans, strict=True))
    high = max(HEIGHT * span.style.height for span in line.spans)
    drawn = _blank(max(1, total), high)
    x = 0
    for cell, span in zip(cells, line.spans, strict=True):
        for character in span.text:
            drawn.paste(_character(character, span, cell), (x, high - HEIGHT * span.style.height))
            x += cell
    if line.spans[0].style.upside_down:
        drawn = drawn.rotate(180)
    return _placed(drawn, line.align, width, max(high, line.dots))


def _character(character: str, span: Span, cell: int) -> Image.Image:
    style = span.style
    image = _image_module()
    shape = glyph(character).copy()
    if style.underline:
        shape.paste(255, (0, HEIGHT - 2, WIDTH, HEIGHT))
    shape = shape.resize((cell, HEIGHT * style.height), image.Resampling.NEAREST)
    if style.bold:  # one dot of the head, however large the character: its gaps stay open
        shape.paste(255, (1, 0), shape.crop((0, 0, shape.width - 1, shape.height)))
    ink, ground = (RED, PAPER) if style.red else (BLACK, PAPER)
    if style.invert:
        ink, ground = ground, ink
    drawn: Image.Image = image.new("P", shape.size, ground)
    drawn.putpalette(_PALETTE)
    drawn.paste(ink, (0, 0, *shape.size), shape)
    return drawn


def _text(text: str) -> Image.Image:
    drawn = _blank(max(1, WIDTH * len(text)), HEIGHT)
    for number, character in enumerate(text):
        drawn.paste(BLACK, (number * WIDTH, 0), glyph(character))
    return drawn


def _barcode(barcode: Barcode, width: int) -> Image.Image:
    modules = bars(barcode.kind, barcode.data)
    height = barcode.height + (HEIGHT + 2 * _GAP if barcode.text else 0)
    if modules is None:
        drawn = _box(f"{barcode.kind} {barcode.data}", barcode.height)
    else:
        drawn = _blank(len(modules) * barcode.module, height)
        for number, module in enumerate(modules):
            if module == "1":
                left = number * barcode.module
                drawn.paste(BLACK, (left, 0, left + barcode.module, barcode.height))
        if barcode.text:
            text = _text(shown(barcode.kind, barcode.data))
            drawn.paste(text, (max(0, (drawn.width - text.width) // 2), barcode.height + _GAP))
    return _placed(drawn, barcode.align, width)


def _box(text: str, height: int) -> Image.Image:
    label = _text(text)
    drawn = _blank(max(_BOX_OF_UNKNOWN_BARS, label.width + 8), max(height, HEIGHT + 4))
    drawn.paste(BLACK, (0, 0, *drawn.size))
    drawn.paste(PAPER, (2, 2, drawn.width - 2, drawn.height - 2))
    drawn.paste(label, (4, (drawn.height - HEIGHT) // 2))
    return drawn


def _qr(qr: Qr, width: int) -> Image.Image:
    try:
        import segno  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise RuntimeError("a picture of a QR code needs segno: pip install 'readers-bridge[receipts]'") from None
    content: str | bytes = qr.data.decode("ascii") if qr.data.isascii() else qr.data
    rows = [list(row) for row in segno.make_qr(content, error=qr.level, boost_error=False).matrix]
    drawn = _blank(len(rows) * qr.cell, len(rows) * qr.cell)
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            if module:
                drawn.paste(BLACK, (x * qr.cell, y * qr.cell, (x + 1) * qr.cell, (y + 1) * qr.cell))
    return _placed(drawn, qr.align, width)


def _picture(picture: Picture, width: int) -> Image.Image:
    image = _image_module()
    wide = max(1, max((len(row) for row in picture.rows), default=1))
    data = b"".join(row.ljust(wide, b"\0") for row in picture.rows)
    dots = image.frombytes("1", (8 * wide, max(1, len(picture.rows))), data or b"\0" * wide)
    across, down = picture.scale
    dots = dots.resize((dots.width * across, dots.height * down), image.Resampling.NEAREST)
    drawn = _blank(dots.width + picture.x, dots.height)
    drawn.paste(BLACK, (picture.x, 0, picture.x + dots.width, dots.height), dots)
    return _placed(drawn, picture.align, width)


def _cut(cut: Cut, width: int) -> Image.Image:
    strip = _blank(width, 2 * _CUT_SPACE)
    dashes = [range(0, width, 2 * _DASH)] if cut.kind == "partial" else [range(0, width, _DASH)]
    for left in itertools.chain(*dashes):
        strip.paste(EDGE, (left, _CUT_SPACE, min(width, left + _DASH), _CUT_SPACE + 2))
    return strip
