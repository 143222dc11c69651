"""TCP servers, the reader as a client, serial lines: connections, resets, silence."""

from __future__ import annotations

import asyncio
import contextlib
import os
import termios
import tty
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from readers_bridge.families.baltech.simulator import (
    ConnectLink,
    Keep,
    SecondClient,
    SerialLink,
    Settings,
    SimulatedReader,
    TcpLink,
)
from tests.bridge.baltech.simulator.host import GET_MESSAGE, INFO, NO_MESSAGE, RESET, Host, connected, host_of
from tests.bridge.simulation.host import SECONDS
from tests.conftest import free_port

# -- TCP server


async def test_a_second_connection_is_refused() -> None:
    async with connected() as (reader, host):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", reader.port)
        assert await host.ask(GET_MESSAGE) == NO_MESSAGE


async def test_a_second_connection_is_closed_at_once() -> None:
    async with connected(link=TcpLink(second_client=SecondClient.CLOSE)) as (reader, host):
        async with host_of(reader) as second:
            assert await second.end() == ""
        await reader.wait_for("refused")
        assert await host.ask(GET_MESSAGE) == NO_MESSAGE


async def test_one_connection_after_the_other() -> None:
    async with SimulatedReader(TcpLink()) as reader:
        for _ in range(3):
            async with host_of(reader) as host:
                assert await host.ask("0C 00 04 00 00") == INFO
            await reader.client_disconnected()


async def test_a_message_outlives_a_connection() -> None:
    async with SimulatedReader(TcpLink()) as reader:
        async with host_of(reader):
            reader.present("a")
        await reader.client_disconnected()
        async with host_of(reader) as host:
            assert await host.messages() == ["0 a"]


async def test_an_idle_connection_is_closed() -> None:
    async with connected(Settings(idle_close=0.1)) as (reader, host):
        assert await host.ask(GET_MESSAGE) == NO_MESSAGE
        assert await host.end() == ""
        await reader.wait_for("idle")


async def test_polling_keeps_it_open() -> None:
    async with connected(Settings(idle_close=0.5)) as (reader, host):
        began = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() < began + 0.8:
            assert await host.ask(GET_MESSAGE) == NO_MESSAGE
            await asyncio.sleep(0.01)  # the poll interval of a host
        assert reader.connected


async def test_a_reset_answers_closes_and_refuses_for_a_while() -> None:
    async with SimulatedReader(TcpLink(), Settings(reset_time=0.1)) as reader:
        async with host_of(reader) as host:
            assert await host.ask(RESET) == "0C 00 03 00 00"
            assert await host.end() == ""
        assert reader.booting
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", reader.port)
        reader.present("nobody reads it")
        reader.set_input(4, False)
        await reader.wait_for("started")
        async with host_of(reader) as host:
            assert await host.messages() == []
            assert await host.ask("0C 0A 04 01 00 04") == "0C 0A 04 01 00 00"


async def test_a_power_cycle_breaks_the_connection() -> None:
    async with connected(Settings(reset_time=0.01)) as (reader, host):
        reader.power_cycle()
        with contextlib.suppress(ConnectionResetError):
            assert await host.end() == ""
        await reader.wait_for("started")
        async with host_of(reader) as again:
            assert await again.ask("0C 00 04 00 00") == INFO


async def test_an_address_that_is_taken() -> None:
    async with SimulatedReader(TcpLink()) as reader:
        with pytest.raises(OSError, match="in use"):
            await SimulatedReader(TcpLink(port=reader.port)).start()


# -- the reader as a client


class Listener:
    """A host to which readers connect."""

    def __init__(self) -> None:
        self.hosts: asyncio.Queue[Host] = asyncio.Queue()
        self.port = 0

    async def next(self) -> tuple[Host, str]:
        """The next connection, and its ident frame."""
        async with asyncio.timeout(SECONDS):
            host = await self.hosts.get()
        return host, await host.bytes(11)


