"""Star Line mode and StarPRNT, which share these commands.

Sources: Line Thermal Printer STAR Line Mode Command Specifications; StarPRNT Command Specifications; webPRNT's device profiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from readers_bridge.families.star.printing import raster
from readers_bridge.families.star.printing.barcode import Barcode, Symbology
from readers_bridge.families.star.printing.image import Bitmap
from readers_bridge.families.star.printing.items import Style
from readers_bridge.families.star.printing.paper import Align, CutKind
from readers_bridge.families.star.printing.qr import ErrorCorrection, Qr
from readers_bridge.families.star.printing.text_dialect import TextDialect

ALIGN: Mapping[Align, int] = MappingProxyType({Align.LEFT: 0, Align.CENTER: 1, Align.RIGHT: 2})
CUT: Mapping[CutKind, int] = MappingProxyType({CutKind.FULL: 2, CutKind.PARTIAL: 3})
"""n of ESC d n: feed to the cutter first."""

OPEN_DRAWER: Mapping[int, bytes] = MappingProxyType({1: b"\x1b\x07\x14\x14\x07", 2: b"\x1a"})
"""ESC BEL n1 n2 sets drawer 1's pulse (200 ms on, 200 ms pause), BEL opens it in its turn; SUB opens drawer 2."""

BUZZ = b"\x1b\x1d\x07\x01\x0a\x0a"
"""ESC GS BEL m t1 t2: terminal 1, 200 ms on, 200 ms off."""

_SYMBOLOGIES: Mapping[Symbology, int] = MappingProxyType({symbology: n for n, symbology in enumerate(Symbology)})
"""n1 of ESC b."""

_PERCENT_DOUBLED = frozenset({Symbology.CODE128, Symbology.CODE93})
"""In their data a per cent sign starts a control code; the sign itself is %0."""

_CORRECTIONS: Mapping[ErrorCorrection, int] = MappingProxyType({level: n for n, level in enumerate(ErrorCorrection)})


class StarLine(TextDialect):
    """Star Line and StarPRNT."""

    def style_on(self, style: Style) -> bytes:
        out = self.align(style.align)
        if (style.width, style.height) != (1, 1):
            out += bytes((0x1B, 0x69, style.height - 1, style.width - 1))
        if style.underline:
            out += b"\x1b-\x01"
        if style.invert:
            out += b"\x1b4"
        return out

    def style_off(self, style: Style) -> bytes:
        out = b"\x1b5" if style.invert else b""
        if style.underline:
            out += b"\x1b-\x00"
        if (style.width, style.height) != (1, 1):
            out += b"\x1bi\x00\x00"
        return out + self._left_again(style.align)

    def bold(self, *, on: bool) -> bytes:
        return b"\x1bE" if on else b"\x1bF"

    def select_page(self, number: int) -> bytes:
        return bytes((0x1B, 0x1D, 0x74, number))

    def cut_bytes(self, kind: CutKind) -> bytes:
        return bytes((0x1B, 0x64, CUT[kind]))

    def drawer_bytes(self, number: int) -> bytes:
        return OPEN_DRAWER[number]

    def buzzer_bytes(self) -> bytes:
        return BUZZ

    def align(self, align: Align) -> bytes:
        """ESC GS a n, where the line is not at the left anyway."""
        return b"" if align is Align.LEFT else bytes((0x1B, 0x1D, 0x61, ALIGN[align]))

    def _left_again(self, align: Align) -> bytes:
        return b"" if align is Align.LEFT else bytes((0x1B, 0x1D, 0x61, ALIGN[Align.LEFT]))

    def _barcode(self, barcode: Barcode) -> None:
        data = barcode.data
        if barcode.symbology in _PERCENT_DOUBLED:
            data = data.replace("%", "%0")
        self._out += self.align(barcode.align)
        self._out += bytes(
            (0x1B, 0x62, _SYMBOLOGIES[barcode.symbology], 1 + barcode.text, barcode.module_width, barcode.height)
        )
        self._out += data.encode("ascii") + b"\x1e"
        self._out += self._left_again(barcode.align)

    def _qr(self, qr: Qr) -> None:
        self._out += self.align(qr.align)
        self._out += b"\x1b\x1dyS0\x02"
        self._out += bytes((0x1B, 0x1D, 0x79, 0x53, 0x31, _CORRECTIONS[qr.error_correction]))
        self._out += bytes((0x1B, 0x1D, 0x79, 0x53, 0x32, qr.size))
        self._out += b"\x1b\x1dyD1\x00" + len(qr.data).to_bytes(2, "little") + qr.data
        self._out += b"\x1b\x1dyP"
        self._out += self._left_again(qr.align)

    def _picture(self, bitmap: Bitmap) -> None:
        self._out += raster.block(bitmap.rows, raster.Eot.NONE)
        self._forget_state()
