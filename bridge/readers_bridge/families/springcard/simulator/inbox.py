"""What the host sent: decoded, remembered, told."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from readers_bridge.families.springcard.simulator.commands import CommandDecoder, Discarded, Received
from readers_bridge.families.springcard.simulator.settings import Settings

REMEMBERED = 10_000
"""Commands, and discards, that a reader remembers; older ones are forgotten."""
SILENCE = 0.05
"""Seconds without a byte after which a command without CR LF is complete."""


class Inbox:
    """Takes commands out of what a link receives; ``taken`` is called for each, and for each discard."""

    def __init__(self, settings: Settings, taken: Callable[[Received | Discarded], None]) -> None:
        self.commands: deque[Received] = deque(maxlen=REMEMBERED)
        self.discarded: deque[Discarded] = deque(maxlen=REMEMBERED)
        self._settings = settings
        self._taken = taken
        self._decoder = CommandDecoder(settings)
        self._silence: asyncio.TimerHandle | None = None

    def reset(self, source: str = "") -> None:
        """Forget what is incomplete: a host comes (from ``source``) or goes."""
        self._stop_timer()
        self._decoder = CommandDecoder(self._settings, source)

    def stream(self, data: bytes) -> None:
        """Part of a stream."""
        self._take(self._decoder.feed(data))
        self._stop_timer()
        if self._decoder.pending:
            self._silence = asyncio.get_running_loop().call_later(SILENCE, self._silent)

    def datagram(self, data: bytes, source: str) -> None:
        """One datagram, which ends what it holds."""
        decoder = CommandDecoder(self._settings, source)
        self._take(decoder.feed(data) + decoder.flush())

    def discard(self, data: bytes, source: str, reason: str) -> None:
        """Something that the link did not let through."""
        self._take([Discarded(data, reason, source)])

    def _silent(self) -> None:
        self._silence = None
        self._take(self._decoder.flush())

    def _stop_timer(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    def _take(self, items: list[Received | Discarded]) -> None:
        for item in items:
            if isinstance(item, Discarded):
                self.discarded.append(item)
                self._taken(item)
            elif self._settings.old_firmware:
                self.discard(item.raw, item.source, "this firmware takes no commands")
            else:
                self.commands.append(item)
                self._taken(item)
