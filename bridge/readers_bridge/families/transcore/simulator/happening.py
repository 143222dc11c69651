"""What a simulated reader tells the people and programs that watch it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened.

    ``what`` is one of listening, connected, disconnected, refused, tag, missed, invalid, repeated, overflow, report,
    delivered, unheard, retransmitted, command, discarded, mode, fault, off, started, finished; ``text`` is for people,
    ``data`` for programs.
    """

    reader: str
    what: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
