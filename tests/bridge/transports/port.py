"""A port to listen on, and those who connect to it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from readers_bridge.errors import ProtocolError
from readers_bridge.transports.tcp_listener import Ident, Listener, Stranger, listen
from tests.conftest import free_port


def identify(head: bytes) -> Ident | None:
    """A reader says ``#``, four digits, ``!``."""
    if not head.startswith(b"#"):
        raise ProtocolError("it does not begin with #")
    return Ident(head[1:5].decode(), 6) if len(head) >= 6 else None


class Inbox:
    def __init__(self) -> None:
        self.data = b""

    def __call__(self, data: bytes) -> None:
        self.data += data


class Reader:
    """The far end, with blocking calls in threads."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.sock = socket.create_connection((host, port), timeout=10)

    def say(self, data: bytes) -> Reader:
        self.sock.sendall(data)
        return self

    async def hear(self, size: int) -> bytes:
        return await asyncio.to_thread(self.sock.recv, size)

    async def refused(self) -> bool:
        try:
            return await self.hear(1) == b""
        except ConnectionResetError:
            return True


class Port:
    """A port of 127.0.0.1, who listens on it, and who connects to it."""

    def __init__(self) -> None:
        self.number = free_port()
        self.strangers: list[Stranger] = []
        self.listeners: list[Listener] = []
        self.readers: list[Reader] = []

    async def listen(self, key: str | None, strange: Callable[[Stranger], None] | None = None) -> Listener:
        listener = await listen("127.0.0.1", self.number, key, identify, strange or self.strangers.append)
        self.listeners.append(listener)
        return listener

    def connect(self, said: bytes = b"") -> Reader:
        reader = Reader(self.number).say(said)
        self.readers.append(reader)
        return reader

    @property
    def is_open(self) -> bool:
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.number)) == 0
