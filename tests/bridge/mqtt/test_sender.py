"""The sender against a broker that does what each test says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from readers_bridge.errors import BrokerError, BrokerRefusedError, BrokerUnreachableError, TakenOverError
from readers_bridge.mqtt import connection as connection_module
from readers_bridge.mqtt.codec import V5, V311
from readers_bridge.mqtt.connection import Connection
from readers_bridge.mqtt.sender import PACKET_IDS, WINDOW
from tests.bridge.mqtt.scripted_broker import YES_5, YES_311, Client, scripted_broker, yes_5
from tests.bridge.mqtt.sending import Message, Outbox, messages
from tests.conftest import eventually, free_port


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Everything that is written to a broker, write by write."""
    seen: list[bytes] = []
    write = Connection.write

    def spy(self: Connection, data: bytes) -> None:
        seen.append(data)
        write(self, data)

    monkeypatch.setattr(Connection, "write", spy)
    return seen


# -- the window


async def test_no_more_in_flight_than_the_broker_allows() -> None:
    sent = messages(12)

    async def script(client: Client) -> None:
        await client.packet()
        client.say(yes_5(receive_maximum=5))
        ids = await client.messages(5)
        assert await client.is_silent()
        client.acknowledge(ids[0], ids[1])
        ids = ids[2:] + await client.messages(2)
        assert await client.is_silent()
        client.acknowledge(*ids)
        client.acknowledge(*await client.messages(5))
        await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox()
        outbox.sender.send(sent)
        await outbox.sender.connect("127.0.0.1", port)
        assert (outbox.sender.window, outbox.sender.in_flight, outbox.sender.queued) == (5, 5, 7)
        await outbox.settled(sent)
        assert (outbox.sender.in_flight, outbox.sender.queued) == (0, 0)
        await outbox.sender.close()


@pytest.mark.parametrize(("protocol", "answer"), [("5", YES_5), ("3.1.1", YES_311)])
async def test_our_own_window_where_the_broker_sets_none(protocol: str, answer: bytes) -> None:
    async def script(client: Client) -> None:
        await client.packet()
        client.say(answer)
        await client.messages(WINDOW)
        assert await client.is_silent()

    async with scripted_broker(script) as port:
        outbox = Outbox(protocol)
        await outbox.sender.connect("127.0.0.1", port)
        outbox.sender.send(messages(WINDOW + 100))
        assert (outbox.sender.window, outbox.sender.in_flight) == (WINDOW, WINDOW)
        with pytest.raises(BrokerUnreachableError):
            await outbox.sender.closed()


async def test_acknowledgements_out_of_order_arrive_in_one_call(writes: list[bytes]) -> None:
    sent = messages(8)

    async def script(client: Client) -> None:
        await client.packet()
        client.say(yes_5(receive_maximum=5))
        a, b, c, d, e = await client.messages(5)
        client.acknowledge(c, a, e)
        f, g, h = await client.messages(3)
        client.acknowledge(b, d, f, g, h, a, b"\xff\xff")  # one twice, and one that was never sent
        await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox()
        await outbox.sender.connect("127.0.0.1", port)
        outbox.sender.send(sent)
        await outbox.settled([sent[number] for number in (2, 0, 4, 1, 3, 5, 6, 7)])
        assert outbox.calls == [3, 5]
        assert len(writes) == 1 + 1 + 1  # CONNECT, what fitted the window, the rest after the first acknowledgements
        await outbox.sender.close()


async def test_packet_ids_are_used_again_but_not_those_in_flight() -> None:
    async def script(client: Client) -> None:
        await client.packet()
        client.say(yes_5(receive_maximum=6))
        first, second, *rest = await client.messages(6)
        assert [first, second, *rest] == [bytes([0, number]) for number in range(1, 7)]
        client.acknowledge(first, *rest)  # the second stays in flight
        client.acknowledge(*await client.messages(5))
        await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox()
        await outbox.sender.connect("127.0.0.1", port)
        outbox.sender.send(messages(6))
        await eventually(lambda: outbox.sender.in_flight == 1, "all but one acknowledged")
        outbox.sender._last_id = PACKET_IDS - 2
        outbox.sender.send(messages(5))
        assert list(outbox.sender._in_flight) == [2, 65_534, 65_535, 1, 3, 4]
        await eventually(lambda: len(outbox.acked) == 10, "the others acknowledged")
        await outbox.sender.close()


