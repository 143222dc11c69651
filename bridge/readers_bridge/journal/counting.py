"""The journal's bookkeeping in the event loop: numbers given out, and what the broker has not got yet."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

from readers_bridge.journal.record import Counters, Found, Record, Tally


class Numbers:
    """The counters. They only grow, whatever becomes of the file."""

    def __init__(self, position: int) -> None:
        """``position``: where to begin until a file is found; beyond what any file holds."""
        self.position = position
        self.seq = 0
        self._devices: dict[str, int] = {}
        self._first = position

    def next(self, device: str) -> tuple[int, int]:
        """``seq`` and ``device_seq`` for a read or event of this device."""
        self.seq += 1
        number = self._devices.get(device, 0) + 1
        self._devices[device] = number
        return self.seq, number

    def found(self, counters: Counters) -> None:
        """A file has given these out."""
        unused = self.position == self._first
        self.position = counters.position if unused else max(self.position, counters.position)
        self._first = -1
        self.seq = max(self.seq, counters.seq)
        for device, number in counters.devices.items():
            self._devices[device] = max(number, self._devices.get(device, 0))

    def counters(self) -> Counters:
        """What has been given out so far."""
        return Counters(self.position, self.seq, dict(self._devices))


class Backlog:
    """Which stored records the broker has got: a watermark, because it gets them in order.

    Positions have gaps, left by records that could not be stored; they are kept as (position at which the gap is over, its
    width) to know how many records wait.
    """

    def __init__(self) -> None:
        self.last_position = 0
        self.delivered_position = 0
        self._gaps: deque[tuple[int, int]] = deque()
        self._earlier_end = 0
        self._unread = False

    def found(self, found: Found) -> None:
        """A file has this."""
        self.delivered_position = found.delivered
        self.last_position = self._earlier_end = max(found.last_position, found.delivered)
        self._gaps.clear()
        self._gap(self.last_position, self.last_position - found.delivered - found.undelivered)
        self._unread = found.undelivered > 0

    def read(self) -> None:
        """Somebody reads the backlog."""
        self._unread = False

    def stored(self, records: list[Record]) -> None:
        """These were stored."""
        first, last = records[0].position, records[-1].position
        self._gap(first, first - 1 - max(self.last_position, self.delivered_position))
        self._gap(last, last + 1 - first - len(records))
        self.last_position = last

    def deliver(self, position: int, first_position: int) -> bool:
        """Move the watermark; whether it moved.

        It never passes over records of an earlier run that nobody has read yet: they are still to be sent, although what was
        accepted before the file could be opened may have reached the broker first.
        """
        if position <= self.delivered_position or self._unread or self._earlier_end < position < first_position:
            return False
        self.give_up(position)
        return True

    def give_up(self, position: int) -> None:
        """Nothing up to this position waits any more."""
        self.delivered_position = max(self.delivered_position, position)
        while self._gaps and self._gaps[0][0] <= self.delivered_position:
            self._gaps.popleft()

    def _gap(self, position: int, width: int) -> None:
        if width > 0:
            self._gaps.append((position, width))

    @property
    def depth(self) -> int:
        """Stored records that the broker has not got."""
        return max(0, self.last_position - self.delivered_position - sum(width for _, width in self._gaps))


class Figures:
    """What is counted, for health and metrics."""

    COUNTED = ("stored", "commits", "set_aside", "not_stored", "dropped_delivered", "dropped_undelivered")

    def __init__(self) -> None:
        self.counts = Counter[str]()
        self.tally = Tally()
        self._dropping = False

    def tallied(self, tally: Tally) -> bool:
        """The writer looked at the limits; whether undelivered records began to be dropped."""
        self.tally = tally
        self.counts["stored"] -= tally.pruned
        self.counts["dropped_undelivered"] += tally.dropped
        self.counts["dropped_delivered"] += tally.pruned - tally.dropped
        begins = tally.dropped > 0 and not self._dropping
        self._dropping = tally.dropped > 0 or (self._dropping and tally.full)
        return begins

    def as_dict(self) -> dict[str, Any]:
        """All of them by name."""
        tally = self.tally
        return {
            "bytes": tally.size,
            "oldest_time": tally.oldest_time,
            "full": tally.full,
            **{name: self.counts[name] for name in self.COUNTED},
        }
