"""How messages leave the reader: whole, several at once, in fragments, or painfully slowly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

WAITING_LIMIT = 1 << 20
"""Bytes that may wait; what comes on top is lost."""
COALESCE_WAIT = 0.1
"""Seconds that a message waits for others to share its write."""
FRAGMENT_GAP = 0.001
"""Seconds between fragments, so that each travels on its own."""


class Outlet:
    """Between the reader, which makes messages, and the link, which writes bytes.

    ``slow``, in seconds per byte, can be changed at any time; 0 is full speed.
    """

    def __init__(self, write: Callable[[bytes], bool], *, fragment: int, coalesce: int) -> None:
        self.slow = 0.0
        self._write = write
        self._fragment = fragment
        self._coalesce = coalesce
        self._held: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._waiting = bytearray()
        self._trickle: asyncio.Task[None] | None = None

    def put(self, message: bytes) -> bool:
        """Take a message; False: it is lost, because too much is waiting already or nobody is there."""
        if self._coalesce == 1:
            return self._send(message)
        self._held.append(message)
        if len(self._held) >= self._coalesce:
            self._release()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(COALESCE_WAIT, self._release)
        return True

    def clear(self) -> None:
        """Forget what is waiting: the host is gone."""
        self._stop_timer()
        self._held.clear()
        self._waiting.clear()
        if self._trickle is not None:
            self._trickle.cancel()
            self._trickle = None

    def _release(self) -> None:
        self._stop_timer()
        data = b"".join(self._held)
        self._held.clear()
        self._send(data)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _send(self, data: bytes) -> bool:
        if not (self.slow or self._fragment or self._waiting):
            return self._write(data)
        if len(self._waiting) + len(data) > WAITING_LIMIT:
            return False
        self._waiting += data
        if self._trickle is None:
            self._trickle = asyncio.get_running_loop().create_task(self._run())
        return True

    async def _run(self) -> None:
        while self._waiting:
            size = 1 if self.slow else self._fragment or len(self._waiting)
            piece = bytes(self._waiting[:size])
            del self._waiting[:size]
            self._write(piece)
            await asyncio.sleep(self.slow or FRAGMENT_GAP)
        self._trickle = None
