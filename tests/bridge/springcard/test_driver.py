"""The driver on real sockets and a pseudo-terminal, against a reader that is nothing but bytes."""

from __future__ import annotations

import asyncio
import logging
import os
import pty
import socket
import tty
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from readers_bridge.clock import SystemClock
from readers_bridge.errors import CommandError, DeviceError, TransportError
from readers_bridge.families import Pausable
from readers_bridge.families.springcard import driver as driver_module
from readers_bridge.families.springcard.driver import SpringCardDriver
from readers_bridge.model import Address, Command, Description, DeviceConfig, Event, Outcome, Read, State, Status
from tests.bridge.springcard.vectors import DIRECT_FRAME, JSON_EVENT, PADDED, UID, V1, V2, V3, V4, V9, V10, VECTORS
from tests.conftest import eventually, free_port

ACCEPT = b"$SCCMD;SEQ=60\r\n"


class Desk:
    """A host that keeps what the driver tells it."""

    def __init__(self) -> None:
        self.clock = SystemClock()
        self.log = logging.LoggerAdapter(logging.getLogger("springcard"), {})
        self.facts: Mapping[str, Any] = {}
        self.emitted: list[list[Read | Event | State]] = []
        self.counters: Counter[str] = Counter()
        self.is_online: str = ""
        self.receiver: Pausable | None = None

    def online(self, *, assumed: bool = False) -> None:
        self.is_online = "assumed" if assumed else "online"

    def emit(self, items: Sequence[Read | Event | State]) -> None:
        self.emitted.append(list(items))

    async def commit(self, items: Sequence[Any], *, sync: bool = True, facts: Mapping[str, Any] | None = None) -> None:
        raise AssertionError

    def room(self) -> bool:
        return True

    def describe(self, description: Description) -> None:
        raise AssertionError

    def count(self, counter: str, by: int = 1) -> None:
        self.counters[counter] += by

    def throttle(self, receiver: Pausable) -> None:
        self.receiver = receiver

    @property
    def reads(self) -> list[str]:
        return [item.credential for items in self.emitted for item in items if isinstance(item, Read)]

    @property
    def events(self) -> list[str]:
        return [item.event_type for items in self.emitted for item in items if isinstance(item, Event)]

    @property
    def state(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for items in self.emitted:
            for item in items:
                if isinstance(item, State):
                    values |= item.values
        return values


class FakeReader:
    """The other end of the link: sends bytes, keeps the bytes it gets."""

    def __init__(self, send: Callable[[bytes], object]) -> None:
        self.send = send
        self.got = bytearray()

    async def expects(self, data: bytes) -> None:
        await eventually(lambda: len(self.got) >= len(data), f"{data!r}, got {bytes(self.got)!r}")
        assert bytes(self.got) == data
        self.got.clear()


def make(address: Address, **options: Any) -> tuple[SpringCardDriver, Desk]:
    desk = Desk()
    return SpringCardDriver(DeviceConfig("door", "springcard", address, "Door", options=options), desk), desk


@asynccontextmanager
async def running(driver: SpringCardDriver) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(driver.session())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, DeviceError):
            await task


