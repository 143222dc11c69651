"""The sender against real brokers: Mosquitto and amqtt, both versions, TLS and passwords, asyncio and uvloop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
import trustme
import uvloop
from amqtt.broker import Broker as Amqtt

from readers_bridge.errors import BrokerError, BrokerRefusedError, BrokerUnreachableError, TakenOverError
from readers_bridge.mqtt.codec import V311
from tests.bridge.mqtt.sending import Message, Outbox, messages
from tests.conftest import MOSQUITTO, Broker, eventually, free_port

PROTOCOLS = pytest.mark.parametrize("protocol", ["5", "3.1.1"])
LOOPS = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
HOST = "127.0.0.1"
BURST = 6000


def mosquitto_version() -> tuple[int, ...]:
    """Printed by its help."""
    words = subprocess.run([MOSQUITTO, "-h"], check=False, capture_output=True, text=True).stdout.split()
    return tuple(int(part) for part in words[2].split("."))


MakeBroker = Callable[..., Broker]
MakeLoop = Callable[[], asyncio.AbstractEventLoop]


def run(loop: MakeLoop, main: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(30):
            await main()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(limited())


@contextlib.asynccontextmanager
async def subscriber(port: int) -> AsyncIterator[list[Message]]:
    """What arrives at somebody who subscribed to everything."""
    arrived: list[Message] = []

    async def collect(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            assert (message.qos, message.retain) == (1, False)
            arrived.append(Message(str(message.topic), bytes(message.payload)))

    async with aiomqtt.Client(HOST, port) as client:
        await client.subscribe("readers/#", 1)
        task = asyncio.create_task(collect(client))
        yield arrived
        task.cancel()


@LOOPS
@PROTOCOLS
def test_everything_arrives_in_order(broker: Broker, protocol: str, loop: MakeLoop) -> None:
    sent = [*messages(20), Message("readers/home/dock/event", b""), *messages(500, size=330), *messages(3, size=20_000)]

    async def main() -> None:
        async with subscriber(broker.port) as arrived:
            outbox = Outbox(protocol)
            await outbox.sender.connect(HOST, broker.port)
            assert outbox.sender.window == (20 if protocol == "5" else 200)
            outbox.sender.send(sent)
            await outbox.settled(sent)
            await eventually(lambda: len(arrived) >= len(sent), "everything to arrive")
            assert arrived == sent
            assert outbox.refused == []
            await outbox.sender.close()
            await outbox.sender.closed()

    run(loop, main)


@LOOPS
@PROTOCOLS
def test_a_broker_killed_in_a_burst(make_broker: MakeBroker, protocol: str, loop: MakeLoop) -> None:
    broker = make_broker(lines=("allow_anonymous true", "max_queued_messages 0"))
    sent = messages(BURST, size=330)

    async def main() -> None:
        outbox = Outbox(protocol)
        await outbox.sender.connect(HOST, broker.port)
        for start in range(0, BURST, 50):
            outbox.sender.send(sent[start : start + 50])
        await eventually(lambda: len(outbox.acked) > 200, "the burst to run")
        broker.kill()
        with pytest.raises(BrokerUnreachableError):
            await outbox.sender.closed()
        assert 200 < len(outbox.acked) < BURST
        rest = outbox.sender.forget()
        assert outbox.acked + rest == sent

        broker.start()
        async with subscriber(broker.port) as arrived:
            await outbox.sender.connect(HOST, broker.port)
            outbox.sender.send(rest)
            await outbox.settled(sent)
            await eventually(lambda: len(arrived) >= len(rest), "the rest to arrive")
            assert arrived == rest
        await outbox.sender.close()

    run(loop, main)


async def test_mosquitto_ends_orderly(broker: Broker) -> None:
    outbox = Outbox("5")
    await outbox.sender.connect(HOST, broker.port)
    broker.stop()
    with pytest.raises(BrokerUnreachableError):
        await outbox.sender.closed()


# -- refused messages


async def test_a_topic_that_is_not_allowed(make_broker: MakeBroker, tmp_path: Path) -> None:
    (tmp_path / "acl").write_text("topic readwrite readers/#\ntopic deny readers/home/secret/read\n")
    broker = make_broker(lines=("allow_anonymous true", f"acl_file {tmp_path / 'acl'}"))
    denied = Message("readers/home/secret/read", b"no")
    sent = messages(100)
    outbox = Outbox("5")
    await outbox.sender.connect(HOST, broker.port)
    outbox.sender.send([*sent[:50], denied, *sent[50:]])
    await outbox.settled(sent)
    [(message, code, words)] = outbox.refused
    assert (message, code) == (denied, 0x87)
    assert "access rules" in words
    await outbox.sender.close()


@pytest.mark.parametrize(
    "limit", ["max_packet_size 1000", "message_size_limit 1000"], ids=["announced", "not announced"]
)
async def test_a_message_above_the_size_that_mosquitto_takes(make_broker: MakeBroker, limit: str) -> None:
    broker = make_broker(lines=("allow_anonymous true",), before=(limit,))
    large = Message("readers/home/till/result", b"x" * 2000)
    sent = messages(40)
    outbox = Outbox("5")
    await outbox.sender.connect(HOST, broker.port)
    outbox.sender.send([*sent[:20], large, *sent[20:]])
    await outbox.settled(sent)
    assert [(message, code) for message, code, _ in outbox.refused] == [(large, 0x95)]
    await outbox.sender.close()


# -- who may connect


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    """A password file of Mosquitto: readers may come in with "right"."""
    path = tmp_path / "passwords"
    path.touch(0o600)
    subprocess.run(["mosquitto_passwd", "-b", str(path), "readers", "right"], check=True)
    return path


@PROTOCOLS
async def test_a_wrong_password(make_broker: MakeBroker, passwords: Path, protocol: str) -> None:
    broker = make_broker(lines=(f"password_file {passwords}",))
    for username, password in (("readers", "wrong"), (None, None)):
        with pytest.raises(BrokerRefusedError, match=r"mqtt\.password"):
            await Outbox(protocol, username=username, password=password).sender.connect(HOST, broker.port)
    outbox = Outbox(protocol, username="readers", password="right")
    await outbox.sender.connect(HOST, broker.port)
    outbox.sender.send(messages(5))
    await outbox.settled(messages(5))
    await outbox.sender.close()


@PROTOCOLS
async def test_a_second_client_with_our_id(broker: Broker, protocol: str) -> None:
    first, second = Outbox(protocol), Outbox(protocol)
    await first.sender.connect(HOST, broker.port)
    await second.sender.connect(HOST, broker.port)
    with pytest.raises(BrokerError, match="another client") as caught:
        await first.sender.closed()
    told = protocol == "5" and mosquitto_version() >= (2, 0, 15)
    assert type(caught.value) is (TakenOverError if told else BrokerUnreachableError)
    second.sender.send(messages(3))
    await second.settled(messages(3))
    await second.sender.close()


# -- TLS


@dataclass
class Certificates:
    folder: Path

    def __post_init__(self) -> None:
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(self.folder / "ca.pem")
        self.serve_as("127.0.0.1", "localhost")

    def serve_as(self, *names: str) -> None:
        server = self.authority.issue_cert(*names)
        server.private_key_pem.write_to_path(self.folder / "server.key")
        server.cert_chain_pems[0].write_to_path(self.folder / "server.pem")

    def lines(self) -> tuple[str, ...]:
        files = (
            f"cafile {self.folder}/ca.pem",
            f"certfile {self.folder}/server.pem",
            f"keyfile {self.folder}/server.key",
        )
        return ("allow_anonymous true", *files, "require_certificate true")

    def client(self, *, certificate: bool = True) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        if certificate:
            self.authority.issue_cert("readers-home").configure_cert(context)
        return context


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


@LOOPS
@PROTOCOLS
def test_tls_with_a_client_certificate(
    make_broker: MakeBroker, certificates: Certificates, protocol: str, loop: MakeLoop
) -> None:
    broker = make_broker(lines=certificates.lines())
    sent = messages(500, size=330)

    async def main() -> None:
        outbox = Outbox(protocol, tls=certificates.client())
        await outbox.sender.connect(HOST, broker.port)
        outbox.sender.send(sent)
        await outbox.settled(sent)
        outbox.sender.send(messages(BURST, size=330))
        await outbox.sender.close()
        await outbox.sender.closed()

    run(loop, main)


@LOOPS
def test_tls_that_fails(make_broker: MakeBroker, broker: Broker, certificates: Certificates, loop: MakeLoop) -> None:
    secured = make_broker(lines=certificates.lines())
    stranger = ssl.create_default_context()

    async def main() -> None:
        with pytest.raises(BrokerRefusedError, match=r"mqtt\.tls\.certificate"):
            await Outbox(tls=certificates.client(certificate=False)).sender.connect(HOST, secured.port)
        with pytest.raises(BrokerRefusedError, match=r"mqtt\.tls\.ca"):
            await Outbox(tls=stranger).sender.connect(HOST, secured.port)
        with pytest.raises(BrokerUnreachableError, match=r"mqtt\.tls"):
            await Outbox().sender.connect(HOST, secured.port)
        with pytest.raises(BrokerError, match=r"mqtt\.tls"):
            await Outbox(tls=certificates.client()).sender.connect(HOST, broker.port)

    run(loop, main)


async def test_a_certificate_for_another_host(make_broker: MakeBroker, certificates: Certificates) -> None:
    certificates.serve_as("broker.example")
    broker = make_broker(lines=certificates.lines())
    with pytest.raises(BrokerRefusedError, match=r"check mqtt\.tls\.ca and mqtt\.host"):
        await Outbox(tls=certificates.client()).sender.connect(HOST, broker.port)


# -- amqtt, which speaks 3.1.1 only


@contextlib.asynccontextmanager
async def amqtt() -> AsyncIterator[int]:
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    port = free_port()
    plugins: dict[str, Any] = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    listeners: dict[str, Any] = {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}
    broker = Amqtt({"listeners": listeners, "plugins": plugins})
    await broker.start()
    try:
        yield port
    finally:
        await broker.shutdown()


@pytest.mark.parametrize("protocol", ["auto", "3.1.1"])
async def test_amqtt(protocol: str) -> None:
    sent = [*messages(200, size=330), Message("readers/home/dock/event", b"x" * 20_000)]
    async with amqtt() as port:
        outbox = Outbox(protocol)
        await outbox.sender.connect(HOST, port)
        assert (outbox.sender.version, outbox.sender.broker_version) == (V311, V311)
        outbox.sender.send(sent)
        await outbox.settled(sent)
        await outbox.sender.close()


async def test_amqtt_is_asked_for_mqtt_5() -> None:
    async with amqtt() as port:
        with pytest.raises(BrokerRefusedError, match="auto"):
            await Outbox("5").sender.connect(HOST, port)
