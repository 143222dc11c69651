"""What ESC/POS commands do (Epson's "ESC/POS Command Reference")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from readers_bridge.families.star.simulator import asb
from readers_bridge.families.star.simulator.composer import UNPRINTABLE, Composer
from readers_bridge.families.star.simulator.condition import Switch
from readers_bridge.families.star.simulator.machine import Machine
from readers_bridge.families.star.simulator.roll import Barcode, Picture, Qr
from readers_bridge.families.star.simulator.settings import Settings
from readers_bridge.families.star.simulator.star_interpreter import columns_to_rows, digit
from readers_bridge.families.star.simulator.symbols import check_barcode, qr_modules
from readers_bridge.families.star.simulator.tokens import Token

CODE_PAGES = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    11: "cp851",
    12: "cp853",
    13: "cp857",
    14: "cp737",
    15: "iso8859_7",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
    33: "cp775",
    34: "cp855",
    35: "cp861",
    36: "cp862",
    37: "cp864",
    38: "cp869",
    39: "iso8859_2",
    40: "iso8859_15",
    45: "cp1250",
    46: "cp1251",
    47: "cp1253",
    48: "cp1254",
    49: "cp1255",
    50: "cp1256",
    51: "cp1257",
    52: "cp1258",
}
_NO_CODEC = frozenset({"cp851", "cp853"})
BARCODES = ("upc_a", "upc_e", "ean13", "ean8", "code39", "itf", "nw7", "code93", "code128", "gs1_128")
_ALIGNMENTS = ("left", "center", "right")
_LEVELS = "LMQH"
_CUTS = {0: "full", 1: "partial", 48: "full", 49: "partial", 65: "full", 66: "partial"}
_USUAL_SPACING = 30
_USUAL_BARCODE = (162, 3)
_PULSE_UNIT = 2
_REALTIME_PULSE_UNIT = 100


class EscPosInterpreter:
    """The commands of one printer; ``execute`` does one."""

    def __init__(self, settings: Settings, composer: Composer, mechanism: Machine) -> None:
        self.ignored = 0
        self.print_ends = 0
        """Process IDs that were answered."""
        self._settings = settings
        self._composer = composer
        self._mechanism = mechanism
        self._commands: dict[str, Callable[[bytes], object]] = {
            name.removeprefix("_do_"): getattr(self, name) for name in dir(self) if name.startswith("_do_")
        }
        self.power_on()

    def power_on(self) -> None:
        """As after power-up."""
        self.print_ends = 0
        self._do_initialize(b"")

    def text(self, data: bytes) -> int:
        """Print characters; how many bytes were taken before the printer stopped."""
        codec = CODE_PAGES.get(self._code_page, "ascii")
        codec = "ascii" if codec in _NO_CODEC else codec
        text = "".join(bytes((byte,)).decode(codec, "replace") for byte in data)
        return self._composer.text(text.replace("\x7f", UNPRINTABLE))

    def execute(self, token: Token) -> None:
        """Do a command."""
        if token.name in self._commands:
            self._commands[token.name](token.args)
        else:
            self._mechanism.unknown(token.data)

    def drop(self) -> None:
        """Forget what is not printed."""
        self._composer.drop()

    # Status and sockets.

    def _do_status_now(self, args: bytes) -> None:
        if 1 <= args[0] <= 4:
            self._mechanism.answer(bytes((asb.dle_eot(self._mechanism.condition, args[0]),)))
        else:
            self._mechanism.unknown(b"\x10\x04" + args)

    def _do_recover_now(self, _: bytes) -> None:
        """Errors end when somebody ends their causes."""

    _do_spacing = _do_carriage_return = _do_barcode_font = _do_recover_now

    def _do_pulse_now(self, args: bytes) -> None:
        on = max(1, args[1]) * _REALTIME_PULSE_UNIT
        self._mechanism.kick(digit(args[0]) + 1, on, on, immediate=True)

    def _do_pulse(self, args: bytes) -> None:
        if digit(args[0]) > 1:
            self._mechanism.unknown(b"\x1bp" + args)
        else:
            self._mechanism.kick(digit(args[0]) + 1, args[1] * _PULSE_UNIT, args[2] * _PULSE_UNIT)

    def _do_beep(self, args: bytes) -> None:
        self._mechanism.buzz(*args[2:])

    def _do_asb(self, args: bytes) -> None:
        self._mechanism.set_asb(bool(args[0]))

    def _do_status(self, args: bytes) -> None:
        condition = self._mechanism.condition
        if digit(args[0]) == 1:
            self._mechanism.answer(bytes((asb.paper_sensor(condition),)))
        elif digit(args[0]) == 2:
            self._mechanism.answer(b"\x01" if Switch.DRAWER in condition.on else b"\x00")
        else:
            self._mechanism.unknown(b"\x1dr" + args)

    def _do_response(self, args: bytes) -> None:
        if args[:4] != b"\x06\x0000" or len(args) != 8:
            self._mechanism.unknown(b"\x1d(H" + args)
            return
        self._composer.flush()
        self.print_ends += 1
        self._mechanism.print_end(int.from_bytes(args[4:], "big"), self.print_ends)
        self._mechanism.answer(b"\x37\x22" + args[4:] + b"\0")

    # Text.

    def _do_initialize(self, _: bytes) -> None:
        self._composer.initialize()
        self._composer.spacing = _USUAL_SPACING
        self._code_page = 0
        self._barcode_height, self._barcode_module = _USUAL_BARCODE
        self._barcode_has_text = False
        self._qr = Qr(b"", 2, "L", 3, "left")

    def _do_line_feed(self, _: bytes) -> None:
        self._composer.line_feed()

    def _do_tab(self, _: bytes) -> None:
        self._composer.tab()

    def _do_feed_lines(self, args: bytes) -> None:
        self._composer.feed_lines(args[0])

    def _do_feed_dots(self, args: bytes) -> None:
        self._composer.feed_dots(args[0])

    def _do_usual_line_spacing(self, _: bytes) -> None:
        self._composer.spacing = _USUAL_SPACING

    def _do_line_spacing(self, args: bytes) -> None:
        self._composer.spacing = args[0]

    def _do_align(self, args: bytes) -> None:
        if digit(args[0]) < len(_ALIGNMENTS):
            self._composer.align = _ALIGNMENTS[digit(args[0])]
        else:
            self._mechanism.unknown(b"\x1ba" + args)

    def _do_code_page(self, args: bytes) -> None:
        if args[0] not in CODE_PAGES:
            self._mechanism.unknown(b"\x1bt" + args, "code page")
        self._code_page = args[0]

    def _do_international(self, args: bytes) -> None:
        if args[0]:
            self._mechanism.unknown(b"\x1bR" + args, "international character set")

    def _do_bold(self, args: bytes) -> None:
        self._style(bold=bool(args[0] & 1))

    def _do_underline(self, args: bytes) -> None:
        self._style(underline=bool(digit(args[0])))

    def _do_invert(self, args: bytes) -> None:
        self._style(invert=bool(args[0] & 1))

    def _do_upside_down(self, args: bytes) -> None:
        self._style(upside_down=bool(args[0] & 1))

    def _do_font(self, args: bytes) -> None:
        self._style(font="B" if digit(args[0]) else "A")

    def _do_print_mode(self, args: bytes) -> None:
        mode = args[0]
        self._style(
            font="B" if mode & 0x01 else "A",
            bold=bool(mode & 0x08),
            height=2 if mode & 0x10 else 1,
            width=2 if mode & 0x20 else 1,
            underline=bool(mode & 0x80),
        )

    def _do_size(self, args: bytes) -> None:
        self._style(width=(args[0] >> 4 & 7) + 1, height=(args[0] & 7) + 1)

    def _do_cut(self, args: bytes) -> None:
        if args[0] not in _CUTS:
            self._mechanism.unknown(b"\x1dV" + args)
            return
        if len(args) > 1 and args[1]:
            self._composer.feed_dots(args[1])
        self._composer.cut(_CUTS[args[0]], feed=len(args) > 1)

    # Symbols and pictures.

    def _do_barcode_height(self, args: bytes) -> None:
        self._barcode_height = args[0]

    def _do_barcode_width(self, args: bytes) -> None:
        self._barcode_module = args[0]

    def _do_barcode_text(self, args: bytes) -> None:
        self._barcode_has_text = digit(args[0]) > 0

    def _do_barcode(self, args: bytes) -> None:
        system, content = args[0], args[1:-1] if args[0] < 65 else args[2:]
        number = system if system < 65 else system - 65
        if number >= len(BARCODES) or (system < 65 and system > 6):
            self._mechanism.unknown(b"\x1dk" + args, "barcode")
            return
        kind, data = BARCODES[number], content.decode("latin-1")
        problem = check_barcode(kind, data, braces=True)
        if problem:
            self._mechanism.unknown(b"\x1dk" + args, problem)
            return
        self._composer.barcode(
            Barcode(
                kind, data, self._barcode_height, self._barcode_module, self._barcode_has_text, self._composer.align
            )
        )

    def _do_symbol(self, args: bytes) -> None:
        parameters = args[2:]
        match parameters[:2]:
            case b"1A":
                self._qr = replace(self._qr, model=digit(parameters[2]))
            case b"1C":
                self._qr = replace(self._qr, cell=parameters[2])
            case b"1E" if digit(parameters[2]) < len(_LEVELS):
                self._qr = replace(self._qr, level=_LEVELS[digit(parameters[2])])
            case b"1P":
                self._qr = replace(self._qr, data=parameters[3:])
            case b"1Q":
                self._print_qr()
            case _:
                self._mechanism.unknown(b"\x1d(k" + args)

    def _print_qr(self) -> None:
        modules = qr_modules(self._qr.data, self._qr.level)
        if not modules or modules * self._qr.cell > self._composer.dots:
            self._mechanism.unknown(b"\x1d(k", "QR code that does not fit")
            return
        self._composer.qr(replace(self._qr, align=self._composer.align), modules)

    def _do_raster(self, args: bytes) -> None:
        wide = args[1] + 256 * args[2]
        rows = [args[at : at + wide] for at in range(5, len(args), wide)] if wide else []
        mode = digit(args[0])
        scale = (2 if mode & 1 else 1, 2 if mode & 2 else 1)
        self._composer.picture(Picture(rows, self._composer.align, scale=scale))

    def _do_bit_image(self, args: bytes) -> None:
        mode = args[0]
        high = 3 if mode >= 32 else 1
        scale = (1 if mode & 1 else 2, 1 if high == 3 else 3)
        self._composer.picture(Picture(columns_to_rows(args[3:], high), self._composer.align, scale=scale))

    def _style(self, **changes: object) -> None:
        self._composer.style = replace(self._composer.style, **changes)  # type: ignore[arg-type]
