"""Names that everything about Star printers shares."""

from __future__ import annotations

from enum import StrEnum

MANAGEMENT_PORT = 22222
"""TCP: reset, discovery data, status setting, release of a print session; UDP: discovery."""

PRINT_PORT = 9100
STATUS_PORT = 9101


class Emulation(StrEnum):
    """The command set that a printer is switched to."""

    STAR_LINE = "star_line"
    STAR_PRNT = "star_prnt"
    STAR_GRAPHIC = "star_graphic"
    """Raster only: plain text is ignored."""
    STAR_DOT = "star_dot"
    ESC_POS = "esc_pos"


class Peripheral(StrEnum):
    """What is connected to the printer's drawer socket. A buzzer's pulses damage a drawer."""

    NONE = "none"
    DRAWER = "drawer"
    BUZZER = "buzzer"
