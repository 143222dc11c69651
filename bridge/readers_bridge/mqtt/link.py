"""The connection to the broker: will, subscriptions, what is retained, commands in, answers out.

A cycle has two connections, which live and die together: this one (aiomqtt) and the sender of the reads. Every cycle makes
new client objects, starts clean, publishes everything that is retained again, and says "online" last.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import aiomqtt
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from readers_bridge.config import MqttConfig, TlsConfig
from readers_bridge.errors import BrokerError, BrokerRefusedError, BrokerUnreachableError, TakenOverError
from readers_bridge.mqtt.reasons import plain_words
from readers_bridge.mqtt.sender import Sender

log = logging.getLogger(__name__)

FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0
"""Seconds between two attempts to connect."""

REFUSED_WAIT = 15.0
"""Seconds after the broker said no: a wrong password does not get right by asking faster."""

WILL_DELAY = 3
SESSION_EXPIRY = 10
"""Seconds. A break shorter than the delay is not announced; the session must outlive it, or its end sends the will."""

BARRIER_TIMEOUT = 5.0
"""Seconds to wait for our own message to come back."""

OUTGOING_LIMIT = 1000
INCOMING_LIMIT = 1000
"""Messages that may wait."""

RETAINED_GROUP = 10
"""Retained messages sent before waiting for their acknowledgements."""

TAKEN_OVER = 0x8E


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it arrived."""

    topic: str
    payload: bytes
    retained: bool
    expiry: float | None = None
    response_topic: str | None = None
    correlation: bytes | None = None


class Handler(Protocol):
    """Who uses the link."""

    filters: Sequence[str]
    """What to subscribe to, at QoS 1."""

    def message(self, message: Message) -> None:
        """Take care of a message. Must not raise."""

    async def connected(self) -> None:
        """Connected, subscribed, everything retained published, online said."""

    async def deliver(self, sender: Sender[Any]) -> None:
        """Hand reads to this sender until cancelled."""

    def state_changed(self, problem: str | None) -> None:
        """The connection is there (None), or is not and this is why."""


@dataclass(frozen=True, slots=True)
class _Outgoing:
    topic: str
    payload: bytes
    qos: int
    correlation: bytes | None = None