async def test_back_pressure_of_the_network_is_respected() -> None:
    sent = messages(600, size=50_000)
    read_now = asyncio.Event()

    async def script(client: Client) -> None:
        await client.packet()
        client.say(YES_311)
        await read_now.wait()
        for _ in range(10):
            client.acknowledge(*await client.messages(60))
        await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox("3.1.1")
        await outbox.sender.connect("127.0.0.1", port)
        outbox.sender.send(sent)
        assert outbox.sender.queued > 0  # 30 MB fit the window, but not the buffers
        transport: Any = outbox.sender._connection._transport  # type: ignore[union-attr]
        assert transport.get_write_buffer_size() < 2 * 1024 * 1024
        read_now.set()
        await outbox.settled(sent)
        await outbox.sender.close()


# -- refusals


async def test_a_refused_message_is_told_and_the_others_go_on() -> None:
    sent = messages(3)

    async def script(client: Client) -> None:
        await client.packet()
        client.say(yes_5(receive_maximum=2))
        first, second = await client.messages(2)
        client.say(b"\x40\x0a" + first + b"\x97\x06\x1f\x00\x03a b")
        client.acknowledge(second, *await client.messages(1))
        await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox()
        await outbox.sender.connect("127.0.0.1", port)
        outbox.sender.send(sent)
        await outbox.settled(sent[1:])
        [(message, code, words)] = outbox.refused
        assert (message, code) == (sent[0], 0x97)
        assert "quota" in words
        assert "'a b'" in words
        await outbox.sender.close()


async def test_what_can_never_be_sent_is_refused_without_sending_it() -> None:
    good = messages(2)
    large = Message("readers/home/dock/result", b"x" * 200)
    wild = Message("readers/+/read", b"")

    async def script(client: Client) -> None:
        await client.packet()
        client.say(yes_5(receive_maximum=10, maximum_packet_size=120))
        client.acknowledge(*await client.messages(2))
        await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox()
        await outbox.sender.connect("127.0.0.1", port)
        outbox.sender.send([large, good[0], wild, good[1]])
        await outbox.settled(good)
        assert [(message, code) for message, code, _ in outbox.refused] == [(large, 0x95), (wild, 0x90)]
        assert "the broker takes 120" in outbox.refused[0][2]
        assert outbox.sender.in_flight == 0
        await outbox.sender.close()


# -- the version


@pytest.mark.parametrize(
    "no",
    [b"\x20\x03\x00\x84\x00", b"\x20\x02\x00\x01", b""],
    ids=["reason 0x84", "return code 1", "closes at once"],
)
async def test_auto_falls_back_to_3_1_1_and_remembers_it(no: bytes) -> None:
    levels: list[int] = []

    async def script(client: Client) -> None:
        level = (await client.packet()).level
        levels.append(level)
        client.say(no if level == V5 else YES_311)
        if level == V311:
            await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox("auto")
        await outbox.sender.connect("127.0.0.1", port)
        assert (outbox.sender.version, outbox.sender.broker_version) == (V311, V311)
        await outbox.sender.close()
        await outbox.sender.connect("127.0.0.1", port)
        await outbox.sender.close()
    assert levels == [V5, V311, V311]


async def test_auto_falls_back_when_there_is_no_answer_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "ANSWER_TIMEOUT", 0.05)

    async def script(client: Client) -> None:
        if (await client.packet()).level == V311:
            client.say(YES_311)
        await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox("auto")
        await outbox.sender.connect("127.0.0.1", port)
        assert outbox.sender.version == V311
        await outbox.sender.close()


@pytest.mark.parametrize(("protocol", "no"), [("5", b"\x20\x03\x00\x84\x00"), ("3.1.1", b"\x20\x02\x00\x01")])
async def test_a_version_that_was_asked_for_is_not_changed(protocol: str, no: bytes) -> None:
    async def script(client: Client) -> None:
        await client.packet()
        client.say(no)

    async with scripted_broker(script) as port:
        with pytest.raises(BrokerRefusedError, match="set mqtt.protocol") as caught:
            await Outbox(protocol).sender.connect("127.0.0.1", port)
        assert caught.value.code == "unsupported_version"


