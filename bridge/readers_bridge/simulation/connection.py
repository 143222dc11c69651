"""One TCP connection of a simulated device."""

from __future__ import annotations

import asyncio
import contextlib
from typing import cast

from readers_bridge.simulation.link import WRITE_LIMIT
from readers_bridge.simulation.listener import reset_on_close


class Connection(asyncio.Protocol):
    """Writes as much as a host that does not read may leave waiting; what its owner does with it is for subclasses."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._frozen = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - it is over, whatever the reason
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def write(self, data: bytes) -> bool:
        """Send; False: it is over, or too much is waiting."""
        transport = self._transport
        if transport is None or transport.is_closing() or transport.get_write_buffer_size() > WRITE_LIMIT:
            return False
        if not self._frozen:
            transport.write(data)
        return True

    async def drain(self) -> None:
        """Wait until more can be written without waiting too long."""
        await self._writable.wait()

    def freeze(self, *, frozen: bool) -> None:
        """Neither read nor write, with the connection left open; or go on."""
        self._frozen = frozen
        if self._transport is not None:
            if frozen:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def end(self, *, abrupt: bool) -> None:
        """Close it, or break it with a TCP reset."""
        if self._transport is None:
            return
        if abrupt:
            abort(self._transport)
        else:
            self._transport.close()


def abort(transport: asyncio.Transport) -> None:
    """Break the connection with a TCP reset."""
    with contextlib.suppress(OSError):
        reset_on_close(transport.get_extra_info("socket"))
    transport.abort()
