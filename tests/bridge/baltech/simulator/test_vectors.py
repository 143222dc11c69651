"""The published bytes, said to a simulated reader over a socket, and its answers compared byte for byte."""

from __future__ import annotations

import pytest

from readers_bridge.families.baltech.simulator import Security, Settings
from tests.bridge.baltech.simulator.host import INFO, connected, run_script

KEY = bytes(range(16))
RND_B = bytes(range(0xB0, 0xC0))
AES = Settings(security=Security.AES, keys={1: KEY}, random=lambda size: RND_B[:size])

PHASES = (
    (
        "0C 07 04 11 00 01 A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF",
        "0C 07 04 21 00 EB ED F5 C9 F1 AB 3C 71 E1 4F AF B2 E3 C6 16 B8 B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 BA BB BC BD BE BF E0",
    ),
    ("0C 07 05 10 00 0E 85 9A 74 A4 83 51 EA B3 5E 78 0B 2F 30 C0 71", "0C 07 05 00 00"),
)


@pytest.mark.parametrize(
    ("command", "response"),
    [
        ("0C 00 04 00 00", INFO),
        ("2C 00 04 00 00 4E 53", "2C" + INFO[2:] + " E8 84"),
        ("0C 01 00 04 00 FF FF 00 00", "8C 01 00 01 00 01"),
        ("0C 05 01 00 00", "8C 05 01 01 00 01"),
        ("2C 05 01 00 00 19 E6", "AC 05 01 01 00 01 96 29"),
        ("0C 05 00 01 00 01", "0C 05 00 00 00"),
        ("0C 05 00 01 00 00", "0C 05 00 00 00"),
        ("0C 05 03 03 00 02 01 00", "0C 05 03 00 00"),
        ("2C 05 03 03 00 02 01 00 5F 25", "2C 05 03 00 00"),
        ("0C 05 03 09 00 08 03 02 03 02 06 01 01 0C", "0C 05 03 00 00"),
        ("0C 05 03 02 00 01 04", "8C 05 03 01 00 04"),
        ("0C 05 03 03 00 02 0D 7B", "8C 05 03 01 00 04"),
        ("0C 05 04 02 00 00 05", "0C 05 04 00 00"),
        ("0C 0A 01 01 00 00", "0C 0A 01 00 00"),
        ("0C 0A 02 01 00 03", "0C 0A 02 00 00"),
        ("0C 0A 03 07 00 02 03 00 C8 00 C8 00", "0C 0A 03 00 00"),
        ("0C 0A 03 07 00 03 01 0B B8 00 64 00", "0C 0A 03 00 00"),
        ("0C 0A 04 01 00 04", "0C 0A 04 01 00 01"),
        ("0C 0A 20 08 00 00 06 00 FF 80 00 01 F4", "0C 0A 20 00 00"),
        ("0C 00 09 12 00 05 01 44 0E 44 04 04 44 04 80 03 02 03 05 06 00 01 1E", "0C 00 09 00 00"),
        ("0C 00 09 06 00 05 01 46 02 01 00", "0C 00 09 00 00"),
        ("0C 00 08 03 00 05 01 44", "8C 00 08 01 00 03"),
        ("0C 00 0A 03 00 05 01 44", "8C 00 0A 01 00 03"),
        ("0C 00 0C 02 00 05 01", "8C 00 0C 01 00 03"),
        ("0C 00 03 00 00", "0C 00 03 00 00"),
    ],
)
async def test_a_frame_and_its_answer(command: str, response: str) -> None:
    async with connected() as (_, host):
        answer = await host.ask(command)
        assert answer[: len(response)] == response


async def test_a_card() -> None:
    async with connected() as (reader, host):
        reader.present("0123456789")
        assert await host.ask("0C 05 01 00 00") == "0C 05 01 0C 00 00 0A 30 31 32 33 34 35 36 37 38 39"


async def test_autoread_switched_off() -> None:
    async with connected() as (_, host):
        await host.ask("0C 05 00 01 00 00")
        assert await host.ask("0C 05 01 00 00") == "8C 05 01 01 00 10"


async def test_the_critical_boot_status_is_in_every_response() -> None:
    async with connected(Settings(critical=True)) as (_, host):
        assert await host.ask("0C 05 01 00 00") == "CC 05 01 01 00 01"
        assert await host.ask("0C 05 03 03 00 02 01 00") == "4C 05 03 00 00"
    async with connected(Settings(boot_status=1 << 21)) as (_, host):
        assert await host.ask("0C 00 05 00 00") == "4C 00 05 04 00 00 20 00 00"
    async with connected(Settings(boot_status=1 << 29)) as (_, host):
        assert await host.ask("0C 00 05 00 00") == "0C 00 05 04 00 20 00 00 00"


