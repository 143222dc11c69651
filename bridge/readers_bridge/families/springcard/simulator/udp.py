"""The reader on UDP: it sends to one address and port, and listens on the same port ("UDP Server, $SCRDR")."""

from __future__ import annotations

import asyncio
import random
import socket
from typing import Protocol

from readers_bridge.simulation.link import Link, LinkUser

_DATAGRAMS_AT_ONCE = 64


class DatagramUser(LinkUser, Protocol):
    """The reader, as this link sees it."""

    def datagram(self, data: bytes, source: str) -> None:
        """A datagram from the host."""

    def ignored(self, data: bytes, source: str, reason: str) -> None:
        """A datagram that the link does not let through."""


class UdpLink(Link):
    """Sends from ``host``:``port`` to ``remote``:``port``.

    ``remote`` is the host's address, or a broadcast address (register 0294). ``check_address`` and ``check_port`` are the
    bits of register 0295: commands from elsewhere are discarded. ``loss`` and ``duplicates`` are probabilities, drawn from
    ``seed``.
    """

    stream = False
    has_connections = False
    user: DatagramUser

    def __init__(
        self,
        host: str,
        port: int,
        remote: str = "127.0.0.1",
        *,
        check_address: bool = False,
        check_port: bool = False,
        loss: float = 0.0,
        duplicates: float = 0.0,
        seed: int = 0,
    ) -> None:
        if not 1 <= port <= 65_535:
            raise ValueError(f"UDP needs a port from 1 to 65535, the same for host and reader, not {port!r}")
        if not (0 <= loss <= 1 and 0 <= duplicates <= 1):
            raise ValueError("loss and duplicates are probabilities from 0 to 1")
        self.host = host
        self.port = port
        self.remote = remote
        self.dropped = 0
        """Datagrams that ``loss`` swallowed."""
        self._check_address = check_address
        self._check_port = check_port
        self._loss = loss
        self._duplicates = duplicates
        self._random = random.Random(seed)  # noqa: S311 - no secret is made of it
        self._socket: socket.socket | None = None
        self._target = (remote, port)

    @property
    def address(self) -> str:
        return f"udp://{self.host}:{self.port}"

    def up(self) -> None:
        self._target = (socket.gethostbyname(self.remote), self.port)
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            sock.setblocking(False)
            sock.bind((self.host, self.port))
        except OSError:
            sock.close()
            raise
        self._socket = sock
        loop = asyncio.get_running_loop()
        loop.add_reader(sock, self._readable)
        loop.call_soon(self._begin, sock)

    def _begin(self, sock: socket.socket) -> None:
        if sock is self._socket:
            self.user.opened(f"{self._target[0]}:{self.port}")

    def down(self, *, abrupt: bool = False) -> None:  # noqa: ARG002 - datagrams know no farewell
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
            self.user.closed()

    def write(self, data: bytes) -> bool:
        if self._socket is None:
            return False
        if self._loss and self._random.random() < self._loss:
            self.dropped += 1
            return True
        copies = 2 if self._duplicates and self._random.random() < self._duplicates else 1
        try:
            for _ in range(copies):
                self._socket.sendto(data, self._target)
        except OSError:  # the datagram is too long, or the network is not there
            return False
        return True

    def hang_up(self, *, abrupt: bool = False) -> None:
        """Nothing: datagrams know no connection."""

    def _readable(self) -> None:
        for _ in range(_DATAGRAMS_AT_ONCE):
            if self._socket is None:
                return
            try:
                data, (address, port) = self._socket.recvfrom(65_535)
            except OSError:  # nothing more to read
                return
            source = f"{address}:{port}"
            if self._check_address and address != self._target[0]:
                self.user.ignored(data, source, "wrong source address")
            elif self._check_port and port != self.port:
                self.user.ignored(data, source, "wrong source port")
            else:
                self.user.datagram(data, source)
