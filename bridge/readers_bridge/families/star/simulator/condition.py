"""The mechanism's condition: its sensors, its errors, its paper, and the counter of ETBs."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum

_NOTHING = 1e-6


class Switch(StrEnum):
    """Everything that a status bit tells."""

    OFFLINE = "offline"
    COVER = "cover"
    PAPER_END = "paper_end"
    NEAR_END = "near_end"
    NEAR_END_OUTER = "near_end_outer"
    HEAD_HOT = "head_hot"
    CUTTER = "cutter"
    UNRECOVERABLE = "unrecoverable"
    MECHANICAL = "mechanical"
    HEAD_UP = "head_up"
    BLACK_MARK = "black_mark"
    PRESENTER_JAM = "presenter_jam"
    BUFFER_OVERFLOW = "buffer_overflow"
    DRAWER = "drawer"
    """The contact of the drawer is closed."""


STOPS = frozenset(Switch) - {Switch.NEAR_END, Switch.NEAR_END_OUTER, Switch.BUFFER_OVERFLOW, Switch.DRAWER}
"""What takes the printer offline."""


class Condition:
    """Switches that are on, the paper that is left, and the ETB counter."""

    def __init__(self, paper: int | None = None, near_end: int = 0) -> None:
        self.on: set[Switch] = set()
        self.is_busy = False
        """It takes data in and never prints."""
        self.etb_counter = 0
        self.etb_executed = False
        self.on_change: Callable[[], None] = lambda: None
        self._near_end = near_end
        self._left: float | None = None
        self.set_paper(paper)

    @property
    def is_offline(self) -> bool:
        """Whether something keeps it from printing."""
        return bool(self.on & STOPS)

    @property
    def may_print(self) -> bool:
        """Whether it prints what it has."""
        return not self.is_offline and not self.is_busy

    @property
    def paper(self) -> int | None:
        """Lines that are left; None: paper without end."""
        return None if self._left is None else math.ceil(self._left - _NOTHING)

    def set(self, switch: Switch, on: bool = True) -> None:  # noqa: FBT001, FBT002 - as one says it
        """Turn a switch."""
        before = set(self.on)
        if on:
            self.on.add(switch)
        else:
            self.on.discard(switch)
        if self.on != before:
            self.on_change()

    def set_busy(self, on: bool) -> None:  # noqa: FBT001 - as one says it
        """From now on it never finishes, or it goes on."""
        self.is_busy = on
        self.on_change()

    def set_paper(self, lines: int | None) -> None:
        """So many lines are left (None: without end); the sensors follow."""
        self._left = lines
        before = set(self.on)
        self._sense()
        if self._left is None:
            self.on -= {Switch.NEAR_END, Switch.PAPER_END}
        if self.on != before:
            self.on_change()

    def feed(self, lines: float) -> None:
        """Paper went out."""
        if self._left is None:
            return
        self._left = max(0.0, self._left - lines)
        before = set(self.on)
        self._sense()
        if self.on != before:
            self.on_change()

    def _sense(self) -> None:
        if self._left is None:
            return
        self._sensor(Switch.PAPER_END, self._left < _NOTHING)
        if self._near_end:
            self._sensor(Switch.NEAR_END, self._left <= self._near_end)

    def _sensor(self, switch: Switch, sees: bool) -> None:  # noqa: FBT001 - as one says it
        if sees:
            self.on.add(switch)
        else:
            self.on.discard(switch)
