"""QR codes: what may stand in them, and how large they become (ISO/IEC 18004, model 2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from readers_bridge.families.star.printing.paper import Align
from readers_bridge.validation import Refusal


class ErrorCorrection(StrEnum):
    """How much of the code may be damaged: 7, 15, 25 or 30 percent."""

    L = "L"
    M = "M"
    Q = "Q"
    H = "H"


# fmt: off
_CODEWORDS: Mapping[ErrorCorrection, tuple[int, ...]] = MappingProxyType({
    ErrorCorrection.L: (
        19, 34, 55, 80, 108, 136, 156, 194, 232, 274, 324, 370, 428, 461, 523, 589, 647, 721, 795, 861,
        932, 1006, 1094, 1174, 1276, 1370, 1468, 1531, 1631, 1735, 1843, 1955, 2071, 2191, 2306, 2434, 2566, 2702, 2812, 2956,
    ),
    ErrorCorrection.M: (
        16, 28, 44, 64, 86, 108, 124, 154, 182, 216, 254, 290, 334, 365, 415, 453, 507, 563, 627, 669,
        714, 782, 860, 914, 1000, 1062, 1128, 1193, 1267, 1373, 1455, 1541, 1631, 1725, 1812, 1914, 1992, 2102, 2216, 2334,
    ),
    ErrorCorrection.Q: (
        13, 22, 34, 48, 62, 76, 88, 110, 132, 154, 180, 206, 244, 261, 295, 325, 367, 397, 445, 485,
        512, 568, 614, 664, 718, 754, 808, 871, 911, 985, 1033, 1115, 1171, 1231, 1286, 1354, 1426, 1502, 1582, 1666,
    ),
    ErrorCorrection.H: (
        9, 16, 26, 36, 46, 60, 66, 86, 100, 122, 140, 158, 180, 197, 223, 253, 283, 313, 341, 385,
        406, 442, 464, 514, 538, 596, 628, 661, 701, 745, 793, 845, 901, 961, 986, 1054, 1096, 1142, 1222, 1276,
    ),
})
# fmt: on
"""Data codewords of the versions 1 to 40 (ISO/IEC 18004, table 7)."""

_DIGITS = re.compile(rb"[0-9]+")
_ALPHANUMERIC = re.compile(rb"[0-9A-Z $%*+./:-]+")
_KEPT = "\t\n\r"


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code; ``size`` is the width of a module in dots, ``dropped`` counts control characters that were taken out."""

    data: bytes
    path: str
    size: int = 5
    error_correction: ErrorCorrection = ErrorCorrection.M
    align: Align = Align.LEFT
    dropped: int = 0

    @property
    def modules(self) -> int:
        """Modules from edge to edge, without the margin; 0: the data do not fit into any QR code."""
        return _modules(self.data, self.error_correction)

    @classmethod
    def checked(cls, text: str, path: str, *, size: int, error_correction: ErrorCorrection, align: Align) -> Qr:
        """A QR code that can be printed: line ends and tabs may stand in it, other control characters are taken out.

        Raises:
            Refusal: There is nothing in it, or more than a QR code holds.
        """
        kept = "".join(char for char in text if char in _KEPT or unicodedata.category(char) not in {"Cc", "Cs"})
        if not kept:
            raise Refusal("expected a text of at least 1 character", code="out_of_range")
        data = kept.encode()
        if not _modules(data, error_correction):
            raise Refusal(
                f"a QR code with the error correction {error_correction} does not hold these {len(data)} bytes; "
                "shorten the text or use a lower error correction",
                code="out_of_range",
            )
        return cls(data, path, size, error_correction, align, len(text) - len(kept))


def _modules(data: bytes, error_correction: ErrorCorrection) -> int:
    for version, codewords in enumerate(_CODEWORDS[error_correction], start=1):
        if _bits(data, version) <= codewords * 8:
            return 17 + 4 * version
    return 0


def _bits(data: bytes, version: int) -> int:
    """The bits of the data in one segment of the best mode."""
    step = 0 if version < 10 else 1 if version < 27 else 2
    count = len(data)
    if _DIGITS.fullmatch(data):
        return 4 + (10, 12, 14)[step] + count // 3 * 10 + (0, 4, 7)[count % 3]
    if _ALPHANUMERIC.fullmatch(data):
        return 4 + (9, 11, 13)[step] + count // 2 * 11 + count % 2 * 6
    return 4 + (8, 16, 16)[step] + count * 8
