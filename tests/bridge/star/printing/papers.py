"""Printers of every dialect, with a drawer."""

from __future__ import annotations

from readers_bridge.families.star.printing import Paper
from readers_bridge.families.star.typedefs import Emulation, Peripheral

DRAWER = Peripheral.DRAWER

STAR_LINE = Paper(Emulation.STAR_LINE, 576, 48, peripheral=DRAWER)
STAR_PRNT = Paper(Emulation.STAR_PRNT, 384, 32, peripheral=DRAWER)
GRAPHIC = Paper(Emulation.STAR_GRAPHIC, 576, 48, peripheral=DRAWER)
DOT = Paper(Emulation.STAR_DOT, 210, 42, code_page="cp858", peripheral=DRAWER)
ESC_POS = Paper(Emulation.ESC_POS, 512, 42, peripheral=DRAWER)

ALL = (STAR_LINE, STAR_PRNT, GRAPHIC, DOT, ESC_POS)
WITH_FONTS = (STAR_LINE, STAR_PRNT, DOT, ESC_POS)

STAR_PAGES = {
    1: "cp437",
    4: "cp858",
    5: "cp852",
    6: "cp860",
    7: "cp861",
    8: "cp863",
    9: "cp865",
    10: "cp866",
    11: "cp855",
    12: "cp857",
    15: "cp737",
    32: "cp1252",
    33: "cp1250",
    34: "cp1251",
}
ESC_POS_PAGES = {0: "cp437", 2: "cp850", 5: "cp865", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858"}
