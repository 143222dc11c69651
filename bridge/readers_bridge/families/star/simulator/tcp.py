"""One TCP port of the card: its sessions, their limit and time-out, and how it refuses."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from typing import cast

from readers_bridge.simulation.connection import abort
from readers_bridge.simulation.link import WRITE_LIMIT
from readers_bridge.simulation.listener import Listener, Peer, reset_on_close

FRAGMENT_EVERY = 0.002


class TcpPort:
    """Listens on ``host``:``port`` (0: a free one), and keeps the port for itself while it does not listen.

    A connection above ``limit`` gets a TCP reset after ``refuses_after`` seconds; or, with ``refuses``, nobody listens then.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        limit: int,
        timeout: float = 0.0,
        fragment: int = 0,
        refuses: bool = False,
        refuses_after: float = 0.0,
    ) -> None:
        self.limit = limit
        self.timeout = timeout
        self.fragment = fragment
        self.sessions: list[Session] = []
        self.refused = 0
        """Connections that were one too many."""
        self.on_refused: Callable[[Peer], None] = lambda _peer: None
        self.take_fault: Callable[[str], float | None] = lambda _name: None
        """The value of this fault, if it waits for this port."""
        self._refuses = refuses
        self._refuses_after = refuses_after
        self._listener = Listener(host, port, self._accepted)
        self._is_up = False

    @property
    def port(self) -> int:
        """Its number; known once it is reserved."""
        return self._listener.port

    # What a port is for.
    def taken(self) -> int:
        """Sessions that count."""
        return len(self.sessions)

    def opened(self, session: Session) -> None:
        """A host is there."""

    def received(self, session: Session, data: bytes) -> None:
        """Bytes from a host."""

    def ended(self, session: Session) -> None:
        """A host is gone."""

    def reserve(self) -> None:
        """Have the port.

        Raises:
            OSError: it cannot be had.
        """
        self._listener.reserve()

    def give_back(self) -> None:
        """Have no port; the next one that is reserved is another."""
        self._listener.close()
        self._listener.port = 0

    def up(self) -> None:
        """Begin to listen.

        Raises:
            OSError: the address cannot be had.
        """
        self.reserve()
        self._is_up = True
        self.look()

    def down(self, *, silent: bool = False) -> None:
        """Nobody listens any more; sessions are reset, or with ``silent`` stay as they are and hear nothing more."""
        self._is_up = False
        self._listener.pause()
        for session in list(self.sessions):
            if silent:
                session.mute()
            else:
                session.reset()

    def close(self) -> None:
        """Down for good."""
        self.down()
        self._listener.close()

    def look(self) -> None:
        """Listen, or not, as is right now."""
        if not self._is_up or (self._refuses and self.taken() >= self.limit):
            self._listener.pause()
        else:
            self._listener.listen()

    def _accepted(self, connection: socket.socket, peer: Peer) -> None:
        is_refused = self.taken() >= self.limit
        if is_refused or self.take_fault("reset") is not None:
            reset_on_close(connection)
            if is_refused and self._refuses_after:
                asyncio.get_running_loop().call_later(self._refuses_after, connection.close)
            else:
                connection.close()
            if is_refused:
                self.refused += 1
                self.on_refused(peer)
            return
        session = Session(self, peer)
        self.sessions.append(session)
        self.look()
        self._listener.talk(connection, session)

    def gone(self, session: Session) -> None:
        """The session ended, whoever ended it."""
        if session in self.sessions:
            self.sessions.remove(session)
            self.ended(session)
            self.look()


class Session(asyncio.Protocol):
    """One connection of one host."""

    def __init__(self, port: TcpPort, peer: Peer) -> None:
        self.peer = peer
        self.data = bytearray()
        """What came and was not yet understood."""
        self.is_silent = False
        """Whether nothing is read or answered."""
        self.answer_after = 0.0
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._pieces: deque[bytes] = deque()
        self._closing = False
        self._cancelled = False

    @property
    def source(self) -> str:
        """Address and port, as people write them."""
        return f"{self.peer[0]}:{self.peer[1]}"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._cancelled:
            self.reset()
            return
        if self._port.take_fault("close") is not None:
            self.close()
            return
        self.is_silent = self._port.take_fault("silent") is not None
        delay = self._port.take_fault("delay")
        self.answer_after = 0.0 if delay is None else delay
        self._wait_for_data()
        self._port.opened(self)

    def data_received(self, data: bytes) -> None:
        self._wait_for_data()
        if not self.is_silent and not self._closing:
            self._port.received(self, data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - it is over, whatever the reason
        if self._idle is not None:
            self._idle.cancel()
        self._pieces.clear()
        self._port.gone(self)

    def send(self, data: bytes) -> None:
        """Send, whole or in pieces, now or after the delay that a fault asks for."""
        if self._transport is None or self._transport.is_closing() or self.is_silent:
            return
        if not self._port.fragment and not self.answer_after:
            if self._transport.get_write_buffer_size() <= WRITE_LIMIT:
                self._transport.write(data)
            return
        is_first = not self._pieces
        size = self._port.fragment or len(data)
        self._pieces.extend(data[start : start + size] for start in range(0, len(data), size))
        if is_first:
            wait, self.answer_after = self.answer_after, 0.0
            asyncio.get_running_loop().call_later(wait, self._next_piece)

    def close(self) -> None:
        """Close in order, when everything is sent."""
        self._closing = True
        if not self._pieces and self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """Break the connection with a TCP reset."""
        if self._transport is None:
            self._cancelled = True
            return
        abort(self._transport)

    def mute(self) -> None:
        """Read and answer nothing any more, as a machine without power."""
        self.is_silent = True
        self._pieces.clear()
        if self._idle is not None:
            self._idle.cancel()

    def pause(self) -> None:
        """Read nothing for now: the buffer is full."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _next_piece(self) -> None:
        if not self._pieces or self._transport is None or self._transport.is_closing():
            return
        self._transport.write(self._pieces.popleft())
        if self._pieces:
            asyncio.get_running_loop().call_later(FRAGMENT_EVERY, self._next_piece)
        elif self._closing:
            self._transport.close()

    def _wait_for_data(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        if self._port.timeout:
            self._idle = asyncio.get_running_loop().call_later(self._port.timeout, self.close)
