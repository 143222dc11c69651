from __future__ import annotations

import struct
from dataclasses import astuple
from itertools import pairwise
from typing import Any

import pytest
from amqtt.adapters import BufferReader
from amqtt.mqtt.connack import ConnackPacket
from amqtt.mqtt.connect import ConnectPacket
from amqtt.mqtt.puback import PubackPacket
from amqtt.mqtt.publish import PublishPacket
from hypothesis import example, given
from hypothesis import strategies as st
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from readers_bridge.errors import BrokerError
from readers_bridge.mqtt.codec import (
    INCOMING_LIMIT,
    LARGEST_PACKET,
    TOPICS_LIMIT,
    V5,
    V311,
    Batch,
    Connack,
    Decoder,
    Disconnect,
    Login,
    Pingresp,
    Puback,
    PublishEncoder,
    UnsendableError,
    connect,
)
from readers_bridge.mqtt.reasons import PACKET_TOO_LARGE, TOPIC_NAME_INVALID

VERSIONS = pytest.mark.parametrize("version", [V5, V311])
versions = st.sampled_from([V5, V311])
topics = st.text(st.characters(codec="utf-8", exclude_characters="+#\0"), min_size=1, max_size=200)
packet_ids = st.integers(1, 65_535)


class Paho(PahoClient):
    """The other implementation: what would it send?"""

    def __init__(self, version: int, client_id: str = "") -> None:
        super().__init__(CallbackAPIVersion.VERSION2, client_id, protocol=MQTTProtocolVersion(version))
        self._sock = object()  # type: ignore[assignment]
        self._clean_start = True
        self.sent = b""

    def _packet_queue(
        self, command: int, packet: bytes | bytearray, mid: int, qos: int, info: Any = None
    ) -> MQTTErrorCode:
        self.sent += bytes(packet)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _sock_close(self) -> None:
        self._sock = None


# -- what we send


@given(versions, topics, st.binary(max_size=300), packet_ids)
@example(V5, "t", b"", 1)
@example(V311, "readers/home/front-door/read", b"x" * 350, 65_535)
@example(V5, "t", b"x" * 121, 10)  # the last length of one byte: 127
@example(V5, "t", b"x" * 122, 10)  # 128
@example(V5, "t", b"x" * 16_377, 10)  # 16,383
@example(V5, "t", b"x" * 16_378, 10)  # 16,384
@example(V311, "t", b"x" * 2_097_146, 10)  # 2,097,151
@example(V311, "t", b"x" * 2_097_147, 10)  # 2,097,152
def test_publish_is_what_paho_would_send(version: int, topic: str, payload: bytes, packet_id: int) -> None:
    other = Paho(version)
    other._send_publish(packet_id, topic.encode(), payload, qos=1)
    assert PublishEncoder(version).encode(topic, payload, packet_id) == other.sent


async def test_publish_is_read_by_amqtt() -> None:
    packet = PublishEncoder(V311).encode("readers/home/dock/read", b'{"id":"k-1"}', 513)
    read = await PublishPacket.from_stream(BufferReader(packet))
    assert (read.topic_name, read.data, read.packet_id) == ("readers/home/dock/read", b'{"id":"k-1"}', 513)
    assert (read.qos, read.retain_flag, read.dup_flag) == (1, False, False)


@given(versions, topics, st.none() | st.text(max_size=20), st.none() | st.text(max_size=20), st.integers(0, 65_535))
def test_connect_is_what_paho_would_send(
    version: int, client_id: str, username: str | None, password: str | None, keepalive: int
) -> None:
    other = Paho(version, client_id)
    if username is not None:
        other.username_pw_set(username, password)
    other._send_connect(keepalive)
    assert connect(Login(client_id, username, password, keepalive), version) == other.sent


async def test_connect_is_read_by_amqtt() -> None:
    packet = await ConnectPacket.from_stream(BufferReader(connect(Login("readers-home", "me", "secret", 30), V311)))
    assert (packet.client_id, packet.username, packet.password) == ("readers-home", "me", "secret")
    assert (packet.clean_session_flag, packet.will_flag, packet.keep_alive) == (True, False, 30)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Login("readers-home", "me", "secret"))


@pytest.mark.parametrize(("login", "what"), [(Login("i" * 65_536), "client id"), (Login("i", "u\ud800"), "username")])
def test_a_login_that_mqtt_cannot_carry(login: Login, what: str) -> None:
    with pytest.raises(BrokerError, match=what):
        connect(login, V5)


