"""Scripts as pairs of hexadecimal digits, in either case, with blanks, colons, line ends or nothing between."""

from __future__ import annotations

import re

from readers_bridge.families.baltech.script.finding import Finding, Position, ScriptError
from readers_bridge.families.baltech.script.lexer import MAX_FINDINGS, Word, lines

_GROUP = re.compile(r"[^\s:]+")
_OTHER = re.compile(r"[^0-9A-Fa-f]")


def hex_text(data: bytes) -> str:
    """Upper-case pairs with blanks between, in one line: ``01 00``."""
    return data.hex(" ").upper()


def is_hex(text: str) -> bool:
    """Whether the text without its comments is meant as hexadecimal.

    It is when it consists of nothing but hexadecimal digits, or begins with a number: no command is spelled like either.

    Raises:
        ScriptError: E100 the text is too long.
    """
    groups = _groups(text)
    if not groups:
        return False
    first = groups[0].text
    return (first[0].isdecimal() and _is_digits(first)) or all(_is_digits(group.text) for group in groups)


def read_hex(text: str) -> tuple[bytes, list[Position]]:
    """The bytes, and the place of each.

    Raises:
        ScriptError: E100 the text is too long, E105 something that is no pair of hexadecimal digits.
    """
    data = bytearray()
    places: list[Position] = []
    findings: list[Finding] = []
    for group in _groups(text):
        other = _OTHER.search(group.text)
        if other is not None:
            at = group.at._replace(column=group.at.column + other.start())
            shown = Word(other[0], at).shown
            findings.append(Finding("E105", f"{shown} is no hexadecimal digit; write every byte as two, as 0A", at))
        elif len(group.text) % 2:
            findings.append(
                Finding("E105", f"{group.shown} has an odd number of digits; write every byte as two, as 0A", group.at)
            )
        else:
            data += bytes.fromhex(group.text)
            places += (group.at._replace(column=group.at.column + n) for n in range(0, len(group.text), 2))
    if findings:
        raise ScriptError(findings[:MAX_FINDINGS])
    return bytes(data), places


def _groups(text: str) -> list[Word]:
    return [
        Word(match[0], Position(number, match.start() + 1))
        for number, line in lines(text)
        for match in _GROUP.finditer(line)
    ]


def _is_digits(text: str) -> bool:
    return _OTHER.search(text) is None
