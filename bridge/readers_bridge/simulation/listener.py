"""A TCP address at which a simulated device listens, or not."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable

Peer = tuple[str, int]
"""IP address and port of a host."""

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Listener:
    """Listens on ``host``:``port`` (0: a free one), and keeps the port for itself while it does not listen."""

    def __init__(self, host: str, port: int, accepted: Callable[[socket.socket, Peer], None]) -> None:
        self.host = host
        self.port = port
        self._accepted = accepted
        self._reservation: socket.socket | None = None
        self._listener: socket.socket | None = None
        self._tasks: set[asyncio.Task[object]] = set()

    def reserve(self) -> None:
        """Have the address.

        Raises:
            OSError: it cannot be had.
        """
        if self._reservation is not None:
            return
        reservation = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            reservation.bind((self.host, self.port))
        except OSError:
            reservation.close()
            raise
        self.port = reservation.getsockname()[1]
        self._reservation = reservation

    def listen(self) -> None:
        """Begin to listen, if it does not.

        Raises:
            OSError: the address cannot be had.
        """
        if self._listener is None:
            self.reserve()
            listener = socket.create_server((self.host, self.port), family=self._family, backlog=16)
            listener.setblocking(False)
            self._listener = listener
            asyncio.get_running_loop().add_reader(listener, self._accept)

    def pause(self) -> None:
        """Listen no more; who connects is refused."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def close(self) -> None:
        """Give the address back."""
        self.pause()
        if self._reservation is not None:
            self._reservation.close()
            self._reservation = None

    def talk(self, connection: socket.socket, protocol: asyncio.Protocol) -> None:
        """Leave an accepted connection to this protocol."""
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop = asyncio.get_running_loop()
        task: asyncio.Task[object] = loop.create_task(loop.connect_accepted_socket(lambda: protocol, connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def _family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    def _accept(self) -> None:
        if self._listener is None:
            return
        try:
            connection, address = self._listener.accept()
        except OSError:  # it went away again
            return
        self._accepted(connection, (str(address[0]), int(address[1])))


def reset_on_close(connection: socket.socket) -> None:
    """From now on the end of this connection is a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
