from __future__ import annotations

import asyncio
import socket

import pytest

from readers_bridge.errors import TransportError
from readers_bridge.transports.tcp_listener import AcceptedStream
from tests.bridge.transports.port import Inbox, Port
from tests.conftest import eventually


async def test_a_reader_is_taken_and_bytes_go_both_ways(port: Port) -> None:
    listener = await port.listen("1234")
    inbox = Inbox()
    reader = port.connect(b"#1234!hello")
    stream = await listener.accept(inbox)
    assert (stream.key, stream.ident_bytes) == ("1234", b"#1234!")
    assert stream.peer == "{}:{}".format(*reader.sock.getsockname())
    await eventually(lambda: inbox.data == b"hello", "what followed the ident")
    reader.say(b" again")
    await eventually(lambda: inbox.data == b"hello again", "what came later")
    stream.write(b"wink")
    assert await reader.hear(10) == b"wink"
    reader.sock.close()
    await stream.closed()


async def test_what_follows_the_ident_in_the_same_segment_is_there_at_once(port: Port) -> None:
    listener = await port.listen("1234")
    inbox = Inbox()
    port.connect(b"#1234!hello")
    await listener.accept(inbox)
    assert inbox.data == b"hello"


async def test_an_ident_may_come_in_pieces(port: Port) -> None:
    listener = await port.listen("1234")
    reader = port.connect(b"#12")
    endpoint = listener._endpoint
    await eventually(lambda: any(each._head == b"#12" for each in endpoint._arriving), "the first piece")
    reader.say(b"34!x")
    inbox = Inbox()
    assert (await listener.accept(inbox)).key == "1234"
    await eventually(lambda: inbox.data == b"x", "the rest")


async def test_readers_on_one_port_are_told_apart(port: Port) -> None:
    one, two = await port.listen("0001"), await port.listen("0002")
    waiting = asyncio.create_task(one.accept(Inbox()))
    second = port.connect(b"#0002!")
    stream = await two.accept(Inbox())
    assert stream.key == "0002"
    assert not waiting.done()
    port.connect(b"#0001!")
    assert (await waiting).key == "0001"
    stream.write(b"two")
    assert await second.hear(10) == b"two"


async def test_leaving_the_wait_loses_no_reader(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = await port.listen("1234")
    waiting = asyncio.create_task(listener.accept(Inbox()))
    park = listener.park

    def park_and_leave(stream: AcceptedStream) -> None:
        park(stream)
        waiting.cancel()

    monkeypatch.setattr(listener, "park", park_and_leave)
    port.connect(b"#1234!")
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await listener.accept(Inbox())).key == "1234"


async def test_a_reader_that_connects_anew_replaces_its_old_connection(port: Port) -> None:
    listener = await port.listen("1234")
    old_reader = port.connect(b"#1234!")
    old = await listener.accept(Inbox())
    new_reader = port.connect(b"#1234!since then")
    with pytest.raises(TransportError, match="connected anew") as caught:
        await old.closed()
    assert caught.value.code == "replaced"
    with pytest.raises(TransportError):
        old.write(b"too late")
    assert await old_reader.refused()
    await old.close()

    inbox = Inbox()
    new = await listener.accept(inbox)
    await eventually(lambda: inbox.data == b"since then", "what waited")
    new.write(b"you")
    assert await new_reader.hear(10) == b"you"


async def test_only_the_newest_of_several_connections_waits(port: Port) -> None:
    listener = await port.listen("1234")
    first = port.connect(b"#1234!")
    await eventually(lambda: listener._parked, "the first")
    second = port.connect(b"#1234!second")
    assert await first.refused()
    inbox = Inbox()
    stream = await listener.accept(inbox)
    assert inbox.data == b"second"
    stream.write(b"you")
    assert await second.hear(10) == b"you"


async def test_a_parked_connection_is_not_read(port: Port) -> None:
    listener = await port.listen("1234")
    reader = port.connect(b"#1234!")
    await eventually(lambda: listener._parked, "the reader")
    total = await asyncio.to_thread(fill, reader.sock)
    inbox = Inbox()
    await listener.accept(inbox)
    await eventually(lambda: len(inbox.data) == total, "all that waited")


def fill(sock: socket.socket) -> int:
    sock.setblocking(False)
    total = 0
    while True:
        try:
            total += sock.send(b"x" * 65536)
        except BlockingIOError:
            return total


async def test_a_silent_reader_is_asked_whether_it_lives(port: Port) -> None:
    listener = await port.listen("1234")
    port.connect(b"#1234!")
    stream = await listener.accept(Inbox())
    sock = stream._transport.get_extra_info("socket")  # type: ignore[union-attr]
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 15


async def test_one_receive_is_bounded(port: Port) -> None:
    listener = await port.listen("1234")
    chunks: list[int] = []
    reader = port.connect(b"#1234!")
    await listener.accept(lambda data: chunks.append(len(data)))
    await asyncio.to_thread(reader.sock.sendall, b"x" * 100_000)
    await eventually(lambda: sum(chunks) == 100_000, "all of it")
    assert max(chunks) <= 8192


async def test_a_driver_that_fails_on_the_first_bytes_leaves_no_connection(port: Port) -> None:
    listener = await port.listen("1234")
    reader = port.connect(b"#1234!x")

    def fail(_data: bytes) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await listener.accept(fail)
    assert await reader.refused()
