"""Text from people becomes text that can be printed: no control characters, and a fate for every other character."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

TAB_COLUMNS = 8

_LINE_ENDS = str.maketrans({"\r": "\n", "\u0085": "\n", "\u2028": "\n", "\u2029": "\n"})

_FALLBACKS: Mapping[str, str] = MappingProxyType(
    {
        "\u00a0": " ",
        "\u00ab": '"',
        "\u00bb": '"',
        "\u00d7": "x",
        "\u00f7": "/",
        "\u00c6": "AE",
        "\u00e6": "ae",
        "\u00d8": "O",
        "\u00f8": "o",
        "\u00df": "ss",
        "\u1e9e": "SS",
        "\u0110": "D",
        "\u0111": "d",
        "\u0131": "i",
        "\u0141": "L",
        "\u0142": "l",
        "\u0152": "OE",
        "\u0153": "oe",
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2015": "-",
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201b": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u201f": '"',
        "\u2022": "*",
        "\u2026": "...",
        "\u2032": "'",
        "\u2033": '"',
        "\u2039": "'",
        "\u203a": "'",
        "\u2044": "/",
        "\u20ac": "EUR",
        "\u2116": "No.",
        "\u2122": "(TM)",
        "\u00ae": "(R)",
        "\u00a9": "(C)",
        "\u2190": "<-",
        "\u2192": "->",
        "\u2212": "-",
        "\u2264": "<=",
        "\u2265": ">=",
        "\u2500": "-",
        "\u2501": "=",
        "\u2502": "|",
        "\u2550": "=",
        "\u2713": "v",
        "\u2714": "v",
        "\u2717": "x",
    }
)

_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
_VARIATIONS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


@dataclass(slots=True)
class Cleaner:
    """Cleans the texts of one job and remembers what happened to them.

    ``printable`` are the characters that the printer has; none of them is a control character.
    """

    printable: Container[str]
    replacement: str = "?"
    dropped: int = 0
    _replaced: dict[str, None] = field(default_factory=dict)

    @property
    def replaced(self) -> tuple[str, ...]:
        """The different characters that could not be printed."""
        return tuple(self._replaced)

    def lines(self, text: str) -> list[str]:
        """The lines of a text in printable characters.

        Line ends of every kind count; a tab goes to the next multiple of eight columns. A character that the printer does not
        have becomes the nearest one that it has (a typographic quotation mark a straight one, a letter with an accent the
        plain one), else the replacement.
        """
        one = unicodedata.normalize("NFC", text.replace("\r\n", "\n").translate(_LINE_ENDS))
        cleaned = "".join(map(self._clean, one)).expandtabs(TAB_COLUMNS)
        return cleaned.split("\n")

    def line(self, text: str) -> str:
        """A text in one line: line ends become blanks."""
        return " ".join(self.lines(text))

    def _clean(self, char: str) -> str:
        if char in "\n\t":
            return char
        if char in self.printable:
            return char
        if unicodedata.category(char) in _INVISIBLE or any(ord(char) in some for some in _VARIATIONS):
            self.dropped += 1
            return ""
        for near in _near(char):
            if near and all(part in self.printable for part in near):
                return near
        self._replaced[char] = None
        return self.replacement if self.replacement in self.printable else "?"


def _near(char: str) -> Iterable[str]:
    yield _FALLBACKS.get(char, "")
    yield unicodedata.normalize("NFKC", char)
    plain = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    yield plain
    yield "".join(_FALLBACKS.get(part, part) for part in plain)
