"""The commands of ESC/POS, by their codes (Epson's "ESC/POS Command Reference")."""

from __future__ import annotations

from readers_bridge.families.star.simulator.tokens import Language, Rule, until

_LONGEST_BARCODE = 256
_COUNTED_FROM = 65
"""Barcode systems from here on tell how many bytes follow."""


def _barcode(args: bytes) -> int | None:
    if not args:
        return None
    if args[0] < _COUNTED_FROM:
        return until(0, longest=_LONGEST_BARCODE, start=1)(args)
    return None if len(args) < 2 else 2 + args[1]


def _counted(args: bytes) -> int | None:
    return None if len(args) < 2 else 2 + args[0] + 256 * args[1]


def _cut(args: bytes) -> int | None:
    if not args:
        return None
    return 1 if args[0] in {0, 1, 48, 49} else 2


def _raster(args: bytes) -> int | None:
    """GS v 0: m, xL xH bytes by yL yH rows."""
    if len(args) < 5:
        return None
    return 5 + (args[1] + 256 * args[2]) * (args[3] + 256 * args[4])


def _bit_image(args: bytes) -> int | None:
    """ESC *: m, nL nH columns of 8 or 24 dots."""
    if len(args) < 3:
        return None
    return 3 + (args[1] + 256 * args[2]) * (3 if args[0] >= 32 else 1)


_COMMANDS: dict[bytes, tuple[str, Rule]] = {
    b"\x09": ("tab", 0),
    b"\x0a": ("line_feed", 0),
    b"\x0d": ("carriage_return", 0),
    b"\x10\x04": ("status_now", 1),
    b"\x10\x05": ("recover_now", 1),
    b"\x10\x14\x01": ("pulse_now", 2),
    b"\x1b ": ("spacing", 1),
    b"\x1b!": ("print_mode", 1),
    b"\x1b*": ("bit_image", _bit_image),
    b"\x1b-": ("underline", 1),
    b"\x1b2": ("usual_line_spacing", 0),
    b"\x1b3": ("line_spacing", 1),
    b"\x1b@": ("initialize", 0),
    b"\x1bE": ("bold", 1),
    b"\x1bG": ("bold", 1),
    b"\x1bJ": ("feed_dots", 1),
    b"\x1bM": ("font", 1),
    b"\x1bR": ("international", 1),
    b"\x1ba": ("align", 1),
    b"\x1bd": ("feed_lines", 1),
    b"\x1bp": ("pulse", 3),
    b"\x1bt": ("code_page", 1),
    b"\x1b{": ("upside_down", 1),
    b"\x1b(A": ("beep", _counted),
    b"\x1d!": ("size", 1),
    b"\x1dB": ("invert", 1),
    b"\x1dH": ("barcode_text", 1),
    b"\x1dV": ("cut", _cut),
    b"\x1da": ("asb", 1),
    b"\x1df": ("barcode_font", 1),
    b"\x1dh": ("barcode_height", 1),
    b"\x1dk": ("barcode", _barcode),
    b"\x1dr": ("status", 1),
    b"\x1dv0": ("raster", _raster),
    b"\x1dw": ("barcode_width", 1),
    b"\x1d(H": ("response", _counted),
    b"\x1d(k": ("symbol", _counted),
}

LANGUAGE = Language(_COMMANDS, {})

REAL_TIME = frozenset({"status_now", "recover_now", "pulse_now"})
"""What acts on arrival."""
