from __future__ import annotations

import asyncio
import socket

import pytest

from readers_bridge.errors import TransportError
from readers_bridge.transports import tcp_listener
from readers_bridge.transports.tcp_listener import listen
from tests.bridge.transports.port import Inbox, Port, Reader, identify
from tests.conftest import eventually


async def test_a_reader_that_comes_between_two_sessions_is_kept(port: Port) -> None:
    async with await port.listen("1234") as listener:
        first = port.connect(b"#1234!")
        stream = await listener.accept(Inbox())
        first.sock.close()
        await stream.closed()
        await stream.close()
    reader = port.connect(b"#1234!")
    await eventually(lambda: listener._parked, "the reader")
    again = await port.listen("1234")
    stream = await again.accept(Inbox())
    stream.write(b"you")
    assert await reader.hear(10) == b"you"
    assert again.strangers == 0


async def test_a_session_that_is_cancelled_gives_the_port_up(port: Port) -> None:
    listening = asyncio.Event()

    async def session() -> None:
        async with await port.listen("1234") as listener:
            listening.set()
            await listener.accept(Inbox())

    task = asyncio.create_task(session())
    await listening.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not port.is_open


async def test_what_is_held_is_given_up_in_the_end(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp_listener, "HOLD", 0.01)
    listener = await port.listen("1234")
    reader = port.connect(b"#1234!")
    await eventually(lambda: listener._parked, "the reader")
    await listener.close(hold=True)
    assert await reader.refused()
    assert not port.is_open


async def test_what_is_held_makes_room_for_another_claim(port: Port) -> None:
    await (await port.listen("1234")).close(hold=True)
    anybody = await port.listen(None)
    port.connect(b"#9999!")
    assert (await anybody.accept(Inbox())).key == "9999"


async def test_connections_live_on_without_the_port(port: Port) -> None:
    one, two = await port.listen("0001"), await port.listen("0002")
    inbox = Inbox()
    reader = port.connect(b"#0001!")
    stream = await one.accept(inbox)
    await one.close()
    assert port.is_open
    await two.close()
    assert not port.is_open
    reader.say(b"still here")
    await eventually(lambda: inbox.data == b"still here", "bytes")
    again = await port.listen("0001")
    assert again.strangers == 0
    await stream.close()


async def test_closing_ends_those_that_wait(port: Port) -> None:
    listener = await port.listen("1234")
    parked, silent = port.connect(b"#1234!"), port.connect()
    await eventually(lambda: listener._parked and listener._endpoint._arriving, "both")
    await listener.close()
    assert await parked.refused()
    assert await silent.refused()


async def test_a_claim_is_had_once(port: Port) -> None:
    await port.listen("1234")
    for key in ("1234", None):
        with pytest.raises(TransportError, match=r"\?serial=") as caught:
            await port.listen(key)
        assert caught.value.code == "address_in_use"
    await port.listen("5678")


async def test_a_port_for_any_reader_is_not_shared(port: Port) -> None:
    await port.listen(None)
    with pytest.raises(TransportError, match="for any reader") as caught:
        await port.listen("1234")
    assert caught.value.code == "address_in_use"


async def test_a_port_of_another_family_is_not_shared(port: Port) -> None:
    await port.listen("1234")
    with pytest.raises(TransportError, match="another family") as caught:
        await listen("127.0.0.1", port.number, "5678", lambda _: None, port.strangers.append)
    assert caught.value.code == "address_in_use"


async def test_a_busy_port_is_named(port: Port) -> None:
    with (
        socket.create_server(("127.0.0.1", port.number)),
        pytest.raises(TransportError, match=f"127.0.0.1:{port.number}.*another program") as caught,
    ):
        await port.listen("1234")
    assert caught.value.code == "port_busy"
    await port.listen("1234")


@pytest.mark.parametrize("bind", ["192.0.2.1", "nowhere.invalid"])
async def test_an_address_of_another_machine_is_refused(port: Port, bind: str) -> None:
    with pytest.raises(TransportError, match="no address of this machine") as caught:
        await listen(bind, port.number, None, identify, port.strangers.append)
    assert caught.value.code == "bad_address"


async def test_ipv6(port: Port) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    listener = await listen("::1", port.number, None, identify, port.strangers.append)
    port.listeners.append(listener)
    port.readers.append(Reader(port.number, "::1").say(b"#1234!"))
    stream = await listener.accept(Inbox())
    assert stream.peer.startswith("[::1]:")
