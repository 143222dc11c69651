"""What we keep retained at the broker, by topic, and what of it the broker has yet to get."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

AT_A_TIME = 10
"""Messages on their way to the broker and not acknowledged; Mosquitto takes 20 from a client that speaks MQTT 5."""


class Retained:
    """Topics and their payloads. An empty payload clears the topic, and is forgotten when it is published."""

    def __init__(self) -> None:
        self._payloads: dict[str, bytes] = {}
        self._due: dict[str, None] = {}

    def __getitem__(self, topic: str) -> bytes | None:
        return self._payloads.get(topic)

    def __len__(self) -> int:
        return len(self._payloads)

    @property
    def complete(self) -> bool:
        """Whether everything is on its way, or there."""
        return not self._due

    def keep(self, topic: str, payload: bytes) -> None:
        """Have this published, and again after each ``begin``."""
        self._payloads[topic] = payload
        self._due[topic] = None

    def drop(self, topic: str) -> None:
        """Do not publish this topic any more; what the broker has stays there."""
        self._payloads.pop(topic, None)
        self._due.pop(topic, None)

    def begin(self) -> None:
        """A new connection: everything is to be published, in the order in which it was first kept."""
        self._due = dict.fromkeys(self._payloads)

    async def flush(self, publish: Callable[[str, bytes], Awaitable[None]]) -> None:
        """Publish what is due, and return when all of it is acknowledged; what ``publish`` raises leaves it due."""
        workers = [asyncio.create_task(self._publish_due(publish)) for _ in range(min(AT_A_TIME, len(self._due)))]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()

    async def _publish_due(self, publish: Callable[[str, bytes], Awaitable[None]]) -> None:
        while self._due:
            topic = next(iter(self._due))
            del self._due[topic]
            payload = self._payloads[topic]
            try:
                await publish(topic, payload)
            except BaseException:
                if topic in self._payloads:
                    self._due[topic] = None
                raise
            if not payload and self._payloads.get(topic) == b"":
                del self._payloads[topic]
