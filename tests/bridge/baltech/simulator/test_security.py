"""Access rights, and the secure channel where something is wrong with it."""

from __future__ import annotations

import pytest

from readers_bridge.families.baltech.simulator import Security, Settings
from readers_bridge.families.baltech.typedefs import AccessConditions
from tests.bridge.baltech.simulator.host import GET_MESSAGE, INFO, NO_MESSAGE, Host, connected, frame, run_script
from tests.bridge.baltech.simulator.test_vectors import AES, KEY, PHASES

GET_INFO_SEALED = "0C 07 06 11 00 F1 21 D0 A1 C5 22 09 E9 68 5B AC 58 D9 02 55 D1 41"
RUN_STATELESS = "0C 07 06 11 00 61 A3 6A 2D 65 40 3C BC ED 69 3C 8D 89 D7 77 56 79"
ERR_CRYPTO = "8C 07 06 01 00 01"
DENIED = "8C 07 06 01 00 42"


async def authenticate(host: Host) -> None:
    for command, response in PHASES:
        assert await host.ask(command) == response


@pytest.mark.parametrize(
    "command",
    ["0C 00 04 00 00", GET_MESSAGE, run_script("01 00"), "0C 0A 01 01 00 00", "0C 00 28 01 00 01", "0C 00 03 00 00"],
)
@pytest.mark.parametrize("settings", [Settings(security=Security.LOCKED), AES], ids=["locked", "aes"])
async def test_nothing_is_allowed_in_plain_text(settings: Settings, command: str) -> None:
    async with connected(settings) as (reader, host):
        answer = await host.ask(command)
        assert answer == f"8C {command[3:8]} 01 00 42"
        assert await host.ask("0C 07 0A 00 00") == "0C 07 0A 04 00 00 00 00 00"
        assert reader.port_log == []


async def test_an_open_reader_allows_everything() -> None:
    async with connected() as (_, host):
        assert await host.ask("0C 07 0A 00 00") == "0C 07 0A 04 00 1F FF FF FF"


async def test_some_rights() -> None:
    rights = AccessConditions.AutoreadAccess | AccessConditions.ConfigRead
    async with connected(Settings(rights=rights)) as (_, host):
        assert await host.ask("0C 07 0A 00 00") == "0C 07 0A 04 00 08 00 01 00"
        assert await host.ask("0C 00 04 00 00") == INFO
        assert await host.ask(GET_MESSAGE) == NO_MESSAGE
        assert await host.ask("0C 00 0B 00 00") == "0C 00 0B 01 00 00"
        for command in ("0C 00 09 06 00 05 01 46 02 01 00", "0C 0A 01 01 00 00", "0C 00 03 00 00"):
            assert (await host.ask(command))[-8:] == "01 00 42"


async def test_lock_and_unlock() -> None:
    async with connected() as (reader, host):
        reader.lock()
        assert await host.ask(GET_MESSAGE) == "8C 05 01 01 00 42"
        reader.lock(False)
        assert await host.ask(GET_MESSAGE) == NO_MESSAGE


async def test_plain_text_stays_denied_beside_the_channel() -> None:
    async with connected(AES) as (_, host):
        await authenticate(host)
        assert await host.ask("0C 00 04 00 00") == "8C 00 04 01 00 42"


async def test_a_wrong_key_on_either_side() -> None:
    async with connected(Settings(security=Security.AES, keys={1: KEY[::-1]}, random=AES.random)) as (_, host):
        answer = await host.ask(PHASES[0][0])
        assert answer.startswith("0C 07 04 21 00")
        assert answer != PHASES[0][1]
        assert await host.ask(PHASES[1][0]) == "8C 07 05 01 00 01"
        assert await host.ask(GET_INFO_SEALED) == DENIED


async def test_phases_out_of_turn() -> None:
    async with connected(AES) as (_, host):
        assert await host.ask(PHASES[1][0]) == "8C 07 05 01 00 01"
        assert await host.ask(PHASES[0][0].replace("00 01 A0", "00 02 A0")) == "8C 07 04 01 00 01"
        assert await host.ask(frame(0x0704, "01 A0")) == "8C 07 04 01 00 41"
        assert await host.ask(GET_INFO_SEALED) == DENIED


@pytest.mark.parametrize(
    "command",
    [
        GET_INFO_SEALED[:-2] + "42",
        "0C 07 06 01 00 F1",
        "0C 07 06 0D 00 B1 00 04 00 00 21 D0 A1 C5 22 09 E9 69",
        "0C 07 06 05 00 B1 00 04 00 00",
    ],
)
async def test_a_mac_or_padding_that_is_wrong(command: str) -> None:
    async with connected(AES) as (_, host):
        await authenticate(host)
        assert await host.ask(command) == ERR_CRYPTO


async def test_a_frame_that_is_played_again() -> None:
    async with connected(AES) as (_, host):
        await authenticate(host)
        assert (await host.ask(GET_INFO_SEALED)).startswith("0C 07 06 40 00")
        assert await host.ask(GET_INFO_SEALED) == ERR_CRYPTO


async def test_stateless_after_the_channel() -> None:
    async with connected(AES) as (_, host):
        await authenticate(host)
        assert await host.ask(RUN_STATELESS) == DENIED
    async with connected(Settings(security=Security.AES, keys={1: KEY}, stateless=False)) as (_, host):
        assert await host.ask(RUN_STATELESS) == DENIED


@pytest.mark.parametrize("flags", ["D1", "71", "F2"])
async def test_flags_that_do_not_go_together(flags: str) -> None:
    async with connected(AES) as (_, host):
        await authenticate(host)
        assert await host.ask(GET_INFO_SEALED.replace("F1", flags)) == DENIED


async def test_a_new_connection_begins_without_a_channel() -> None:
    async with connected(AES) as (reader, host):
        await authenticate(host)
        reader.fault("close")
        await host.end()
        assert reader.device.channel.level == 0


@pytest.mark.parametrize("code", [0x0704, 0x0705, 0x0706])
async def test_what_cannot_be_tunnelled(code: int) -> None:
    from readers_bridge.families.baltech.simulator.commands import execute
    from readers_bridge.families.baltech.simulator.device import Device

    device = Device(AES, 0x86, lambda *_: None)
    opened: list[int] = []
    device.channel.open = lambda flags, body: (code, body)  # type: ignore[method-assign]
    device.channel.seal = lambda flags, status, data: opened.append(status) or b""  # type: ignore[method-assign, func-returns-value]
    assert execute(device, 0x0706, b"\xf1", 0.0, lambda _: 0).status == 0
    assert opened == [2]
