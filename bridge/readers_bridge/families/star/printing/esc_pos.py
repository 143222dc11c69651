"""ESC/POS, for printers that are switched to it.

Source: Epson ESC/POS Command Reference (ESC @, ESC t, ESC a, ESC E, ESC -, GS !, GS B, GS V, GS h, GS w, GS H, GS k, GS ( k,
GS v 0, ESC p); Line Thermal Printer ESC/POS Mode Command Specifications by Star Micronics.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from readers_bridge.families.star.printing.barcode import Barcode, Symbology
from readers_bridge.families.star.printing.image import Bitmap
from readers_bridge.families.star.printing.items import Style
from readers_bridge.families.star.printing.paper import Align, CutKind
from readers_bridge.families.star.printing.qr import ErrorCorrection, Qr
from readers_bridge.families.star.printing.refusals import not_supported
from readers_bridge.families.star.printing.text_dialect import TextDialect

BAND = 255
"""Rows of an image that are sent at once; printers' buffers are small."""

_ALIGN: Mapping[Align, int] = MappingProxyType({Align.LEFT: 0, Align.CENTER: 1, Align.RIGHT: 2})
_CUT: Mapping[CutKind, int] = MappingProxyType({CutKind.FULL: 65, CutKind.PARTIAL: 66})
_PULSE = 100
"""In units of 2 ms: 200 ms."""

_SYMBOLOGIES: Mapping[Symbology, int] = MappingProxyType(
    {
        Symbology.UPC_A: 65,
        Symbology.UPC_E: 66,
        Symbology.EAN13: 67,
        Symbology.EAN8: 68,
        Symbology.CODE39: 69,
        Symbology.ITF: 70,
        Symbology.NW7: 71,
        Symbology.CODE93: 72,
        Symbology.CODE128: 73,
        Symbology.GS1_128: 74,
    }
)
_CORRECTIONS: Mapping[ErrorCorrection, int] = MappingProxyType(
    {ErrorCorrection.L: 48, ErrorCorrection.M: 49, ErrorCorrection.Q: 50, ErrorCorrection.H: 51}
)


class EscPos(TextDialect):
    """ESC/POS."""

    def style_on(self, style: Style) -> bytes:
        out = self._align(style.align)
        if (style.width, style.height) != (1, 1):
            out += bytes((0x1D, 0x21, (style.width - 1) << 4 | (style.height - 1)))
        out += b"\x1b-\x01" if style.underline else b""
        return out + (b"\x1dB\x01" if style.invert else b"")

    def style_off(self, style: Style) -> bytes:
        out = b"\x1dB\x00" if style.invert else b""
        out += b"\x1b-\x00" if style.underline else b""
        if (style.width, style.height) != (1, 1):
            out += b"\x1d!\x00"
        return out + self._left_again(style.align)

    def bold(self, *, on: bool) -> bytes:
        return bytes((0x1B, 0x45, on))

    def select_page(self, number: int) -> bytes:
        return bytes((0x1B, 0x74, number))

    def cut_bytes(self, kind: CutKind) -> bytes:
        return bytes((0x1D, 0x56, _CUT[kind], 0))

    def drawer_bytes(self, number: int) -> bytes:
        return bytes((0x1B, 0x70, number - 1, _PULSE, _PULSE))

    def buzzer_bytes(self) -> bytes:
        raise not_supported(
            self.paper, "sounds for an external buzzer", "switch the printer to Star Line mode for it", None
        )

    def _align(self, align: Align) -> bytes:
        return b"" if align is Align.LEFT else bytes((0x1B, 0x61, _ALIGN[align]))

    def _left_again(self, align: Align) -> bytes:
        return b"" if align is Align.LEFT else b"\x1ba\x00"

    def _barcode(self, barcode: Barcode) -> None:
        data = barcode.data.encode("ascii")
        if barcode.symbology is Symbology.CODE128:
            data = b"{B" + data.replace(b"{", b"{{")
        self._out += self._align(barcode.align)
        self._out += bytes((0x1D, 0x68, barcode.height, 0x1D, 0x77, barcode.module_dots))
        self._out += bytes((0x1D, 0x48, 2 if barcode.text else 0))
        self._out += bytes((0x1D, 0x6B, _SYMBOLOGIES[barcode.symbology], len(data))) + data
        self._out += self._left_again(barcode.align)

    def _qr(self, qr: Qr) -> None:
        self._out += self._align(qr.align)
        self._out += _symbol(65, bytes((50, 0)))
        self._out += _symbol(67, bytes((qr.size,)))
        self._out += _symbol(69, bytes((_CORRECTIONS[qr.error_correction],)))
        self._out += _symbol(80, b"0" + qr.data)
        self._out += _symbol(81, b"0")
        self._out += self._left_again(qr.align)

    def _picture(self, bitmap: Bitmap) -> None:
        for start in range(0, len(bitmap.rows), BAND):
            band = bitmap.rows[start : start + BAND]
            size = len(band[0]).to_bytes(2, "little") + len(band).to_bytes(2, "little")
            self._out += b"\x1dv0\x00" + size + b"".join(band)


def _symbol(function: int, parameters: bytes) -> bytes:
    """GS ( k for a QR code (cn 49)."""
    return b"\x1d(k" + (2 + len(parameters)).to_bytes(2, "little") + bytes((49, function)) + parameters
