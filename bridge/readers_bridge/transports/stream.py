"""What TCP and serial links have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from readers_bridge.errors import TransportError

WRITE_LIMIT = 256 * 1024
"""Bytes that may wait for a device that does not take them."""

CLOSE_TIMEOUT = 1.0
"""Seconds that a close waits for what was written."""


class Stream(asyncio.BaseProtocol):
    """An open byte stream to a device."""

    def __init__(self, peer: str, received: Callable[[bytes], None]) -> None:
        self.peer = peer
        self._received = received
        self._transport: asyncio.Transport | None = None
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._drained = asyncio.Event()
        self._drained.set()
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._drained.set()
        if self._ended.done():
            return
        if exc is None or self._closing:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(self._lost(exc))
            self._ended.exception()  # retrieved: whoever asks gets it again

    def _lost(self, exc: Exception) -> TransportError:
        match exc:
            case ConnectionResetError() | BrokenPipeError():
                code = "connection_reset"
            case TimeoutError():
                code = "timeout"
            case _:
                code = "connection_lost"
        return TransportError(f"the connection to {self.peer} broke: {exc or type(exc).__name__}", code=code)

    def pause_writing(self) -> None:
        self._drained.clear()

    def resume_writing(self) -> None:
        self._drained.set()

    def write(self, data: bytes) -> None:
        """Send, without waiting.

        Raises:
            TransportError: the connection is closed, or the device takes nothing and too much waits already.
        """
        if self._transport is None or self._transport.is_closing():
            raise TransportError(f"the connection to {self.peer} is closed")
        if self._transport.get_write_buffer_size() + len(data) > WRITE_LIMIT:
            raise TransportError(f"{self.peer} takes no data; {WRITE_LIMIT // 1024} kB wait", code="write_blocked")
        self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the system has taken most of what was written."""
        await self._drained.wait()

    async def closed(self) -> None:
        """Wait for the end of the connection; returns when the device closed it in an orderly way.

        Raises:
            TransportError: it broke.
        """
        await asyncio.shield(self._ended)

    async def close(self) -> None:
        """Close in an orderly way, and hard when the peer does not cooperate within a second."""
        self._closing = True
        if self._transport is not None:
            self._transport.close()
            done, _ = await asyncio.wait([self._ended], timeout=CLOSE_TIMEOUT)
            if not done and self._transport is not None:
                self._transport.abort()
                await asyncio.wait([self._ended], timeout=CLOSE_TIMEOUT)

    def pause(self) -> None:
        """Stop receiving; the bytes wait in the system's buffers."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Receive again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
