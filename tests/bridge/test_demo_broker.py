from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import aiomqtt
import pytest

from readers_bridge.demo import broker as demo_broker
from readers_bridge.demo.broker import AMQTT_CONFIG, HOST, Software, free_ports, installed_software, private_broker
from readers_bridge.demo.child import child_process
from readers_bridge.errors import BrokerUnreachableError
from tests.conftest import free_port


async def echo(port: int) -> bytes:
    async with aiomqtt.Client(HOST, port, protocol=aiomqtt.ProtocolVersion.V311) as client:
        await client.subscribe("echo")
        await client.publish("echo", b"hello", qos=1)
        async with asyncio.timeout(5):
            message = await anext(client.messages)
            assert isinstance(message.payload, bytes)
            return message.payload
    raise AssertionError


def is_served(host: str, port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex((host, port)) == 0


@pytest.fixture(params=["mosquitto", "amqtt"])
def software(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "amqtt":
        monkeypatch.setattr("shutil.which", lambda *_args, **_kwargs: None)
    return installed_software().name


async def test_the_broker_serves_this_machine_only_and_ends_with_the_block(tmp_path: Path, software: str) -> None:
    port = free_port()
    async with private_broker(tmp_path, port) as broker:
        assert (broker.software.name, broker.port) == (software, port)
        assert await echo(port) == b"hello"
        assert is_served(HOST, port)
        assert not is_served("127.0.0.2", port), "it listens on more than one address"
    assert not is_served(HOST, port)
    assert not broker.process.running


async def test_a_taken_port_is_left_to_its_owner() -> None:
    with socket.socket() as owner:
        owner.bind((HOST, 0))
        owner.listen()
        taken = owner.getsockname()[1]
        assert list(free_ports(taken)) == []
    assert list(free_ports(taken)) == [taken]


async def test_a_taken_port_that_was_asked_for_is_an_error_in_plain_words(tmp_path: Path) -> None:
    with socket.socket() as owner:
        owner.bind((HOST, 0))
        owner.listen()
        port = owner.getsockname()[1]
        with pytest.raises(BrokerUnreachableError, match=rf"port {port} .* is in use; choose another one with --port"):
            async with private_broker(tmp_path, port):
                pass


async def test_without_a_wish_the_next_free_port_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as owner:
        owner.bind((HOST, 0))
        owner.listen()
        taken, free = owner.getsockname()[1], free_port()
        monkeypatch.setattr(demo_broker, "PORTS", (taken, free))
        async with private_broker(tmp_path) as broker:
            assert broker.port == free


async def test_a_broker_that_ends_at_once_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Software("Broken", (sys.executable, "-c", "import sys; sys.exit('no such option')"), AMQTT_CONFIG)
    monkeypatch.setattr(demo_broker, "installed_software", lambda: broken)
    with pytest.raises(BrokerUnreachableError, match=r"Broken did not start; it said:\nno such option"):
        async with private_broker(tmp_path, free_port()):
            pass


def test_without_any_broker_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_kwargs: None)
    monkeypatch.setattr(demo_broker, "find_spec", lambda _name: None)
    with pytest.raises(BrokerUnreachableError, match="apt-get install mosquitto"):
        installed_software()


async def test_a_child_that_does_not_want_to_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("readers_bridge.demo.child.GRACE", 0.1)
    stubborn = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
    )
    async with child_process(sys.executable, "-c", stubborn) as child:
        async with asyncio.timeout(10):
            while child.last_words != "ready":
                await asyncio.sleep(0.01)
        assert child.running
    assert not child.running


async def test_the_last_words_are_kept_and_bounded() -> None:
    talker = "print('x' * 100_000); print('the end')"
    async with child_process(sys.executable, "-c", talker) as child:
        assert await child.ended() == 0
    assert child.last_words.endswith("x\nthe end")
    assert len(child.last_words) <= 4096
