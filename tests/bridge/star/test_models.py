from __future__ import annotations

import pytest

from readers_bridge.families.star.models import Model, model
from readers_bridge.families.star.typedefs import Emulation

GRAPHIC = Model(Emulation.STAR_GRAPHIC, 576)
LINE = Model(Emulation.STAR_LINE, 576)
DOT = Model(Emulation.STAR_DOT, 210)
PRNT = Model(Emulation.STAR_PRNT, 576)
PRNT_SMALL = Model(Emulation.STAR_PRNT, 384)

MODELS = {
    "TSP143IIILAN (STR_T-001)": GRAPHIC,
    "TSP143 (STR_T-001)": GRAPHIC,
    "TSP113": GRAPHIC,
    "TSP100LAN": GRAPHIC,
    "TSP100IIIBI": GRAPHIC,
    "TSP143IV (STR_T-001)": PRNT,
    "TSP143IVUE": PRNT,
    "TSP100IV": PRNT,
    "TSP651 (STR_T-001)": LINE,
    "TSP654 (STR_T-001)": LINE,
    "TSP654II (STR_T-001)": LINE,
    "TSP743II (STR_T-001)": LINE,
    "TSP847II (STR_T-001)": Model(Emulation.STAR_LINE, 832),
    "FVP10 (STR_T-001)": LINE,
    "TUP592 (STR_T-001)": LINE,
    "TUP542 (STR_T-001)": LINE,
    "SP712 (STR-001)": DOT,
    "SP717 (STR-001)": DOT,
    "SP742 (STR-001)": DOT,
    "SP747 (STR-001)": DOT,
    "MCP20 (STR-001)": PRNT_SMALL,
    "MCP21": PRNT_SMALL,
    "MCP30 (STR-001)": PRNT,
    "MCP31": PRNT,
    "MCL21 (STR-001)": PRNT,
    "MCL32": PRNT,
    "mPOP": PRNT_SMALL,
    "POP10": PRNT_SMALL,
    "BSC10": Model(Emulation.ESC_POS, 512),
}


@pytest.mark.parametrize(("name", "expected"), MODELS.items(), ids=MODELS)
def test_model(name: str, expected: Model) -> None:
    assert model(name) == expected
    assert model(f" {name.lower()} ") == expected


@pytest.mark.parametrize("name", ["", "TSP", "TSP1", "HSP7000", "(STR_T-001)", "EPSON TM-T88", "My TSP143"])
def test_unknown_model(name: str) -> None:
    assert model(name) is None
