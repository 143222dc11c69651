"""Bar codes: what may stand in them.

Source: Line Thermal Printer STAR Line Mode Command Specifications, ESC b and appendix "Bar Code Specification Details".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from readers_bridge.families.star.printing.paper import Align
from readers_bridge.validation import Refusal, shown


class Symbology(StrEnum):
    """The kind of a bar code."""

    UPC_E = "upc_e"
    UPC_A = "upc_a"
    EAN8 = "ean8"
    EAN13 = "ean13"
    CODE39 = "code39"
    ITF = "itf"
    CODE128 = "code128"
    CODE93 = "code93"
    NW7 = "nw7"
    GS1_128 = "gs1_128"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What the data look like; ``digits``: how many, without and with the check digit."""

    pattern: re.Pattern[str]
    expected: str
    digits: int | None = None


_RULES: Mapping[Symbology, _Rule] = MappingProxyType(
    {
        Symbology.UPC_E: _Rule(
            re.compile(r"0[0-9]{10,11}"),
            "11 digits of a UPC-A that starts with 0, or 12 with the check digit, that can be shortened",
            11,
        ),
        Symbology.UPC_A: _Rule(re.compile(r"[0-9]{11,12}"), "11 digits, or 12 with the check digit", 11),
        Symbology.EAN8: _Rule(re.compile(r"[0-9]{7,8}"), "7 digits, or 8 with the check digit", 7),
        Symbology.EAN13: _Rule(re.compile(r"[0-9]{12,13}"), "12 digits, or 13 with the check digit", 12),
        Symbology.CODE39: _Rule(
            re.compile(r"[0-9A-Z $%+./-]{1,50}"), "1 to 50 of digits, capital letters, blank and $ % + - . /"
        ),
        Symbology.ITF: _Rule(
            re.compile(r"(?:[0-9]{2}){1,40}"), "an even number of digits, up to 80; put a 0 in front of an odd number"
        ),
        Symbology.CODE128: _Rule(re.compile(r"[ -~]{1,80}"), "1 to 80 printable ASCII characters"),
        Symbology.CODE93: _Rule(re.compile(r"[ -~]{1,50}"), "1 to 50 printable ASCII characters"),
        Symbology.NW7: _Rule(
            re.compile(r"[A-Da-d][0-9$+./:-]{1,50}[A-Da-d]"),
            "digits and $ + - . / : between a start and a stop letter from A to D, such as A123B",
        ),
        Symbology.GS1_128: _Rule(
            re.compile(r"(?:\([0-9]{2,4}\)[!-'+-z|}~]+)+"),
            "application identifiers in parentheses, each with its data, such as (01)04012345123456(10)ABC",
        ),
    }
)

_GS1_LIMIT = 80
_LETTERS_OF_A_SHORT_UPC = (
    re.compile(r"0[0-9]{2}[012]0000[0-9]{3}"),
    re.compile(r"0[0-9]{3}00000[0-9]{2}"),
    re.compile(r"0[0-9]{4}00000[0-9]"),
    re.compile(r"0[0-9]{5}0000[5-9]"),
)


@dataclass(frozen=True, slots=True)
class Barcode:
    """A bar code. ``module_width`` 1 to 3: the narrowest bar is 2, 3 or 4 dots wide; ``height`` in dots."""

    data: str
    symbology: Symbology
    path: str
    height: int = 80
    module_width: int = 2
    text: bool = True
    align: Align = Align.LEFT

    @property
    def module_dots(self) -> int:
        """Dots of the narrowest bar."""
        return self.module_width + 1

    @classmethod
    def checked(
        cls,
        data: str,
        symbology: Symbology,
        path: str,
        *,
        height: int,
        module_width: int,
        text: bool,
        align: Align,
    ) -> Barcode:
        """A bar code whose data fit its symbology; a missing check digit of EAN and UPC is added.

        Raises:
            Refusal: The data do not fit; the message says what is expected.
        """
        rule = _RULES[symbology]
        too_long = symbology is Symbology.GS1_128 and len(data) > _GS1_LIMIT
        if not rule.pattern.fullmatch(data) or too_long:
            raise Refusal(f"expected {rule.expected}, not {shown(data)}", code="invalid_value")
        if rule.digits is not None:
            data = _with_check_digit(data, rule.digits)
        if symbology is Symbology.UPC_E and not any(one.fullmatch(data[:-1]) for one in _LETTERS_OF_A_SHORT_UPC):
            raise Refusal(f"{shown(data)} cannot be shortened to a UPC-E; use upc_a", code="invalid_value")
        return cls(data, symbology, path, height, module_width, text, align)


def check_digit(digits: str) -> str:
    """The check digit of an EAN or UPC (GS1 General Specifications, modulo 10)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def narrowest(barcode: Barcode) -> int:
    """Modules that the bar code has at least, without its quiet zones."""
    count = len(barcode.data)
    match barcode.symbology:
        case Symbology.UPC_E:
            return 51
        case Symbology.UPC_A | Symbology.EAN13:
            return 95
        case Symbology.EAN8:
            return 67
        case Symbology.CODE39:
            return (count + 2) * 13 - 1
        case Symbology.ITF:
            return count * 7 + 8
        case Symbology.CODE93:
            return (count + 4) * 9 + 1
        case Symbology.NW7:
            return count * 10 - 1
        case _:
            digits = sum(char.isdigit() for char in barcode.data)
            others = 0 if barcode.symbology is Symbology.GS1_128 else count - digits
            return (-(-digits // 2) + others) * 11 + 35


def _with_check_digit(data: str, digits: int) -> str:
    right = check_digit(data[:digits])
    if len(data) > digits and data[digits] != right:
        raise Refusal(
            f"{shown(data)} has the wrong check digit: it should be {right}; leave it out and it is added",
            code="invalid_value",
        )
    return data[:digits] + right
