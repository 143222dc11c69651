"""The status frames of one printer, as they go over its Ethernet card."""

from __future__ import annotations

from readers_bridge.families.star.simulator import asb
from readers_bridge.families.star.simulator.condition import Condition
from readers_bridge.families.star.simulator.settings import Settings


class Frames:
    """The current frame and the one before."""

    def __init__(self, settings: Settings, condition: Condition) -> None:
        self._settings = settings
        self._condition = condition
        self._last = self._previous = self._now()

    @property
    def has_changed(self) -> bool:
        """Whether the status is another one than was sent last."""
        return self._now() != self._last

    def take(self) -> bytes:
        """The frame to send; this clears what is told once."""
        frame = self._now()
        if frame != self._last:
            self._previous, self._last = self._last, frame
        self._condition.etb_executed = False
        return self._on_wire(frame)

    def previous(self) -> bytes:
        """The frame before the one that was sent last."""
        return self._on_wire(self._previous)

    def wrapped(self, kind: str, data: bytes) -> bytes:
        """An answer as status data behind a frame, where the printer status setting says so."""
        if not (self._settings.is_expanded and self._settings.lan and self._settings.has_star_status):
            return data
        return asb.expanded(self._now(), kind, data)

    def _now(self) -> bytes:
        settings = self._settings
        if not settings.has_star_status:
            return asb.escpos_asb(self._condition)
        return asb.frame(self._condition, length=settings.asb_length, version=settings.asb_version, lan=settings.lan)

    def _on_wire(self, frame: bytes) -> bytes:
        return asb.expanded(frame) if self._settings.lan and self._settings.has_star_status else frame