@pytest.mark.parametrize("topic", ["", "readers/+/read", "readers/#", "a\0b", "t" * 65_536, "bad\ud800"])
def test_a_topic_that_mqtt_does_not_allow(topic: str) -> None:
    with pytest.raises(UnsendableError) as caught:
        PublishEncoder(V5).encode(topic, b"", 1)
    assert caught.value.reason == TOPIC_NAME_INVALID


@VERSIONS
def test_the_maximum_packet_size_counts_the_whole_packet(version: int) -> None:
    size = len(PublishEncoder(version).encode("a/b", b"x" * 500, 1))
    PublishEncoder(version, size).encode("a/b", b"x" * 500, 1)
    with pytest.raises(UnsendableError, match=f"{size + 1} bytes, the broker takes {size}") as caught:
        PublishEncoder(version, size).encode("a/b", b"x" * 501, 1)
    assert caught.value.reason == PACKET_TOO_LARGE


def test_more_than_mqtt_can_carry() -> None:
    class Endless(bytes):
        def __len__(self) -> int:
            return LARGEST_PACKET

    with pytest.raises(UnsendableError):
        PublishEncoder(V5).encode("a/b", Endless(), 1)


def test_the_store_of_topics_is_bounded() -> None:
    encoder = PublishEncoder(V5)
    for number in range(2 * TOPICS_LIMIT):
        encoder.encode(f"t/{number}", b"", 1)
    assert len(encoder._topics) <= TOPICS_LIMIT


# -- what the broker says


def puback(packet_id: int, code: int | None = None, said: str | None = None) -> bytes:
    body = struct.pack(">H", packet_id)
    if code is not None:
        body += bytes([code])
    if said is not None:
        properties = Properties(PacketTypes.PUBACK)
        properties.ReasonString = said
        body += bytes(properties.pack())
    return bytes([0x40, len(body)]) + body


def connack(code: int = 0, **values: Any) -> bytes:
    properties = Properties(PacketTypes.CONNACK)
    for name, value in values.items():
        setattr(properties, name, value)
    body = bytes([0, code]) + bytes(properties.pack())
    return bytes([0x20, len(body)]) + body


def test_acknowledgements_in_the_order_of_arrival() -> None:
    data = puback(1) + puback(3) + puback(2) + puback(65_535)
    assert Decoder(V311).feed(data) == Batch(acknowledged=[1, 3, 2, 65_535])


def test_acknowledgements_of_mqtt_5() -> None:
    data = (
        puback(1)
        + puback(2, 0x10)  # nobody has subscribed: a success all the same
        + puback(3, 0x87)
        + puback(4, 0x97, "disk full")
        + puback(5, 0x00, "thanks")
        + puback(6)
    )
    assert Decoder(V5).feed(data) == Batch(
        acknowledged=[1, 2, 5, 6], rejected=[Puback(3, 0x87), Puback(4, 0x97, "disk full")]
    )


async def test_acknowledgements_of_amqtt() -> None:
    data = b"".join(bytes(PubackPacket.build(packet_id).to_bytes()) for packet_id in (7, 8, 9))
    assert Decoder(V311).feed(data).acknowledged == [7, 8, 9]


@pytest.mark.parametrize(
    ("version", "code", "expected"), [(V311, 0, 0), (V311, 4, 0x86), (V311, 5, 0x87), (V5, 1, 0x84), (V311, 200, 200)]
)
def test_connack_of_amqtt_in_words_of_mqtt_5(version: int, code: int, expected: int) -> None:
    data = bytes(ConnackPacket.build(0, code).to_bytes())
    assert Decoder(version).feed(data).others == [Connack(expected)]


def test_connack_of_mqtt_5() -> None:
    data = connack(
        ReceiveMaximum=20,
        MaximumPacketSize=2000,
        MaximumQoS=1,
        ServerKeepAlive=60,
        TopicAliasMaximum=10,
        UserProperty=("a", "b"),
    )
    expected = Connack(0, receive_maximum=20, maximum_packet_size=2000, maximum_qos=1, keepalive=60)
    assert Decoder(V5).feed(data).others == [expected]
    assert Decoder(V5).feed(connack()).others == [Connack(0)]
    assert Decoder(V5).feed(connack(0x87, ReasonString="not you")).others == [Connack(0x87, said="not you")]


def test_pingresp_and_disconnect() -> None:
    assert Decoder(V5).feed(b"\xd0\x00\xe0\x00").others == [Pingresp(), Disconnect(0)]
    assert Decoder(V5).feed(b"\xe0\x01\x8e").others == [Disconnect(0x8E)]
    assert Decoder(V5).feed(b"\xe0\x08\x8b\x06\x1f\x00\x03bye").others == [Disconnect(0x8B, "bye")]


