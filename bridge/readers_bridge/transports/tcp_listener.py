"""One listening TCP port for all the readers that connect to it, told apart by what they say first.

An endpoint belongs to a local address, is opened by the first device that needs it and closed with the last; what it accepted
lives on. A reader may connect while its device is between two sessions: its connection is parked, reading paused, until the
device takes it.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from readers_bridge.errors import TransportError
from readers_bridge.transports.accepted import IDENT_BYTES, IDENT_TIMEOUT, AcceptedStream, Ident, Identify
from readers_bridge.transports.bound_socket import bound, resolve, shown
from readers_bridge.transports.tcp import keep_alive

__all__ = ["IDENT_BYTES", "IDENT_TIMEOUT", "AcceptedStream", "Ident", "Identify", "Listener", "Stranger", "listen"]

UNIDENTIFIED = 64
"""Connections of one port that may be about to say who they are; one more ends the oldest."""

HOLD = 90.0
"""Seconds for which a claim outlives its device's session: longer than the bridge waits between two sessions."""

KNOWN_STRANGERS = 1000
"""Strangers of one port that are remembered, so that each is told once; with more, none is new."""

FULL_WAIT = 1.0
"""Seconds without accepting when the system has no room for another connection."""

_Local = tuple[asyncio.AbstractEventLoop, str, int]
_endpoints: dict[_Local, _Endpoint] = {}


@dataclass(frozen=True, slots=True)
class Stranger:
    """A connection that was refused; ``key`` is empty when it did not say who it is, ``text`` tells people what to do."""

    key: str
    peer: str
    first: bool
    """The first one with this key, or from this host if it has none."""
    text: str