async def test_a_small_window_is_a_reason_for_3_1_1_if_wanted() -> None:
    async def script(client: Client) -> None:
        level = (await client.packet()).level
        client.say(yes_5(receive_maximum=20, maximum_packet_size=150) if level == V5 else YES_311)
        if level == V5:
            assert (await client.packet()).first == 0xE0
        else:
            client.acknowledge(*await client.messages(1))
            await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox("auto", smallest_window=100)
        outbox.sender.send([Message("a/b", b"x" * 200), Message("a/b", b"y")])
        await outbox.sender.connect("127.0.0.1", port)
        assert (outbox.sender.version, outbox.sender.broker_version) == (V311, V5)
        assert outbox.sender.window == WINDOW
        await outbox.settled([Message("a/b", b"y")])
        assert [code for _, code, _ in outbox.refused] == [0x95]  # the limit that was told in MQTT 5 still holds
        await outbox.sender.close()


@pytest.mark.parametrize(("protocol", "smallest"), [("auto", 20), ("5", 100)])
async def test_a_window_that_is_large_enough_or_a_version_that_was_asked_for(protocol: str, smallest: int) -> None:
    async def script(client: Client) -> None:
        assert (await client.packet()).level == V5
        client.say(yes_5(receive_maximum=20))
        await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox(protocol, smallest_window=smallest)
        await outbox.sender.connect("127.0.0.1", port)
        assert (outbox.sender.version, outbox.sender.window) == (V5, 20)
        await outbox.sender.close()


async def test_a_broker_that_takes_no_3_1_1_keeps_its_small_window() -> None:
    async def script(client: Client) -> None:
        level = (await client.packet()).level
        client.say(yes_5(receive_maximum=20) if level == V5 else b"\x20\x02\x00\x01")
        if level == V5:
            await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox("auto", smallest_window=100)
        await outbox.sender.connect("127.0.0.1", port)
        assert (outbox.sender.version, outbox.sender.window) == (V5, 20)
        await outbox.sender.close()


# -- connecting in vain


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (b"\x20\x03\x00\x86\x00", BrokerRefusedError, "mqtt.password"),
        (b"\x20\x03\x00\x87\x00", BrokerRefusedError, "not authorised"),
        (b"\x20\x0a\x00\x8a\x07\x1f\x00\x04gone", BrokerRefusedError, "banned.*'gone'"),
        (b"\x20\x03\x00\x89\x00", BrokerUnreachableError, "busy"),
        (b"\x20\x05\x00\x00\x02\x24\x00", BrokerRefusedError, "QoS 1"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", BrokerError, "is this an MQTT broker"),
        (b"", BrokerUnreachableError, "instead of answering"),
    ],
)
async def test_the_broker_says_no(answer: bytes, error: type[BrokerError], words: str) -> None:
    async def script(client: Client) -> None:
        await client.packet()
        client.say(answer)

    async with scripted_broker(script) as port:
        with pytest.raises(error, match=words) as caught:
            await Outbox("5").sender.connect("127.0.0.1", port)
        assert type(caught.value) is error


async def test_nobody_listens() -> None:
    with pytest.raises(BrokerUnreachableError, match="check that it runs"):
        await Outbox().sender.connect("127.0.0.1", free_port())


async def test_no_such_host() -> None:
    with pytest.raises(BrokerUnreachableError, match="cannot be resolved"):
        await Outbox().sender.connect("no-such-host.invalid", 1883)


async def test_giving_up_while_connecting_leaves_no_connection_behind() -> None:
    asked = asyncio.Event()

    async def script(client: Client) -> None:
        await client.packet()
        asked.set()
        await client.gone()

    async with scripted_broker(script) as port:
        connecting = asyncio.create_task(Outbox().sender.connect("127.0.0.1", port))
        await asked.wait()
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting


# -- the end


