"""The sender against a broker that does what each test says."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from readers_bridge.errors import BrokerError, BrokerUnreachableError, TakenOverError
from readers_bridge.mqtt.connection import Connection
from readers_bridge.mqtt.sender import PACKET_IDS, WINDOW
from tests.bridge.mqtt.scripted_broker import YES_5, YES_311, Client, scripted_broker, yes_5
from tests.bridge.mqtt.sending import Message, Outbox, messages
from tests.conftest import eventually


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
    sent = messages(150, size=200_000)
    read_now = asyncio.Event()

    async def script(client: Client) -> None:
        await client.packet()
        client.say(YES_311)
        await read_now.wait()
        client.acknowledge(*await client.messages(150))
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
    rounds = iter([1, 2])

    async def script(client: Client) -> None:
        await client.packet()
        client.say(yes_5(receive_maximum=4))
        ids = await client.messages(4)
        if next(rounds) == 1:
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
