"""Text, receipts and images for Star printers: pure functions that give the bytes for the print port.

Everything that people can influence is checked and cleaned here: text can never open a drawer, cut the paper or ask for a
status, because no byte of it below 20 hex is ever sent.

The functions can take a second or two for a large image; call them in a thread.
"""

from __future__ import annotations

from readers_bridge.families.star.printing.code_pages import names as code_page_names
from readers_bridge.families.star.printing.job import Confirmation, confirmation, framed
from readers_bridge.families.star.printing.paper import Align, CutKind, Paper, Rendered
from readers_bridge.families.star.printing.rendering import buzzer, cut, drawer, receipt, text

__all__ = [
    "Align",
    "Confirmation",
    "CutKind",
    "Paper",
    "Rendered",
    "buzzer",
    "code_page_names",
    "confirmation",
    "cut",
    "drawer",
    "framed",
    "receipt",
    "text",
]
