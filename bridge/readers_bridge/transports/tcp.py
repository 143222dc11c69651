"""TCP links: the bridge is the client."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable

from readers_bridge.errors import TransportError
from readers_bridge.model import Address
from readers_bridge.transports.stream import Stream

CONNECT_TIMEOUT = 10.0
"""Seconds."""

RECEIVE_BYTES = 8 * 1024
"""Bytes taken per receive: about a hundred reads, so that a device that floods leaves the others their turn."""

KEEPALIVE = {
    "TCP_KEEPIDLE": 15,
    "TCP_KEEPINTVL": 5,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 30_000,
}
"""A silent peer is asked after 15 s, three times, 5 s apart; data may stay unacknowledged for 30 s."""


class TcpStream(Stream, asyncio.BufferedProtocol):
    """A TCP connection whose receives are bounded."""

    def __init__(self, peer: str, received: Callable[[bytes], None]) -> None:
        super().__init__(peer, received)
        self._buffer = bytearray(RECEIVE_BYTES)

    def get_buffer(self, sizehint: int) -> bytearray | memoryview:  # noqa: ARG002
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._received(bytes(memoryview(self._buffer)[:nbytes]))

    def eof_received(self) -> bool:
        return False


async def open_tcp(address: Address, received: Callable[[bytes], None]) -> Stream:
    """Connect to ``tcp://host:port``.

    Raises:
        TransportError: with a code that tells why.
    """
    port = address.port or 0
    peer = f"{address.host}:{port}"
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            transport, stream = await asyncio.get_running_loop().create_connection(
                lambda: TcpStream(peer, received), address.host, port
            )
    except TimeoutError:
        raise TransportError(
            f"{peer} did not answer within {CONNECT_TIMEOUT:.0f} s; check its address and power", code="timeout"
        ) from None
    except OSError as error:
        raise connect_error(peer, error) from error
    keep_alive(transport.get_extra_info("socket"))
    return stream


def keep_alive(sock: socket.socket) -> None:
    """Notice a peer that vanished without a word within half a minute."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        if (option := getattr(socket, name, None)) is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def connect_error(peer: str, error: OSError) -> TransportError:
    """Why a connection could not be opened, in words."""
    if isinstance(error, socket.gaierror):
        return TransportError(
            f"the name of {peer} cannot be resolved; check it, or use the IP address", code="name_not_found"
        )
    if isinstance(error, ConnectionRefusedError) or error.errno == errno.ECONNREFUSED:
        return TransportError(
            f"{peer} refuses the connection; is the port right, or is another host connected?",
            code="connection_refused",
        )
    if error.errno in {errno.EHOSTUNREACH, errno.ENETUNREACH}:
        return TransportError(f"there is no way to {peer}; check the address and the network", code="no_route")
    return TransportError(f"cannot connect to {peer}: {error.strerror or error}", code="connection_failed")
