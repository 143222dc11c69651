"""What a simulated printer tells the people and programs that watch it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened.

    ``what`` is one of listening, connected, disconnected, refused, released, management, status, discovery, line, raster,
    barcode, qr, cut, kick, buzz, damage, unknown, discarded, print_end, etb, condition, fault, resetting, started; ``text``
    is for people, ``data`` for programs.
    """

    printer: str
    what: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
