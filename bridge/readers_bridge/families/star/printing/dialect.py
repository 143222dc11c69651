"""What every dialect can do; each writes it in its own bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from readers_bridge.families.star.printing.barcode import Barcode, narrowest
from readers_bridge.families.star.printing.image import Bitmap
from readers_bridge.families.star.printing.items import SCALES, Style
from readers_bridge.families.star.printing.layout import Line
from readers_bridge.families.star.printing.paper import LINE_DOTS, CutKind, Paper
from readers_bridge.families.star.printing.qr import Qr
from readers_bridge.families.star.printing.refusals import invalid

_CUT_LINES = 4


class Dialect(ABC):
    """Collects one job. ``lines`` estimates what has to be printed, in lines of text.

    Whatever changes how text looks is undone behind the text: each part of a job starts from the normal state.
    """

    max_scale = SCALES
    """How many times as wide and high characters can become."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.lines = 0
        self._out = bytearray()

    @property
    @abstractmethod
    def printable(self) -> frozenset[str]:
        """The characters that can be printed."""

    @property
    def line_columns(self) -> int:
        """Characters of the normal size in one line."""
        return self.paper.columns

    def columns(self, style: Style) -> int:
        """Characters in one line of this style."""
        return max(1, self.line_columns // min(style.width, self.max_scale))

    def text(self, lines: Sequence[Line], style: Style) -> None:
        """Lines of text, all in one style."""
        self.lines += len(lines) * min(style.height, self.max_scale)
        self._text(lines, style)

    def feed(self, lines: int) -> None:
        """Blank lines."""
        self.lines += lines
        self._feed(lines)

    def cut(self, kind: CutKind) -> None:
        """Feed to the cutter and cut."""
        self.lines += _CUT_LINES
        self._cut(kind)

    def barcode(self, barcode: Barcode) -> None:
        """A bar code.

        Raises:
            CommandError: It is wider than the paper; the printer would leave it out without a word.
        """
        modules = narrowest(barcode)
        if modules * barcode.module_dots > self.paper.dots:
            raise invalid(
                f"{barcode.path}: the bar code is at least {modules * barcode.module_dots} dots wide, "
                f"the paper {self.paper.dots}; use a smaller module_width or less data",
                "out_of_range",
                barcode.path,
            )
        self.lines += dot_lines(barcode.height) + barcode.text
        self._barcode(barcode)

    def qr(self, qr: Qr) -> None:
        """A QR code.

        Raises:
            CommandError: It is wider than the paper; the printer would leave it out without a word.
        """
        dots = qr.modules * qr.size
        if dots > self.paper.dots:
            raise invalid(
                f"{qr.path}: the QR code is {dots} dots wide, the paper {self.paper.dots}; "
                "use a smaller size, a lower error_correction or less text",
                "out_of_range",
                qr.path,
            )
        self.lines += dot_lines(dots)
        self._qr(qr)

    def picture(self, bitmap: Bitmap) -> None:
        """An image that is as wide as the paper."""
        self.lines += dot_lines(len(bitmap.rows))
        self._picture(bitmap)

    def finish(self) -> bytes:
        """The job's bytes."""
        return bytes(self._out)

    def drawer_in_turn(self, number: int, path: str | None) -> None:  # noqa: ARG002  a refusal names it
        """As ``drawer``, among other things.

        Raises:
            CommandError: ``refused``, not_supported: this drawer would be opened before its turn.
        """
        self.drawer(number)

    @abstractmethod
    def drawer(self, number: int) -> None:
        """Open a cash drawer when everything before has been printed."""

    @abstractmethod
    def buzzer(self, times: int) -> None:
        """Sound the external buzzer."""

    @abstractmethod
    def _text(self, lines: Sequence[Line], style: Style) -> None: ...

    @abstractmethod
    def _feed(self, lines: int) -> None: ...

    @abstractmethod
    def _cut(self, kind: CutKind) -> None: ...

    @abstractmethod
    def _barcode(self, barcode: Barcode) -> None: ...

    @abstractmethod
    def _qr(self, qr: Qr) -> None: ...

    @abstractmethod
    def _picture(self, bitmap: Bitmap) -> None: ...


def dot_lines(dots: int) -> int:
    """Dots down the paper as lines of text."""
    return -(-dots // LINE_DOTS)
