"""The commands of Star Line Mode, StarPRNT, Star Graphic and dot impact printers, by their codes."""

from __future__ import annotations

from readers_bridge.families.star.simulator.tokens import Language, Rule, until
from readers_bridge.families.star.typedefs import Emulation

_LONGEST_BARCODE = 1024
_LONGEST_NUMBER = 8
_NUL, _RS = 0x00, 0x1E


def _raster_command(args: bytes) -> int | None:
    """``R``, ``A``, ``B`` and ``C`` stand alone; others have a number in ASCII that ends with NUL, after ``m`` a side first."""
    if not args:
        return None
    if args[:1] in {b"R", b"A", b"B", b"C"}:
        return 1
    return until(_NUL, longest=_LONGEST_NUMBER, start=1)(args)


def _counted(before: int, *, at: int = 0, unit: int = 1) -> Rule:
    """``before`` bytes, of which two from ``at`` on count units of data, low byte first."""

    def length(args: bytes) -> int | None:
        if len(args) < before:
            return None
        return before + unit * (args[at] + 256 * args[at + 1])

    return length


def _picture(args: bytes) -> int | None:
    """ESC GS S: m, xL xH bytes by yL yH rows, n."""
    if len(args) < 6:
        return None
    return 6 + (args[1] + 256 * args[2]) * (args[3] + 256 * args[4])


_COMMON: dict[bytes, tuple[str, Rule]] = {
    b"\x04": ("eot", 0),
    b"\x05": ("enq", 0),
    b"\x07": ("drawer", 0),
    b"\x17": ("etb", 0),
    b"\x18": ("cancel", 0),
    b"\x19": ("drawer_2", 0),
    b"\x1a": ("drawer_2", 0),
    b"\x1c": ("drawer_now", 0),
    b"\x1b@": ("initialize", 0),
    b"\x1b\x06\x01": ("asb_now", 0),
    b"\x1b\x07": ("drawer_pulse", 2),
    b"\x1b#*\n\x00": ("version", 0),
    b"\x1b?\n\x00": ("reset", 0),
    b"\x1b*r": ("raster", _raster_command),
    b"\x1b\x1ea": ("asb", 1),
    b"\x1b\x1eE": ("clear_etb", 1),
    b"\x1b\x1ed": ("density", 1),
    b"\x1b\x1er": ("speed", 1),
    b"\x1b\x1d\x03": ("print_end", 3),
    b"\x1b\x1d\x07": ("buzzer", 3),
    b"\x1b\x1d\x19\x11": ("buzzer_pulse", 3),
    b"\x1b\x1d\x19\x12": ("buzzer_drive", 3),
}

_TEXT: dict[bytes, tuple[str, Rule]] = {
    b"\x09": ("tab", 0),
    b"\x0a": ("line_feed", 0),
    b"\x0c": ("form_feed", 0),
    b"\x0d": ("carriage_return", 0),
    b"\x0e": ("double_width", 0),
    b"\x0f": ("upside_down_on", 0),
    b"\x12": ("upside_down_off", 0),
    b"\x14": ("single_width", 0),
    b"\x1b-": ("underline", 1),
    b"\x1b0": ("line_spacing_3mm", 0),
    b"\x1b4": ("invert_on", 0),
    b"\x1b5": ("invert_off", 0),
    b"\x1bE": ("bold_on", 0),
    b"\x1bF": ("bold_off", 0),
    b"\x1bJ": ("feed_quarter_mm", 1),
    b"\x1bR": ("international", 1),
    b"\x1bW": ("width", 1),
    b"\x1ba": ("feed_lines", 1),
    b"\x1bb": ("barcode", until(_RS, longest=_LONGEST_BARCODE, start=4)),
    b"\x1bd": ("cut", 1),
    b"\x1bh": ("height", 1),
    b"\x1bi": ("size", 2),
    b"\x1bz": ("line_spacing", 1),
    b"\x1b\x1da": ("align", 1),
    b"\x1b\x1dt": ("code_page", 1),
    b"\x1b\x1dyS": ("qr_setting", 2),
    b"\x1b\x1dyD1\x00": ("qr_data", _counted(2)),
    b"\x1b\x1dyI": ("qr_fits", 0),
    b"\x1b\x1dyP": ("qr_print", 0),
    b"\x1b\x1eF": ("font", 1),
    b"\x1b\x1dS": ("picture", _picture),
    b"\x1bX": ("bit_image", _counted(2, unit=3)),
}

_RASTER: dict[bytes, tuple[str, Rule]] = {
    b"b": ("raster_line", _counted(2)),
    b"k": ("raster_line_no_feed", _counted(2)),
}


_NOT_DOT_IMPACT = frozenset(
    {"size", "raster", "picture", "barcode", "qr_setting", "qr_data", "qr_fits", "qr_print", "bit_image"}
)
_LEAVES_RASTER = (b"\x1b*rB", b"\x1b@", b"\x18", b"\x1b\x1d\x03\x03")


def language(emulation: Emulation) -> Language:
    """The commands that a printer of this emulation knows."""
    commands = dict(_COMMON)
    if emulation is Emulation.STAR_GRAPHIC:
        commands |= {
            b"\x09": ("ignored", 0),
            b"\x0a": ("ignored", 0),
            b"\x0d": ("ignored", 0),
            b"\x1b\x0c": ("ignored", 1),
        }
    else:
        commands |= _TEXT
    if emulation is Emulation.STAR_DOT:
        commands[b"\x1e"] = ("bell", 0)
        for code in (b"\x19", b"\x1a"):
            commands[code] = ("drawer_2_now", 0)
        for code in (
            b"\x1bi",
            b"\x1b*r",
            b"\x1b\x1dS",
            b"\x1bb",
            b"\x1b\x1dyS",
            b"\x1b\x1dyD1\x00",
            b"\x1b\x1dyI",
            b"\x1b\x1dyP",
        ):
            del commands[code]
    return Language(commands, _RASTER, enters_raster=b"\x1b*rA", leaves_raster=_LEAVES_RASTER)


REAL_TIME = frozenset({"eot", "enq", "drawer_now", "asb_now", "drawer_2_now"})
"""What acts on arrival."""
