"""TCP connections to an interface card, and how they end in words of the field."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from readers_bridge.errors import TransportError
from readers_bridge.transports.tcp import connect_error

CONNECT_TIMEOUT = 5.0
"""Seconds."""

RECEIVE_BYTES = 4096

Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(host: str, port: int, within: float = CONNECT_TIMEOUT) -> Link:
    """Connect.

    Raises:
        TransportError: the code tells why: ``connection_refused``, ``connection_reset``, ``timeout``, ``no_route`` ...
    """
    try:
        async with asyncio.timeout(within):
            return await asyncio.open_connection(host, port, limit=RECEIVE_BYTES)
    except TimeoutError:
        raise TransportError(
            f"{host}:{port} did not answer within {within:.0f} s; check its address and power", code="timeout"
        ) from None
    except ConnectionResetError:
        raise TransportError(f"{host}:{port} reset the connection at once", code="connection_reset") from None
    except OSError as error:
        raise connect_error(f"{host}:{port}", error) from error


@asynccontextmanager
async def connected(host: str, port: int, within: float = CONNECT_TIMEOUT) -> AsyncIterator[Link]:
    """A connection for one question, dropped at the end.

    Raises:
        TransportError: as ``connect``.
    """
    reader, writer = await connect(host, port, within)
    try:
        yield reader, writer
    finally:
        writer.close()


async def receive(reader: asyncio.StreamReader) -> bytes:
    """Some bytes; none when the card closed the connection.

    Raises:
        TransportError: ``connection_reset``, or the network broke.
    """
    try:
        return await reader.read(RECEIVE_BYTES)
    except ConnectionResetError:
        raise TransportError("the card reset the connection", code="connection_reset") from None
    except OSError as error:
        raise TransportError(f"the connection to the card broke: {error}", code="connection_lost") from error


async def send(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send, and wait until the system has taken most of it.

    Raises:
        TransportError: the connection is gone.
    """
    try:
        writer.write(data)
        await writer.drain()
    except ConnectionResetError:
        raise TransportError("the card reset the connection", code="connection_reset") from None
    except OSError as error:
        raise TransportError(f"the connection to the card broke: {error}", code="connection_lost") from error
