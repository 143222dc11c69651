"""The reader as a TCP client of its host (the vendor's appnote_tcp_server.c; docs.baltech.de, refman/cmds/eth)."""

from __future__ import annotations

import asyncio
import socket
from enum import IntFlag

from readers_bridge.families.baltech.simulator.settings import Keep
from readers_bridge.simulation.connection import Connection
from readers_bridge.simulation.link import Link

VERSION = 1
RETRY = 1.0
"""Seconds between two attempts to connect."""


class Reason(IntFlag):
    """Why the reader connects."""

    POWER_UP = 0x0001
    LINK_CHANGE = 0x0002
    SESSION_KEY_TIMEOUT = 0x0004
    CARD = 0x0008
    UDP_INTROSPECTION = 0x0010
    RESET = 0x0020
    FAILED_BEFORE = 0x8000


class ConnectLink(Link):
    """Connects to ``host``:``port`` when there is a reason, and begins with 11 bytes: version, reasons, serial number."""

    def __init__(self, host: str, port: int, keep: Keep = Keep.DEMAND, *, retry: float = RETRY) -> None:
        self.host = host
        self.port = port
        self.serial_number = 0
        self.failures = 0
        """Attempts to connect that failed."""
        self._keep = keep
        self._retry = retry
        self._reasons = Reason(0)
        self._is_up = False
        self._task: asyncio.Task[None] | None = None
        self._connection: _Connection | None = None

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port}"

    def up(self) -> None:
        self._is_up = True

    def wake(self, reason: Reason) -> None:
        """There is a reason to connect; without a connection, that is."""
        if not self._is_up or self._connection is not None:
            return
        self._reasons |= reason
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._connect())

    def down(self, *, abrupt: bool = False) -> None:
        self._is_up = False
        self._reasons = Reason(0)
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.hang_up(abrupt=abrupt)

    def hang_up(self, *, abrupt: bool = False) -> None:
        connection = self._connection
        if connection is not None:
            connection.end(abrupt=abrupt)
            self.gone(connection)

    def write(self, data: bytes) -> bool:
        return self._connection is not None and self._connection.write(data)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                await loop.create_connection(lambda: _Connection(self), self.host, self.port)
            except OSError:
                self.failures += 1
                self._reasons |= Reason.FAILED_BEFORE
                await asyncio.sleep(self._retry)
            else:
                return

    def made(self, connection: _Connection) -> None:
        """The connection stands."""
        self._task = None
        self._connection = connection
        reasons, self._reasons = self._reasons, Reason(0)
        connection.write(bytes((VERSION,)) + int(reasons).to_bytes(2, "big") + b"%08d" % self.serial_number)
        self.user.opened(f"{self.host}:{self.port}")

    def gone(self, connection: _Connection) -> None:
        """The connection ended."""
        if connection is self._connection:
            self._connection = None
            self.user.closed()
            if self._keep is Keep.OPEN:
                self.wake(Reason.LINK_CHANGE)


class _Connection(Connection):
    """The connection to the host."""

    def __init__(self, link: ConnectLink) -> None:
        super().__init__()
        self._link = link

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._link.made(self)

    def data_received(self, data: bytes) -> None:
        self._link.user.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._link.gone(self)
