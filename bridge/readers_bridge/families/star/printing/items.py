"""What a receipt is made of."""

from __future__ import annotations

from dataclasses import dataclass

from readers_bridge.families.star.printing.barcode import Barcode
from readers_bridge.families.star.printing.paper import Align, CutKind
from readers_bridge.families.star.printing.qr import Qr

SCALES = 6
"""Characters are printed up to six times as wide and high."""


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks; ``width`` and ``height`` are multiples of the normal font."""

    align: Align = Align.LEFT
    width: int = 1
    height: int = 1
    bold: bool = False
    underline: bool = False
    invert: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """Text; it may have several lines."""

    text: str
    style: Style = Style()


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of a line; without a width it gets its share of what the others leave."""

    text: str
    width: int | None = None
    align: Align = Align.LEFT
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """Texts side by side."""

    cells: tuple[Cell, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A line from edge to edge, made of one character."""

    char: str = "-"


@dataclass(frozen=True, slots=True)
class Picture:
    """An image; ``data`` is the PNG file."""

    data: bytes
    align: Align
    path: str


@dataclass(frozen=True, slots=True)
class Feed:
    """Blank lines."""

    lines: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut; the paper is fed to the cutter before."""

    kind: CutKind


@dataclass(frozen=True, slots=True)
class Drawer:
    """Opens a cash drawer when what stands before has been printed."""

    number: int
    path: str | None = None


Item = Text | Columns | Rule | Barcode | Qr | Picture | Feed | Cut | Drawer
