"""Lines of text as they stand on the paper: wrapped at blanks, and side by side in columns."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from typing import NamedTuple

from readers_bridge.families.star.printing.items import Columns, Rule, Text
from readers_bridge.families.star.printing.paper import Align
from readers_bridge.families.star.printing.refusals import invalid
from readers_bridge.families.star.printing.text import Cleaner


class Run(NamedTuple):
    """A part of a line, bold or not."""

    text: str
    bold: bool = False


Line = tuple[Run, ...]


def width_of(text: str) -> int:
    """The columns that a text takes: east-asian wide characters take two, combining ones none."""
    return sum(map(_columns, text))


def text_lines(cleaner: Cleaner, item: Text, columns: int) -> list[Line]:
    """The lines of a text, each at most ``columns`` wide; blanks at the end stay where one can see them."""
    style = item.style
    shows_blanks = style.invert or style.underline
    lines: list[Line] = []
    for whole in cleaner.lines(item.text):
        is_kept = shows_blanks and width_of(whole) <= columns
        lines += [(Run(line, style.bold),) for line in ([whole] if is_kept else wrapped(whole, columns))]
    return lines


def rule_lines(cleaner: Cleaner, item: Rule, columns: int) -> list[Line]:
    """One line from edge to edge."""
    char = cleaner.line(item.char) or "-"
    return [(Run(char * max(1, columns // width_of(char) if width_of(char) else columns)),)]


def column_lines(cleaner: Cleaner, item: Columns, columns: int) -> list[Line]:
    """As many lines as the longest of the columns needs.

    Raises:
        CommandError: ``invalid``, out_of_range: the columns are wider than the paper.
    """
    widths = _widths(item, columns)
    texts = [
        [part for whole in cleaner.lines(cell.text) for part in wrapped(whole, width)]
        for cell, (width, _) in zip(item.cells, widths, strict=True)
    ]
    lines: list[Line] = []
    for row in range(max(map(len, texts))):
        runs = []
        for cell, (width, gap), parts in zip(item.cells, widths, texts, strict=True):
            part = parts[row] if row < len(parts) else ""
            runs.append(Run(aligned(part, width, cell.align), cell.bold))
            runs.append(Run(" " * gap))
        lines.append(_joined(runs))
    return lines


def wrapped(text: str, columns: int) -> list[str]:
    """The text in lines of at most ``columns``: broken at blanks, inside a word only where the word is longer than a line."""
    lines: list[str] = []
    rest = text.rstrip(" ")
    while width_of(rest) > columns:
        fits = _fitting(rest, columns)
        cut = fits if rest[fits : fits + 1] == " " else rest.rfind(" ", 0, fits)
        if cut <= 0 or not rest[:cut].strip(" "):
            cut = fits
        lines.append(rest[:cut].rstrip(" "))
        rest = rest[cut:].lstrip(" ")
    return [*lines, rest] if rest or not lines else lines


def aligned(text: str, columns: int, align: Align) -> str:
    """The text, filled up with blanks to ``columns``."""
    blanks = max(0, columns - width_of(text))
    left = {Align.LEFT: 0, Align.CENTER: blanks // 2, Align.RIGHT: blanks}[align]
    return " " * left + text + " " * (blanks - left)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _fitting(text: str, columns: int) -> int:
    """How many characters fit; at least one."""
    used = 0
    for index, char in enumerate(text):
        used += _columns(char)
        if used > columns:
            return max(1, index)
    return len(text)


def _widths(item: Columns, columns: int) -> list[tuple[int, int]]:
    """Each column's width and the blanks behind it: one beside a column that has no width of its own."""
    cells = item.cells
    gaps = [1 if here.width is None or after.width is None else 0 for here, after in pairwise(cells)]
    gaps.append(0)
    given = sum(cell.width or 0 for cell in cells)
    free = sum(cell.width is None for cell in cells)
    left = columns - given - sum(gaps)
    if left < free:
        needed = given + sum(gaps) + free
        raise invalid(
            f"{item.path}: the columns need {needed} characters, the paper has {columns}; make them narrower",
            "out_of_range",
            item.path,
        )
    share, extra = divmod(left, free) if free else (0, 0)
    widths: list[tuple[int, int]] = []
    for cell, gap in zip(cells, gaps, strict=True):
        width = cell.width
        if width is None:
            width, extra = share + (extra > 0), max(0, extra - 1)
        widths.append((width, gap))
    return widths


def _joined(runs: list[Run]) -> Line:
    """Neighbours of the same kind in one, without blanks at the end."""
    line: list[Run] = []
    for run in runs:
        if not run.text:
            continue
        if line and line[-1].bold == run.bold:
            line[-1] = Run(line[-1].text + run.text, run.bold)
        else:
            line.append(run)
    while line and not line[-1].text.rstrip(" "):
        line.pop()
    if line:
        line[-1] = Run(line[-1].text.rstrip(" "), line[-1].bold)
    return tuple(line)
