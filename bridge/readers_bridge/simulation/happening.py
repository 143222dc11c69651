"""What a simulated device tells the people and programs that watch it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened.

    ``what`` is a word that each family documents (docs/simulators.md); ``text`` is for people, ``data`` for programs.
    """

    device: str
    what: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
