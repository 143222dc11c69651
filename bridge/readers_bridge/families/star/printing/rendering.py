"""The commands that print: each gives the bytes of one job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from readers_bridge.families.star.printing import layout, peripherals
from readers_bridge.families.star.printing.barcode import Barcode
from readers_bridge.families.star.printing.dialect import Dialect
from readers_bridge.families.star.printing.esc_pos import EscPos
from readers_bridge.families.star.printing.image import bitmap
from readers_bridge.families.star.printing.items import (
    SCALES,
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
from readers_bridge.families.star.printing.paper import Align, CutKind, Paper, Rendered
from readers_bridge.families.star.printing.qr import Qr
from readers_bridge.families.star.printing.receipt import check_text_size, parse, utf8_size
from readers_bridge.families.star.printing.refusals import invalid
from readers_bridge.families.star.printing.star_dot import StarDot
from readers_bridge.families.star.printing.star_graphic import StarGraphic
from readers_bridge.families.star.printing.star_line import StarLine
from readers_bridge.families.star.printing.text import Cleaner
from readers_bridge.families.star.typedefs import Emulation
from readers_bridge.model import Json

MAX_JOB_BYTES = 8_000_000
MAX_BUZZES = 20

_DIALECTS: Mapping[Emulation, type[Dialect]] = MappingProxyType(
    {
        Emulation.STAR_LINE: StarLine,
        Emulation.STAR_PRNT: StarLine,
        Emulation.STAR_GRAPHIC: StarGraphic,
        Emulation.STAR_DOT: StarDot,
        Emulation.ESC_POS: EscPos,
    }
)


def text(
    paper: Paper,
    text: str,
    *,
    align: str = Align.LEFT,
    bold: bool = False,
    width: int = 1,
    height: int = 1,
    cut: str = CutKind.PARTIAL,
) -> Rendered:
    """Text in one style, wrapped to the paper, and a cut.

    Args:
        paper: The printer.
        text: Up to 20,000 bytes in UTF-8.
        align: left, center or right.
        bold: Emphasised.
        width: Multiple of the normal width, 1 to 6.
        height: Multiple of the normal height, 1 to 6.
        cut: partial, full or none.

    Raises:
        CommandError: ``invalid``; ``path`` names the argument.
    """
    check_text_size(utf8_size(text), "text")
    for name, value in (("width", width), ("height", height)):
        if not 1 <= value <= SCALES:
            raise invalid(f"{name}: expected 1 to {SCALES}, not {value}", "out_of_range", name)
    style = Style(Align(align), width, height, bold)
    items: list[Item] = [Text(text, style)]
    if cut != "none":
        items.append(Cut(CutKind(cut)))
    return _rendered(paper, items)


def receipt(paper: Paper, lines: Sequence[Json]) -> Rendered:
    """A receipt; docs/families/star.md lists what a line can be.

    Raises:
        CommandError: ``invalid``: the text lists every problem, ``path`` is the place of the first, such as ``lines.3.align``;
            ``refused``: this printer has no such thing, or an optional library is missing.
    """
    return _rendered(paper, parse(lines))


def drawer(paper: Paper, number: int = 1) -> Rendered:
    """Opens cash drawer 1 or 2, in its turn.

    Raises:
        CommandError: ``refused``, no_drawer; ``invalid``.
    """
    if number not in (1, 2):
        raise invalid(f"drawer: expected 1 or 2, not {number}", "out_of_range", "drawer")
    return _rendered(paper, [Drawer(number)])


def buzzer(paper: Paper, times: int = 1) -> Rendered:
    """Sounds the external buzzer, each time for 0.2 seconds.

    Raises:
        CommandError: ``refused``, no_buzzer or not_supported; ``invalid``.
    """
    if not 1 <= times <= MAX_BUZZES:
        raise invalid(f"times: expected 1 to {MAX_BUZZES}, not {times}", "out_of_range", "times")
    peripherals.need_buzzer(paper)
    dialect = _DIALECTS[paper.emulation](paper)
    dialect.buzzer(times)
    return Rendered(dialect.finish())


def cut(paper: Paper, kind: str = CutKind.PARTIAL) -> Rendered:
    """Feeds the paper to the cutter and cuts it, partially or fully."""
    return _rendered(paper, [Cut(CutKind(kind))])


def _rendered(paper: Paper, items: Sequence[Item]) -> Rendered:
    dialect = _DIALECTS[paper.emulation](paper)
    cleaner = Cleaner(dialect.printable, paper.replacement)
    for item in items:
        _print(paper, dialect, cleaner, item)
    data = dialect.finish()
    if len(data) > MAX_JOB_BYTES:
        raise invalid(
            f"the job has {len(data)} bytes for the printer, more than {MAX_JOB_BYTES}; split it into several jobs",
            "out_of_range",
            None,
        )
    return Rendered(data, dialect.lines, cleaner.replaced, cleaner.dropped)


def _print(paper: Paper, dialect: Dialect, cleaner: Cleaner, item: Item) -> None:
    normal = Style()
    match item:
        case Text():
            dialect.text(layout.text_lines(cleaner, item, dialect.columns(item.style)), item.style)
        case Columns():
            dialect.text(layout.column_lines(cleaner, item, dialect.columns(normal)), normal)
        case Rule():
            dialect.text(layout.rule_lines(cleaner, item, dialect.columns(normal)), normal)
        case Barcode():
            dialect.barcode(item)
        case Qr():
            cleaner.dropped += item.dropped
            dialect.qr(item)
        case Picture():
            dialect.picture(bitmap(paper, item))
        case Feed():
            dialect.feed(item.lines)
        case Cut():
            dialect.cut(item.kind)
        case Drawer():
            peripherals.need_drawer(paper, item.path)
            if item.path is None:
                dialect.drawer(item.number)
            else:
                dialect.drawer_in_turn(item.number, item.path)