@contextlib.asynccontextmanager
async def listener(port: int = 0) -> AsyncIterator[Listener]:
    made = Listener()
    writers: list[asyncio.StreamWriter] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        made.hosts.put_nowait(Host(reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()


SERIAL = "34 33 38 39 33 31 32 36"


async def test_it_connects_at_power_up_and_for_a_card() -> None:
    async with listener() as hosts, SimulatedReader(ConnectLink("127.0.0.1", hosts.port)) as reader:
        host, ident = await hosts.next()
        assert ident == f"01 00 01 {SERIAL}"
        assert await host.ask("0C 00 04 00 00") == INFO
        host.writer.close()
        await reader.client_disconnected()
        reader.present("42")
        host, ident = await hosts.next()
        assert ident == f"01 00 08 {SERIAL}"
        assert await host.messages() == ["0 42"]
        reader.present("43")
        assert await host.messages() == ["0 43"]
        assert hosts.hosts.empty()


async def test_it_closes_when_idle_and_connects_after_a_reset() -> None:
    settings = Settings(idle_close=0.1, reset_time=0.01)
    async with listener() as hosts, SimulatedReader(ConnectLink("127.0.0.1", hosts.port), settings) as reader:
        host, _ = await hosts.next()
        assert await host.end() == ""
        reader.present("42")
        host, _ = await hosts.next()
        assert await host.ask(RESET) == "0C 00 03 00 00"
        host, ident = await hosts.next()
        assert ident == f"01 00 20 {SERIAL}"


async def test_a_host_that_was_not_there() -> None:
    port = free_port()
    link = ConnectLink("127.0.0.1", port, retry=0.02)
    async with SimulatedReader(link, Settings(serial_number=7)) as reader:
        reader.present("42")
        while not link.failures:
            await asyncio.sleep(0.005)
        async with listener(port) as hosts:
            _, ident = await hosts.next()
            assert ident == "01 80 09 30 30 30 30 30 30 30 37"


async def test_it_keeps_a_connection_open() -> None:
    async with listener() as hosts, SimulatedReader(ConnectLink("127.0.0.1", hosts.port, Keep.OPEN)):
        host, _ = await hosts.next()
        host.writer.close()
        _, ident = await hosts.next()
        assert ident == f"01 00 02 {SERIAL}"


async def test_several_readers_on_one_port() -> None:
    async with listener() as hosts, contextlib.AsyncExitStack() as stack:
        for number in range(3):
            link = ConnectLink("127.0.0.1", hosts.port)
            await stack.enter_async_context(SimulatedReader(link, Settings(serial_number=number)))
        idents = sorted([(await hosts.next())[1] for _ in range(3)])
        assert [ident[-2:] for ident in idents] == ["30", "31", "32"]


# -- serial lines


class Line:
    """The host's end of a serial line."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.file, termios.TCSANOW)
        self.data = bytearray()
        self._event = asyncio.Event()
        asyncio.get_running_loop().add_reader(self.file, self._readable)

    def _readable(self) -> None:
        with contextlib.suppress(OSError):
            self.data += os.read(self.file, 4096)
        self._event.set()

    def say(self, text: str) -> None:
        os.write(self.file, bytes.fromhex(text))

    async def heard(self, count: int) -> str:
        async with asyncio.timeout(SECONDS):
            while len(self.data) < count:
                self._event.clear()
                await self._event.wait()
        found = bytes(self.data[:count])
        del self.data[:count]
        return found.hex(" ").upper()

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.file)
        os.close(self.file)


@contextlib.asynccontextmanager
async def line(path: str) -> AsyncIterator[Line]:
    made = Line(path)
    try:
        yield made
    finally:
        made.close()


async def test_a_serial_line(tmp_path: Path) -> None:
    path = tmp_path / "a reader"
    async with SimulatedReader(SerialLink(path)) as reader:
        assert reader.address == f"serial://{path}"
        for _ in range(2):
            async with line(str(path)) as host:
                host.say("2C 00 04 00 00 4E 53")
                assert await host.heard(48) == "2C" + INFO[2:] + " E8 84"
            await reader.client_disconnected()
    assert not path.is_symlink()


async def test_the_20_ms_rule_on_a_line() -> None:
    async with SimulatedReader(SerialLink()) as reader, line(reader.address.removeprefix("serial://")) as host:
        await reader.client_connected()
        host.say("0C 05 01")
        assert await host.heard(6) == "8C 00 00 01 00 82"
        host.say(GET_MESSAGE)
        assert await host.heard(6) == NO_MESSAGE


async def test_a_line_is_never_closed() -> None:
    settings = Settings(idle_close=0.02)
    async with (
        SimulatedReader(SerialLink(), settings) as reader,
        line(reader.address.removeprefix("serial://")) as host,
    ):
        await reader.client_connected()
        await asyncio.sleep(0.05)  # longer than a connection without commands would last
        host.say(GET_MESSAGE)
        assert await host.heard(6) == NO_MESSAGE
        assert [each.what for each in reader.happenings] == ["listening", "connected"]


async def test_a_reset_on_a_line() -> None:
    settings = Settings(reset_time=0.05)
    async with (
        SimulatedReader(SerialLink(), settings) as reader,
        line(reader.address.removeprefix("serial://")) as host,
    ):
        host.say(RESET)
        assert await host.heard(5) == "0C 00 03 00 00"
        host.say(GET_MESSAGE)  # nobody hears it
        await reader.wait_for("started")
        await reader.client_connected()
        host.say("0C 00 00 00 00")
        assert await host.heard(11) == "0C 00 00 06 00 02 00 02 00 04 00"


async def test_raw_serial() -> None:
    settings = Settings(raw_serial=b"\r\n")
    async with (
        SimulatedReader(SerialLink(), settings) as reader,
        line(reader.address.removeprefix("serial://")) as host,
    ):
        await reader.client_connected()
        host.say(GET_MESSAGE)  # it does not listen
        reader.present("0123456789")
        reader.pin("42")
        assert bytes.fromhex(await host.heard(16)) == b"0123456789\r\n42\r\n"
        assert not reader.commands