@pytest.mark.parametrize(
    ("version", "data", "what"),
    [
        (V5, b"\x40\x01\x00", "PUBACK without its packet id"),
        (V5, b"\x40\x06\x00\x01\x87\x02\x1f\x00", "properties"),
        (V5, b"\x40\x05\x00\x01\x87\x00\x00", "do not end"),
        (V311, b"\x40\x03\x00\x01\x00", "3.1.1 does not know"),
        (V311, b"\x40\x03\x00\x01\x87", "3.1.1 does not know"),
        (V311, b"\xe0\x00", "3.1.1 does not know"),
        (V311, b"\x20\x03\x00\x00\x00", "another version"),
        (V5, b"\x20\x02\x00\x00", "properties"),
        (V5, b"\x20\x02\x02\x01", "CONNACK"),
        (V5, b"\x20\x06\x00\x00\x03\x21\x00\x00", "properties"),  # a Receive Maximum of 0
        (V5, b"\x20\x05\x00\x00\x02\xfe\x00", "properties"),  # no such property
        (V5, b"\xd0\x01\x00", "PINGRESP"),
        (V5, b"\x30\x05\x00\x01ahi", "0x30"),  # a PUBLISH, though nothing is subscribed
        (V5, b"HTTP/1.1 400 Bad Request\r\n", "0x48"),
        (V5, b"\x15\x03\x03\x00\x02\x02\x46", "0x15"),  # a TLS alert
        (V5, b"\x40\xff\xff\xff\xff\x01", "endless"),
    ],
)
def test_what_is_not_an_answer_is_said_so(version: int, data: bytes, what: str) -> None:
    decoder = Decoder(version)
    batch = decoder.feed(puback(7) + data)
    assert batch.acknowledged == [7]
    assert batch.error is not None
    assert what in str(batch.error)
    assert "check mqtt.host" in str(batch.error).lower()
    assert decoder.feed(puback(8)) == Batch(error=batch.error)


def test_a_packet_larger_than_any_answer_is_refused_at_its_head() -> None:
    error = Decoder(V5).feed(b"\x20\xff\xff\x03").error
    assert error is not None
    assert "65535 bytes" in str(error)


packets = st.one_of(
    st.builds(puback, packet_ids),
    st.builds(puback, packet_ids, st.sampled_from([0x00, 0x10, 0x80, 0x87, 0x97])),
    st.builds(puback, packet_ids, st.sampled_from([0x00, 0x97]), st.text("abc ö", max_size=20)),
    st.builds(connack, st.sampled_from([0, 0x86]), ReceiveMaximum=packet_ids, ServerKeepAlive=st.integers(0, 65_535)),
    st.sampled_from([b"\xd0\x00", b"\xe0\x00", b"\xe0\x01\x8e", b"\xe0\x02\x8e\x00"]),
)


def fed(version: int, pieces: list[bytes]) -> tuple[Any, ...]:
    decoder = Decoder(version)
    total = Batch()
    for piece in pieces:
        batch = decoder.feed(piece)
        total.acknowledged += batch.acknowledged
        total.rejected += batch.rejected
        total.others += batch.others
        total.error = batch.error
        assert len(decoder._rest) <= INCOMING_LIMIT + 5
    return (*astuple(total)[:3], str(total.error))


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[begin:end] for begin, end in pairwise(edges)]


@given(versions, st.lists(packets, max_size=12), st.binary(max_size=20), st.lists(st.integers(0, 500), max_size=12))
def test_any_cut_gives_the_same(version: int, answers: list[bytes], garbage: bytes, places: list[int]) -> None:
    data = b"".join(answers) + garbage
    whole = fed(version, [data])
    assert fed(version, cut(data, places)) == whole
    assert fed(version, [bytes([byte]) for byte in data]) == whole


@given(versions, st.lists(st.binary(max_size=40), max_size=5))
def test_garbage_is_an_error_and_never_an_exception(version: int, pieces: list[bytes]) -> None:
    fed(version, pieces)


@given(versions, st.sampled_from([0x20, 0x40, 0xE0]), st.binary(max_size=30))
def test_an_answer_full_of_garbage_is_an_error_and_never_an_exception(version: int, first: int, body: bytes) -> None:
    decoder = Decoder(version)
    batch = decoder.feed(bytes([first, len(body)]) + body)
    if batch.error is None:
        assert batch.acknowledged or batch.rejected or batch.others
    else:
        assert type(batch.error) is BrokerError
