from __future__ import annotations

import asyncio
import os
import socket
import termios
import tty

import pytest

from readers_bridge.errors import TransportError
from readers_bridge.model import Address
from readers_bridge.transports import open_stream
from readers_bridge.transports.listener import open_udp
from readers_bridge.transports.serial import settings
from tests.conftest import eventually, free_port


class Inbox:
    def __init__(self) -> None:
        self.chunks: list[bytes] = []

    def __call__(self, data: bytes) -> None:
        self.chunks.append(data)

    @property
    def data(self) -> bytes:
        return b"".join(self.chunks)


def tcp(port: int) -> Address:
    return Address("tcp", "127.0.0.1", port)


async def test_tcp_carries_bytes_both_ways_and_ends_with_the_peer() -> None:
    told = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        told.extend(await reader.readexactly(4))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        inbox = Inbox()
        stream = await open_stream(tcp(server.sockets[0].getsockname()[1]), inbox)
        stream.write(b"wink")
        await stream.closed()

    assert inbox.data == b"hello"
    assert bytes(told) == b"wink"
    with pytest.raises(TransportError):
        stream.write(b"too late")


async def test_one_receive_is_bounded_and_a_paused_stream_is_silent() -> None:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * 100_000)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        inbox = Inbox()
        stream = await open_stream(tcp(server.sockets[0].getsockname()[1]), inbox)
        await eventually(lambda: inbox.chunks, "bytes")
        stream.pause()
        held = len(inbox.data)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(inbox.data) == held
        stream.resume()
        await eventually(lambda: len(inbox.data) == 100_000, "the rest")
        assert max(map(len, inbox.chunks)) <= 8192
        await stream.close()


async def test_a_refused_connection_says_what_may_be_wrong() -> None:
    with pytest.raises(TransportError, match="another host") as caught:
        await open_stream(tcp(free_port()), Inbox())
    assert caught.value.code == "connection_refused"


async def test_a_reset_is_told_from_a_close() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    stream = await open_stream(tcp(server.getsockname()[1]), Inbox())
    client, _ = server.accept()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    client.close()
    with pytest.raises(TransportError) as caught:
        await stream.closed()
    assert caught.value.code == "connection_reset"
    server.close()


async def test_tcp_asks_a_silent_peer_whether_it_lives() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    stream = await open_stream(tcp(server.getsockname()[1]), Inbox())
    sock = stream._transport.get_extra_info("socket")  # type: ignore[union-attr]
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 15
    await stream.close()
    server.close()


async def test_a_device_that_takes_nothing_does_not_eat_the_memory() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    stream = await open_stream(tcp(server.getsockname()[1]), Inbox())

    def fill() -> None:
        for _ in range(1000):
            stream.write(b"x" * 65536)

    with pytest.raises(TransportError) as caught:
        fill()
    assert caught.value.code == "write_blocked"
    await stream.close()
    server.close()


async def test_serial_carries_bytes_both_ways() -> None:
    ours, theirs = os.openpty()
    tty.setraw(ours)
    tty.setraw(theirs)
    inbox = Inbox()
    stream = await open_stream(Address("serial", path=os.ttyname(theirs), params={"baudrate": "9600"}), inbox)
    os.write(ours, b"+0123\r\n")
    await eventually(lambda: inbox.data == b"+0123\r\n", "what the device said")
    stream.write(b"$SCCMD;SEQ=0E\r\n")
    assert await asyncio.to_thread(os.read, ours, 100) == b"$SCCMD;SEQ=0E\r\n"
    await stream.close()
    os.close(ours)
    os.close(theirs)


async def test_a_pseudo_terminal_carries_bytes_whatever_the_parity() -> None:
    """Linux has neither 7 data bits nor a parity for it, and refuses them."""
    ours, theirs = os.openpty()
    address = Address("serial", path=os.ttyname(theirs), params={"bytesize": "7", "parity": "E", "stopbits": "2"})
    for _ in range(2):
        inbox = Inbox()
        stream = await open_stream(address, inbox)
        os.write(ours, b"#KING 1302\r\n")
        await eventually(lambda inbox=inbox: inbox.data == b"#KING 1302\r\n", "what the device said")  # type: ignore[misc]
        await stream.close()
    os.close(ours)
    os.close(theirs)


async def test_a_port_that_refuses_its_settings_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise termios.error(22, "Invalid argument")

    ours, theirs = os.openpty()
    monkeypatch.setattr(termios, "tcsetattr", refuse)
    with pytest.raises(TransportError, match="settings of the line"):
        await open_stream(Address("serial", path=os.ttyname(theirs)), Inbox())
    monkeypatch.undo()
    os.close(ours)
    os.close(theirs)


async def test_an_unplugged_serial_port_ends_the_stream() -> None:
    ours, theirs = os.openpty()
    stream = await open_stream(Address("serial", path=os.ttyname(theirs)), Inbox())
    os.close(ours)
    with pytest.raises(TransportError):
        await stream.closed()
    await stream.close()
    os.close(theirs)


async def test_a_missing_serial_port_is_named() -> None:
    with pytest.raises(TransportError, match="plugged in") as caught:
        await open_stream(Address("serial", path="/dev/ttyNOWHERE"), Inbox())
    assert caught.value.code == "no_such_port"


@pytest.mark.parametrize("query", [{"baudrate": "fast"}, {"parity": "X"}, {"bytesize": "9"}, {"xonxoff": "maybe"}])
def test_line_settings_that_do_not_exist_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(TransportError) as caught:
        settings(query)
    assert caught.value.code == "bad_address"


async def test_several_readers_share_a_udp_port_and_strangers_are_counted() -> None:
    port = free_port(socket.SOCK_DGRAM)
    first, second = Inbox(), Inbox()
    one = await open_udp("127.0.0.1", port, "127.0.0.11", first)
    two = await open_udp("127.0.0.1", port, "127.0.0.12", second)
    readers = []
    for host in ("127.0.0.11", "127.0.0.12", "127.0.0.13"):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.sendto(host.encode(), ("127.0.0.1", port))
        sock.settimeout(5)
        readers.append(sock)
    await eventually(lambda: first.data and second.data and one.strangers, "the datagrams")
    assert first.chunks == [b"127.0.0.11"]
    assert second.chunks == [b"127.0.0.12"]
    assert one.strangers == 1

    two.write(b"wink")
    data, source = await asyncio.to_thread(readers[1].recvfrom, 100)
    assert (data, source) == (b"wink", ("127.0.0.1", port)), "commands leave from the port that listens"

    await one.close()
    await two.close()
    again = await open_udp("127.0.0.1", port, "127.0.0.11", first)
    await again.close()
    for sock in readers:
        sock.close()


async def test_two_devices_cannot_have_one_udp_address() -> None:
    port = free_port(socket.SOCK_DGRAM)
    peer = await open_udp("127.0.0.1", port, "127.0.0.11", Inbox())
    with pytest.raises(TransportError) as caught:
        await open_udp("127.0.0.1", port, "127.0.0.11", Inbox())
    assert caught.value.code == "address_in_use"
    await peer.close()
