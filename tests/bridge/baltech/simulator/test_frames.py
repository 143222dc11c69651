"""What the reader takes for a command, however it arrives."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readers_bridge.families.baltech.simulator import Buffer, Settings
from readers_bridge.families.baltech.simulator.frames import Command, Inbox, Unreadable
from tests.bridge.baltech.simulator.host import GET_MESSAGE, INFO, NO_MESSAGE, RESET, connected, run_script

ERR_FRAME = "8C 00 00 01 00 82"


@given(
    payloads=st.lists(st.binary(max_size=40), min_size=1, max_size=4), cuts=st.lists(st.integers(0, 200), max_size=6)
)
@settings(max_examples=60)
def test_any_split_gives_the_same_commands(payloads: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(b"\x0c\x05\x03" + len(each).to_bytes(2, "little") + each for each in payloads)
    places = sorted({0, len(stream), *(cut % len(stream) for cut in cuts)})
    inbox = Inbox(512)
    found = [item for a, b in itertools.pairwise(places) for item in inbox.receive(stream[a:b])]
    assert [item.payload for item in found if isinstance(item, Command)] == payloads
    assert not inbox.partial


@given(data=st.binary(max_size=80))
@settings(max_examples=200)
def test_garbage_is_answered_and_forgotten(data: bytes) -> None:
    inbox = Inbox(512)
    for item in inbox.receive(data):
        assert isinstance(item, Command | Unreadable)
    inbox.silence()
    assert not inbox.partial
    assert [item.code for item in inbox.receive(bytes.fromhex(GET_MESSAGE))] == [0x0501]


async def test_byte_by_byte() -> None:
    async with connected(Settings(gap=0)) as (_, host):
        for byte in bytes.fromhex("0C 00 04 00 00"):
            host.writer.write(bytes((byte,)))
            await host.writer.drain()
            await asyncio.sleep(0)
        assert await host.heard() == INFO


async def test_two_commands_at_once() -> None:
    async with connected() as (_, host):
        host.say(f"0C 00 04 00 00 {GET_MESSAGE}")
        assert await host.heard() == INFO
        assert await host.heard() == NO_MESSAGE


async def test_a_pause_within_a_command() -> None:
    async with connected() as (reader, host):
        host.say("0C 00 04")
        assert await host.heard() == ERR_FRAME
        assert await host.ask("0C 00 04 00 00") == INFO
        assert [item.reason for item in reader.discarded] == ["a pause within the frame"]


async def test_without_the_rule_a_pause_does_no_harm() -> None:
    async with connected(Settings(gap=0)) as (reader, host):
        host.say("0C 00 04")
        await reader.until(lambda: reader.session.waits, "the beginning of a command")
        host.say("00 00")
        assert await host.heard() == INFO


@pytest.mark.parametrize(
    "garbage", ["47 45 54 20", "8C 05 01 01 00 01", "00 84", "1C 00 04 00 00 00", "3C 00 04 00 00"]
)
async def test_what_is_no_frame(garbage: str) -> None:
    async with connected() as (reader, host):
        assert await host.ask(garbage) == ERR_FRAME
        await reader.until(lambda: not reader.session.waits, "silence")
        assert await host.ask("0C 00 04 00 00") == INFO
        assert len(reader.discarded) == 1


async def test_a_wrong_crc() -> None:
    async with connected() as (reader, host):
        answer = await host.ask("2C 05 03 03 00 02 01 00 5F 26")
        assert answer.startswith("AC 05 03 01 00 84")
        assert reader.port_log == []


async def test_the_buffer() -> None:
    async with connected(Settings(buffer=Buffer(128, 128, 128))) as (_, host):
        assert await host.ask("0C 00 00 00 00") == "0C 00 00 06 00 00 80 00 80 00 80"
        assert await host.ask(run_script("0C 00 " * 58)) == "0C 05 03 00 00"
        assert await host.ask(run_script("0C 00 " * 62)) == "8C 05 03 01 00 82"
        assert await host.ask(run_script("0C 00 " * 61)) == "8C 05 03 01 00 83"


@pytest.mark.parametrize(
    "command",
    [
        "0C 00 01 01 00 05",
        "0C 00 28 01 00 01",
        "0C 00 04 01 00 00",
        "0C 05 00 01 00 07",
        "0C 05 03 03 00 03 01 00",
        "0C 0A 01 00 00",
        "0C 0A 03 07 00 02 00 00 C8 00 C8 00",
        "0F 05 01 00 00",
        "0C 07 01 01 00 01",
    ],
)
async def test_unknown_commands_and_bad_parameters(command: str) -> None:
    async with connected() as (_, host):
        assert (await host.ask(command))[-8:] == "01 00 41"


async def test_continuous_mode() -> None:
    async with connected() as (reader, host):
        assert await host.ask("0E 05 01 00 00") == "8C 05 01 01 00 40"
        reader.present("42")
        assert await host.heard() == "0E 05 01 04 00 00 02 34 32"
        assert await host.ask("0E 00 04 00 00") == "0E" + INFO[2:]


async def test_repeat_mode_until_it_is_aborted() -> None:
    async with connected() as (_, host):
        assert await host.ask("0D 05 01 00 00") == NO_MESSAGE
        assert await host.heard() == NO_MESSAGE
        host.say("0C FF FF 00 00")
        assert await host.ask("0C 00 04 00 00") == INFO


async def test_an_empty_script_does_nothing() -> None:
    async with connected() as (_, host):
        assert await host.ask(run_script("")) == "0C 05 03 00 00"
        assert await host.ask(RESET) == "0C 00 03 00 00"
