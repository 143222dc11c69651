"""Cards, PINs, tamper and the rest, as messages that a host fetches."""

from __future__ import annotations

import pytest

from readers_bridge.families.baltech.simulator import Settings, SimulatedReader, TcpLink
from readers_bridge.families.baltech.typedefs import AutoReadMode, CardFamilies, IoPort
from tests.bridge.baltech.simulator.host import GET_MESSAGE, NO_MESSAGE, Clock, connected, frame, host_of

DISABLED = "8C 05 01 01 00 10"


async def test_the_newest_comes_first() -> None:
    async with connected() as (reader, host):
        for card in ("1", "2", "3"):
            reader.present(card)
        assert await host.messages() == ["0 3", "0 2", "0 1"]


async def test_every_type() -> None:
    async with connected(Settings(wait_for_removal=True)) as (reader, host):
        reader.present("0123456789", stay=True)
        reader.remove()
        reader.remove()
        reader.pin("4711")
        reader.tamper()
        reader.tamper()
        reader.tamper(False)
        reader.key(7)
        reader.log_message("warm")
        reader.message(200, b"?")
        assert await host.messages() == ["200 ?", "6 warm", "5 \x07", "2", "1", "3 4711", "4", "0 0123456789"]


async def test_a_message_expires() -> None:
    clock = Clock()
    async with SimulatedReader(TcpLink(), clock=clock) as reader, host_of(reader) as host:
        reader.present("old")
        clock.now += 4.0
        reader.present("young")
        clock.now += 1.0
        assert await host.messages() == ["0 young"]
        assert (await reader.wait_for("expired")).data["data"] == "old"


@pytest.mark.parametrize(("life", "left"), [("00", ["0 a"]), ("0A", [])])
async def test_how_long_a_message_lives_is_configured(life: str, left: list[str]) -> None:
    clock = Clock()
    settings = Settings(config={(0x0202, 0x17): bytes.fromhex(life)})
    async with SimulatedReader(TcpLink(), settings, clock=clock) as reader, host_of(reader) as host:
        reader.present("a")
        clock.now += 1.0 if life == "0A" else 1e6
        assert await host.messages() == left


async def test_set_mode_empties_the_stack() -> None:
    async with connected() as (reader, host):
        reader.present("a")
        assert await host.ask("0C 05 00 01 00 01") == "0C 05 00 00 00"
        assert await host.ask(GET_MESSAGE) == NO_MESSAGE


async def test_nothing_is_read_while_autoread_is_off() -> None:
    async with connected() as (reader, host):
        await host.ask("0C 05 00 01 00 00")
        reader.present("a")
        reader.pin("1")
        assert await host.ask(GET_MESSAGE) == DISABLED
        assert [each.data["reason"] for each in reader.happenings if each.what == "ignored"] == ["Autoread is off"] * 2


async def test_enable_once_reads_one_card() -> None:
    async with connected() as (reader, host):
        await host.ask("0C 05 00 01 00 02")
        reader.present("a")
        reader.present("b")
        assert await host.ask(GET_MESSAGE) == "0C 05 01 03 00 00 01 61"
        assert await host.ask(GET_MESSAGE) == DISABLED


async def test_vhl_takes_over_from_autoread() -> None:
    async with connected() as (reader, host):
        reader.present("a")
        assert await host.ask("0C 01 00 04 00 FF FF 00 00") == "8C 01 00 01 00 01"
        assert await host.ask(GET_MESSAGE) == DISABLED


async def test_the_mode_at_power_up() -> None:
    async with connected(Settings(autoread=AutoReadMode.Disabled)) as (_, host):
        assert await host.ask(GET_MESSAGE) == DISABLED
    async with connected(Settings(config={(0x0201, 0x02): b"\x00"})) as (_, host):
        assert await host.ask(GET_MESSAGE) == DISABLED


async def test_card_families() -> None:
    async with connected() as (reader, host):
        await host.ask("0C 05 04 02 00 00 05")
        reader.present("mifare", family=CardFamilies.Iso14443A)
        reader.present("felica", family=CardFamilies.Felica)
        assert await host.messages() == ["0 mifare"]


async def test_removal_is_reported_only_if_configured() -> None:
    async with connected() as (reader, host):
        reader.present("a")
        assert await host.messages() == ["0 a"]
    async with connected(Settings(config={(0x0202, 0x1B): b"\x01"})) as (reader, host):
        reader.present("a")
        assert await host.messages() == ["4", "0 a"]


async def test_inputs_are_sensed() -> None:
    async with connected(Settings(ports=frozenset({IoPort.Input0, IoPort.TamperAlarm, IoPort.Gpio3}))) as (
        reader,
        host,
    ):
        assert await host.ask(frame(0x0A04, "04")) == "0C 0A 04 01 00 01"
        reader.set_input(IoPort.Input0, False)
        reader.tamper()
        assert await host.ask(frame(0x0A04, "04")) == "0C 0A 04 01 00 00"
        assert await host.ask(frame(0x0A04, "07")) == "0C 0A 04 01 00 01"
        reader.set_input(IoPort.Gpio3, True)
        assert await host.ask(frame(0x0A04, "0B")) == "0C 0A 04 01 00 01"
        assert await host.ask(frame(0x0A01, "0A")) == "8C 0A 01 01 00 01"
        with pytest.raises(ValueError, match="has no input Input1"):
            reader.set_input(IoPort.Input1, True)


@pytest.mark.parametrize("command", ["01 04", "02 07", "01 08", "01 10", "01 FE", "04 00", "04 03", "04 05", "04 08"])
async def test_ports_that_cannot_do_it(command: str) -> None:
    ports = frozenset({IoPort.GreenLed, IoPort.Relay, IoPort.Input0, IoPort.TamperAlarm})
    async with connected(Settings(ports=ports)) as (_, host):
        number, port = command.split()
        answer = await host.ask(f"0C 0A {number} 01 00 {port}")
        assert answer == f"8C 0A {number} 01 00 01"


async def test_colours() -> None:
    async with connected() as (reader, host):
        assert await host.ask("0C 0A 20 08 00 00 06 00 FF 80 00 01 F4") == "0C 0A 20 00 00"
        assert await host.ask(frame(0x0A21, "0001 00112233 00000000 0064 03E8")) == "0C 0A 21 00 00"
        assert reader.device.rgb == {1: 0x112233, 2: 0xFF8000, 4: 0xFF8000}
        assert await host.ask(frame(0x0A20, "0008 00112233 0064")) == "8C 0A 20 01 00 41"
        assert await host.ask(frame(0x0A20, "0001 01112233 0064")) == "8C 0A 20 01 00 41"
