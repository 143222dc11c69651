"""The device, or the device server that it is behind, as a TCP server for one client."""

from __future__ import annotations

import asyncio
import socket
from enum import StrEnum

from readers_bridge.simulation.connection import Connection
from readers_bridge.simulation.link import Link
from readers_bridge.simulation.listener import Listener, Peer


class SecondClient(StrEnum):
    """What becomes of a second TCP client."""

    REFUSE = "refuse"
    """The connection is refused: nobody listens while there is a client."""
    CLOSE = "close"
    """Accepted and closed at once."""
    TAKE_OVER = "takeover"
    """The newcomer takes the place of the first."""


class TcpLink(Link):
    """Listens on ``host``:``port`` (0: a free one), and keeps the port for itself while it does not listen."""

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, second_client: SecondClient = SecondClient.REFUSE
    ) -> None:
        self._second_client = second_client
        self._listener = Listener(host, port, self._accepted)
        self._client: _Client | None = None
        self._is_up = False

    @property
    def host(self) -> str:
        return self._listener.host

    @property
    def port(self) -> int:
        """The port; known once the link has been up."""
        return self._listener.port

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port}"

    def up(self) -> None:
        self._listener.listen()
        self._is_up = True

    def close(self) -> None:
        self.down()
        self._listener.close()

    def down(self, *, abrupt: bool = False) -> None:
        self._is_up = False
        self._listener.pause()
        if self._client is not None:
            self._drop(self._client, abrupt=abrupt)

    def write(self, data: bytes) -> bool:
        return self._client is not None and self._client.write(data)

    async def drain(self) -> None:
        if self._client is not None:
            await self._client.drain()

    def hang_up(self, *, abrupt: bool = False) -> None:
        if self._client is not None:
            self._drop(self._client, abrupt=abrupt)

    def freeze(self, *, frozen: bool) -> None:
        """Neither read nor write, with the connection left open; or go on."""
        if self._client is not None:
            self._client.freeze(frozen=frozen)

    def _accepted(self, connection: socket.socket, peer: Peer) -> None:
        source = f"{peer[0]}:{peer[1]}"
        if self._client is not None:
            if self._second_client is not SecondClient.TAKE_OVER:
                connection.close()
                self.user.refused(source)
                return
            self._drop(self._client, abrupt=False)
        self._client = _Client(self, source)
        if self._second_client is SecondClient.REFUSE:
            self._listener.pause()
        self._listener.talk(connection, self._client)

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
        if self._is_up:
            self._listener.listen()
        self.user.closed()


class _Client(Connection):
    """The one client."""

    def __init__(self, link: TcpLink, source: str) -> None:
        super().__init__()
        self.source = source
        self._link = link

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._link.ready(self)

    def data_received(self, data: bytes) -> None:
        self._link.user.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._link.gone(self)
