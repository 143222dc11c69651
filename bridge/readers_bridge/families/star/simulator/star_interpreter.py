"""What Star's commands do (Star Line Mode, StarPRNT, Star Graphic Mode and Dot Impact command specifications)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from readers_bridge.families.star.simulator.composer import UNPRINTABLE, Composer
from readers_bridge.families.star.simulator.machine import Machine
from readers_bridge.families.star.simulator.roll import Barcode, Picture, Qr
from readers_bridge.families.star.simulator.settings import Settings
from readers_bridge.families.star.simulator.star_raster import StarRaster
from readers_bridge.families.star.simulator.symbols import check_barcode, qr_modules
from readers_bridge.families.star.simulator.tokens import Token
from readers_bridge.families.star.typedefs import Emulation

CODE_PAGES = {
    0: "cp437",
    1: "cp437",
    3: "cp437",
    4: "cp858",
    5: "cp852",
    6: "cp860",
    7: "cp861",
    8: "cp863",
    9: "cp865",
    10: "cp866",
    11: "cp855",
    12: "cp857",
    13: "cp862",
    14: "cp864",
    15: "cp737",
    17: "cp869",
    21: "cp874",
    32: "cp1252",
    33: "cp1250",
    34: "cp1251",
}
"""0 is what memory switches say, here code page 437."""

BARCODES = ("upc_e", "upc_a", "ean8", "ean13", "code39", "itf", "code128", "code93", "nw7", "gs1_128")
_ALIGNMENTS = ("left", "center", "right")
_LEVELS = "LMQH"
_FONTS = "ABC"
_CUTS = {0: ("full", False), 1: ("partial", False), 2: ("full", True), 3: ("partial", True)}
_USUAL_PULSE = (200, 200)
_PULSE_UNIT = 10


def digit(value: int) -> int:
    """Numbers come as such, or as an ASCII digit."""
    return value - 0x30 if 0x30 <= value <= 0x39 else value


class StarInterpreter:
    """The commands of one printer; ``execute`` does one."""

    def __init__(self, settings: Settings, composer: Composer, mechanism: Machine) -> None:
        self.ignored = 0
        """Bytes of text that a Star Graphic printer ignored."""
        self.print_ends = 0
        """The print-end counter, 0 to 255."""
        self._settings = settings
        self._composer = composer
        self._mechanism = mechanism
        self._raster = StarRaster(composer, mechanism)
        self._commands: dict[str, Callable[[bytes], object]] = {
            name.removeprefix("_do_"): getattr(self, name) for name in dir(self) if name.startswith("_do_")
        }
        self.power_on()

    def power_on(self) -> None:
        """As after power-up."""
        self.print_ends = 0
        self._pulse = _USUAL_PULSE
        self._do_initialize(b"")

    def text(self, data: bytes) -> int:
        """Print characters; how many bytes were taken before the printer stopped."""
        if self._settings.emulation is Emulation.STAR_GRAPHIC:
            self.ignored += len(data)
            return len(data)
        return self._composer.text(self._decoded(data))

    def execute(self, token: Token) -> None:
        """Do a command."""
        if token.name in {"raster", "raster_line", "raster_line_no_feed"}:
            if not self._raster.execute(token):
                self._mechanism.unknown(token.data)
        elif token.name == "ignored":
            self.ignored += len(token.data)
        elif token.name in self._commands:
            self._commands[token.name](token.args)
        else:
            self._mechanism.unknown(token.data)

    def drop(self) -> None:
        """Forget what is not printed."""
        self._composer.drop()
        self._raster.drop()

    def _decoded(self, data: bytes) -> str:
        codec = CODE_PAGES.get(self._code_page, "ascii")
        return "".join(bytes((byte,)).decode(codec, "replace") for byte in data).replace("\x7f", UNPRINTABLE)

    # Commands that are not about print.

    def _do_etb(self, _: bytes) -> None:
        self._composer.flush()
        self._mechanism.etb()

    def _do_enq(self, _: bytes) -> None:
        self._mechanism.enq()

    def _do_eot(self, _: bytes) -> None:
        self._mechanism.eot()

    def _do_asb_now(self, _: bytes) -> None:
        self._mechanism.send_asb()

    def _do_clear_etb(self, _: bytes) -> None:
        self._mechanism.clear_etb()

    def _do_cancel(self, _: bytes) -> None:
        self.drop()
        self._do_initialize(b"")
        self._mechanism.clear_etb()

    def _do_asb(self, args: bytes) -> None:
        self._mechanism.set_asb(bool(digit(args[0])))

    def _do_version(self, _: bytes) -> None:
        self._mechanism.answer(b"\x1b#*," + self._settings.version.encode("ascii") + b"\n\0")

    def _do_reset(self, _: bytes) -> None:
        self._mechanism.reset()

    def _do_print_end(self, args: bytes) -> None:
        function, low, high = args
        if function == 3:
            self._do_initialize(b"")
            self._mechanism.document(starts=True)
        elif function == 4:
            self._composer.flush()
            self._mechanism.document(starts=False)
        elif function == 2:
            self.print_ends = 0
        elif function < 2:
            if function == 1:
                self._composer.flush()
                self.print_ends = (self.print_ends + 1) % 256
                self._mechanism.print_end(low + 256 * high, self.print_ends)
            self._mechanism.answer(bytes((0x1B, 0x1D, 0x03, function, low, high, self.print_ends, 0)), "17")
        else:
            self._mechanism.unknown(b"\x1b\x1d\x03" + args)

    def _do_drawer(self, _: bytes) -> None:
        self._mechanism.kick(1, *self._pulse)

    def _do_drawer_now(self, _: bytes) -> None:
        self._mechanism.kick(1, *self._pulse, immediate=True)

    def _do_drawer_2(self, _: bytes) -> None:
        self._mechanism.kick(2, *_USUAL_PULSE)

    def _do_drawer_2_now(self, _: bytes) -> None:
        self._mechanism.kick(2, *_USUAL_PULSE, immediate=True)

    def _do_drawer_pulse(self, args: bytes) -> None:
        if all(1 <= each <= 127 for each in args):
            self._pulse = (args[0] * _PULSE_UNIT, args[1] * _PULSE_UNIT)
        else:
            self._mechanism.unknown(b"\x1b\x07" + args)

    def _do_buzzer(self, args: bytes) -> None:
        self._mechanism.buzz(*args)

    def _do_buzzer_pulse(self, _: bytes) -> None:
        """What the numbers mean is not documented."""

    _do_density = _do_speed = _do_carriage_return = _do_buzzer_pulse

    def _do_buzzer_drive(self, args: bytes) -> None:
        self._mechanism.buzz(*args)

    def _do_bell(self, _: bytes) -> None:
        self._mechanism.buzz(0)

    # Text.

    def _do_initialize(self, _: bytes) -> None:
        self._composer.initialize()
        self._code_page = 0
        self._qr = Qr(b"", 2, "L", 3, "left")
        self._raster.drop()

    def _do_line_feed(self, _: bytes) -> None:
        self._composer.line_feed()

    def _do_form_feed(self, _: bytes) -> None:
        self._composer.flush()

    def _do_tab(self, _: bytes) -> None:
        self._composer.tab()

    def _do_feed_lines(self, args: bytes) -> None:
        self._composer.feed_lines(args[0])

    def _do_feed_quarter_mm(self, args: bytes) -> None:
        self._composer.feed_dots(args[0] * 2)

    def _do_line_spacing_3mm(self, _: bytes) -> None:
        self._composer.spacing = 24

    def _do_line_spacing(self, args: bytes) -> None:
        self._composer.spacing = 32 if digit(args[0]) else 24

    def _do_align(self, args: bytes) -> None:
        if digit(args[0]) < len(_ALIGNMENTS):
            self._composer.align = _ALIGNMENTS[digit(args[0])]
        else:
            self._mechanism.unknown(b"\x1b\x1da" + args)

    def _do_code_page(self, args: bytes) -> None:
        if args[0] not in CODE_PAGES:
            self._mechanism.unknown(b"\x1b\x1dt" + args, "code page")
        self._code_page = args[0]

    def _do_international(self, args: bytes) -> None:
        if digit(args[0]):
            self._mechanism.unknown(b"\x1bR" + args, "international character set")

    def _do_bold_on(self, _: bytes) -> None:
        self._style(bold=True)

    def _do_bold_off(self, _: bytes) -> None:
        self._style(bold=False)

    def _do_underline(self, args: bytes) -> None:
        self._style(underline=bool(digit(args[0])))

    def _do_invert_on(self, _: bytes) -> None:
        self._second_colour(on=True)

    def _do_invert_off(self, _: bytes) -> None:
        self._second_colour(on=False)

    def _do_upside_down_on(self, _: bytes) -> None:
        self._style(upside_down=True)

    def _do_upside_down_off(self, _: bytes) -> None:
        self._style(upside_down=False)

    def _do_double_width(self, _: bytes) -> None:
        self._style(width=2)

    def _do_single_width(self, _: bytes) -> None:
        self._style(width=1)

    def _do_width(self, args: bytes) -> None:
        self._style(width=min(digit(args[0]), 5) + 1)

    def _do_height(self, args: bytes) -> None:
        self._style(height=min(digit(args[0]), 5) + 1)

    def _do_size(self, args: bytes) -> None:
        high, wide = map(digit, args)
        if max(high, wide) > 5:
            self._mechanism.unknown(b"\x1bi" + args)
        else:
            self._style(height=high + 1, width=wide + 1)

    def _do_font(self, args: bytes) -> None:
        if digit(args[0]) < len(_FONTS):
            self._style(font=_FONTS[digit(args[0])])

    def _do_cut(self, args: bytes) -> None:
        if digit(args[0]) in _CUTS:
            kind, feed = _CUTS[digit(args[0])]
            self._composer.cut(kind, feed=feed)
        else:
            self._mechanism.unknown(b"\x1bd" + args)

    # Symbols and pictures.

    def _do_barcode(self, args: bytes) -> None:
        kind, text, width = (digit(each) for each in args[:3])
        data = args[4:-1].decode("latin-1")
        if kind >= len(BARCODES) or not 1 <= text <= 4 or not 1 <= width <= 9 or args[-1:] != b"\x1e":
            self._mechanism.unknown(b"\x1bb" + args, "barcode")
            return
        problem = check_barcode(BARCODES[kind], data)
        if problem:
            self._mechanism.unknown(b"\x1bb" + args, problem)
            return
        has_text = text in {2, 4}
        self._composer.barcode(
            Barcode(BARCODES[kind], data, args[3], (width - 1) % 3 + 2, has_text, self._composer.align)
        )

    def _do_qr_setting(self, args: bytes) -> None:
        which, value = args[0], args[1]
        if which == ord("0") and value in {1, 2}:
            self._qr = replace(self._qr, model=value)
        elif which == ord("1") and value < len(_LEVELS):
            self._qr = replace(self._qr, level=_LEVELS[value])
        elif which == ord("2") and 1 <= value <= 8:
            self._qr = replace(self._qr, cell=value)
        else:
            self._mechanism.unknown(b"\x1b\x1dyS" + args)

    def _do_qr_data(self, args: bytes) -> None:
        self._qr = replace(self._qr, data=args[2:])

    def _do_qr_fits(self, _: bytes) -> None:
        modules = self._modules()
        width = modules * self._qr.cell
        self._mechanism.answer(b"\x1b\x1dyI" + width.to_bytes(2, "little"), "19")

    def _do_qr_print(self, _: bytes) -> None:
        modules = self._modules()
        if not modules:
            self._mechanism.unknown(b"\x1b\x1dyP", "QR code that does not fit")
            return
        self._composer.qr(replace(self._qr, align=self._composer.align), modules)

    def _modules(self) -> int:
        modules = qr_modules(self._qr.data, self._qr.level)
        return modules if modules * self._qr.cell <= self._composer.dots else 0

    def _do_picture(self, args: bytes) -> None:
        wide = args[1] + 256 * args[2]
        rows = [args[at : at + wide] for at in range(6, len(args), wide)] if wide else []
        self._composer.picture(Picture(rows, self._composer.align))

    def _do_bit_image(self, args: bytes) -> None:
        self._composer.picture(Picture(columns_to_rows(args[2:], 3), self._composer.align))

    def _second_colour(self, *, on: bool) -> None:
        if self._settings.emulation is Emulation.STAR_DOT:
            self._style(red=on)
        else:
            self._style(invert=on)

    def _style(self, **changes: object) -> None:
        self._composer.style = replace(self._composer.style, **changes)  # type: ignore[arg-type]


def columns_to_rows(data: bytes, high: int) -> list[bytes]:
    """Columns of ``high`` bytes, the most significant bit on top, as rows."""
    columns = [int.from_bytes(data[at : at + high], "big") for at in range(0, len(data), high)]
    rows = []
    for bit in range(8 * high - 1, -1, -1):
        bits = "".join("1" if column >> bit & 1 else "0" for column in columns)
        bits = bits.ljust(-(-len(bits) // 8) * 8, "0")
        rows.append(int(bits or "0", 2).to_bytes(len(bits) // 8, "big"))
    return rows
