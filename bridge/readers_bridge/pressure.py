"""Back-pressure: a device that sends more than the broker takes waits, so that the others' reads do not wait behind its own.

Counts what each device has in the pipeline, from receive to PUBACK, while the broker keeps up. While it does not (outage,
catching up) nobody waits: the journal takes everything. Many devices that flood together take turns, a few at a time, so that
receiving and sending alternate in short steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from readers_bridge.families import Pausable
from readers_bridge.journal import Record

DEVICE_LIMIT = 512
"""Records of one device in the pipeline at which it waits until half of them are through."""

TOTAL_LIMIT = 1024
"""Records of all devices at which all wait; below half of it they go on in turn."""

EXPECTED = 128
"""Records that a device's next receive may bring."""


class Pressure:
    """The records in the pipeline, by device."""

    def __init__(self) -> None:
        self._pending: defaultdict[str, int] = defaultdict(int)
        self._total = 0
        self._receiving: dict[str, Pausable] = {}
        self._paused: dict[str, Pausable] = {}
        self._active = False

    def join(self, device: str, receiver: Pausable) -> None:
        """The device is connected and receives."""
        self._receiving[device] = receiver

    def leave(self, device: str) -> None:
        """Its connection ended."""
        self._receiving.pop(device, None)
        self._paused.pop(device, None)

    def added(self, device: str, count: int) -> None:
        """``device`` put ``count`` records into the pipeline."""
        if not self._active:
            return
        self._pending[device] += count
        self._total += count
        if self._total > TOTAL_LIMIT:
            for name in sorted(self._receiving, key=self._pending.__getitem__):  # who has sent least goes on first
                self._pause(name)
        elif self._pending[device] > DEVICE_LIMIT:
            self._pause(device)

    def done(self, records: Sequence[Record]) -> None:
        """These records left the pipeline."""
        if not self._active:
            return
        pending = self._pending
        for record in records:
            left = pending[record.device] - 1
            pending[record.device] = max(0, left)
        self._total = max(0, self._total - len(records))
        if self._paused and self._total < TOTAL_LIMIT // 2:
            self._go_on()

    def relax(self) -> None:
        """The broker does not keep up: nobody waits."""
        self._active = False
        self._pending.clear()
        self._total = 0
        for name in list(self._paused):
            self._resume(name)

    def begin(self) -> None:
        """The broker keeps up: count from here."""
        self._active = True

    def _go_on(self) -> None:
        turns = len(self._paused) if self._total == 0 else (TOTAL_LIMIT - self._total) // EXPECTED
        calm = [name for name in self._paused if self._pending[name] < DEVICE_LIMIT // 2]
        for name in calm[:turns]:
            self._resume(name)

    def _pause(self, name: str) -> None:
        receiver = self._receiving.pop(name, None)
        if receiver is not None:
            self._paused[name] = receiver
            receiver.pause()

    def _resume(self, name: str) -> None:
        receiver = self._paused.pop(name)
        self._receiving[name] = receiver
        receiver.resume()
