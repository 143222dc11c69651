"""Lines, symbols and pictures onto the roll, in the state that commands set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from readers_bridge.families.star.simulator.condition import Condition
from readers_bridge.families.star.simulator.roll import Barcode, Cut, Feed, Item, Line, Picture, Qr, Roll, Span, Style

CELL = {"A": 12, "B": 9, "C": 9}
HEIGHT = 24
USUAL_SPACING = 32
MARGIN_BEFORE_CUT = 3
"""Lines between the head and the cutter."""
UNPRINTABLE = "\ufffd"
"""A code that the code page has no character for."""
TAB = 8
QR_MARGIN = 4


class Composer:
    """The line that is being put together, and the style for what comes next."""

    def __init__(
        self, dots: int, condition: Condition, roll: Roll, tell: Callable[[Item], None], *, cell: int | None = None
    ) -> None:
        self.dots = dots
        self.align = "left"
        self.style = Style()
        self.spacing = USUAL_SPACING
        self.job = 0
        self.lines = 0.0
        """Lines that the paper went, in all."""
        self._condition = condition
        self._roll = roll
        self._tell = tell
        self._cell = cell
        self._spans: list[Span] = []
        self._used = 0
        self._line_align = "left"
        self._upside_down = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits in the line."""
        return not self._spans

    def initialize(self) -> None:
        """Forget the line and every setting."""
        self.drop()
        self.align = "left"
        self.style = Style()
        self.spacing = USUAL_SPACING

    def drop(self) -> None:
        """Forget the line."""
        self._spans.clear()
        self._used = 0

    def text(self, text: str) -> int:
        """Put characters into the line, which is printed when it is full; how many were taken before the printer stopped."""
        cell = self.cell(self.style)
        for number, character in enumerate(text):
            if self._used + cell > self.dots and self._spans:
                self.line_feed()
                if not self._condition.may_print:
                    return number
            self._put(character, cell)
        return len(text)

    def tab(self) -> None:
        """On to the next eighth column."""
        cell = self.cell(self.style)
        self.text(" " * (TAB - self._used // cell % TAB))

    def cell(self, style: Style) -> int:
        """Dots that a character takes."""
        return (CELL[style.font] if self._cell is None else self._cell) * style.width

    def line_feed(self) -> None:
        """Print the line, and go on."""
        high = max((span.style.height for span in self._spans), default=1)
        dots = max(self.spacing, HEIGHT) + HEIGHT * (high - 1)
        if self._spans:
            spans = tuple(
                replace(span, style=replace(span.style, upside_down=self._upside_down)) for span in self._spans
            )
            self._out(Line(spans, self._line_align, dots), high)
        else:
            self._out(Feed(dots), 1)
        self.drop()

    def flush(self) -> None:
        """Print the line if there is one."""
        if self._spans:
            self.line_feed()

    def feed_lines(self, count: int) -> None:
        """Print the line, and feed so many."""
        if self._spans and count:
            self.line_feed()
            count -= 1
        if count:
            self._out(Feed(count * self.spacing), count)

    def feed_dots(self, dots: int) -> None:
        """Print the line, and feed."""
        self.flush()
        if dots:
            self._out(Feed(dots), dots / HEIGHT)

    def barcode(self, barcode: Barcode) -> None:
        """On a line of its own."""
        self.flush()
        self._out(barcode, (barcode.height + (HEIGHT if barcode.text else 0)) / HEIGHT)

    def qr(self, qr: Qr, modules: int) -> None:
        """On lines of its own."""
        self.flush()
        self._out(qr, modules * qr.cell / HEIGHT)

    def picture(self, picture: Picture) -> None:
        """As many of its rows as there is paper for."""
        self.flush()
        rows, picture.rows = picture.rows, []
        high = picture.scale[1]
        for row in rows:
            if not self._condition.may_print:
                break
            picture.rows.append(row)
            self.fed(high / HEIGHT)
        if picture.rows:
            self._roll.put(self.job, picture)
            self._tell(picture)

    def cut(self, kind: str, *, feed: bool) -> None:
        """Cut, after feeding to the cutter."""
        self.flush()
        if feed:
            self._out(Feed(MARGIN_BEFORE_CUT * USUAL_SPACING), MARGIN_BEFORE_CUT)
        self.put(Cut(kind))

    def put(self, item: Item) -> None:
        """Something that takes no paper, or whose paper is counted elsewhere."""
        self._roll.put(self.job, item)
        self._tell(item)

    def begin(self, picture: Picture) -> None:
        """A picture whose rows come one by one; ``end`` tells of it."""
        self._roll.put(self.job, picture)

    def end(self, picture: Picture) -> None:
        """The picture is complete."""
        self._tell(picture)

    def fed(self, lines: float) -> None:
        """Paper went out."""
        self.lines += lines
        self._condition.feed(lines)

    def _put(self, character: str, cell: int) -> None:
        if not self._spans:
            self._line_align = self.align
            self._upside_down = self.style.upside_down
        if self._spans and self._spans[-1].style == self.style:
            self._spans[-1] = Span(self._spans[-1].text + character, self.style)
        else:
            self._spans.append(Span(character, self.style))
        self._used += cell

    def _out(self, item: Item, lines: float) -> None:
        self.put(item)
        self.fed(lines)
