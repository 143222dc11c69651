"""Endpoints that several devices share: one UDP port for all the readers that send to it.

An endpoint belongs to a local address, is opened by the first device that needs it and closed with the last. Datagrams are
routed by their source address; those of strangers are counted and dropped.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from typing import Any

from readers_bridge.errors import TransportError

_endpoints: dict[tuple[asyncio.AbstractEventLoop, str, int], _Endpoint] = {}


class UdpPeer:
    """One remote device on a shared UDP port."""

    def __init__(self, endpoint: _Endpoint, host: str, port: int, received: Callable[[bytes], None]) -> None:
        self.peer = f"{host}:{port}"
        self.host = host
        self._port = port
        self._endpoint = endpoint
        self._received = received
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._paused = False

    @property
    def strangers(self) -> int:
        """Datagrams on this port from addresses that no device has."""
        return self._endpoint.strangers

    def deliver(self, data: bytes) -> None:
        """Hand a datagram to the device's driver; there is no way to make a sender of datagrams wait."""
        self._received(data)

    def write(self, data: bytes) -> None:
        """Send one datagram to the device, from the port we listen on.

        Raises:
            TransportError: the endpoint is closed.
        """
        if self._ended.done():
            raise TransportError(f"the UDP port for {self.peer} is closed")
        self._endpoint.send(data, (self.host, self._port))

    async def closed(self) -> None:
        """Wait until the endpoint breaks.

        Raises:
            TransportError: why.
        """
        await asyncio.shield(self._ended)

    def end(self, error: TransportError | None) -> None:
        """The endpoint ended."""
        if self._ended.done():
            return
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)
            self._ended.exception()  # retrieved: whoever asks gets it again

    async def close(self) -> None:
        """Leave the endpoint, and close it when nobody is left."""
        self._endpoint.leave(self)
        self.end(None)

    def pause(self) -> None:
        """Nothing: a sender of datagrams cannot be held."""

    def resume(self) -> None:
        """Nothing, as pause."""


class _Endpoint(asyncio.DatagramProtocol):
    def __init__(self, key: tuple[asyncio.AbstractEventLoop, str, int]) -> None:
        self._key = key
        self._transport: asyncio.DatagramTransport | None = None
        self._peers: dict[str, UdpPeer] = {}
        self.strangers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        _endpoints.pop(self._key, None)
        error = None if exc is None else TransportError(f"the UDP port {self._key[2]} broke: {exc}")
        for peer in self._peers.values():
            peer.end(error)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        peer = self._peers.get(addr[0])
        if peer is None:
            self.strangers += 1
        else:
            peer.deliver(data)

    def error_received(self, exc: Exception) -> None:
        """An ICMP error for an earlier datagram tells nothing that lasts; a device that is off answers so."""

    def send(self, data: bytes, target: tuple[str, int]) -> None:
        if self._transport is not None:
            self._transport.sendto(data, target)

    def join(self, peer: UdpPeer) -> None:
        if peer.host in self._peers:
            raise TransportError(
                f"two devices have the address {peer.host} on UDP port {self._key[2]}", code="address_in_use"
            )
        self._peers[peer.host] = peer

    def leave(self, peer: UdpPeer) -> None:
        if self._peers.get(peer.host) is peer:
            del self._peers[peer.host]
        if not self._peers and self._transport is not None:
            _endpoints.pop(self._key, None)
            self._transport.close()
            self._transport = None


async def open_udp(bind: str, port: int, remote: str, received: Callable[[bytes], None]) -> UdpPeer:
    """Share the UDP socket ``bind:port`` and exchange datagrams with ``remote``, same port.

    The socket has SO_REUSEADDR and SO_BROADCAST: the readers' broadcasts reach every listener on this machine.

    Raises:
        TransportError: the port cannot be opened, or the name cannot be resolved.
    """
    loop = asyncio.get_running_loop()
    host = await _resolve(remote)
    key = (loop, bind, port)
    endpoint = _endpoints.get(key)
    if endpoint is None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024 * 1024)
            sock.setblocking(False)
            sock.bind((bind, port))
        except OSError as error:
            sock.close()
            raise TransportError(
                f"cannot listen on UDP {bind}:{port}: {error.strerror}; free the port, or choose another address with ?bind=",
                code="port_busy",
            ) from error
        endpoint = _endpoints[key] = _Endpoint(key)
        await loop.create_datagram_endpoint(lambda: endpoint, sock=sock)
    peer = UdpPeer(endpoint, host, port, received)
    try:
        endpoint.join(peer)
    except TransportError:
        endpoint.leave(peer)
        raise
    return peer


async def _resolve(name: str) -> str:
    try:
        return str(ipaddress.IPv4Address(name))
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, None, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except OSError as error:
        raise TransportError(
            f"the name {name} cannot be resolved; check it, or use the IP address", code="name_not_found"
        ) from error
    return str(found[0][4][0])
