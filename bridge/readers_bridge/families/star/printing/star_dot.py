"""Dot impact printers (SP700): text, cuts and drawers.

Source: Dot Impact Printer STAR Command Specifications, ESC W n, ESC h n, EM and SUB (drawer 2, executed at once) and
command list; the list has neither alignment nor bar codes nor QR codes, and characters are at most doubled.
"""

from __future__ import annotations

from collections.abc import Sequence

from readers_bridge.errors import CommandError
from readers_bridge.families.star.printing.barcode import Barcode
from readers_bridge.families.star.printing.image import Bitmap
from readers_bridge.families.star.printing.items import Style
from readers_bridge.families.star.printing.layout import Line, Run, aligned, width_of
from readers_bridge.families.star.printing.paper import Align
from readers_bridge.families.star.printing.qr import Qr
from readers_bridge.families.star.printing.refusals import not_supported
from readers_bridge.families.star.printing.star_line import StarLine
from readers_bridge.model import Status

FIRST_DRAWER = 1


class StarDot(StarLine):
    """Star's dot impact mode; inverted text is printed red where the ribbon has two colours."""

    max_scale = 2

    def _text(self, lines: Sequence[Line], style: Style) -> None:
        columns = self.columns(style)
        super()._text([_indented(line, columns, style.align) for line in lines], style)

    def style_on(self, style: Style) -> bytes:
        out = b"\x1bW\x01" if style.width > 1 else b""
        out += b"\x1bh\x01" if style.height > 1 else b""
        out += b"\x1b-\x01" if style.underline else b""
        return out + (b"\x1b4" if style.invert else b"")

    def style_off(self, style: Style) -> bytes:
        out = b"\x1b5" if style.invert else b""
        out += b"\x1b-\x00" if style.underline else b""
        out += b"\x1bh\x00" if style.height > 1 else b""
        return out + (b"\x1bW\x00" if style.width > 1 else b"")

    def buzzer_bytes(self) -> bytes:
        raise not_supported(self.paper, "sounds for an external buzzer", "use a thermal printer for it", None)

    def drawer_in_turn(self, number: int, path: str | None) -> None:
        if number != FIRST_DRAWER:
            raise CommandError(
                f"{path}: a dot impact printer opens drawer {number} at once, not in its turn; leave it out of the receipt, "
                "and send open_drawer afterwards",
                status=Status.REFUSED,
                code="not_supported",
                path=path,
            )
        self.drawer(number)

    def barcode(self, barcode: Barcode) -> None:
        raise self._no("bar codes", barcode.path)

    def qr(self, qr: Qr) -> None:
        raise self._no("QR codes", qr.path)

    def picture(self, bitmap: Bitmap) -> None:
        raise self._no("images", bitmap.path)

    def _no(self, what: str, path: str) -> CommandError:
        return not_supported(self.paper, what, "leave it out or use a thermal printer", path)


def _indented(line: Line, columns: int, align: Align) -> Line:
    if align is Align.LEFT:
        return line
    text = "".join(run.text for run in line)
    blanks = width_of(aligned(text, columns, align).rstrip(" ")) - width_of(text.rstrip(" "))
    return (Run(" " * blanks), *line)
