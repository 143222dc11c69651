"""Which command set a printer of a model speaks, and how many dots its line has.

Source: the table of model capabilities in the samples of Star's StarPRNT SDK (ModelCapability).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from readers_bridge.families.star.typedefs import Emulation


@dataclass(frozen=True, slots=True)
class Model:
    """``emulation`` is the one that the printer leaves the factory with; a switch may select another."""

    emulation: Emulation
    dots: int
    """Printable dots in a line."""


_GRAPHIC = Model(Emulation.STAR_GRAPHIC, 576)
_LINE = Model(Emulation.STAR_LINE, 576)
_DOT = Model(Emulation.STAR_DOT, 210)
_PRNT = Model(Emulation.STAR_PRNT, 576)
_PRNT_SMALL = Model(Emulation.STAR_PRNT, 384)

_BY_PREFIX: Mapping[str, Model] = {
    "TSP113": _GRAPHIC,
    "TSP143": _GRAPHIC,
    "TSP100LAN": _GRAPHIC,
    "TSP100III": _GRAPHIC,
    "TSP143IV": _PRNT,
    "TSP100IV": _PRNT,
    "TSP651": _LINE,
    "TSP654": _LINE,
    "TSP743": _LINE,
    "TSP847": Model(Emulation.STAR_LINE, 832),
    "FVP10": _LINE,
    "TUP592": _LINE,
    "TUP542": _LINE,
    "SP712": _DOT,
    "SP717": _DOT,
    "SP742": _DOT,
    "SP747": _DOT,
    "MCP20": _PRNT_SMALL,
    "MCP21": _PRNT_SMALL,
    "MCP30": _PRNT,
    "MCP31": _PRNT,
    "MCL2": _PRNT,
    "MCL3": _PRNT,
    "MPOP": _PRNT_SMALL,
    "POP10": _PRNT_SMALL,
    "BSC10": Model(Emulation.ESC_POS, 512),
}


def model(name: str) -> Model | None:
    """The model whose name begins a device model such as ``TSP143IIILAN (STR_T-001)``; None when it is not known.

    The longest beginning counts; the suffix in parentheses says nothing about the command set.
    """
    upper = name.strip().upper()
    known = max((prefix for prefix in _BY_PREFIX if upper.startswith(prefix)), key=len, default=None)
    return None if known is None else _BY_PREFIX[known]
