"""The connection for reads: MQTT 5, because it tells what the broker refuses, and 3.1.1 while MQTT 5 would be too slow.

With MQTT 5 a broker may limit how many messages are on their way (Receive Maximum). Mosquitto announces 20, which a busy bridge
fills once in each turn of its event loop; with 3.1.1 there is no such limit. So this sender begins with MQTT 5, changes to
3.1.1 when messages pile up behind a small window, and comes back when a minute was calm. It changes between two messages:
none is sent twice. What the broker refuses while it speaks 3.1.1 is not seen; a sender that has seen a refusal does not
change. Raising the broker's limit (Mosquitto: ``max_inflight_messages``) makes all of this unnecessary.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

from readers_bridge.errors import BrokerRefusedError
from readers_bridge.mqtt.codec import RECEIVE_MAXIMUM, V5, V311, Batch, Connack
from readers_bridge.mqtt.sender import M, Sender

log = logging.getLogger(__name__)

SMALL_WINDOW = 100
"""Messages; a window below it may limit."""

CROWDED_AFTER = 0.05
"""Seconds that messages must wait without a pause behind a small window."""

CALM = 60.0
CALM_RATE = 1000.0
"""Seconds, and messages a second in them, at which the small window is large enough again."""

DRAIN_TIMEOUT = 5.0
"""Seconds for the acknowledgements of what is in flight; what is not acknowledged then is sent again."""


class ReadsSender(Sender[M]):
    """A sender that changes the version of MQTT when the window is what limits. Its arguments are those of Sender."""

    def __init__(self, *, protocol: str, **settings: Any) -> None:
        super().__init__(protocol=protocol, **settings)
        self._may_change = protocol == "auto"
        self._crowded = asyncio.Event()
        self._crowded_since: float | None = None
        self._place = ("", 0)
        self._limits: Connack | None = None
        self._settled = 0

    async def connect(self, host: str, port: int) -> None:
        """See Sender."""
        self._place = (host, port)
        await super().connect(host, port)

    async def closed(self) -> None:
        """See Sender; the version changes while this waits."""
        while (connection := self._connection) is not None:
            changed = self.version != self.broker_version
            settled = self._settled
            ended = asyncio.create_task(connection.closed())
            crowded = asyncio.create_task(self._crowded.wait())
            try:
                await asyncio.wait(
                    {ended, crowded}, timeout=CALM if changed else None, return_when=asyncio.FIRST_COMPLETED
                )
                if ended.done():
                    ended.result()
                    return
                if crowded.done():
                    await self._change(V311)
                elif self._settled - settled < CALM_RATE * CALM:
                    await self._change(V5)
            finally:
                for task in (ended, crowded):
                    task.cancel()
                await asyncio.gather(ended, crowded, return_exceptions=True)

    async def _begin(self, limits: Connack) -> None:
        if self.version == V5:
            self._limits = limits
        self._crowded.clear()
        self._crowded_since = None
        await super()._begin(limits)

    def _received(self, batch: Batch) -> None:
        super()._received(batch)
        self._settled += len(batch.acknowledged)
        if batch.rejected:
            self._may_change = False
        if self._may_change and self.version == V5 and self.window < SMALL_WINDOW:
            self._look_at_the_queue()

    def _look_at_the_queue(self) -> None:
        if not self._queue:
            self._crowded_since = None
            return
        now = asyncio.get_running_loop().time()
        if self._crowded_since is None:
            self._crowded_since = now
        elif now - self._crowded_since > CROWDED_AFTER:
            self._crowded.set()

    async def _change(self, version: int) -> None:
        """Go on with the other version, under the limits that MQTT 5 told."""
        self._sending = False
        deadline = asyncio.get_running_loop().time() + DRAIN_TIMEOUT
        while self._in_flight and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.001)
        await self.close()
        host, port = self._place
        try:
            limits = await self._open(host, port, version)
        except BrokerRefusedError:
            self._may_change = False
            limits = await self._open(host, port, V5)
        if self.version == V311 and self._limits is not None:
            limits = replace(self._limits, receive_maximum=RECEIVE_MAXIMUM)
        log.debug("the connection for reads speaks MQTT %s now", "5" if self.version == V5 else "3.1.1")
        await self._begin(limits)
