"""Raster mode: rows of dots, for images on every thermal printer and for everything on those without fonts.

Source: Line Thermal Printer STAR Line Mode Command Specifications, "Raster Graphics Command Details"; STAR Graphic Mode
Command Specifications.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

INITIALIZE = b"\x1b*rR"
ENTER = b"\x1b*rA"
CONTINUOUS = b"\x1b*rP0\x00"
"""The page is as long as the data."""
QUIT = b"\x1b*rB"
"""Ends raster mode and does what the EOT mode says."""


class Eot(IntEnum):
    """What happens at the end of a block (n of ESC * r E)."""

    NONE = 1
    FEED_FULL_CUT = 9
    FEED_PARTIAL_CUT = 13


def block(rows: Sequence[bytes], eot: Eot) -> bytes:
    """Rows of dots, the leftmost in the highest bit of the first byte, 1 is black."""
    out = bytearray(INITIALIZE + ENTER + CONTINUOUS + b"\x1b*rE" + str(int(eot)).encode() + b"\x00")
    for row in rows:
        out += b"b" + len(row).to_bytes(2, "little") + row
    return bytes(out + QUIT)
