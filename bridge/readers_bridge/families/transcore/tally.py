"""Counters of a device that are also shown as sensors."""

from __future__ import annotations

from readers_bridge.families import Host
from readers_bridge.model import State

SHOWN = ("crc_errors", "repeats", "sequence_jumps", "damaged_lines", "buffer_overflows")
"""Counters with a sensor of the same key."""

TELL_EVERY = 5.0
"""Seconds between two updates of the sensors."""


class Tally:
    """Counts for the health, and for the sensors since the bridge started."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._totals = dict.fromkeys(SHOWN, 0)
        self._untold = True

    def count(self, counter: str, by: int = 1) -> None:
        """Add to a counter."""
        self._host.count(counter, by)
        if counter in self._totals:
            self._totals[counter] += by
            self._untold = True

    def tell(self) -> None:
        """Bring the sensors up to date."""
        if self._untold:
            self._untold = False
            self._host.emit([State(dict(self._totals))])
