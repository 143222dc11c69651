"""The publish path of reads: a connection of its own, a window of unacknowledged messages, no task or future per message.

With MQTT 3.1.1 an acknowledgement has no reason code: a broker acknowledges what its access rules or limits made it throw
away, and closes the connection over what it finds too large. Only MQTT 5 shows a refused message as such.
"""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from readers_bridge.errors import BrokerError
from readers_bridge.mqtt.codec import V5, V311, Batch, Connack, Login, PublishEncoder, UnsendableError
from readers_bridge.mqtt.connection import Connection, open_connection
from readers_bridge.mqtt.reasons import QOS_NOT_SUPPORTED, plain_words, refusal, with_own_words

WINDOW = 200
"""Unacknowledged messages at most, so that what is in flight fits the broker's socket buffer; a broker that speaks MQTT 5
may allow fewer (Receive Maximum; Mosquitto: 20)."""

WRITE_BYTES = 1024 * 1024
"""Bytes after which one write ends and the next begins."""

PACKET_IDS = 65_535

FALL_BACK_CODES = frozenset({"unsupported_version", "no_answer"})


class Message(Protocol):
    """What can be sent."""

    @property
    def topic(self) -> str: ...
    @property
    def payload(self) -> bytes: ...


M = TypeVar("M", bound=Message)


class Sender(Generic[M]):
    """Publishes messages at QoS 1, in order, over one connection at a time.

    Neither callback may raise. ``acked`` gets the messages that the broker took over, in the order of its acknowledgements,
    once per receive. ``refused`` gets a message that the broker (or MQTT itself) will never take, the reason code and what it
    means; those behind it go on. It may be called before ``send`` returns.

    ``protocol`` is auto, 5 or 3.1.1.
    """

    def __init__(
        self,
        *,
        client_id: str,
        username: str | None,
        password: str | None,
        tls: ssl.SSLContext | None,
        keepalive: int,
        protocol: str,
        acked: Callable[[list[M]], None],
        refused: Callable[[M, int, str], None],
    ) -> None:
        self._login = Login(client_id, username, password, keepalive)
        self._tls = tls
        self._may_fall_back = protocol == "auto"
        self._acked = acked
        self._refused = refused
        self._connection: Connection | None = None
        self._encoder = PublishEncoder(V5)
        self._queue: deque[M] = deque()
        self._in_flight: dict[int, M] = {}
        self._last_id = 0
        self._sending = False
        self.broker_version = V311 if protocol == "3.1.1" else V5
        """MQTT's protocol level: 5, or 4 for MQTT 3.1.1: the newest that the broker took, or that is tried first."""
        self.version = self.broker_version
        """The protocol level of this connection."""
        self.window = WINDOW
        """Messages that may be unacknowledged at a time."""

    @property
    def queued(self) -> int:
        """Messages that wait for room in the window."""
        return len(self._queue)

    @property
    def in_flight(self) -> int:
        """Messages sent and not acknowledged."""
        return len(self._in_flight)

    async def connect(self, host: str, port: int) -> None:
        """Connect and log in; what is queued goes out. In ``auto``, MQTT 5 first, then 3.1.1, which is remembered.

        Raises:
            BrokerUnreachableError: no way to the broker, or it does not take us now.
            BrokerRefusedError: wrong password, not authorised, certificate, version, ...
            BrokerError: what answers is not an MQTT broker.
        """
        await self.close()
        self._connection = None
        self._sending = False
        try:
            limits = await self._open(host, port, self.broker_version)
        except BrokerError as error:
            if not self._may_fall_back or error.code not in FALL_BACK_CODES:
                raise
            limits = await self._open(host, port, V311)
            self.broker_version = V311
        self._may_fall_back = False
        await self._begin(limits)

    async def _begin(self, limits: Connack) -> None:
        """Send within these limits; what was sent on an earlier connection and not acknowledged goes first."""
        connection = self._connection
        assert connection is not None
        if limits.maximum_qos == 0:
            await self.close()
            raise refusal(QOS_NOT_SUPPORTED, broker=connection.broker)
        self.window = min(WINDOW, limits.receive_maximum)
        self._encoder = PublishEncoder(self.version, limits.maximum_packet_size)
        self._queue.extend(self.forget())
        self._sending = True
        self._pump()

    async def _open(self, host: str, port: int, version: int) -> Connack:
        self._connection, connack = await open_connection(
            host,
            port,
            version=version,
            login=self._login,
            tls=self._tls,
            received=self._received,
            writable_again=self._pump,
        )
        self.version = version
        return connack

    def send(self, messages: Sequence[M]) -> None:
        """Append to the queue and write what the window allows; never waits."""
        self._queue.extend(messages)
        self._pump()

    async def closed(self) -> None:
        """Wait for the end of the connection; returns after ``close``, or when there is none.

        Raises:
            TakenOverError: another client connected with our client id (told by MQTT 5 only, and by Mosquitto since 2.0.15).
            BrokerUnreachableError: the connection broke, or the broker closed it.
            BrokerError: the broker sent what is not MQTT.
        """
        if self._connection is not None:
            await self._connection.closed()

    async def close(self) -> None:
        """Say DISCONNECT and close, without waiting for acknowledgements."""
        if self._connection is not None:
            await self._connection.close()

    def forget(self) -> list[M]:
        """Everything that is not acknowledged: what is in flight, then what is queued, in order.

        The sender is empty then. Meant for the end of a connection: if there still is one, nothing more is sent on it, because
        acknowledgements of what was in flight may yet come.
        """
        messages = [*self._in_flight.values(), *self._queue]
        self._in_flight.clear()
        self._queue.clear()
        self._sending = False
        return messages

    def _pump(self) -> None:
        """Write as much of the queue as the window and the network allow."""
        connection = self._connection
        unsendable: list[tuple[M, UnsendableError]] = []
        while (
            self._queue
            and self._sending
            and connection is not None
            and connection.writable
            and (room := self.window - len(self._in_flight)) > 0
        ):
            connection.write(self._packets(room, unsendable))
        for message, error in unsendable:
            self._refused(message, error.reason, str(error))

    def _packets(self, room: int, unsendable: list[tuple[M, UnsendableError]]) -> bytes:
        """Take up to ``room`` messages from the queue; they are in flight now."""
        queue = self._queue
        in_flight = self._in_flight
        encode = self._encoder.encode
        packets = []
        size = 0
        while queue and room and size < WRITE_BYTES:
            message = queue.popleft()
            packet_id = self._last_id % PACKET_IDS + 1
            while packet_id in in_flight:
                packet_id = packet_id % PACKET_IDS + 1
            try:
                packet = encode(message.topic, message.payload, packet_id)
            except UnsendableError as error:
                unsendable.append((message, error))
                continue
            in_flight[packet_id] = message
            self._last_id = packet_id
            packets.append(packet)
            size += len(packet)
            room -= 1
        return b"".join(packets)

    def _received(self, batch: Batch) -> None:
        pop = self._in_flight.pop
        acked = [message for packet_id in batch.acknowledged if (message := pop(packet_id, None)) is not None]
        rejected = [
            (message, puback) for puback in batch.rejected if (message := pop(puback.packet_id, None)) is not None
        ]
        self._pump()
        if acked:
            self._acked(acked)
        for message, puback in rejected:
            words = with_own_words(plain_words(puback.code, version=V5), puback.said)
            self._refused(message, puback.code, words)
