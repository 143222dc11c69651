"""One connection of the bridge: an aiomqtt client that knows its own state topic and hears what the broker refuses."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import Any, TypeVar

import aiomqtt
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from readers_bridge.config import MqttConfig
from readers_bridge.mqtt.reasons import PACKET_TOO_LARGE

log = logging.getLogger(__name__)

_SILENT = logging.getLogger(f"{__name__}.library")
_SILENT.setLevel(logging.CRITICAL)  # what the library notices comes back as an error, too

WILL_DELAY = 3
SESSION_EXPIRY = 10
"""Seconds. A break shorter than the delay is not announced; the session must outlive it, or its end sends the will."""

LARGEST_PACKET = 16 * 1024 * 1024
"""Bytes of the largest packet that the broker is asked to pass on to us (MQTT 5): memory is not endless."""

HEADER_BYTES = 64
"""More than what a packet holds beside topic, payload and correlation data."""

ECHO_TIMEOUT = 5.0
"""Seconds to wait for our own message to come back."""

PUBLISH, SUBSCRIBE = "publish on", "subscribe to"
"""What a broker may refuse."""

T = TypeVar("T")

ONLINE = b'{"state":"online"}'
OFFLINE = b'{"state":"offline"}'


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it arrived. ``expiry``: what was left of its MQTT message expiry, in seconds."""

    topic: str
    payload: bytes
    retained: bool
    expiry: float | None = None
    response_topic: str | None = None
    correlation: bytes | None = None


