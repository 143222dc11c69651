"""The bars of a bar code, for printers that cannot make them themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from readers_bridge.families.star.printing.barcode import Barcode, Symbology
from readers_bridge.families.star.printing.extra import library
from readers_bridge.families.star.printing.paper import Paper
from readers_bridge.families.star.printing.refusals import invalid, not_supported

_NAMES: Mapping[Symbology, str] = MappingProxyType(
    {
        Symbology.UPC_A: "upca",
        Symbology.EAN8: "ean8",
        Symbology.EAN13: "ean13",
        Symbology.CODE39: "code39",
        Symbology.ITF: "itf",
        Symbology.CODE128: "code128",
        Symbology.NW7: "codabar",
        Symbology.GS1_128: "gs1_128",
    }
)
"""What python-barcode calls them; it has neither UPC-E nor Code 93."""

_OPTIONS: Mapping[Symbology, Mapping[str, Any]] = MappingProxyType(
    {
        Symbology.CODE39: {"add_checksum": False},
        Symbology.ITF: {"narrow": 1, "wide": 3},
        Symbology.NW7: {"narrow": 1, "wide": 3},
    }
)

_FNC1 = "\xf1"
_ELEMENT = re.compile(r"\(([0-9]{2,4})\)([^(]+)")
_FIXED_LENGTH = (
    "00",
    "01",
    "02",
    "03",
    "04",
    *(str(n) for n in range(11, 21)),
    "31",
    "32",
    "33",
    "34",
    "35",
    "36",
    "41",
)
"""First digits of the application identifiers that need no separator (GS1 General Specifications, figure 7.8.5-2)."""


def pattern(paper: Paper, barcode: Barcode) -> str:
    """Modules from left to right, ``1`` is a bar; without quiet zones.

    Raises:
        CommandError: ``refused``: python-barcode is missing, or does not have this kind; ``invalid``: wider than the paper.
    """
    name = _NAMES.get(barcode.symbology)
    if name is None:
        raise not_supported(
            paper, f"bar codes of the type {barcode.symbology}", f"use one of {', '.join(_NAMES)}", barcode.path
        )
    module = library("barcode", "python-barcode", "to print bar codes on a printer without fonts")
    data = barcode.data
    if barcode.symbology is Symbology.GS1_128:
        data = _gs1(data)
    elif barcode.symbology is Symbology.NW7:
        data = data.upper()
    made = module.get_barcode_class(name)(data, **_OPTIONS.get(barcode.symbology, {}))
    bars: str = made.build()[0]
    if len(bars) * barcode.module_dots > paper.dots:
        raise invalid(
            f"{barcode.path}: the bar code is {len(bars) * barcode.module_dots} dots wide, the paper {paper.dots}; "
            "use a smaller module_width or less data",
            "out_of_range",
            barcode.path,
        )
    return bars


def _gs1(data: str) -> str:
    """The elements without parentheses; those of variable length are ended where another one follows."""
    elements = _ELEMENT.findall(data)
    parts = []
    for index, (identifier, value) in enumerate(elements):
        ends = index == len(elements) - 1 or identifier.startswith(_FIXED_LENGTH)
        parts.append(identifier + value + ("" if ends else _FNC1))
    return "".join(parts)