def tls_context(config: TlsConfig) -> ssl.SSLContext:
    """The TLS settings for the broker.

    Raises:
        BrokerError: a certificate or key cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=config.ca)
        context.check_hostname = config.verify_hostname
        if config.certificate is not None:
            context.load_cert_chain(config.certificate, config.key)
    except (OSError, ssl.SSLError) as error:
        raise BrokerError(f"the TLS files for the broker cannot be used ({error}); check mqtt.tls") from error
    return context


class Link:
    """Keeps the bridge connected."""

    def __init__(
        self,
        config: MqttConfig,
        *,
        client_id: str,
        state_topic: str,
        handler: Handler,
        make_sender: Callable[[str, ssl.SSLContext | None], Sender[Any]],
    ) -> None:
        self._config = config
        self._client_id = client_id
        self._state_topic = state_topic
        self._handler = handler
        self._make_sender = make_sender
        self._retained: dict[str, bytes] = {}
        self._dirty: dict[str, None] = {}
        self._outgoing: deque[_Outgoing] = deque(maxlen=OUTGOING_LIMIT)
        self._wake = asyncio.Event()
        self._client: aiomqtt.Client | None = None
        self._echo = asyncio.Event()
        self._collected: dict[str, bytes] | None = None
        self.version = ""
        self.host = ""
        self.online = False
        self.connects = 0

    # -- what others publish

    def retain(self, topic: str, payload: bytes) -> None:
        """Publish now or as soon as possible, and again after each connect. An empty payload clears the topic."""
        self._retained[topic] = payload
        self._dirty[topic] = None
        self._wake.set()

    def withhold(self, topic: str) -> None:
        """Do not publish this topic at the next connect; ``retain`` ends that."""
        self._retained.pop(topic, None)
        self._dirty.pop(topic, None)

    def owns(self, topic: str) -> bytes | None:
        """What we keep retained on a topic."""
        return self._retained.get(topic)

    def publish(self, topic: str, payload: bytes, qos: int = 0, correlation: bytes | None = None) -> None:
        """Publish once, if connected; the oldest waiting message gives way when too many wait."""
        if self._client is not None:
            self._outgoing.append(_Outgoing(topic, payload, qos, correlation))
            self._wake.set()

    async def retained_at_broker(self, filters: Sequence[str]) -> dict[str, bytes]:
        """What the broker holds under these filters, by topic."""
        client = self._client
        if client is None:
            return {}
        self._collected = {}
        try:
            await self._subscribe(client, filters)
            await self._barrier()
            for topic_filter in filters:
                await client.unsubscribe(topic_filter)
            return {topic: payload for topic, payload in self._collected.items() if payload}
        finally:
            self._collected = None

    # -- life

    async def run(self) -> None:
        """Connect, and connect again, until cancelled.

        Raises:
            TakenOverError: another client took our client id.
        """
        context = tls_context(self._config.tls) if self._config.tls is not None else None
        wait = FIRST_WAIT
        said = ""
        attempt = 0
        while True:
            host, port = self._config.hosts[attempt % len(self._config.hosts)]
            attempt += 1
            connects = self.connects
            try:
                await self._cycle(host, port, context)
                problem: BrokerError = BrokerUnreachableError(f"the broker at {host}:{port} closed the connection")
            except TakenOverError:
                raise
            except BrokerError as error:
                problem = error
            except Exception as error:
                problem = BrokerError(f"internal error: {error!r}; please report this")
                if said != str(problem):
                    log.exception("an unforeseen error ended the connection to the broker")
            if self.connects > connects:
                wait = FIRST_WAIT
                said = ""
            if said != str(problem):
                log.warning("%s; trying again, reads are kept meanwhile", problem)
                said = str(problem)
            self._handler.state_changed(str(problem))
            pause = REFUSED_WAIT if isinstance(problem, BrokerRefusedError) else wait
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311  no secret
            wait = min(2 * wait, LONGEST_WAIT)

    async def say_goodbye(self) -> None:
        """Publish "offline" and what else waits, as far as that is possible within two seconds."""
        if self._client is None:
            return
        self.retain(self._state_topic, b'{"state":"offline"}')
        with contextlib.suppress(TimeoutError, aiomqtt.MqttError):
            async with asyncio.timeout(2):
                while self._dirty:
                    await asyncio.sleep(0.005)
                await self._barrier()

    async def _cycle(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        sender = self._make_sender(self._config.protocol, context)
        await sender.connect(host, port)
        try:
            client = self._make_client(host, port, sender.version, context)
            try:
                async with client:
                    await self._serve(client, sender, host, port)
            except aiomqtt.MqttError as error:
                raise _translated(error, host, port, sender.version) from error
        finally:
            await sender.close()

    async def _serve(self, client: aiomqtt.Client, sender: Sender[Any], host: str, port: int) -> None:
        self._client = client
        self.version = "5" if sender.version == 5 else "3.1.1"
        self.host = f"{host}:{port}"
        self._outgoing.clear()
        tasks = [
            asyncio.create_task(self._receive(client), name="mqtt receive"),
            asyncio.create_task(self._greet(client), name="mqtt greet"),
            asyncio.create_task(self._forward(sender.closed()), name="mqtt sender"),
        ]
        delivery = asyncio.create_task(self._handler.deliver(sender), name="mqtt deliver")
        tasks.append(delivery)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            self.online = False
            self._client = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @staticmethod
    async def _forward(closed: Awaitable[None]) -> None:
        await closed
        raise BrokerUnreachableError("the connection for reads was closed")

    async def _greet(self, client: aiomqtt.Client) -> None:
        await self._subscribe(client, [*self._handler.filters, self._state_topic])
        self._retained.pop(self._state_topic, None)
        self._dirty = dict.fromkeys(self._retained)
        await self._flush_retained(client)
        self.retain(self._state_topic, b'{"state":"online"}')
        self._echo.clear()
        await self._flush_retained(client)
        self.online = True
        self.connects += 1
        log.info("connected to the broker at %s, MQTT %s", self.host, self.version)
        self._handler.state_changed(None)
        greeting = asyncio.create_task(self._handler.connected(), name="mqtt connected")
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._flush_retained(client)
                await self._flush_outgoing(client)
                if greeting.done():
                    greeting.result()
        finally:
            greeting.cancel()
            await asyncio.gather(greeting, return_exceptions=True)

    async def _flush_retained(self, client: aiomqtt.Client) -> None:
        while self._dirty:
            group = list(self._dirty)[:RETAINED_GROUP]
            for topic in group:
                del self._dirty[topic]
            payloads = {topic: self._retained[topic] for topic in group}
            try:
                await asyncio.gather(*(client.publish(topic, payload, 1, True) for topic, payload in payloads.items()))
            except BaseException:
                self._dirty.update(dict.fromkeys(group))
                raise
            for topic, payload in payloads.items():
                if not payload and self._retained.get(topic) == b"":
                    del self._retained[topic]

    async def _flush_outgoing(self, client: aiomqtt.Client) -> None:
        while self._outgoing:
            message = self._outgoing.popleft()
            properties = None
            if message.correlation is not None and self.version == "5":
                properties = Properties(PacketTypes.PUBLISH)
                properties.CorrelationData = message.correlation
            try:
                await client.publish(message.topic, message.payload, message.qos, False, properties)
            except ValueError as error:
                log.warning("a message to %s cannot be published: %s", message.topic, error)

    async def _barrier(self) -> None:
        """Wait for our own state to come back: what the broker had to say before that has been seen then."""
        self._echo.clear()
        self.retain(self._state_topic, self._retained.get(self._state_topic, b'{"state":"online"}'))
        try:
            async with asyncio.timeout(BARRIER_TIMEOUT):
                await self._echo.wait()
        except TimeoutError:
            log.warning(
                "the broker does not send us our own state %s; check that we may subscribe to it", self._state_topic
            )

    async def _subscribe(self, client: aiomqtt.Client, filters: Sequence[str]) -> None:
        if self.version == "5":
            options = SubscribeOptions(
                qos=1, retainAsPublished=True, retainHandling=SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE
            )
            codes: Sequence[Any] = await client.subscribe([(name, options) for name in filters])
        else:
            codes = await client.subscribe([(name, 1) for name in filters])
        for name, code in zip(filters, codes, strict=False):
            value = code.value if isinstance(code, ReasonCode) else int(code)
            if value >= 0x80:
                log.error("the broker does not let us subscribe to %s: %s", name, plain_words(value, version=5))

    async def _receive(self, client: aiomqtt.Client) -> None:
        async for received in client.messages:
            message = _message(received)
            if message.topic == self._state_topic:
                self._own_state(message)
            elif self._collected is not None and message.retained:
                self._collected[message.topic] = message.payload
                self._handler.message(message)
            else:
                self._handler.message(message)

    def _own_state(self, message: Message) -> None:
        kept = self._retained.get(self._state_topic)
        if message.payload == kept:
            self._echo.set()
        elif self.online and kept is not None:
            self._dirty[self._state_topic] = None  # somebody, as a late will, said otherwise
            self._wake.set()

    def _make_client(self, host: str, port: int, version: int, context: ssl.SSLContext | None) -> aiomqtt.Client:
        will_properties = connect_properties = None
        if version == 5:
            will_properties = Properties(PacketTypes.WILLMESSAGE)
            will_properties.WillDelayInterval = WILL_DELAY
            connect_properties = Properties(PacketTypes.CONNECT)
            connect_properties.SessionExpiryInterval = SESSION_EXPIRY
        return aiomqtt.Client(
            host,
            port,
            username=self._config.username,
            password=self._config.password,
            identifier=self._client_id,
            protocol=aiomqtt.ProtocolVersion.V5 if version == 5 else aiomqtt.ProtocolVersion.V311,
            will=aiomqtt.Will(self._state_topic, b'{"state":"offline"}', 1, True, will_properties),
            clean_session=None if version == 5 else True,
            clean_start=True if version == 5 else MQTT_CLEAN_START_FIRST_ONLY,
            properties=connect_properties,
            keepalive=self._config.keepalive,
            tls_context=context,
            max_queued_incoming_messages=INCOMING_LIMIT,
        )


def _message(received: aiomqtt.Message) -> Message:
    properties = received.properties
    payload = received.payload
    return Message(
        topic=str(received.topic),
        payload=bytes(payload) if isinstance(payload, bytes | bytearray) else str(payload or "").encode(),
        retained=bool(received.retain),
        expiry=getattr(properties, "MessageExpiryInterval", None),
        response_topic=getattr(properties, "ResponseTopic", None),
        correlation=getattr(properties, "CorrelationData", None),
    )


def _translated(error: aiomqtt.MqttError, host: str, port: int, version: int) -> BrokerError:
    cause: BaseException | None = error
    while cause is not None:
        code = getattr(cause, "rc", None)
        if isinstance(code, ReasonCode):
            words = plain_words(code.value, version=version)
            if code.value == TAKEN_OVER:
                return TakenOverError(words)
            if isinstance(cause, aiomqtt.exceptions.MqttConnectError):
                return BrokerRefusedError(f"the broker at {host}:{port} refuses us: {words}")
            return BrokerUnreachableError(f"the broker at {host}:{port} ended the connection: {words}")
        cause = cause.__cause__
    return BrokerUnreachableError(f"the connection to the broker at {host}:{port} broke ({error})")
