"""One TCP or TLS connection to a broker: CONNECT and its answer, keepalive, the end. Knows nothing of messages."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable

from readers_bridge.errors import BrokerError, BrokerUnreachableError
from readers_bridge.mqtt.codec import (
    DISCONNECT,
    PINGREQ,
    Batch,
    Connack,
    Decoder,
    Disconnect,
    Login,
    Pingresp,
    connect,
)
from readers_bridge.mqtt.reasons import ending, refusal
from readers_bridge.mqtt.tls import tls_refusal

CONNECT_TIMEOUT = 10.0
"""Seconds for TCP and TLS."""

ANSWER_TIMEOUT = 10.0
"""Seconds for CONNACK."""

CLOSE_TIMEOUT = 1.0
"""Seconds that a close waits for what was written."""


class Connection(asyncio.Protocol):
    """What happens between CONNECT and the end; made by ``open_connection``."""

    def __init__(
        self,
        broker: str,
        version: int,
        login: Login,
        *,
        received: Callable[[Batch], None],
        writable_again: Callable[[], None],
    ) -> None:
        self.broker = broker
        self._keepalive = login.keepalive
        self._hello = connect(login, version)
        self._received = received
        self._writable_again = writable_again
        self._decoder = Decoder(version)
        loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[Connack] = loop.create_future()
        self._ended: asyncio.Future[None] = loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._open = False
        self._paused = False
        self._closing = False
        self._heard = False
        self._why: BrokerError | None = None

    @property
    def writable(self) -> bool:
        """Whether messages may be written now: logged in, not ending, and the network takes them."""
        return self._open and not self._paused

    # -- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self.write(self._hello)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        batch = self._decoder.feed(data)
        for packet in batch.others:
            self._control(packet)
        if batch.error is not None:
            self._fail(batch.error)
        if batch.acknowledged or batch.rejected:
            self._received(batch)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._open:
            self._writable_again()

    def connection_lost(self, exc: Exception | None) -> None:
        self._open = False
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        if not self._answer.done():
            if isinstance(exc, ssl.SSLError):
                self._why = self._why or tls_refusal(self.broker, exc)
            self._answer.set_exception(self._why or self._unanswered("closed the connection instead of answering"))
            self._answer.exception()  # retrieved: nobody may wait any more
        if self._closing and self._why is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(self._why or self._broken(exc))
            self._ended.exception()

    # -- the sender's side

    async def accepted(self) -> Connack:
        """Wait for CONNACK.

        Raises:
            BrokerRefusedError: it says no.
            BrokerUnreachableError: it says not now, or there is no answer.
            BrokerError: what came is not MQTT.
        """
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                connack = await asyncio.shield(self._answer)
        except TimeoutError:
            raise self._unanswered(f"did not answer within {ANSWER_TIMEOUT:.0f} s") from None
        if connack.code:
            raise refusal(connack.code, broker=self.broker, said=connack.said)
        return connack

    def write(self, data: bytes) -> None:
        """Send, without waiting. Nothing happens when the connection is gone."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def closed(self) -> None:
        """Wait for the end; returns after our own close.

        Raises:
            TakenOverError: another client connected with our client id (told by MQTT 5 only, and by Mosquitto since 2.0.15).
            BrokerUnreachableError: the connection broke, or the broker closed it.
            BrokerError: the broker sent what is not MQTT.
        """
        await asyncio.shield(self._ended)

    async def close(self) -> None:
        """Say DISCONNECT and close; hard when the broker does not take it within a second."""
        self._open = False
        self._closing = True
        self.write(DISCONNECT)
        if self._transport is not None:
            self._transport.close()
            await asyncio.wait([self._ended], timeout=CLOSE_TIMEOUT)
        self.abort()

    def abort(self) -> None:
        """Close without a word."""
        self._open = False
        self._closing = True
        if self._transport is not None:
            self._transport.abort()

    # -- inside

    def _control(self, packet: Connack | Pingresp | Disconnect) -> None:
        match packet:
            case Connack() if self._answer.done():
                self._fail(BrokerError("the broker sent a second CONNACK; look into its log", code="malformed"))
            case Connack(code=code, keepalive=keepalive):
                self._answer.set_result(packet)
                self._open = code == 0
                seconds = self._keepalive if keepalive is None else keepalive
                if self._open and seconds:
                    self._watch(seconds / 2)
            case Disconnect(code, said):
                self._fail(ending(code, broker=self.broker, said=said))
            case Pingresp():
                pass  # it has been heard, that is all it is for

    def _watch(self, interval: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(interval, self._look, interval)

    def _look(self, interval: float) -> None:
        """Every half of the keepalive: ping. A broker that has not said a byte since the last time is gone."""
        if not self._heard:
            silence = f"the broker at {self.broker} has been silent for {interval:.0f} s; check the network"
            self._fail(BrokerUnreachableError(silence, code="timeout"))
            return
        self._heard = False
        self.write(PINGREQ)
        self._watch(interval)

    def _fail(self, why: BrokerError) -> None:
        if self._why is None:
            self._why = why
        self._open = False
        if self._transport is not None:
            self._transport.abort()

    def _unanswered(self, what: str) -> BrokerError:
        return BrokerUnreachableError(
            f"the broker at {self.broker} {what}; check mqtt.port, and whether that port wants TLS (mqtt.tls)",
            code="no_answer",
        )

    def _broken(self, exc: Exception | None) -> BrokerError:
        if exc is not None:
            return BrokerUnreachableError(
                f"the connection to the broker at {self.broker} broke ({exc or type(exc).__name__})"
            )
        return BrokerUnreachableError(
            f"the broker at {self.broker} closed the connection without a word; was it stopped, or does another client "
            "use our client id?"
        )


async def open_connection(
    host: str,
    port: int,
    *,
    version: int,
    login: Login,
    tls: ssl.SSLContext | None,
    received: Callable[[Batch], None],
    writable_again: Callable[[], None],
) -> tuple[Connection, Connack]:
    """Connect and log in. ``received`` is called with what concerns messages, ``writable_again`` after back-pressure.

    Raises:
        BrokerRefusedError: the broker, or TLS, said no; code ``unsupported_version`` when the version is why.
        BrokerUnreachableError: no way to the broker; code ``no_answer`` when it does not answer CONNECT.
        BrokerError: what answers is not MQTT.
    """
    broker = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    connection = Connection(broker, version, login, received=received, writable_again=writable_again)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await asyncio.get_running_loop().create_connection(lambda: connection, host, port, ssl=tls)
        return connection, await connection.accepted()
    except BaseException as error:
        connection.abort()
        match error:
            case TimeoutError():
                raise BrokerUnreachableError(
                    f"the broker at {broker} did not answer within {CONNECT_TIMEOUT:.0f} s; check mqtt.host and the network",
                    code="timeout",
                ) from error
            case socket.gaierror():
                raise BrokerUnreachableError(
                    f"the name of the broker {broker} cannot be resolved; check mqtt.host, or use the IP address",
                    code="name_not_found",
                ) from error
            case ssl.SSLError():
                raise tls_refusal(broker, error) from error
            case OSError():
                raise BrokerUnreachableError(
                    f"cannot connect to the broker at {broker} ({error.strerror or error}); "
                    "check that it runs, mqtt.host, mqtt.port and mqtt.tls"
                ) from error
        raise