@pytest.mark.parametrize(
    ("last_words", "error", "words"),
    [
        (b"\xe0\x01\x8e", TakenOverError, "second bridge"),
        (b"\xe0\x01\x8b", BrokerUnreachableError, "shutting down"),
        (b"\xe0\x09\x98\x07\x1f\x00\x04lunch"[:-1], BrokerUnreachableError, "'lunc'"),
        (b"\xe0\x00", BrokerUnreachableError, "does not say why"),
        (b"\x20\x03\x00\x00\x00", BrokerError, "second CONNACK"),
        (b"\xff", BrokerError, "0xFF"),
        (b"", BrokerUnreachableError, "closed the connection"),
    ],
)
async def test_why_the_connection_ended(last_words: bytes, error: type[BrokerError], words: str) -> None:
    async def script(client: Client) -> None:
        await client.packet()
        client.say(YES_5)
        first, *_ = await client.messages(3)
        client.acknowledge(first)
        client.say(last_words)

    async with scripted_broker(script) as port:
        outbox = Outbox("5")
        await outbox.sender.connect("127.0.0.1", port)
        sent = messages(3)
        outbox.sender.send(sent)
        with pytest.raises(error, match=words) as caught:
            await outbox.sender.closed()
        assert type(caught.value) is error
        assert outbox.acked == sent[:1]
        outbox.sender.send(messages(1))  # nobody to send it to, and no harm done
        assert outbox.sender.forget() == [*sent[1:], *messages(1)]
        assert (outbox.sender.in_flight, outbox.sender.queued, outbox.sender.forget()) == (0, 0, [])
        await outbox.sender.close()


async def test_close_says_goodbye_and_keeps_what_is_not_acknowledged() -> None:
    async def script(client: Client) -> None:
        await client.packet()
        client.say(YES_5)
        await client.messages(3)
        assert (await client.packet()).first == 0xE0
        await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox()
        await outbox.sender.connect("127.0.0.1", port)
        sent = messages(3)
        outbox.sender.send(sent)
        await outbox.sender.close()
        await outbox.sender.closed()
        assert outbox.sender.forget() == sent


async def test_what_was_forgotten_is_not_acknowledged_later() -> None:
    forgotten = asyncio.Event()

    async def script(client: Client) -> None:
        await client.packet()
        client.say(YES_5)
        ids = await client.messages(3)
        await forgotten.wait()
        client.acknowledge(*ids)
        assert (await client.packet()).first == 0xE0

    async with scripted_broker(script) as port:
        outbox = Outbox()
        await outbox.sender.connect("127.0.0.1", port)
        outbox.sender.send(messages(3))
        await eventually(lambda: outbox.sender.in_flight == 3, "the messages in flight")
        assert outbox.sender.forget() == messages(3)
        outbox.sender.send(messages(2, "later"))
        assert (outbox.sender.in_flight, outbox.sender.queued) == (0, 2)
        forgotten.set()
        await outbox.sender.close()
        assert outbox.acked == []
        assert outbox.sender.forget() == messages(2, "later")


async def test_a_new_connection_sends_what_the_old_one_left() -> None:
    rounds: list[Callable[[Client], Any]] = []

    async def script(client: Client) -> None:
        await client.packet()
        client.say(yes_5(receive_maximum=4))
        ids = await client.messages(4)
        rounds.append(client.acknowledge)
        if len(rounds) == 1:
            client.acknowledge(ids[1])
        else:
            client.acknowledge(*ids)
            client.acknowledge(*await client.messages(1))
            await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox()
        await outbox.sender.connect("127.0.0.1", port)
        sent = messages(6)
        outbox.sender.send(sent)
        with pytest.raises(BrokerUnreachableError):
            await outbox.sender.closed()
        await outbox.sender.connect("127.0.0.1", port)
        await outbox.settled([sent[1], sent[0], *sent[2:]])
        await outbox.sender.close()


# -- keepalive


async def test_a_silent_broker_is_given_up() -> None:
    pings: list[int] = []

    async def script(client: Client) -> None:
        await client.packet()
        client.say(yes_5(receive_maximum=20, keepalive=1))
        for answer in (b"\xd0\x00", b""):
            pings.append((await client.packet()).first)
            client.say(answer)
        await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox(keepalive=3600)
        await outbox.sender.connect("127.0.0.1", port)
        with pytest.raises(BrokerUnreachableError, match="silent") as caught:
            await asyncio.wait_for(outbox.sender.closed(), 5)
        assert caught.value.code == "timeout"
    assert pings == [0xC0, 0xC0]


async def test_no_keepalive_no_pings() -> None:
    async def script(client: Client) -> None:
        await client.packet()
        client.say(YES_5)
        assert (await client.packet()).first == 0xE0

    async with scripted_broker(script) as port:
        outbox = Outbox(keepalive=0)
        await outbox.sender.connect("127.0.0.1", port)
        await outbox.sender.close()
