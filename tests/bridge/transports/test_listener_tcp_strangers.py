from __future__ import annotations

import socket

import pytest

from readers_bridge.errors import TransportError
from readers_bridge.transports import accepted, tcp_listener
from tests.bridge.transports.port import Inbox, Port
from tests.conftest import eventually


async def test_a_stranger_is_closed_counted_and_told_once(port: Port) -> None:
    one, two = await port.listen("0001"), await port.listen("0002")
    for _ in range(3):
        assert await port.connect(b"#7777!").refused()
    assert [(stranger.key, stranger.first) for stranger in port.strangers] == [
        ("7777", True),
        ("7777", False),
        ("7777", False),
    ]
    assert one.strangers == two.strangers == 3
    assert one.last_stranger == port.strangers[-1]
    assert "serial number 7777" in port.strangers[0].text
    assert "?serial=7777" in port.strangers[0].text


async def test_the_only_device_of_a_port_takes_any_reader_but_one_at_a_time(port: Port) -> None:
    listener = await port.listen(None)
    port.connect(b"#0001!")
    first = await listener.accept(Inbox())
    assert first.key == "0001"
    assert await port.connect(b"#0002!").refused()
    assert port.strangers[0].key == "0002"
    port.connect(b"#0001!")
    with pytest.raises(TransportError) as caught:
        await first.closed()
    assert caught.value.code == "replaced"
    second = await listener.accept(Inbox())
    await second.close()
    port.connect(b"#0002!")
    assert (await listener.accept(Inbox())).key == "0002"


async def test_what_is_not_a_reader_is_refused(port: Port) -> None:
    await port.listen("1234")
    assert await port.connect(b"GET / HTTP/1.1").refused()
    (stranger,) = port.strangers
    assert (stranger.key, stranger.first) == ("", True)
    assert "it does not begin with #" in stranger.text


async def test_an_ident_without_an_end_is_refused(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepted, "IDENT_BYTES", 5)
    await port.listen("1234")
    assert await port.connect(b"#1234!").refused()
    assert "first 5 bytes" in port.strangers[0].text


async def test_who_says_nothing_is_refused(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepted, "IDENT_TIMEOUT", 0.01)
    await port.listen("1234")
    assert await port.connect(b"#12").refused()
    assert "did not say" in port.strangers[0].text


async def test_who_leaves_without_a_word_is_forgotten(port: Port) -> None:
    listener = await port.listen("1234")
    reader = port.connect()
    await eventually(lambda: listener._endpoint._arriving, "the connection")
    reader.sock.close()
    await eventually(lambda: not listener._endpoint._arriving, "its end")
    assert listener.strangers == 0


async def test_the_oldest_of_too_many_silent_connections_makes_room(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp_listener, "UNIDENTIFIED", 2)
    listener = await port.listen("1234")
    silent = [port.connect() for _ in range(3)]
    await eventually(lambda: listener.strangers == 1, "one too many")
    assert await silent[0].refused()
    silent[2].say(b"#1234!")
    assert (await listener.accept(Inbox())).key == "1234"


async def test_no_file_handles_left_is_waited_out(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp_listener, "FULL_WAIT", 0.01)
    listener = await port.listen("1234")
    endpoint = listener._endpoint
    full = Full(endpoint._sock)
    monkeypatch.setattr(endpoint, "_sock", full)
    port.connect(b"#1234!")
    assert (await listener.accept(Inbox())).key == "1234"
    assert full.tries == 2


class Full:
    """A listening socket on a machine without a free file handle, once."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.tries = 0
        self.fileno = sock.fileno
        self.close = sock.close

    def accept(self) -> tuple[socket.socket, tuple[str, int]]:
        self.tries += 1
        if self.tries == 1:
            raise OSError(24, "Too many open files")
        return self._sock.accept()
