"""What is on the paper, and what happened at the drawer socket, in the order in which it came."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

REMEMBERED = 200_000
"""Items, the newest."""


@dataclass(frozen=True, slots=True)
class Style:
    """How characters look. ``red`` is the second colour of dot impact printers; ``width`` and ``height`` are multiples."""

    bold: bool = False
    underline: bool = False
    invert: bool = False
    red: bool = False
    upside_down: bool = False
    width: int = 1
    height: int = 1
    font: str = "A"


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of one style."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line. ``dots``: how far the paper went."""

    spans: tuple[Span, ...]
    align: str
    dots: int

    @property
    def text(self) -> str:
        """Its characters."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Feed:
    """Paper without print."""

    dots: int


@dataclass(frozen=True, slots=True)
class Barcode:
    """``height`` and ``module`` are dots; ``text``: whether the characters stand under the bars."""

    kind: str
    data: str
    height: int
    module: int
    text: bool
    align: str


@dataclass(frozen=True, slots=True)
class Qr:
    """``cell``: dots; ``level``: L, M, Q or H."""

    data: bytes
    model: int
    level: str
    cell: int
    align: str


@dataclass(slots=True)
class Picture:
    """Rows of dots, the most significant bit on the left, 1 is black. ``x``: dots from the left."""

    rows: list[bytes]
    align: str = "left"
    x: int = 0
    scale: tuple[int, int] = (1, 1)

    @property
    def width(self) -> int:
        """Dots."""
        return self.scale[0] * 8 * max((len(row) for row in self.rows), default=0)


@dataclass(frozen=True, slots=True)
class Cut:
    """``kind``: partial or full."""

    kind: str


@dataclass(frozen=True, slots=True)
class Kick:
    """A pulse at the drawer socket, ``at`` seconds since the printer was started; ``on`` and ``off`` are milliseconds."""

    drawer: int
    at: float
    on: int
    off: int
    immediate: bool


@dataclass(frozen=True, slots=True)
class Buzz:
    """A buzzer; the numbers are those of the command."""

    at: float
    numbers: tuple[int, ...]


Item = Line | Feed | Barcode | Qr | Picture | Cut | Kick | Buzz


@dataclass(slots=True)
class Roll:
    """The paper since it was last torn off."""

    items: deque[tuple[int, Item]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    """The number of the job, and what it left."""

    def put(self, job: int, item: Item) -> None:
        """Add something."""
        self.items.append((job, item))

    def tear(self) -> None:
        """Take the paper away."""
        self.items.clear()

    def of_job(self, job: int | None = None) -> list[Item]:
        """Everything, or what one job left."""
        return [item for number, item in self.items if job is None or number == job]

    def receipts(self) -> Iterator[list[Item]]:
        """The pieces between the cuts, each with its cut; the last one may have none."""
        piece: list[Item] = []
        for _, item in self.items:
            piece.append(item)
            if isinstance(item, Cut):
                yield piece
                piece = []
        if piece:
            yield piece
