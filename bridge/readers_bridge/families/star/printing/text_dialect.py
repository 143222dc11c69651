"""Dialects of printers that have fonts: text goes as text, in code pages, between commands."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from readers_bridge.families.star.printing import code_pages
from readers_bridge.families.star.printing.dialect import Dialect
from readers_bridge.families.star.printing.items import Style
from readers_bridge.families.star.printing.layout import Line
from readers_bridge.families.star.printing.paper import CutKind, Paper

_USA = b"\x1bR\x00"
"""ESC R 0: the same in every dialect."""

_NATIONAL = frozenset("#$@[\\]^`{|}~")
"""Characters in whose place some international character sets have others."""


class TextDialect(Dialect):
    """Text with the commands of a dialect around it."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(paper)
        self._page: str | None = None
        self._usa = False

    @property
    def printable(self) -> frozenset[str]:
        return code_pages.repertoire(self.paper)

    def drawer(self, number: int) -> None:
        self._out += self.drawer_bytes(number)

    def buzzer(self, times: int) -> None:
        self._out += self.buzzer_bytes() * times

    @abstractmethod
    def style_on(self, style: Style) -> bytes:
        """From the normal state to this style (without bold, which each run has for itself)."""

    @abstractmethod
    def style_off(self, style: Style) -> bytes:
        """Back to the normal state."""

    @abstractmethod
    def bold(self, *, on: bool) -> bytes:
        """Emphasised from here on, or not any more."""

    @abstractmethod
    def select_page(self, number: int) -> bytes:
        """Another code page."""

    @abstractmethod
    def cut_bytes(self, kind: CutKind) -> bytes:
        """Feed to the cutter and cut."""

    @abstractmethod
    def drawer_bytes(self, number: int) -> bytes:
        """Open a drawer, in its turn."""

    @abstractmethod
    def buzzer_bytes(self) -> bytes:
        """One sound."""

    def _text(self, lines: Sequence[Line], style: Style) -> None:
        self._out += self.style_on(style)
        for line in lines:
            for run in line:
                self._out += self.bold(on=True) if run.bold else b""
                self._write(run.text)
                self._out += self.bold(on=False) if run.bold else b""
            self._out += b"\n"
        self._out += self.style_off(style)

    def _feed(self, lines: int) -> None:
        self._out += b"\n" * lines

    def _cut(self, kind: CutKind) -> None:
        self._out += self.cut_bytes(kind)

    def _write(self, text: str) -> None:
        if not self._usa and not _NATIONAL.isdisjoint(text):
            self._out += _USA
            self._usa = True
        for name, data in code_pages.runs(self.paper, text, self._page):
            if name != self._page:
                self._out += self.select_page(code_pages.number(self.paper, name))
                self._page = name
            self._out += data

    def _forget_state(self) -> None:
        """The printer's code page and character set are not known for sure any more."""
        self._page = None
        self._usa = False