@asynccontextmanager
async def tcp(**options: Any) -> AsyncIterator[tuple[SpringCardDriver, Desk, FakeReader]]:
    connected: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
    got = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set_result(writer)
        while data := await reader.read(65536):
            got.extend(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    driver, desk = make(Address("tcp", "127.0.0.1", server.sockets[0].getsockname()[1]), **options)
    async with running(driver):
        writer = await connected
        reader = FakeReader(writer.write)
        reader.got = got
        await eventually(lambda: desk.is_online, "online")
        yield driver, desk, reader
        writer.close()
    server.close()


@asynccontextmanager
async def udp(**options: Any) -> AsyncIterator[tuple[SpringCardDriver, Desk, FakeReader]]:
    port = free_port(socket.SOCK_DGRAM)
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.bind(("127.0.0.7", port))
        reader = FakeReader(lambda data: sock.sendto(data, ("127.0.0.1", port)))
        loop.add_reader(sock, lambda: reader.got.extend(sock.recv(65536)))
        driver, desk = make(Address("udp", "127.0.0.7", port, params={"bind": "127.0.0.1"}), **options)
        async with running(driver):
            await eventually(lambda: desk.is_online, "online")
            yield driver, desk, reader
        loop.remove_reader(sock)


@asynccontextmanager
async def serial(**options: Any) -> AsyncIterator[tuple[SpringCardDriver, Desk, FakeReader]]:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    loop = asyncio.get_running_loop()
    reader = FakeReader(lambda data: os.write(ours, data))
    loop.add_reader(ours, lambda: reader.got.extend(os.read(ours, 65536)))
    driver, desk = make(Address("serial", path=os.ttyname(theirs)), **options)
    async with running(driver):
        await eventually(lambda: desk.is_online, "online")
        await asyncio.sleep(0)  # pyserial-asyncio connects its protocol in the next round of the loop
        yield driver, desk, reader
    loop.remove_reader(ours)
    os.close(ours)
    os.close(theirs)


links = pytest.mark.parametrize("link", [tcp, udp, serial])


@links
async def test_every_vector(link: Any) -> None:
    async with link() as (_, desk, reader):
        assert desk.is_online == ("assumed" if link is udp else "online")
        assert desk.receiver is not None
        for vector in VECTORS.values():
            reader.send(vector.line())
        await eventually(lambda: len(desk.reads) >= 8, "eight reads")
        assert desk.reads == [
            UID,
            PADDED,
            PADDED,
            PADDED,
            "534639728584",
            "https://www.springcard.com",
            "00000000262BA1B0",
            "E2801160600002054D8A1B2C",
        ]
        assert desk.events == ["removed", "removed"]
        assert desk.counters == {"empty_messages": 1}
        assert desk.state.items() >= {"dialect": "scrdr", "checksum": "excluded", "present": False}.items()


@links
async def test_json(link: Any) -> None:
    async with link(reply="deny") as (driver, desk, reader):
        reader.send(JSON_EVENT)
        await eventually(lambda: desk.reads, "a read")
        assert desk.state["startups"] == 699
        assert await driver.execute(Command("accept")) == Outcome(Status.SENT)
        await reader.expects(b'{"Sequence":"61"}\r\n{"Sequence":"60"}\r\n')


@links
async def test_commands_are_sent_and_not_done(link: Any) -> None:
    async with link(raw_commands=True) as (driver, _, reader):
        assert await driver.execute(Command("wink")) == Outcome(Status.SENT)
        assert await driver.execute(Command("beep", {"ms": 9000})) == Outcome(Status.SENT, {"ms": 3000})
        await reader.expects(b"$SCCMD;SEQ=0E\r\n$SCCMD;BUZZ=0BB8\r\n")
        with pytest.raises(CommandError, match="255"):
            await driver.execute(Command("send_raw", {"line": "x" * 256}))


@links
async def test_one_reply_for_each_published_read(link: Any) -> None:
    async with link(reply="accept") as (_, desk, reader):
        reader.send(V1.line() + V2.line() + V1.line() + V10.line() + V9.line())
        await reader.expects(ACCEPT * 3)
        assert len(desk.reads) == 3
        assert len(desk.emitted) == 1, "what one receive brought is given in one call"
        assert desk.counters == {"repeats": 1, "empty_messages": 1}


async def test_no_reply_to_a_removal_and_one_to_a_marked_repeat() -> None:
    async with tcp(reply="wink", repeats="mark") as (_, desk, reader):
        reader.send(V1.line() + V1.line() + V3.line() + V4.line())
        await reader.expects(b"$SCCMD;SEQ=0E\r\n" * 3)
        assert desk.events == ["removed"]


async def test_mk1_with_frames_of_other_protocols() -> None:
    async with serial(dialect="mk1", reply="none") as (driver, desk, reader):
        reader.send(b"# M519/RDR\r\n" + DIRECT_FRAME + b"+0047AB\r\n")
        await eventually(lambda: desk.reads == ["0047AB"], "the read")
        assert desk.events == ["restarted"]
        with pytest.raises(CommandError, match="MK1") as caught:
            await driver.execute(Command("wink"))
        assert (caught.value.status, caught.value.code) == (Status.REFUSED, "not_supported")
        assert not reader.got


async def test_serial_line_is_38400_baud_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Address] = []

    async def open_stream(address: Address, _received: object) -> None:
        opened.append(address)
        raise TransportError("enough")

    monkeypatch.setattr(driver_module, "open_stream", open_stream)
    for params in ({}, {"baudrate": "115200"}):
        driver, _ = make(Address("serial", path="/dev/ttyX", params=params))
        with pytest.raises(TransportError, match="enough"):
            await driver.session()
    assert [address.params["baudrate"] for address in opened] == ["38400", "115200"]


