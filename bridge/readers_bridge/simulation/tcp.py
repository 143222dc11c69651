"""The device, or the device server that it is behind, as a TCP server for one client."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from enum import StrEnum
from typing import cast

from readers_bridge.simulation.link import WRITE_LIMIT, Link

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class SecondClient(StrEnum):
    """What becomes of a second TCP client."""

    REFUSE = "refuse"
    """The connection is refused: nobody listens while there is a client."""
    CLOSE = "close"
    """Accepted and closed at once."""


class TcpLink(Link):
    """Listens on ``host``:``port`` (0: a free one), and keeps the port for itself while it does not listen."""

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, second_client: SecondClient = SecondClient.REFUSE
    ) -> None:
        self.host = host
        self.port = port
        self._second_client = second_client
        self._reservation: socket.socket | None = None
        self._listener: socket.socket | None = None
        self._client: _Client | None = None
        self._is_up = False
        self._tasks: set[asyncio.Task[object]] = set()

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port}"

    def up(self) -> None:
        if self._reservation is None:
            self._reserve()
        self._listen()
        self._is_up = True

    def close(self) -> None:
        self.down()
        if self._reservation is not None:
            self._reservation.close()
            self._reservation = None

    def down(self, *, abrupt: bool = False) -> None:
        self._is_up = False
        self._stop_listening()
        if self._client is not None:
            self._drop(self._client, abrupt=abrupt)

    def write(self, data: bytes) -> bool:
        return self._client is not None and self._client.write(data)

    def hang_up(self, *, abrupt: bool = False) -> None:
        if self._client is not None:
            self._drop(self._client, abrupt=abrupt)

    def _reserve(self) -> None:
        reservation = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            reservation.bind((self.host, self.port))
        except OSError:
            reservation.close()
            raise
        self.port = reservation.getsockname()[1]
        self._reservation = reservation

    @property
    def _family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    def _listen(self) -> None:
        listener = socket.create_server((self.host, self.port), family=self._family, backlog=16)
        listener.setblocking(False)
        self._listener = listener
        asyncio.get_running_loop().add_reader(listener, self._accept)

    def _stop_listening(self) -> None:
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def _accept(self) -> None:
        if self._listener is None:
            return
        try:
            connection, peer = self._listener.accept()
        except OSError:  # it went away again
            return
        source = f"{peer[0]}:{peer[1]}"
        if self._client is not None:
            connection.close()
            self.user.refused(source)
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client = _Client(self, source)
        if self._second_client is SecondClient.REFUSE:
            self._stop_listening()
        loop = asyncio.get_running_loop()
        task: asyncio.Task[object] = loop.create_task(loop.connect_accepted_socket(lambda: client, connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def ready(self, client: _Client) -> None:
        """The connection stands."""
        if client is self._client:
            self.user.opened(client.source)
        else:
            client.end(abrupt=True)

    def gone(self, client: _Client) -> None:
        """The client closed the connection, or it broke."""
        if client is self._client:
            self._forget()

    def _drop(self, client: _Client, *, abrupt: bool) -> None:
        client.end(abrupt=abrupt)
        self._forget()

    def _forget(self) -> None:
        self._client = None
        if self._is_up and self._listener is None:
            self._listen()
        self.user.closed()


class _Client(asyncio.Protocol):
    """The one client."""

    def __init__(self, link: TcpLink, source: str) -> None:
        self.source = source
        self._link = link
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._link.ready(self)

    def data_received(self, data: bytes) -> None:
        self._link.user.received(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - it is over, whatever the reason
        self._link.gone(self)

    def write(self, data: bytes) -> bool:
        transport = self._transport
        if transport is None or transport.is_closing() or transport.get_write_buffer_size() > WRITE_LIMIT:
            return False
        transport.write(data)
        return True

    def end(self, *, abrupt: bool) -> None:
        if self._transport is None:
            return
        if abrupt:
            reset_on_close(self._transport)
        else:
            self._transport.close()


def reset_on_close(transport: asyncio.Transport) -> None:
    """Break the connection with a reset."""
    with contextlib.suppress(OSError):
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
