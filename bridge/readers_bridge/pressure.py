"""Back-pressure: a device that sends more than the broker takes waits, so that the others' reads do not wait behind its own.

Counts what each device has in the pipeline, from receive to PUBACK, while the broker keeps up. While it does not (outage,
catching up) nobody waits: the journal takes everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from readers_bridge.families import Pausable
from readers_bridge.journal import Record

DEVICE_LIMIT = 512
"""Records of one device in the pipeline at which its receiver is paused."""

TOTAL_LIMIT = 8192
"""Records of all devices at which whoever adds more is paused."""


class Pressure:
    """The records in the pipeline, by device."""

    def __init__(self) -> None:
        self._pending: defaultdict[str, int] = defaultdict(int)
        self._total = 0
        self._paused: dict[str, Pausable] = {}
        self._active = False

    def added(self, device: str, count: int, receiver: Pausable | None) -> None:
        """``device`` put ``count`` records into the pipeline."""
        if not self._active:
            return
        self._pending[device] += count
        self._total += count
        if (
            (self._pending[device] > DEVICE_LIMIT or self._total > TOTAL_LIMIT)
            and receiver is not None
            and device not in self._paused
        ):
            self._paused[device] = receiver
            receiver.pause()

    def done(self, records: Sequence[Record]) -> None:
        """These records left the pipeline."""
        if not self._active:
            return
        pending = self._pending
        for record in records:
            left = pending[record.device] - 1
            pending[record.device] = max(left, 0)
        self._total = max(0, self._total - len(records))
        if self._paused:
            calm = self._total < TOTAL_LIMIT // 2
            for device in [name for name in self._paused if calm and pending[name] < DEVICE_LIMIT // 2]:
                self._paused.pop(device).resume()

    def relax(self) -> None:
        """The broker does not keep up: nobody waits."""
        self._active = False
        self._pending.clear()
        self._total = 0
        for receiver in self._paused.values():
            receiver.resume()
        self._paused.clear()

    def begin(self) -> None:
        """The broker keeps up: count from here."""
        self._active = True

    def forget(self, device: str) -> None:
        """The device's connection ended."""
        self._paused.pop(device, None)
