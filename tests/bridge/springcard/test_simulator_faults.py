"""Faults of simulated readers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time

import pytest

from readers_bridge.families.springcard.simulator import Card, Format, Settings, SimulatedReader, TcpLink
from tests.bridge.simulation.host import SECONDS
from tests.bridge.springcard.test_simulator_tcp import ANN, V1, Host, connected, host
from tests.conftest import eventually, free_port


async def silent(client: Host) -> bool:
    """Whether nothing comes, not even the end; bytes under way on a local connection are there at the next turn."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.reader.read(1)
            return False
    return True


async def test_half_open_says_nothing_more_and_keeps_the_slot() -> None:
    async with connected() as (reader, client):
        reader.fault("half_open")
        reader.tap(ANN)
        client.writer.write(b"$SCCMD;SEQ=60\r\n")
        assert await silent(client)
        assert not reader.commands
        client.writer.close()
        with pytest.raises(ConnectionRefusedError):
            async with host(reader):
                pass
        reader.fault("none")
        await reader.client_disconnected()
        assert [command.sequence for command in reader.commands] == [0x60]


async def test_reset() -> None:
    async with connected() as (reader, client):
        reader.fault("reset")
        with pytest.raises(ConnectionResetError):
            await client.end()
        assert not reader.connected


async def test_close() -> None:
    async with connected() as (reader, client):
        reader.fault("close")
        assert await client.end() == b""
        async with host(reader):
            await reader.client_connected()


async def test_slow_sends_byte_by_byte() -> None:
    async with connected() as (reader, client):
        reader.fault("slow", 0.002)
        began = time.monotonic()
        reader.tap(ANN)
        await client.exactly(V1)
        assert time.monotonic() - began > 0.002 * (len(V1) - 1)
        reader.fault("none")
        reader.tap(ANN)
        await client.exactly(V1)


async def test_garbage_and_then_a_good_message() -> None:
    async with connected() as (reader, client):
        reader.fault("garbage", 100)
        reader.tap(ANN)
        async with asyncio.timeout(SECONDS):
            received = await client.reader.readexactly(100 + len(V1))
        assert received.endswith(V1)
        assert not received.startswith(b"$SCRDR")


async def test_reboot_drops_the_host_and_counts_the_start() -> None:
    settings = Settings(format=Format.JSON, startups=7, boot_time=0.02)
    async with connected(settings) as (reader, client):
        reader.place(Card("0401"))
        first = json.loads(await client.line())
        reader.fault("reboot")
        assert not reader.connected
        with pytest.raises(ConnectionResetError):
            await client.end()
        with pytest.raises(ConnectionRefusedError):
            async with host(reader):
                pass
        assert isinstance(reader.link, TcpLink)
        with socket.socket() as other, pytest.raises(OSError, match="Address already in use"):
            other.bind(("127.0.0.1", reader.link.port))
        await reader.until(lambda: reader.startups == 8, "the reboot")
        async with host(reader) as again:
            # the card that still lies there is read anew
            second = json.loads(await again.line())
    assert first["Uptime"].startswith("7:0.")
    assert second["Uptime"].startswith("8:0.")


async def test_stopping_while_it_reboots() -> None:
    async with SimulatedReader(TcpLink(), Settings(boot_time=0.01)) as reader:
        reader.fault("reboot")
    await eventually(lambda: reader.startups == 1, "nothing")
    assert not reader.connected


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("explode", None, "there is no fault 'explode'"),
        ("reset", 3.0, "cannot have the value 3"),
        ("slow", -1.0, "cannot"),
    ],
)
async def test_faults_that_cannot_be(name: str, value: float | None, problem: str) -> None:
    async with SimulatedReader(TcpLink()) as reader:
        with pytest.raises(ValueError, match=problem):
            reader.fault(name, value)


async def test_an_address_that_is_taken() -> None:
    port = free_port()
    async with SimulatedReader(TcpLink(port=port)):
        with pytest.raises(OSError, match="Address already in use"):
            await SimulatedReader(TcpLink(port=port)).start()
