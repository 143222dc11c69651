"""Code pages: which characters a printer can print, and with which byte of which page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from readers_bridge.errors import ConfigError
from readers_bridge.families.star.printing.paper import Paper
from readers_bridge.families.star.typedefs import Emulation

STAR: Mapping[str, int] = MappingProxyType(
    {
        "cp437": 1,
        "cp858": 4,
        "cp852": 5,
        "cp860": 6,
        "cp861": 7,
        "cp863": 8,
        "cp865": 9,
        "cp866": 10,
        "cp855": 11,
        "cp857": 12,
        "cp862": 13,
        "cp864": 14,
        "cp737": 15,
        "cp869": 17,
        "cp874": 21,
        "cp1252": 32,
        "cp1250": 33,
        "cp1251": 34,
    }
)
"""n of ESC GS t n (StarPRNT Command Specifications); only pages of which Python has the characters."""

ESC_POS: Mapping[str, int] = MappingProxyType(
    {
        "cp437": 0,
        "cp850": 2,
        "cp860": 3,
        "cp863": 4,
        "cp865": 5,
        "cp857": 13,
        "cp737": 14,
        "cp1252": 16,
        "cp866": 17,
        "cp852": 18,
        "cp858": 19,
    }
)
"""n of ESC t n (Epson ESC/POS Command Reference, ESC t)."""

_STAR_TRIED = (
    "cp1252",
    "cp1250",
    "cp1251",
    "cp858",
    "cp437",
    "cp852",
    "cp866",
    "cp737",
    "cp857",
    "cp861",
    "cp865",
    "cp855",
)
_ESC_POS_TRIED = ("cp1252", "cp858", "cp437", "cp852", "cp866", "cp850", "cp865")
"""Pages that are switched to by themselves: left-to-right scripts and, in ESC/POS, numbers on which makers agree."""

_CACHE_SIZE = 64

Page = Mapping[str, int]


def names(emulation: Emulation) -> tuple[str, ...]:
    """The code pages that can be chosen for this command set; none for raster-only printers."""
    return tuple(_table(emulation))


def pages(paper: Paper) -> tuple[str, ...]:
    """The code pages of this printer in the order in which they are tried, the chosen one first.

    Raises:
        ConfigError: The chosen page does not exist in this command set.
    """
    table = _table(paper.emulation)
    chosen = paper.code_page.lower()
    if chosen not in table:
        raise ConfigError(
            f"the code page {paper.code_page} does not exist in {paper.emulation}; use one of {', '.join(table)}"
        )
    tried = _ESC_POS_TRIED if paper.emulation is Emulation.ESC_POS else _STAR_TRIED
    return (chosen, *(name for name in tried if name != chosen))


def number(paper: Paper, name: str) -> int:
    """The printer's own number of a page."""
    return _table(paper.emulation)[name]


@lru_cache(maxsize=_CACHE_SIZE)
def page(name: str) -> Page:
    """Byte by character; bytes that are commands (below 20 hex) or a delete are left out."""
    table: dict[str, int] = {}
    for byte in (*range(0x20, 0x7F), *range(0x80, 0x100)):
        try:
            table[bytes((byte,)).decode(name)] = byte
        except UnicodeDecodeError:
            continue
    return MappingProxyType(table)


@lru_cache(maxsize=_CACHE_SIZE)
def repertoire(paper: Paper) -> frozenset[str]:
    """Every character that the printer can print."""
    return frozenset().union(*(page(name) for name in pages(paper)))


def runs(paper: Paper, text: str, current: str | None) -> list[tuple[str, bytes]]:
    """The text as bytes of one page after the other, switching as seldom as possible.

    Args:
        paper: The printer.
        text: Only characters of its ``repertoire``.
        current: The page that is selected now; None: unknown, the chosen one will be selected.
    """
    known = pages(paper)
    name = current or known[0]
    found: list[tuple[str, bytearray]] = []
    for char in text:
        if char not in page(name):
            name = next(other for other in known if char in page(other))
        if not found or found[-1][0] != name:
            found.append((name, bytearray()))
        found[-1][1].append(page(name)[char])
    return [(used, bytes(data)) for used, data in found]


def _table(emulation: Emulation) -> Mapping[str, int]:
    match emulation:
        case Emulation.ESC_POS:
            return ESC_POS
        case Emulation.STAR_GRAPHIC:
            return MappingProxyType({})
        case _:
            return STAR
