"""Answers made of letters with values, as ``MAIN B5 S0 P0 D0``.

Fields are told by their letter: unknown letters are passed over, and the order does not matter; firmware versions differ in both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_FIELD = re.compile(r"([A-Za-z])([0-9A-Fa-f]+|[Xx]+)")
_HEX = re.compile(r"[0-9A-Fa-f]+")


def letters(text: str) -> dict[str, str]:
    """The tokens of a letter and hexadecimal digits (or X) as letter to digits, the first of each letter; others are left out."""
    found: dict[str, str] = {}
    for token in text.split():
        match = _FIELD.fullmatch(token)
        if match:
            found.setdefault(match[1].upper(), match[2].upper())
    return found


def after(word: str, text: str) -> dict[str, str] | None:
    """The fields that follow this word; None: the text begins with another."""
    first, _, rest = text.partition(" ")
    return letters(rest) if first == word else None


def number(found: Mapping[str, str], letter: str, largest: int = 0xFFFF) -> int | None:
    """The hexadecimal value of a letter; None: it is not there, is no number, or is larger than any that is known."""
    value = found.get(letter, "")
    if not _HEX.fullmatch(value):
        return None
    number = int(value, 16)
    return number if number <= largest else None


def flag(found: Mapping[str, str], letter: str) -> bool | None:
    """The value of a letter that is 0 or 1."""
    value = number(found, letter, 1)
    return None if value is None else value == 1
