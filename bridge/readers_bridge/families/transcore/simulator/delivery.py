"""How messages get to the host, faults included."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from readers_bridge.families.transcore.simulator.faults import FLOW_BYTES, Faults
from readers_bridge.families.transcore.simulator.outlet import Outlet, Step

EOM = b"\r\n"
SPLIT = 0.001
"""Seconds between two bytes."""
GLUE = 0.2
"""Seconds that a message waits for the next one."""


class Delivery:
    """Sends whole messages through ``outlet``. ``fail``: the power is interrupted."""

    def __init__(self, outlet: Outlet, faults: Faults, fail: Callable[[], None]) -> None:
        self._outlet = outlet
        self._faults = faults
        self._fail = fail
        self._kept = b""
        self._flush: asyncio.TimerHandle | None = None

    def forget(self) -> None:
        """The power is off."""
        self._kept = b""
        self._outlet.interrupt()
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None

    def data(self, message: bytes, done: Callable[[], object]) -> None:
        """A message of data mode, without eom; ``done`` when its last character has left."""
        if self._faults.take("lose_data"):
            self._outlet.put((self._outlet.takes(message + EOM), done))
            return
        again = self._steps(message) if self._faults.take("duplicate") else []
        self._outlet.put(*again, *self._steps(message), (0.0, done))

    def response(self, message: bytes) -> None:
        """The response to a command, without eom."""
        if not self._faults.take("lose_response"):
            self._outlet.put(*self._steps(message))

    def plain(self, data: bytes) -> None:
        """Bytes as they are: an echo, or what somebody wants to be sent."""
        self._outlet.put((self._outlet.takes(data), data))

    def _steps(self, message: bytes) -> list[Step]:
        take = self._faults.take
        data = message + (EOM[:1] if take("no_lf") else EOM)
        if take("flow_bytes"):
            data = data[: len(data) // 2] + FLOW_BYTES + data[len(data) // 2 :]
        if take("damage_out"):
            data = self._faults.damaged(data)
        if take("lose_byte"):
            data = self._faults.shortened(data)
        if take("noise"):
            data = self._faults.noise() + data
        if self._kept:
            data, self._kept = self._kept + data, b""
        elif take("glue"):
            self._kept = data
            self._flush = asyncio.get_running_loop().call_later(GLUE, self._give)
            return []
        if take("cut"):
            half = data[: (len(data) + 1) // 2]
            return [(self._outlet.takes(half), half), (0.0, self._fail)]
        if take("split"):
            return [(SPLIT, data[n : n + 1]) for n in range(len(data))]
        return [(self._outlet.takes(data), data)]

    def _give(self) -> None:
        kept, self._kept = self._kept, b""
        self.plain(kept)
