"""A host that keeps what a driver tells it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from readers_bridge.clock import SystemClock
from readers_bridge.errors import JournalError
from readers_bridge.families import Pausable
from readers_bridge.model import Description, Event, Read, State


class TurnedClock(SystemClock):
    """The system's clock, turned on by hand."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead

    def wall(self) -> float:
        return super().wall() + self.ahead


class Desk:
    """Stores what it is given while ``stored`` is set; ``broken``: nothing can be. ``history`` has each commit, and its facts."""

    def __init__(self, facts: Mapping[str, Any] | None = None) -> None:
        self.clock = TurnedClock()
        self.log = logging.LoggerAdapter(logging.getLogger("device"), {})
        self.facts: Mapping[str, Any] = facts or {}
        self.items: list[Read | Event | State] = []
        self.history: list[tuple[list[Read | Event | State], Mapping[str, Any] | None]] = []
        self.synced: list[bool] = []
        self.counters: Counter[str] = Counter()
        self.described: list[Description] = []
        self.receivers: list[Pausable] = []
        self.is_online = False
        self.onlines = 0
        self.has_room = True
        self.broken = False
        self.stored = asyncio.Event()
        self.stored.set()
        self.waiting = 0

    def online(self, *, assumed: bool = False) -> None:
        self.is_online = True
        self.onlines += 1

    def emit(self, items: Sequence[Read | Event | State]) -> None:
        self.items += items

    async def commit(
        self,
        items: Sequence[Read | Event | State],
        *,
        sync: bool = True,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.waiting += 1
        await self.stored.wait()
        self.waiting -= 1
        if self.broken:
            raise JournalError("the disk is full")
        self.items += items
        self.history.append((list(items), facts))
        self.synced.append(sync)
        self.facts = {**self.facts, **(facts or {})}

    def room(self) -> bool:
        return self.has_room

    def describe(self, description: Description) -> None:
        self.described.append(description)

    def count(self, counter: str, by: int = 1) -> None:
        self.counters[counter] += by

    def throttle(self, receiver: Pausable) -> None:
        self.receivers.append(receiver)

    @property
    def reads(self) -> list[Read]:
        return [item for item in self.items if isinstance(item, Read)]

    @property
    def credentials(self) -> list[str]:
        return [read.credential for read in self.reads]

    @property
    def told(self) -> list[Event]:
        return [item for item in self.items if isinstance(item, Event)]

    @property
    def events(self) -> list[str]:
        return [event.event_type for event in self.told]

    @property
    def state(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for item in self.items:
            if isinstance(item, State):
                values |= item.values
        return values
