"""The packets of an MQTT client that only publishes at QoS 1: bytes in, packets out. No socket, no clock, no task.

Sources: MQTT Version 5.0 and MQTT Version 3.1.1 (OASIS Standards), sections 2 (control packet format) and 3 (control packets).
What every message passes through is written out by hand; what occurs once in a connection is left to paho.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from paho.mqtt import MQTTException
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from readers_bridge.errors import BrokerError
from readers_bridge.mqtt.reasons import FROM_311, PACKET_TOO_LARGE, TOPIC_NAME_INVALID, plain_words

V311 = 4
V5 = 5
"""Protocol levels, as CONNECT carries them."""

INCOMING_LIMIT = 16 * 1024
"""Bytes of the largest packet that we take; brokers have only short answers for a client that does not subscribe."""

LARGEST_PACKET = 268_435_460
"""Bytes: the largest Remaining Length (section 2.1.4) and the five bytes before it."""

RECEIVE_MAXIMUM = 65_535
"""Unacknowledged messages that a broker takes when it does not say otherwise (MQTT 5, section 3.2.2.3.3)."""

TOPICS_LIMIT = 4096
"""Encoded topics kept."""

PINGREQ = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"

_START = struct.Struct(">HH").unpack_from
_PUBACK = 0x4002
_PUBACK_WITH_REASON = 0x4003
_TWO_BYTE_LENGTH = struct.Struct("BBB").pack
_FAILURE = 0x80


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are; ``keepalive`` in seconds, 0 for none."""

    client_id: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    keepalive: int = 30


@dataclass(frozen=True, slots=True)
class Connack:
    """The broker's answer to CONNECT. ``code`` 0 is yes, all others are reason codes of MQTT 5, whatever the version;
    ``keepalive`` (seconds) replaces ours unless None.
    """

    code: int
    receive_maximum: int = RECEIVE_MAXIMUM
    maximum_packet_size: int = LARGEST_PACKET
    maximum_qos: int = 2
    keepalive: int | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Puback:
    """A message that the broker does not take; ``said`` is its own reason string, if any."""

    packet_id: int
    code: int
    said: str = ""


@dataclass(frozen=True, slots=True)
class Pingresp:
    """The broker is there."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The broker ends the connection (MQTT 5 only)."""

    code: int
    said: str = ""


@dataclass(slots=True)
class Batch:
    """All that some bytes contained. ``error``: what follows cannot be understood, the connection is of no more use."""

    acknowledged: list[int] = field(default_factory=list)
    """Packet ids that the broker took over, as they arrived."""
    rejected: list[Puback] = field(default_factory=list)
    others: list[Connack | Pingresp | Disconnect] = field(default_factory=list)
    error: BrokerError | None = None


class UnsendableError(BrokerError):
    """No broker, or not this one, would take the message; ``reason`` is the reason code that it would answer."""

    code = "unsendable"

    def __init__(self, message: str, reason: int) -> None:
        super().__init__(message)
        self.reason = reason


def connect(login: Login, version: int) -> bytes:
    """CONNECT: clean start, no will, a session that ends with the connection (MQTT 5: no properties, section 3.1.2.11.2).

    Raises:
        BrokerError: the client id, user name or password is too long for MQTT.
    """
    flags = 0x02
    if login.username is not None:
        flags |= 0x80 if login.password is None else 0xC0
    body = b"\x00\x04MQTT" + bytes((version, flags)) + min(login.keepalive, 65_535).to_bytes(2, "big")
    if version == V5:
        body += b"\x00"
    body += _string(login.client_id, "the client id")
    if login.username is not None:
        body += _string(login.username, "mqtt.username")
        if login.password is not None:
            body += _string(login.password, "mqtt.password")
    return b"\x10" + _length(len(body)) + body


class PublishEncoder:
    """PUBLISH packets at QoS 1, not retained, without properties. Remembers the encoded topics."""

    def __init__(self, version: int, maximum_packet_size: int = LARGEST_PACKET) -> None:
        self._packet_id = struct.Struct(">Hx" if version == V5 else ">H").pack  # with MQTT 5: no properties
        self._overhead = 3 if version == V5 else 2
        self._maximum = maximum_packet_size
        self._topics: dict[str, bytes] = {}

    def encode(self, topic: str, payload: bytes, packet_id: int) -> bytes:
        """One packet; ``packet_id`` 1 to 65,535.

        Raises:
            UnsendableError: the topic is not allowed, or the packet is larger than the broker takes.
        """
        head = self._topics.get(topic)
        if head is None:
            head = self._remember(topic)
        length = len(head) + self._overhead + len(payload)
        two_bytes = 128 <= length < 16_384
        start = _TWO_BYTE_LENGTH(0x32, length & 0x7F | 0x80, length >> 7) if two_bytes else b"\x32" + _length(length)
        if len(start) + length > self._maximum:
            raise UnsendableError(
                f"a message of {len(start) + length} bytes, the broker takes {self._maximum}: "
                + plain_words(PACKET_TOO_LARGE, version=V5),
                PACKET_TOO_LARGE,
            )
        return b"".join((start, head, self._packet_id(packet_id), payload))

    def _remember(self, topic: str) -> bytes:
        try:
            head = _string(topic, "the topic")
        except BrokerError as error:
            raise UnsendableError(str(error), TOPIC_NAME_INVALID) from error
        if not topic or not {"+", "#", "\0"}.isdisjoint(topic):
            raise UnsendableError("MQTT does not allow an empty topic, or one with +, # or NUL", TOPIC_NAME_INVALID)
        if len(self._topics) >= TOPICS_LIMIT:
            self._topics.clear()
        self._topics[topic] = head
        return head


