"""What is printed on, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from readers_bridge.families.star.typedefs import Emulation, Peripheral

FONT_A = (12, 24)
"""Dots of one character of the normal font, width and height."""

LINE_DOTS = 30
"""Dots from one line of text to the next; 8 dots are one millimetre."""


class Align(StrEnum):
    """Where a line stands on the paper."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class CutKind(StrEnum):
    """How the paper is cut; it is fed to the cutter before."""

    PARTIAL = "partial"
    """A point stays uncut."""
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Paper:
    """A printer as far as it matters for what is sent to it.

    ``dots`` and ``columns`` are the printable width, in dots and in characters of the normal font. ``code_page`` is the page
    that is tried first, such as ``cp1252``; see ``code_pages.names``. ``replacement`` stands for a character that cannot be
    printed: one printable ASCII character.
    """

    emulation: Emulation
    dots: int
    columns: int
    code_page: str = "cp1252"
    peripheral: Peripheral = Peripheral.NONE
    replacement: str = "?"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is sent to the printer, without the frame of the job.

    ``lines`` counts lines of text, and what takes as long to print: it is for estimating the time. ``replaced`` are the
    different characters that could not be printed, in the order in which they came. ``dropped`` counts the control characters
    that were taken out.
    """

    data: bytes
    lines: int = 0
    replaced: tuple[str, ...] = ()
    dropped: int = 0
