"""TCP sockets that listen."""

from __future__ import annotations

import asyncio
import errno
import socket

from readers_bridge.errors import TransportError

BACKLOG = 64
"""Connections that the system takes before we do."""


async def resolve(bind: str) -> tuple[int, str]:
    """The address family and the IP address of an address or a name of this machine; IPv4 where it has both.

    Raises:
        TransportError: code ``bad_address``.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(bind, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise TransportError(
            f"cannot listen on {bind}: it is no address of this machine; use 0.0.0.0 for all of them",
            code="bad_address",
        ) from error
    family, *_, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, str(address[0])


def bound(family: int, host: str, port: int) -> socket.socket:
    """A socket that listens there; for IPv6, to IPv6 only.

    Raises:
        TransportError: with a code that tells why.
    """
    sock = None
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except OSError as error:
        if sock is not None:
            sock.close()
        raise _refusal(f"{shown(host)}:{port}", error) from error
    return sock


def _refusal(where: str, error: OSError) -> TransportError:
    match error.errno:
        case errno.EADDRINUSE:
            why, code = "another program uses the port; stop it, or choose another port", "port_busy"
        case errno.EACCES | errno.EPERM:
            why, code = "no permission; choose a port from 1024 on", "permission_denied"
        case errno.EADDRNOTAVAIL:
            why, code = "it is no address of this machine; use 0.0.0.0 for all of them", "bad_address"
        case _:
            why, code = error.strerror or str(error), "connection_failed"
    return TransportError(f"cannot listen on TCP {where}: {why}", code=code)


def shown(host: str) -> str:
    """An IP address as it stands before a port."""
    return f"[{host}]" if ":" in host else host
