"""The paper as text: what a person would read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from readers_bridge.families.star.simulator.roll import Barcode, Buzz, Cut, Feed, Item, Kick, Line, Picture, Qr
from readers_bridge.families.star.simulator.symbols import shown

_LINE = 24
_FONT_A = 12


def transcript(items: Iterable[Item], columns: int) -> str:
    """Lines of text, aligned by blanks; cuts, drawers and symbols in brackets."""
    return "".join(line + "\n" for item in items for line in lines_of(item, columns))


def lines_of(item: Item, columns: int) -> Iterator[str]:
    """The lines that one item makes."""
    match item:
        case Line():
            yield _line(item, columns)
        case Feed(dots=dots):
            yield from [""] * max(1, round(dots / 32)) if dots >= _LINE else []
        case Barcode():
            yield _placed(f"|||| {item.kind} {shown(item.kind, item.data)} ||||", item.align, columns)
        case Qr():
            yield _placed(f"[QR code: {item.data.decode('utf-8', 'replace')}]", item.align, columns)
        case Picture():
            yield _placed(f"[picture, {item.width} x {len(item.rows) * item.scale[1]} dots]", item.align, columns)
        case Cut(kind=kind):
            name = f" {kind} cut "
            yield name.center(columns, "-")
        case Kick():
            yield f"[drawer {item.drawer} opened, {item.on} ms{', at once' if item.immediate else ''}]"
        case Buzz():
            yield "[buzzer]"


def _line(line: Line, columns: int) -> str:
    width = sum(len(span.text) * span.style.width for span in line.spans)
    return _placed(line.text, line.align, columns, width).rstrip()


def _placed(text: str, align: str, columns: int, width: int | None = None) -> str:
    room = max(0, columns - (len(text) if width is None else width))
    return " " * {"left": 0, "center": room // 2, "right": room}[align] + text