class Listener:
    """The claim of one device on a listening port: its reader's key, or (None) all of the port.

    As a context manager it gives the claim up when it is left by cancellation (the device was stopped), and else holds it for
    the device's next session.
    """

    def __init__(self, endpoint: _Endpoint, key: str | None, strange: Callable[[Stranger], None]) -> None:
        self.key = key
        self.strange = strange
        self._endpoint = endpoint
        self._current: AcceptedStream | None = None
        self._parked: AcceptedStream | None = None
        self._came = asyncio.Event()
        self._held: asyncio.TimerHandle | None = None

    @property
    def strangers(self) -> int:
        """Connections that were refused since the port was opened."""
        return self._endpoint.strangers

    @property
    def last_stranger(self) -> Stranger | None:
        """The last one of them."""
        return self._endpoint.last_stranger

    @property
    def held(self) -> bool:
        """Its device is between two sessions."""
        return self._held is not None

    async def accept(self, received: Callable[[bytes], None]) -> AcceptedStream:
        """Wait until the reader has connected and said who it is.

        A reader that connects anew ends the connection it had with the error code ``replaced``. What followed the ident is
        given to ``received`` before this returns.
        """
        while (stream := self._parked) is None or stream.over:
            self._came.clear()
            await self._came.wait()
        self._parked, self._current = None, stream
        stream.begin(received)
        return stream

    def takes(self, stream: AcceptedStream) -> bool:
        """Whether the reader that connected is ours; a claim on all of a port serves one reader at a time."""
        current = self._current
        return self.key is not None or current is None or current.over or current.key == stream.key

    def park(self, stream: AcceptedStream) -> None:
        """Our reader connected; the connection it had is out of date."""
        for old in (self._current, self._parked):
            if old is not None:
                old.end(
                    TransportError(
                        f"the reader connected anew, from {stream.peer}; it left this connection", code="replaced"
                    )
                )
        self._current, self._parked = None, stream
        self._came.set()

    def inherit(self, held: Listener) -> None:
        """Go on where the session before ended."""
        self._current, self._parked, held._parked = held._current, held._parked, None

    async def close(self, *, hold: bool = False) -> None:
        """Leave the port, and close it when nobody is left; ``hold``: in 90 s, unless the key is claimed again till then.

        A connection that was accepted lives on; one that is parked ends with the claim.
        """
        if not hold:
            self.leave()
        elif self._held is None and self._endpoint.listeners.get(self.key) is self:
            self._held = asyncio.get_running_loop().call_later(HOLD, self.leave)

    def leave(self) -> None:
        """Give the claim up."""
        if self._held is not None:
            self._held.cancel()
        if self._parked is not None:
            self._parked.end()
            self._parked = None
        self._endpoint.leave(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close(hold=not isinstance(error, asyncio.CancelledError))


class _Endpoint:
    def __init__(self, local: _Local, sock: socket.socket, identify: Identify) -> None:
        self.identify = identify
        self.listeners: dict[str | None, Listener] = {}
        self.strangers = 0
        self.last_stranger: Stranger | None = None
        self._local = local
        self._loop = local[0]
        self._sock = sock
        self._arriving: dict[AcceptedStream, None] = {}
        self._told: set[str] = set()
        self._opening: set[asyncio.Task[object]] = set()
        self._full: asyncio.TimerHandle | None = None
        self._open = True
        self._loop.add_reader(sock, self._accept)

    def _accept(self) -> None:
        try:
            sock, source = self._sock.accept()
        except OSError as error:
            if error.errno in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
                self._loop.remove_reader(self._sock)
                self._full = self._loop.call_later(FULL_WAIT, self._loop.add_reader, self._sock, self._accept)
            return
        try:
            sock.setblocking(False)
            keep_alive(sock)
        except OSError:  # gone already
            sock.close()
            return
        peer = f"{shown(source[0])}:{source[1]}"
        task: asyncio.Task[object] = self._loop.create_task(
            self._loop.connect_accepted_socket(lambda: AcceptedStream(peer, self.identify, self), sock)
        )
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def arrived(self, stream: AcceptedStream) -> None:
        if not self._open:
            stream.end()
            return
        self._arriving[stream] = None
        if len(self._arriving) > UNIDENTIFIED:
            self.refuse(next(iter(self._arriving)), "it did not say who it is before many others came")

    def forget(self, stream: AcceptedStream) -> None:
        self._arriving.pop(stream, None)

    def identified(self, stream: AcceptedStream) -> None:
        listener = self.listeners.get(stream.key) or self.listeners.get(None)
        if listener is None:
            self.refuse(stream, "no device on this port has this serial number")
        elif listener.takes(stream):
            listener.park(stream)
        else:
            self.refuse(stream, "the only device on this port is connected to another reader")

    def refuse(self, stream: AcceptedStream, why: str) -> None:
        key, peer = stream.key, stream.peer
        stream.end()
        self.strangers += 1
        who = key or peer.rpartition(":")[0]
        first = who not in self._told and len(self._told) < KNOWN_STRANGERS
        if key:
            text = (
                f"refused the reader with the serial number {key}, from {peer}: {why}; "
                f"give it a device of its own with ?serial={key} in its connection, or let it connect elsewhere"
            )
        else:
            text = f"refused a connection from {peer} to port {self._local[2]}: {why}; is it a reader of this family?"
        self.last_stranger = Stranger(key, peer, first, text)
        listener = next((each for each in self.listeners.values() if not each.held), None)
        if listener is not None:
            if first:
                self._told.add(who)
            listener.strange(self.last_stranger)

    def join(self, listener: Listener) -> None:
        rivals = [
            each for key, each in self.listeners.items() if key == listener.key or key is None or listener.key is None
        ]
        if any(not rival.held for rival in rivals):
            raise TransportError(
                f"another device uses TCP port {self._local[2]}, {_claimed(rivals[0].key)}; "
                "give each device on the port the serial number of its own reader, as ?serial=",
                code="address_in_use",
            )
        for rival in rivals:
            del self.listeners[rival.key]
            if rival.key == listener.key:
                listener.inherit(rival)
        self.listeners[listener.key] = listener
        for rival in rivals:
            rival.leave()

    def leave(self, listener: Listener) -> None:
        if self.listeners.get(listener.key) is listener:
            del self.listeners[listener.key]
        if self.listeners or not self._open:
            return
        self._open = False
        del _endpoints[self._local]
        if self._full is not None:
            self._full.cancel()
        self._loop.remove_reader(self._sock)
        self._sock.close()
        for stream in list(self._arriving):
            stream.end()


async def listen(
    bind: str, port: int, key: str | None, identify: Identify, strange: Callable[[Stranger], None]
) -> Listener:
    """Wait on ``bind:port`` for the reader that ``identify`` calls ``key``; None: for any, as the port's only device.

    ``strange`` is called for every connection that is refused, of one of the devices on the port.

    Raises:
        TransportError: ``port_busy``, ``permission_denied``, ``bad_address``; ``address_in_use``: another device of ours has
            this key, or all of the port.
    """
    loop = asyncio.get_running_loop()
    family, host = await resolve(bind)
    local = (loop, host, port)
    endpoint = _endpoints.get(local)
    if endpoint is None:
        endpoint = _endpoints[local] = _Endpoint(local, bound(family, host, port), identify)
    elif endpoint.identify != identify:
        raise TransportError(
            f"a device of another family listens on TCP port {port}; choose another port", code="address_in_use"
        )
    listener = Listener(endpoint, key, strange)
    endpoint.join(listener)
    return listener


def _claimed(key: str | None) -> str:
    return "for any reader" if key is None else f"for the reader {key}"
