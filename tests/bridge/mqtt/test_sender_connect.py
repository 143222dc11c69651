"""How a sender connects, which version it speaks, and how it notices that the broker is gone."""

from __future__ import annotations

import asyncio

import pytest

from readers_bridge.errors import BrokerError, BrokerRefusedError, BrokerUnreachableError
from readers_bridge.mqtt import connection as connection_module
from readers_bridge.mqtt.codec import V5, V311
from tests.bridge.mqtt.scripted_broker import YES_5, YES_311, Client, scripted_broker, yes_5
from tests.bridge.mqtt.sending import Outbox
from tests.conftest import free_port

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


async def test_a_broker_that_took_mqtt_5_is_not_asked_for_less_when_it_restarts() -> None:
    levels: list[int] = []

    async def script(client: Client) -> None:
        levels.append((await client.packet()).level)
        if len(levels) == 1:
            client.say(YES_5)
            await client.gone()

    async with scripted_broker(script) as port:
        outbox = Outbox("auto")
        await outbox.sender.connect("127.0.0.1", port)
        await outbox.sender.close()
        with pytest.raises(BrokerUnreachableError):
            await outbox.sender.connect("127.0.0.1", port)
    assert levels == [V5, V5]


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
        with pytest.raises(BrokerRefusedError, match=r"set mqtt\.protocol") as caught:
            await Outbox(protocol).sender.connect("127.0.0.1", port)
        assert caught.value.code == "unsupported_version"


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
