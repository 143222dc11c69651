"""TCP servers and pseudo-terminals, and the speed of the line."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from readers_bridge.families.transcore.simulator import SecondClient, SerialLink, Settings, SimulatedReader, TcpLink
from readers_bridge.families.transcore.typedefs import Protocol
from tests.bridge.transcore.simulator.host import COPYRIGHT, SIGN_ON, connected, host_of, on_line, opened
from tests.bridge.transcore.simulator.test_reader_ecp import WILD, message

PLAIN = Settings(sign_on=False, time=False)


async def test_a_second_connection_is_refused() -> None:
    async with connected(PLAIN) as (reader, host):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", reader.port)
        assert await host.ask(b"#01\r") == b"#Done\r\n"


async def test_a_second_connection_is_closed_at_once() -> None:
    async with connected(PLAIN, TcpLink(second_client=SecondClient.CLOSE)) as (reader, host):
        async with host_of(reader) as second:
            assert await second.end() == b""
        await reader.wait_for("refused")
        assert await host.ask(b"#01\r") == b"#Done\r\n"


async def test_one_connection_after_the_other() -> None:
    async with SimulatedReader(TcpLink(), PLAIN) as reader:
        for _ in range(3):
            async with host_of(reader) as host:
                await reader.client_connected()
                reader.present("A")
                assert await host.line() == b"#A\r\n"
            await reader.client_disconnected()


async def test_an_address_that_is_taken() -> None:
    async with SimulatedReader(TcpLink()) as reader:
        with pytest.raises(OSError, match="in use"):
            await SimulatedReader(TcpLink(port=reader.port)).start()


async def test_a_power_cycle_leaves_the_device_server_alone() -> None:
    async with connected(Settings(boot_time=0.0)) as (reader, host):
        reader.power_off()
        reader.power_off()
        host.say(b"#01\r")
        reader.power_on()
        reader.power_on()
        assert [await host.line(), await host.line()] == [SIGN_ON, COPYRIGHT]
        assert reader.counts.power_cycles == 1


async def test_an_embedded_server_loses_power_too() -> None:
    settings = Settings(protocol=Protocol.ECP, sign_on=False, time=False, embedded_server=True, ecp_timeout=0.05)
    async with connected(settings) as (reader, host):
        reader.present("A")
        assert await host.line() == message("0A")
        reader.power_cycle(0.0)
        with contextlib.suppress(ConnectionResetError):
            await host.end()
        await reader.wait_for("started")
        async with host_of(reader) as again:
            assert (await again.line()).startswith(b"#0Model")
            assert (await again.ask(b"#0@" + WILD)).startswith(b"#2Copyright")
            assert await again.ask(b"#2@" + WILD) == message("4A")


async def test_a_line_is_there_again_and_again(tmp_path: Path) -> None:
    link = SerialLink(tmp_path / "a line")
    async with SimulatedReader(link, PLAIN) as reader:
        assert reader.address == f"serial://{tmp_path}/a line"
        for _ in range(2):
            with opened(link.path):
                await reader.client_connected()
            await reader.client_disconnected()
            reader.present("nobody")
        assert reader.counts.unheard == 2
    assert not (tmp_path / "a line").exists()


async def test_a_power_cycle_on_a_line() -> None:
    async with on_line(Settings(boot_time=0.0)) as (reader, host):
        reader.power_cycle()
        assert [await host.line(), await host.line()] == [SIGN_ON, COPYRIGHT]


async def test_characters_leave_at_the_speed_of_the_line() -> None:
    settings = Settings(sign_on=False, time=False, baud=9600)
    async with connected(settings) as (reader, host):
        began = asyncio.get_running_loop().time()
        for n in range(10):
            reader.present(f"{n:020d}")
        assert reader.counts.delivered == 0
        for n in range(10):
            assert await host.line() == f"#{n:020d}\r\n".encode()
        took = asyncio.get_running_loop().time() - began
        assert took > 10 * 23 * 10 / 9600
        assert reader.counts.delivered == 10
        sent = [record.sent for record in reader.records]
        assert all(sent)


async def test_the_power_fails_while_a_message_is_on_the_line() -> None:
    settings = Settings(protocol=Protocol.ECP, sign_on=False, time=False, baud=2400, boot_time=0.0, ecp_timeout=None)
    async with connected(settings) as (reader, host):
        reader.present("A" * 20)
        await asyncio.sleep(0.05)  # a dozen of 27 characters
        reader.power_cycle()
        begun = await host.line()
        part, som, rest = begun.partition(b"#0Model")
        assert message("0" + "A" * 20).startswith(part)
        assert 2 < len(part) < 27
        assert som
        assert rest
        assert (await host.ask(b"#0@" + WILD)).startswith(b"#2Copyright")
        assert await host.ask(b"#2@" + WILD) == message("4" + "A" * 20)


async def test_xoff_holds_a_slow_line() -> None:
    async with connected(Settings(sign_on=False, time=False, baud=38_400)) as (reader, host):
        reader.present("A")
        assert await host.line() == b"#A\r\n"
        host.say(b"\x13#9\r")
        await reader.until(lambda: reader.commands, "the command behind XOFF")
        reader.present("B")
        host.say(b"\x11")
        assert [await host.line(), await host.line()] == [b"#Error\r\n", b"#B\r\n"]
