from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.errors import TransportError
from readers_bridge.families import Found
from readers_bridge.families.springcard.discovery import Answer, discover, parse
from tests.conftest import free_port

ANSWER = (
    b"com.springcard.nddu.1:device:mac=74:90:50:00:79:03;type=SpringPark;lock=1;dhcp=1;"
    b"addr=192.0.2.10;mask=255.255.255.0;gway=192.0.2.1;info=Front door;"
)


def test_answer() -> None:
    assert parse(ANSWER) == Answer("749050007903", "SpringPark", "192.0.2.10", "Front door", locked=True)
    assert parse(ANSWER + b"\r\n\0") == parse(ANSWER)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"com.springcard.nddu.1:lookup:info=me",
        b"com.springcard.nddu.1:message:mac=749050007903;code=1;text=no;",
        ANSWER.replace(b"nddu.1", b"nddu.2"),
        ANSWER.replace(b"addr=192.0.2.10", b"addr=tcp://elsewhere"),
        ANSWER.replace(b"74:90:50:00:79:03", b"74:90"),
    ],
)
def test_what_is_no_answer(datagram: bytes) -> None:
    assert parse(datagram) is None


@given(st.one_of(st.binary(), st.binary().map(lambda tail: b"com.springcard.nddu.1:device:" + tail)))
def test_nothing_raises(datagram: bytes) -> None:
    parse(datagram)


class Responder(asyncio.DatagramProtocol):
    """Readers that answer a lookup, each twice, among other traffic."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = answers
        self.heard: list[tuple[bytes, tuple[str, int]]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append((data, addr))
        for answer in (*self.answers, b"\xff\xfe", *self.answers):
            self.transport.sendto(answer, addr)


async def test_discover() -> None:
    second = ANSWER.replace(b"79:03", b"79:04").replace(b"192.0.2.10", b"192.0.2.11").replace(b"info=Front door;", b"")
    port = free_port(socket.SOCK_DGRAM)
    loop = asyncio.get_running_loop()
    transport, responder = await loop.create_datagram_endpoint(
        lambda: Responder(ANSWER, second), local_addr=("127.0.0.2", port)
    )
    try:
        search = discover(5.0, target=("127.0.0.2", port), bind=("127.0.0.1", port))
        finds = [await anext(search), await anext(search)]
        await search.aclose()
    finally:
        transport.close()
    assert finds == [
        Found(
            "springcard",
            "tcp://192.0.2.10:4000",
            "749050007903",
            "SpringPark",
            {
                "id": "springcard-007903",
                "name": "Front door",
                "family": "springcard",
                "connection": "tcp://192.0.2.10:4000",
            },
        ),
        Found(
            "springcard",
            "tcp://192.0.2.11:4000",
            "749050007904",
            "SpringPark",
            {
                "id": "springcard-007904",
                "name": "SpringPark",
                "family": "springcard",
                "connection": "tcp://192.0.2.11:4000",
            },
        ),
    ]
    assert responder.heard == [(b"com.springcard.nddu.1:lookup:info=readers-bridge", ("127.0.0.1", port))]


async def test_discover_ends_in_time_when_nobody_answers() -> None:
    port = free_port(socket.SOCK_DGRAM)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert [one async for one in discover(0.2, target=("127.0.0.2", port), bind=("127.0.0.1", port))] == []
    assert 0.15 < loop.time() - began < 5


async def test_discover_says_when_the_port_is_taken() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(TransportError, match="close the vendor's discovery tool"):
            await anext(discover(1.0, target=("127.0.0.2", 1), bind=taken.getsockname()))