async def test_what_cannot_be_used_is_counted_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    async with tcp() as (_, desk, reader):
        reader.send((b"$" + V1.body + b"*51\r\n") * 3 + b"noise\r\n" + V9.line())
        await eventually(lambda: desk.reads, "the read")
        assert desk.counters == {"bad_checksum": 3, "garbage": 1}
    said = sorted(record.getMessage() for record in caplog.records)
    assert [line.rpartition(" as ")[2] for line in said] == ["garbage)", "bad_checksum)"]
    assert UID not in caplog.text


# -- the life of a connection


async def test_a_plain_end_when_the_reader_closes_after_it_has_sent_something() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(V1.line())
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        driver, desk = make(Address("tcp", "127.0.0.1", server.sockets[0].getsockname()[1]))
        await driver.session()
    assert desk.reads == [UID]
    with pytest.raises(TransportError, match="not connected"):
        await driver.execute(Command("wink"))


@pytest.mark.parametrize("hard", [False, True], ids=["closed", "reset"])
async def test_an_end_at_once_tells_of_another_host(hard: bool) -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if hard:
            writer.transport.abort()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        driver, _ = make(Address("tcp", "127.0.0.1", server.sockets[0].getsockname()[1]))
        with pytest.raises(DeviceError, match="another host may be connected") as caught:
            await driver.session()
    assert caught.value.code == "closed_at_once"


async def test_a_refused_connection_tells_of_another_host() -> None:
    driver, desk = make(Address("tcp", "127.0.0.1", free_port()))
    with pytest.raises(DeviceError, match="another host may be connected") as caught:
        await driver.session()
    assert caught.value.code == "connection_refused"
    assert not desk.is_online


async def test_a_new_connection_begins_with_an_empty_buffer_and_nothing_present() -> None:
    sent = iter([V3.line() + V9.line()[:20], V1.line()])

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(next(sent))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        driver, desk = make(Address("tcp", "127.0.0.1", server.sockets[0].getsockname()[1]))
        await driver.session()
        assert desk.state["present"] is True
        await driver.session()
    assert desk.reads == [PADDED, UID]
    assert desk.state["present"] is False
    assert not desk.counters


async def test_after_a_new_connection_commands_go_out_in_the_dialect_that_was_told() -> None:
    got = bytearray()
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while data := await reader.read(1000):
            got.extend(data)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        driver, desk = make(Address("tcp", "127.0.0.1", server.sockets[0].getsockname()[1]))
        async with running(driver):
            await eventually(lambda: writers, "the connection")
            writers[0].write(JSON_EVENT)
            await eventually(lambda: desk.reads, "a read")
        async with running(driver):
            await eventually(lambda: len(writers) == 2 and desk.is_online, "the second connection")
            await eventually(lambda: driver._link, "the link")
            await driver.execute(Command("wink"))
            await eventually(lambda: got, "the command")
    assert got == b'{"Sequence":"0E"}\r\n'


# -- UDP


async def test_readers_on_one_port_are_told_apart_by_their_address() -> None:
    port = free_port(socket.SOCK_DGRAM)
    bind = {"bind": "127.0.0.1"}
    first, first_desk = make(Address("udp", "127.0.0.8", port, params=bind))
    second, second_desk = make(Address("udp", "127.0.0.9", port, params=bind))
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
    try:
        for number, sock in enumerate(sockets, 8):
            sock.settimeout(5)
            sock.bind((f"127.0.0.{number}", port))
        async with running(first), running(second):
            await eventually(lambda: first_desk.is_online and second_desk.is_online, "online")
            sockets[2].sendto(V2.line(), ("127.0.0.1", port))
            sockets[0].sendto(V1.line(), ("127.0.0.1", port))
            sockets[1].sendto(V9.line(), ("127.0.0.1", port))
            await eventually(lambda: first_desk.reads and second_desk.reads, "both reads")
            await first.execute(Command("wink"))
            assert sockets[0].recvfrom(100) == (b"$SCCMD;SEQ=0E\r\n", ("127.0.0.1", port)), "from the port we listen on"
        assert first_desk.reads == [UID]
        assert second_desk.reads == ["00000000262BA1B0"]
    finally:
        for sock in sockets:
            sock.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_module, "STRANGERS_EVERY", 0.01)


async def test_datagrams_from_elsewhere_are_counted_and_said(impatient: None, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port(socket.SOCK_DGRAM)
    driver, desk = make(Address("udp", "127.0.0.8", port, params={"bind": "127.0.0.1"}))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        async with running(driver):
            await eventually(lambda: desk.is_online, "online")
            stranger.sendto(V1.line(), ("127.0.0.1", port))
            await eventually(lambda: desk.counters["strangers_on_port"] == 1, "the count")
    assert desk.reads == []
    assert "check the address" in caplog.text