async def test_rgb_without_an_rgb_led() -> None:
    async with connected(Settings(features=(1, 2, 3))) as (_, host):
        assert await host.ask("0C 0A 20 08 00 00 06 00 FF 80 00 01 F4") == "8C 0A 20 01 00 41"


async def test_an_abort_is_not_answered() -> None:
    async with connected() as (_, host):
        host.say("0C FF FF 00 00")
        assert await host.ask("0C 00 04 00 00") == INFO


@pytest.mark.parametrize(
    "script",
    [
        "01 00",
        "01 00 03 02 03 02",
        "03 02 03 02 06 01 01 0C",
        "03 03 01 1E",
        "45 08 42 03 80 82 01 03",
        "45 01 01 00 80 01 01",
        "45 00 45 01 81 01 06",
        "44 05 0A 05",
        "0B 01 00 32",
        "0B 00 12 34",
        "07 00 00 00",
        "07 03 02 86",
        "08 0F",
        "09 00",
        "41 05 40 03 43",
        "0C A5 05",
        "01 4F 02 06",
        "13 F2 F2 10 08 32 20 08 32 53 11 09 02 21 05 04 F3 02 01 01 40 F1 01 03",
    ],
)
async def test_a_script_that_runs(script: str) -> None:
    async with connected() as (_, host):
        assert await host.ask(run_script(script)) == "0C 05 03 00 00"


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("FF", "03"),
        ("0E", "03"),
        ("03 02 03", "03"),
        ("13 10", "03"),
        ("01 10", "03"),
        ("01 FE", "03"),
        ("80", "02"),
        ("43 82", "02"),
        ("0B 03 00 01", "03"),
        ("08 10", "03"),
        ("13 52 F1", "03"),
        ("13 F2 10 F1", "03"),
        ("13 F3 81 F1", "03"),
    ],
)
async def test_a_script_that_is_rejected(script: str, status: str) -> None:
    async with connected() as (reader, host):
        assert await host.ask(run_script(script)) == f"8C 05 03 01 00 {status}"
        assert reader.port_log == []


async def test_the_standard_channel() -> None:
    async with connected(AES) as (reader, host):
        for command, response in PHASES:
            assert await host.ask(command) == response
        assert (
            await host.ask("0C 07 06 11 00 F1 21 D0 A1 C5 22 09 E9 68 5B AC 58 D9 02 55 D1 41")
            == "0C 07 06 40 00 E4 6C D2 5E 46 7D 23 46 77 E0 54 83 C7 64 F9 E6 DA 58 34 CF B2 60 31 26 CE 66 CE 2A 88 99 "
            "B8 25 78 83 C5 E4 F1 9C D9 3D AB C0 B7 35 A4 69 AE F5 0D A5 94 98 30 0B 1A 15 D9 AF BC BA 7F 23 C8 68"
        )
        reader.present("0123456789")
        assert (
            await host.ask("0C 07 06 11 00 F1 B8 96 CC 09 C9 75 38 4E F8 E7 89 CA E3 2A 47 40")
            == "0C 07 06 20 00 8C 3D 06 D3 97 A8 1F 53 9D 10 1E CF 93 12 FF AD B5 1F 07 AC 5E 47 E8 71 58 06 A3 4F 9D C7 B6 D4"
        )
        assert (
            await host.ask("0C 07 06 11 00 F1 DB 42 13 17 71 DB BA 75 1A C1 A3 33 4C 73 AB E5")
            == "0C 07 06 10 00 95 57 E0 EC 80 46 70 C7 BE 23 CD 55 63 FE 70 CB"
        )
        assert reader.machine.ports == {0: True}
        assert [(each.code, each.secure) for each in reader.commands][2:] == [(4, True), (0x501, True), (0x503, True)]


async def test_the_plain_mac_channel() -> None:
    async with connected(AES) as (_, host):
        for command, response in PHASES:
            assert await host.ask(command) == response
        text = INFO[len("0C 00 04 29 00 ") :]
        assert (
            await host.ask("0C 07 06 0D 00 B1 00 04 00 00 21 D0 A1 C5 22 09 E9 68")
            == f"0C 07 06 34 00 00 00 29 {text} 78 83 C5 E4 F1 9C D9 3D"
        )
        assert (
            await host.ask("0C 07 06 10 00 B1 05 03 00 03 02 01 00 64 A6 81 64 3A 3B 03 88")
            == "0C 07 06 0B 00 00 00 00 34 9A 1A 5C 88 8E 88 C2"
        )


async def test_the_stateless_channel() -> None:
    async with connected(AES) as (reader, host):
        assert (
            await host.ask("0C 07 06 11 00 61 A3 6A 2D 65 40 3C BC ED 69 3C 8D 89 D7 77 56 79")
            == "0C 07 06 10 00 C6 A1 3B 37 87 8F 5B 82 6F 4F 81 62 A1 C8 D8 79"
        )
        assert reader.machine.ports == {0: True}
