"""The reader's field: which cards lie in it, and what the reader makes of that. Time is passed in, in seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from readers_bridge.families.springcard.simulator.cards import Card, Move


@dataclass(frozen=True, slots=True)
class Report:
    """One thing to tell the host: a card and how it moved."""

    card: Card
    move: Move = Move.NONE


class Field:
    """The cards in the field of a reader.

    Without movement tracking a card is read at once and again after every ``repeat`` seconds (register 02A1, 3.0 s from the
    factory; None: only after it was taken away). With tracking its arrival and its removal are reported, each once;
    ``removal_id`` tells whether a removal names the card. Cards are read only while the field is ``active``.
    """

    def __init__(self, *, tracking: bool = False, repeat: float | None = 3.0, removal_id: bool = True) -> None:
        self._tracking = tracking
        self._repeat = math.inf if tracking or repeat is None else repeat
        self._removal_id = removal_id
        self._due: dict[Card, float] = {}
        self.active = False

    @property
    def cards(self) -> tuple[Card, ...]:
        """The cards that lie there."""
        return tuple(self._due)

    @property
    def next_due(self) -> float | None:
        """When ``due`` will have something to report, or None."""
        first = min(self._due.values(), default=math.inf) if self.active else math.inf
        return None if first == math.inf else first

    def activate(self, now: float) -> tuple[Report, ...]:
        """Begin to read; the cards that lie there already are read now."""
        self.active = True
        return tuple(self._read(card, now) for card in self._due)

    def deactivate(self) -> None:
        """Stop reading."""
        self.active = False

    def place(self, card: Card, now: float) -> tuple[Report, ...]:
        """Lay a card on the reader; one that lies there already makes no difference."""
        if card in self._due:
            return ()
        self._due[card] = math.inf
        return (self._read(card, now),) if self.active else ()

    def remove(self, card: Card | None = None) -> tuple[Report, ...]:
        """Take away the card with this TagId (None: all of them); one that is not there makes no difference."""
        gone = self.cards if card is None else tuple(each for each in self._due if each.tag_id == card.tag_id)
        for each in gone:
            del self._due[each]
        if not (self._tracking and self.active):
            return ()
        return tuple(
            Report(replace(each, tag_id=each.tag_id if self._removal_id else "", data="", details=""), Move.REMOVED)
            for each in gone
        )

    def tap(self, card: Card) -> tuple[Report, ...]:
        """Hold a card to the reader for a moment."""
        if card in self._due or not self.active:
            return ()
        return (Report(card, Move.TAPPED if self._tracking else Move.NONE),)

    def due(self, now: float) -> tuple[Report, ...]:
        """Read again the cards whose repeat delay is over."""
        again = [card for card, due in self._due.items() if due <= now] if self.active else []
        return tuple(self._read(card, now) for card in again)

    def _read(self, card: Card, now: float) -> Report:
        self._due[card] = now + self._repeat
        return Report(card, Move.INSERTED if self._tracking else Move.NONE)
