"""The configuration store, with its limits and its dangers."""

from __future__ import annotations

import pytest

from readers_bridge.families.baltech.simulator import Settings
from tests.bridge.baltech.simulator.host import connected, frame

SOME = {(0x0501, 0x44): b"\x04", (0x0501, 0x46): b"\x01\x00", (0x0502, 0x00): b"hi", (0x0202, 0x17): b"\x32"}


def value(key: int, number: int, content: bytes) -> str:
    return frame(0x0009, key.to_bytes(2, "big") + bytes((number, len(content))) + content)


async def test_lists() -> None:
    async with connected(Settings(config=SOME)) as (_, host):
        assert await host.ask(frame(0x000B)) == "0C 00 0B 07 00 03 02 02 05 01 05 02"
        assert await host.ask(frame(0x000C, "0501")) == "0C 00 0C 03 00 02 44 46"
        assert await host.ask(frame(0x000C, "0503")) == "8C 00 0C 01 00 03"


async def test_limits() -> None:
    async with connected(Settings(config_space=200)) as (reader, host):
        assert await host.ask(value(0x0501, 0x44, bytes(128))) == "0C 00 09 00 00"
        assert await host.ask(value(0x0501, 0x44, bytes(129))) == "8C 00 09 01 00 41"
        assert await host.ask(value(0x0501, 0x45, bytes(128))) == "8C 00 09 01 00 01"
        assert await host.ask(value(0x0501, 0xFF, b"\x04")) == "8C 00 09 01 00 03"
        assert await host.ask(value(0xFF01, 0x01, b"\x04")) == "8C 00 09 01 00 03"
        assert await host.ask(frame(0x0009, "0501 44 02 04")) == "8C 00 09 01 00 41"
        assert reader.stored == {(0x0501, 0x44): bytes(128)}


async def test_write_only_values() -> None:
    async with connected() as (reader, host):
        assert await host.ask(value(0x0202, 0x81, b"secret")) == "0C 00 09 00 00"
        assert await host.ask(frame(0x0008, "0202 81")) == "8C 00 08 01 00 05"
        assert await host.ask(frame(0x0008, "0202 80")) == "8C 00 08 01 00 03"
        assert reader.stored == {(0x0202, 0x81): b"secret"}


@pytest.mark.parametrize(
    ("what", "left"),
    [
        ("0501 44", [(0x0202, 0x17), (0x0501, 0x46), (0x0502, 0x00)]),
        ("0501 FF", [(0x0202, 0x17), (0x0502, 0x00)]),
        ("05FF 00", [(0x0202, 0x17)]),
        ("FF00 00", []),
        ("FFFF FF", []),
    ],
)
async def test_wildcards_really_erase(what: str, left: list[tuple[int, int]]) -> None:
    async with connected(Settings(config=SOME)) as (reader, host):
        assert await host.ask(frame(0x000A, what)) == "0C 00 0A 00 00"
        assert sorted(reader.stored) == left
        assert await host.ask(frame(0x000A, what)) == "8C 00 0A 01 00 03"


async def test_the_configuration_outlives_resets_and_power_cycles() -> None:
    async with connected(Settings(config=SOME, reset_time=0.01)) as (reader, host):
        await host.ask(value(0x0502, 1, b"new"))
        reader.power_cycle()
        await reader.wait_for("started")
        assert reader.stored == SOME | {(0x0502, 1): b"new"}


async def test_what_the_reader_tells_of_itself() -> None:
    async with connected(Settings(features=(1, 3, 63), serial_number=12)) as (_, host):
        assert await host.ask(frame(0x0024)) == "0C 00 24 09 00 03 00 01 00 03 00 3F 00 52"
        assert bytes.fromhex(await host.ask(frame(0x0025)))[5:] == b"\x0910121-200\x0203"
        assert bytes.fromhex(await host.ask(frame(0x0020)))[5:] == b"\x1299999-0001-0001-01\x0aSimulation"
        assert bytes.fromhex(await host.ask(frame(0x0021)))[5:] == b"\x1299999-0001-0002-01\x10Simulated device"
        assert bytes.fromhex(await host.ask(frame(0x0004)))[-9:] == b"00000012\0"
    async with connected(Settings(features=None, config_id=("", ""))) as (_, host):
        assert await host.ask(frame(0x0024)) == "8C 00 24 01 00 41"
        assert await host.ask(frame(0x0020)) == "8C 00 20 01 00 03"
