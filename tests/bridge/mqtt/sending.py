"""A sender and what became of its messages."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import NamedTuple

from readers_bridge.mqtt.sender import Sender
from tests.conftest import eventually


class Message(NamedTuple):
    topic: str
    payload: bytes


def messages(count: int, topic: str = "readers/home/front-door/read", size: int = 0) -> list[Message]:
    """Messages that differ."""
    return [Message(topic, b"%d" % number + b"." * size) for number in range(count)]


class Outbox:
    """Sends, and keeps what was acknowledged and what refused."""

    def __init__(
        self,
        protocol: str = "auto",
        *,
        client_id: str = "readers-home-reads",
        username: str | None = None,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        keepalive: int = 30,
        kind: type[Sender[Message]] = Sender,
    ) -> None:
        self.acked: list[Message] = []
        self.calls: list[int] = []
        self.refused: list[tuple[Message, int, str]] = []
        self.sender = kind(
            client_id=client_id,
            username=username,
            password=password,
            tls=tls,
            keepalive=keepalive,
            protocol=protocol,
            acked=self._acked,
            refused=lambda message, code, words: self.refused.append((message, code, words)),
        )

    def _acked(self, messages: list[Message]) -> None:
        self.acked += messages
        self.calls.append(len(messages))

    async def settled(self, expected: Iterable[Message]) -> None:
        """Wait until as many messages as expected are acknowledged; they must be these, in this order."""
        wanted = list(expected)
        await eventually(lambda: len(self.acked) >= len(wanted), f"{len(wanted)} acknowledgements")
        assert self.acked == wanted