class Session(aiomqtt.Client):
    """``version`` is MQTT's protocol level, 5 or 4 (3.1.1); ``state_topic`` is where we, and our will, say how we are.

    ``received`` gets each message at once, in the order of arrival; aiomqtt's own queue would drop what does not fit.
    ``refused`` gets SUBSCRIBE or PUBLISH, the topic, and the reason code of a subscription or, with MQTT 5, a message that the
    broker does not take.
    ``contradicted`` is called when somebody else publishes on our state topic. None of them may raise.
    """

    def __init__(
        self,
        config: MqttConfig,
        host: str,
        port: int,
        *,
        version: int,
        client_id: str,
        state_topic: str,
        tls: ssl.SSLContext | None,
        received: Callable[[Message], None],
        refused: Callable[[str, str, int], None],
        contradicted: Callable[[], None],
    ) -> None:
        will_properties = connect_properties = None
        if version == 5:
            will_properties = Properties(PacketTypes.WILLMESSAGE)
            will_properties.WillDelayInterval = WILL_DELAY
            connect_properties = Properties(PacketTypes.CONNECT)
            connect_properties.SessionExpiryInterval = SESSION_EXPIRY
            connect_properties.MaximumPacketSize = LARGEST_PACKET
        super().__init__(
            host,
            port,
            username=config.username,
            password=config.password,
            identifier=client_id,
            protocol=aiomqtt.ProtocolVersion(version),
            will=aiomqtt.Will(state_topic, OFFLINE, 1, True, will_properties),
            clean_session=None if version == 5 else True,
            clean_start=True if version == 5 else MQTT_CLEAN_START_FIRST_ONLY,
            properties=connect_properties,
            keepalive=config.keepalive,
            tls_context=tls,
            logger=_SILENT,
            socket_options=[(IPPROTO_TCP, TCP_NODELAY, 1)],
        )
        self.version = version
        self.largest_packet: int | None = None
        """Bytes of the largest packet that the broker takes, where it says so (MQTT 5)."""
        self._state_topic = state_topic
        self._received = received
        self._refused = refused
        self._contradicted = contradicted
        self._said = b""
        self._echo = asyncio.Event()
        self._echoes = True
        self._looking = asyncio.Lock()
        self._found: dict[str, bytes] | None = None
        paho = self._client
        self._on_puback, self._on_connack = paho.on_publish, paho.on_connect
        paho.on_message, paho.on_publish, paho.on_connect = self._message, self._puback, self._connack
        paho.on_socket_register_write = self._write_when_possible

    async def hear(self, filters: Sequence[str], *, as_published: bool = False) -> None:
        """Subscribe, at QoS 1. ``as_published``: a message shows its retain flag even when it is not an old one (MQTT 5)."""
        if self.version == 5:
            options = SubscribeOptions(
                qos=1, retainAsPublished=as_published, retainHandling=SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE
            )
            codes: Sequence[Any] = await self.subscribe([(name, options) for name in filters])
        else:
            codes = await self.subscribe([(name, 1) for name in filters])
        for name, code in zip(filters, codes, strict=False):
            value = code.value if isinstance(code, ReasonCode) else int(code)
            if value >= 0x80:
                self._refused(SUBSCRIBE, name, value)

    async def send(
        self, topic: str, payload: bytes, qos: int, *, retain: bool = False, correlation: bytes | None = None
    ) -> None:
        """Publish, and return when it is acknowledged. What the broker would not take is not sent."""
        properties = None
        if correlation is not None and self.version == 5:
            properties = Properties(PacketTypes.PUBLISH)
            properties.CorrelationData = correlation
        size = len(topic.encode()) + len(payload) + len(correlation or b"") + HEADER_BYTES
        if self.largest_packet is not None and size > self.largest_packet:
            self._refused(PUBLISH, topic, PACKET_TOO_LARGE)
            return
        try:
            await self.publish(topic, payload, qos, retain, properties)
        except ValueError as error:
            log.warning("a message to %s cannot be published: %s", topic, error)

    async def say(self, state: bytes) -> None:
        """Publish how we are; whoever says otherwise from now on contradicts."""
        self._said = state
        await self.publish(self._state_topic, state, 1, True)

    async def say_again(self) -> None:
        """After a contradiction."""
        await self.say(self._said)

    async def look(self, filters: Sequence[str]) -> dict[str, bytes]:
        """What the broker holds retained under these filters, by topic.

        One filter after the other: a broker may drop what exceeds a client's queue (Mosquitto: 1000 messages).
        """
        async with self._looking:
            found: dict[str, bytes] = {}
            self._found = found
            try:
                for topic_filter in filters:
                    await self.hear([topic_filter])
                    await self._barrier()
                    await self.unsubscribe(topic_filter)
            finally:
                self._found = None
        return {topic: payload for topic, payload in found.items() if payload}

    async def _barrier(self) -> None:
        """Wait for our own state to come back: what the broker had to say before that has been heard then."""
        self._echo.clear()
        await self.say_again()
        if not self._echoes:
            return
        try:
            async with asyncio.timeout(ECHO_TIMEOUT):
                await self._echo.wait()
        except TimeoutError:
            self._echoes = False
            log.warning(
                "the broker does not send us our own state %s; let it allow us to publish it and to subscribe to it",
                self._state_topic,
            )

    async def _wait_for(self, fut: Awaitable[T], timeout: float | None) -> T:
        """Like aiomqtt's own, which ``asyncio.wait_for`` (before Python 3.12) may let swallow a cancellation."""
        try:
            async with asyncio.timeout(self.timeout if timeout is None else timeout):
                return await fut
        except TimeoutError:
            raise aiomqtt.MqttError("the broker does not answer") from None

    # -- paho's callbacks

    def _write_when_possible(self, client: Any, _userdata: Any, sock: Any) -> None:
        """Like aiomqtt's own, which asks for the descriptor too early: by then it may be closed, or somebody else's."""

        def attempt(what: Callable[[], object]) -> None:
            try:
                what()
            except Exception as error:  # noqa: BLE001  as aiomqtt does
                if not self._disconnected.done():
                    self._disconnected.set_exception(error)

        def register() -> None:
            if sock.fileno() >= 0:
                attempt(lambda: self._loop.add_writer(sock.fileno(), attempt, client.loop_write))

        self._loop.call_soon_threadsafe(register)

    def _connack(self, client: Any, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        self.largest_packet = getattr(properties, "MaximumPacketSize", None)
        self._on_connack(client, userdata, flags, reason, properties)  # type: ignore[misc, call-arg]

    def _puback(self, client: Any, userdata: Any, mid: int, reason: Any, properties: Any) -> None:
        if isinstance(reason, ReasonCode) and reason.is_failure:
            message = client._out_messages.get(mid)  # noqa: SLF001  paho keeps the topic nowhere else
            if message is not None:
                self._refused(PUBLISH, message.topic, reason.value)
        self._on_puback(client, userdata, mid, reason, properties)  # type: ignore[misc, call-arg]

    def _message(self, _client: Any, _userdata: Any, received: MQTTMessage) -> None:
        properties = received.properties
        message = Message(
            received.topic,
            bytes(received.payload),
            received.retain,
            getattr(properties, "MessageExpiryInterval", None),
            getattr(properties, "ResponseTopic", None),
            getattr(properties, "CorrelationData", None),
        )
        if message.topic == self._state_topic:
            self._own_state(message)
            return
        if self._found is not None and message.retained:
            self._found[message.topic] = message.payload
        self._received(message)

    def _own_state(self, message: Message) -> None:
        if self._said and message.payload != self._said:
            self._contradicted()
        elif not message.retained:
            self._echo.set()
