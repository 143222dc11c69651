"""Readers that misbehave, as they are told to."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from readers_bridge.families.baltech.simulator import Settings, SimulatedReader, TcpLink
from tests.bridge.baltech.simulator.host import GET_MESSAGE, INFO, NO_MESSAGE, connected, host_of, run_script
from tests.bridge.baltech.simulator.test_vectors import AES, PHASES

GET_INFO = "0C 00 04 00 00"


async def test_a_dropped_response() -> None:
    async with connected() as (reader, host):
        reader.fault("drop")
        host.say(run_script("01 00"))
        assert await host.ask(GET_MESSAGE) == NO_MESSAGE
        assert reader.machine.ports == {0: True}


async def test_a_delayed_response() -> None:
    async with connected() as (reader, host):
        reader.fault("delay", 0.2)
        clock = asyncio.get_running_loop().time
        began = clock()
        host.say(GET_INFO)
        host.say(GET_MESSAGE)
        assert [await host.heard(), await host.heard()] == [INFO, NO_MESSAGE]
        assert clock() - began > 0.19


async def test_a_late_response_comes_before_the_next() -> None:
    async with connected() as (reader, host):
        reader.fault("late")
        host.say(GET_INFO)
        host.say(GET_MESSAGE)
        assert [await host.heard(), await host.heard()] == [INFO, NO_MESSAGE]


async def test_a_response_byte_by_byte() -> None:
    async with connected() as (reader, host):
        reader.fault("split", 0.001)
        host.say(GET_INFO)
        host.say(GET_MESSAGE)
        pieces: list[bytes] = []
        while len(b"".join(pieces)) < 46:
            pieces.append(await host.reader.read(100))
        assert max(len(piece) for piece in pieces) < 46
        rest = b"".join(pieces)
        assert rest[:46].hex(" ").upper() == INFO
        rest += bytes.fromhex(await host.bytes(52 - len(rest)))
        assert rest[46:].hex(" ").upper() == NO_MESSAGE


async def test_a_wrong_code() -> None:
    async with connected() as (reader, host):
        reader.fault("wrong_code")
        assert await host.ask(GET_MESSAGE) == "8C 05 02 01 00 01"
        reader.fault("wrong_code", 0x0A01)
        assert await host.ask(GET_MESSAGE) == "8C 0A 01 01 00 01"


async def test_a_response_that_nobody_asked_for() -> None:
    async with SimulatedReader(TcpLink()) as reader:
        reader.fault("unsolicited")
        async with host_of(reader) as host:
            assert await host.heard() == INFO
            assert await host.ask(GET_MESSAGE) == NO_MESSAGE


async def test_garbage() -> None:
    async with connected() as (reader, host):
        reader.fault("garbage", 5)
        host.say(GET_MESSAGE)
        assert (await host.bytes(11)).endswith(NO_MESSAGE)
        assert reader.send(b"\xde\xad")
        assert await host.bytes(2) == "DE AD"


async def test_a_connection_that_ends_within_a_frame() -> None:
    async with connected() as (reader, host):
        reader.fault("cut")
        host.say(GET_INFO)
        assert await host.end() == INFO[: 23 * 3 - 1]


async def test_a_wrong_crc_waits_for_a_response_with_one() -> None:
    async with connected() as (reader, host):
        reader.fault("wrong_crc")
        assert await host.ask(GET_MESSAGE) == NO_MESSAGE
        assert await host.ask("2C 05 01 00 00 19 E6") == "AC 05 01 01 00 01 96 D6"
        assert await host.ask("2C 05 01 00 00 19 E6") == "AC 05 01 01 00 01 96 29"


async def test_a_status_for_one_command_only() -> None:
    async with connected() as (reader, host):
        reader.fault("status", 0x02, code=0x0503)
        assert await host.ask(GET_MESSAGE) == NO_MESSAGE
        assert await host.ask(run_script("01 00")) == "8C 05 03 01 00 02"
        assert await host.ask(run_script("01 01")) == "0C 05 03 00 00"
        assert reader.machine.ports == {1: True}


async def test_a_fault_some_times_or_always() -> None:
    async with connected() as (reader, host):
        reader.fault("status", 0x42, count=2)
        assert [(await host.ask(GET_INFO))[-2:] for _ in range(3)] == ["42", "42", "00"]
        reader.fault("status", 0x42, count=0)
        assert [(await host.ask(GET_INFO))[-2:] for _ in range(3)] == ["42"] * 3
        reader.fault("none")
        assert await host.ask(GET_INFO) == INFO


@pytest.mark.parametrize("name", ["close", "break"])
async def test_a_connection_that_ends(name: str) -> None:
    async with connected() as (reader, host):
        reader.fault(name)
        with contextlib.suppress(ConnectionResetError):
            assert await host.end() == ""
        async with host_of(reader) as again:
            assert await again.ask(GET_INFO) == INFO


async def test_a_wrong_mac() -> None:
    async with connected(AES) as (reader, host):
        for command, response in PHASES:
            assert await host.ask(command) == response
        reader.fault("bad_mac")
        answer = await host.ask("0C 07 06 0D 00 B1 00 04 00 00 21 D0 A1 C5 22 09 E9 68")
        assert answer.endswith("78 83 C5 E4 F1 9C D9 C2")


async def test_the_status_of_a_command_in_the_channel() -> None:
    async with connected(AES) as (reader, host):
        reader.fault("status", 0x03, code=0x0503)
        answer = await host.ask("0C 07 06 11 00 61 A3 6A 2D 65 40 3C BC ED 69 3C 8D 89 D7 77 56 79")
        assert answer.startswith("0C 07 06 10 00")
        assert reader.commands[-1].status == 3
        assert reader.port_log == []


@pytest.mark.parametrize(
    ("name", "value", "count"), [("typo", None, 1), ("drop", 3, 1), ("status", 256, 1), ("drop", None, -1)]
)
async def test_faults_that_make_no_sense(name: str, value: float | None, count: int) -> None:
    with pytest.raises(ValueError):
        SimulatedReader(TcpLink(), Settings()).fault(name, value, count)
