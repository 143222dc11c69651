"""Counters of a device that are also shown as sensors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from readers_bridge.families import Host
from readers_bridge.model import State

TELL_EVERY = 2.0
"""Seconds between two updates of the sensors at least."""


class Tally:
    """Counts for the health, and for the sensors since the bridge started."""

    def __init__(self, host: Host, shown: Iterable[str]) -> None:
        """``shown``: counters with a sensor of the same key."""
        self._host = host
        self._totals = dict.fromkeys(shown, 0)
        self._untold = asyncio.Event()
        self._untold.set()

    def count(self, counter: str, by: int = 1) -> None:
        """Add to a counter."""
        self._host.count(counter, by)
        if counter in self._totals:
            self._totals[counter] += by
            self._untold.set()

    async def tell(self) -> None:
        """Bring the sensors up to date, as soon as there is something to tell."""
        await self._untold.wait()
        self._untold.clear()
        self._host.emit([State(dict(self._totals))])