class Decoder:
    """What a broker says to a client that only publishes. The bytes may be cut anywhere."""

    def __init__(self, version: int) -> None:
        self._version = version
        self._rest = b""
        self._error: BrokerError | None = None

    def feed(self, data: bytes) -> Batch:
        """Take what was received; never raises. After an error, nothing more is read."""
        batch = Batch(error=self._error)
        if self._error is not None:
            return batch
        if self._rest:
            data = self._rest + data
        acknowledge = batch.acknowledged.append
        position = 0
        last = len(data) - 4
        try:
            while True:
                if position <= last:
                    start, packet_id = _START(data, position)
                    if start == _PUBACK:
                        acknowledge(packet_id)
                        position += 4
                        continue
                    if start == _PUBACK_WITH_REASON and position < last and data[position + 4] < _FAILURE:
                        self._only_5("a PUBACK with a reason code")
                        acknowledge(packet_id)
                        position += 5
                        continue
                length = self._packet(data, position, batch)
                if not length:
                    break
                position += length
        except BrokerError as error:
            batch.error = self._error = error
        self._rest = data[position:]
        return batch

    def _packet(self, data: bytes, position: int, batch: Batch) -> int:
        """Decode the packet at this position; returns its length in bytes, 0 when it is not complete yet."""
        if position == len(data):
            return 0
        first = data[position]
        if first not in {0x20, 0x40, 0xD0, 0xE0}:
            raise _malformed(f"a byte 0x{first:02X} where an answer should begin")
        size = 0
        begin = position + 1
        while True:
            if begin == len(data):
                return 0
            digit = data[begin]
            size |= (digit & 0x7F) << 7 * (begin - position - 1)
            begin += 1
            if digit < 0x80:
                break
            if begin - position == 5:
                raise _malformed("an endless length")
        if size > INCOMING_LIMIT:
            raise _malformed(f"a packet of {size} bytes, more than the {INCOMING_LIMIT} that any answer needs")
        if begin + size > len(data):
            return 0
        self._decode(first, data[begin : begin + size], batch)
        return begin + size - position

    def _decode(self, first: int, body: bytes, batch: Batch) -> None:
        if first == 0x40:
            self._puback(body, batch)
        elif first == 0x20:
            batch.others.append(self._connack(body))
        elif first == 0xD0:
            if body:
                raise _malformed("a PINGRESP with content")
            batch.others.append(Pingresp())
        else:
            self._only_5("a DISCONNECT from the broker")
            said = _said(_properties(PacketTypes.DISCONNECT, body[1:])) if len(body) > 1 else ""
            batch.others.append(Disconnect(body[0] if body else 0, said))

    def _connack(self, body: bytes) -> Connack:
        if len(body) < 2 or body[0] > 1:
            raise _malformed("a CONNACK without its flags and code")
        code = body[1]
        if self._version != V5 or (len(body) == 2 and code):  # an older broker refuses in its own version's words
            if len(body) != 2:
                raise _malformed("a CONNACK of another version of MQTT")
            return Connack(FROM_311.get(code, code))
        properties = _properties(PacketTypes.CONNACK, body[2:])
        return Connack(
            code=code,
            receive_maximum=getattr(properties, "ReceiveMaximum", RECEIVE_MAXIMUM),
            maximum_packet_size=getattr(properties, "MaximumPacketSize", LARGEST_PACKET),
            maximum_qos=getattr(properties, "MaximumQoS", 2),
            keepalive=getattr(properties, "ServerKeepAlive", None),
            said=_said(properties),
        )

    def _puback(self, body: bytes, batch: Batch) -> None:
        if len(body) < 2:
            raise _malformed("a PUBACK without its packet id")
        packet_id = int.from_bytes(body[:2], "big")
        code = 0
        said = ""
        if len(body) > 2:
            self._only_5("a PUBACK with a reason code")
            code = body[2]
            said = _said(_properties(PacketTypes.PUBACK, body[3:])) if len(body) > 3 else ""
        if code < _FAILURE:
            batch.acknowledged.append(packet_id)
        else:
            batch.rejected.append(Puback(packet_id, code, said))

    def _only_5(self, what: str) -> None:
        if self._version != V5:
            raise _malformed(f"{what}, which MQTT 3.1.1 does not know")


def _properties(packet_type: int, data: bytes) -> Properties:
    properties = Properties(packet_type)
    try:
        _, used = properties.unpack(data)
    except (MQTTException, struct.error, LookupError, ValueError) as error:
        raise _malformed(f"properties that cannot be read ({error})") from error
    if used != len(data):
        raise _malformed("properties that do not end where the packet ends")
    return properties


def _said(properties: Properties) -> str:
    return str(getattr(properties, "ReasonString", ""))


def _length(value: int) -> bytes:
    """A variable byte integer (MQTT 5, section 1.5.5)."""
    digits = bytearray()
    while value >= 0x80:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)


def _string(text: str, what: str) -> bytes:
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise BrokerError(f"{what} cannot be written in UTF-8 ({error.reason}); change it") from error
    if len(data) > 65_535:
        raise BrokerError(f"{what} is longer than the 65,535 bytes that MQTT allows; shorten it")
    return len(data).to_bytes(2, "big") + data


def _malformed(what: str) -> BrokerError:
    return BrokerError(
        f"the broker sent {what}; is this an MQTT broker? Check mqtt.host, mqtt.port and mqtt.tls", code="malformed"
    )
