"""The words of a script's text, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from readers_bridge.families.baltech.script.finding import START, Finding, Position, ScriptError

MAX_CHARACTERS = 0x10000
"""Of a script with its comments; longer texts are refused unread."""

MAX_FINDINGS = 20
"""Reading stops after this many errors."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_WORD = re.compile(r"[^\s;]+|;")
_UNDECODED = re.compile("[\udc80-\udcff]")
_SHOWN = 40


class Word(NamedTuple):
    """A word and its place."""

    text: str
    at: Position

    @property
    def shown(self) -> str:
        """The word for a message: short, printable."""
        text = self.text if len(self.text) <= _SHOWN else f"{self.text[:_SHOWN]}..."
        return text if text.isprintable() else ascii(text)[1:-1]


def lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines without comments, numbered from 1.

    Raises:
        ScriptError: E100 the text is too long, E108 it is not UTF-8 (bytes that were decoded with ``surrogateescape``).
    """
    if len(text) > MAX_CHARACTERS:
        raise ScriptError([Finding("E100", f"the text is longer than {MAX_CHARACTERS} characters; shorten it", START)])
    for number, line in enumerate(_LINE_END.split(text.removeprefix("\ufeff")), 1):
        if (bad := _UNDECODED.search(line)) is not None:
            told = "this is not UTF-8; save a script as UTF-8 text, and bytes as hexadecimal digits"
            raise ScriptError([Finding("E108", told, Position(number, bad.start() + 1))])
        yield number, line.partition("#")[0]


def statements(text: str) -> Iterator[list[Word]]:
    """The words between line ends and semicolons; never an empty list.

    Raises:
        ScriptError: E100 the text is too long.
    """
    for number, line in lines(text):
        statement: list[Word] = []
        for match in _WORD.finditer(line):
            if match[0] != ";":
                statement.append(Word(match[0], Position(number, match.start() + 1)))
            elif statement:
                yield statement
                statement = []
        if statement:
            yield statement
