"""A TCP connection that a reader opened to us, from its first byte on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from readers_bridge.errors import ProtocolError, TransportError
from readers_bridge.transports.tcp import TcpStream

IDENT_TIMEOUT = 5.0
"""Seconds in which whoever connects must say who it is."""

IDENT_BYTES = 64
"""Bytes in which it must be said."""


@dataclass(frozen=True, slots=True)
class Ident:
    """Who connected, and how many of the first bytes told it."""

    key: str
    size: int


Identify = Callable[[bytes], Ident | None]
"""Reads the first bytes of a connection. None: more are needed. Raises ProtocolError: it is not one of ours."""


class Door(Protocol):
    """Where the connection came in."""

    def arrived(self, stream: AcceptedStream) -> None:
        """It is open, and will say who it is."""

    def identified(self, stream: AcceptedStream) -> None:
        """It has said so, in ``stream.key``; its reading is paused."""

    def refuse(self, stream: AcceptedStream, why: str) -> None:
        """It has not, or not in time."""

    def forget(self, stream: AcceptedStream) -> None:
        """It is not to be waited for any more."""


class AcceptedStream(TcpStream):
    """The connection of a reader that connected to us; ``ident_bytes`` are those with which it told its ``key``."""

    def __init__(self, peer: str, identify: Identify, door: Door) -> None:
        super().__init__(peer, self._read_ident)
        self.key = ""
        self.ident_bytes = b""
        self._head = b""
        self._identify = identify
        self._door = door
        self._timeout: asyncio.TimerHandle | None = None

    @property
    def over(self) -> bool:
        """It has ended, or was replaced."""
        return self._ended.done()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._timeout = asyncio.get_running_loop().call_later(IDENT_TIMEOUT, self._too_late)
        self._door.arrived(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_waiting()

    def get_buffer(self, sizehint: int) -> bytearray | memoryview:
        if self._timeout is None:
            return super().get_buffer(sizehint)
        return memoryview(self._buffer)[: IDENT_BYTES - len(self._head)]

    def _read_ident(self, data: bytes) -> None:
        if self._timeout is None:
            return
        self._head += data
        try:
            ident = self._identify(self._head)
        except ProtocolError as error:
            self._door.refuse(self, str(error))
            return
        if ident is not None:
            self._stop_waiting()
            self.pause()
            self.key, self.ident_bytes = ident.key, self._head[: ident.size]
            self._head = self._head[ident.size :]
            self._door.identified(self)
        elif len(self._head) >= IDENT_BYTES:
            self._door.refuse(self, f"its first {IDENT_BYTES} bytes do not tell who it is")

    def _too_late(self) -> None:
        self._door.refuse(self, f"it did not say within {IDENT_TIMEOUT:.0f} s who it is")

    def _stop_waiting(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None
            self._door.forget(self)

    def begin(self, received: Callable[[bytes], None]) -> None:
        """Hand over to a device: first what followed the ident, then what comes."""
        rest, self._head, self._received = self._head, b"", received
        try:
            if rest:
                received(rest)
        except BaseException:
            self.end()
            raise
        self.resume()

    def end(self, error: TransportError | None = None) -> None:
        """End at once; whoever waits for the end is told ``error``."""
        self._closing = True
        self._stop_waiting()
        if error is not None and not self._ended.done():
            self._ended.set_exception(error)
            self._ended.exception()  # retrieved: whoever asks gets it again
        if self._transport is not None:
            self._transport.abort()
