"""The driver with a simulated reader, over every kind of connection."""

from __future__ import annotations

import asyncio
import os
import pty
import tty
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import pytest

from readers_bridge.addresses import parse_address
from readers_bridge.description import problems
from readers_bridge.errors import CommandError
from readers_bridge.families.baltech import FAMILY
from readers_bridge.families.baltech.driver import BaltechDriver
from readers_bridge.families.baltech.simulator import (
    ConnectLink,
    Keep,
    Security,
    SerialLink,
    Settings,
    SimulatedReader,
    TcpLink,
)
from readers_bridge.families.baltech.typedefs import AutoReadMode, IoPort
from readers_bridge.model import DeviceConfig, Status
from tests.bridge.desk import Desk
from tests.bridge.served_driver import ServedDriver, living
from tests.conftest import eventually, free_port

KEY = bytes(range(16))


Served = ServedDriver[BaltechDriver]


def served(connection: str, **options: Any) -> AbstractAsyncContextManager[Served]:
    desk, address = Desk(), parse_address(connection, FAMILY.schemes)
    driver = BaltechDriver(DeviceConfig("door", "baltech", address, "Door", options=options), desk)
    return living(Served(driver, desk))


@asynccontextmanager
async def door(settings: Settings | None = None, **options: Any) -> AsyncIterator[tuple[SimulatedReader, Served]]:
    async with (
        SimulatedReader(TcpLink(), settings or Settings(reset_time=0.05)) as reader,
        served(reader.address, **options) as it,
    ):
        await it.online()
        yield reader, it


async def test_cards_and_a_pin_come_in_the_order_of_their_presentation() -> None:
    async with door() as (reader, it):
        for number in range(30):
            reader.present(f"{number:010}")
            await eventually(lambda number=number: len(it.desk.reads) > number, "the card")  # type: ignore[misc]
        reader.pin("1234")
        await eventually(lambda: len(it.desk.reads) == 31, "the PIN")
        assert it.desk.credentials == [*(f"{number:010}" for number in range(30)), "1234"]
        assert not any("order" in read.data for read in it.desk.reads)


async def test_cards_between_two_polls_are_put_in_order() -> None:
    async with door() as (reader, it):
        for number in range(5):
            reader.present(str(number))
        await eventually(lambda: len(it.desk.reads) == 5, "five cards")
        assert it.desk.credentials == ["0", "1", "2", "3", "4"]


async def test_a_card_that_waited_for_the_connection_may_be_old() -> None:
    async with SimulatedReader(TcpLink()) as reader:
        reader.present("1")
        async with served(reader.address) as it:
            await eventually(lambda: it.desk.reads, "the card")
            assert it.desk.reads[0].buffered
            reader.present("2")
            await eventually(lambda: len(it.desk.reads) == 2, "the next card")
            assert not it.desk.reads[1].buffered


@pytest.mark.parametrize("checksum", ["none", "crc16"])
async def test_over_a_serial_line(checksum: str) -> None:
    async with SimulatedReader(SerialLink()) as reader, served(reader.address, checksum=checksum) as it:
        await it.online()
        reader.present("42")
        await eventually(lambda: it.desk.credentials == ["42"], "the card")


async def test_over_usb_hid() -> None:
    """The simulated reader behind a pseudo-terminal that carries HID reports, packed and unpacked here."""
    async with SimulatedReader(TcpLink()) as reader, hid_device(reader) as path, served(f"hid://{path}") as it:
        await it.online()
        reader.present("42")
        await eventually(lambda: it.desk.credentials == ["42"], "the card")
        assert (await it.command("set_port", port="Relay", on=True)).status is Status.DONE
        assert reader.machine.ports[IoPort.Relay]


@asynccontextmanager
async def hid_device(reader: SimulatedReader) -> AsyncIterator[str]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    from_reader, to_reader = await asyncio.open_connection("127.0.0.1", reader.port)
    sizes = {1: 12, 2: 60, 3: 252, 4: 1020}
    waiting = bytearray()

    def report_written() -> None:
        with suppress(OSError):
            waiting.extend(os.read(master, 4096))
        while waiting and len(waiting) > sizes[waiting[0]] + 2:
            size = int.from_bytes(waiting[1:3], "little")
            to_reader.write(bytes(waiting[3 : 3 + size]))
            del waiting[: sizes[waiting[0]] + 3]

    async def answers() -> None:
        while data := await from_reader.read(1000):
            number = next(number for number, size in sizes.items() if size >= len(data))
            os.write(master, bytes((number,)) + len(data).to_bytes(2, "little") + data.ljust(sizes[number], b"\0"))

    asyncio.get_running_loop().add_reader(master, report_written)
    task = asyncio.create_task(answers())
    try:
        yield os.ttyname(slave)
    finally:
        asyncio.get_running_loop().remove_reader(master)
        task.cancel()
        to_reader.close()
        os.close(master)
        os.close(slave)


async def test_readers_that_connect_share_a_port() -> None:
    port = free_port()
    url = f"tcp-listen://127.0.0.1:{port}?serial="
    async with (
        served(f"{url}43893126") as first,
        served(f"{url}00000007") as second,
        SimulatedReader(ConnectLink("127.0.0.1", port), Settings(reset_time=0)) as one,
        SimulatedReader(ConnectLink("127.0.0.1", port), Settings(serial_number=7, reset_time=0)) as seven,
    ):
        await first.online()
        await second.online()
        one.present("1")
        seven.present("7")
        await eventually(lambda: first.desk.reads and second.desk.reads, "a card from each")
        assert (first.desk.credentials, second.desk.credentials) == (["1"], ["7"])
        assert first.desk.events == ["restarted"]


async def test_a_card_on_account_of_which_the_reader_connects_is_fresh() -> None:
    port = free_port()
    async with SimulatedReader(ConnectLink("127.0.0.1", port, Keep.DEMAND)) as reader:
        reader.present("42")
        async with served(f"tcp-listen://127.0.0.1:{port}") as it:
            await eventually(lambda: it.desk.reads, "the card")
            assert not it.desk.reads[0].buffered


@pytest.mark.parametrize("mode", ["standard", "plain", "stateless"])
async def test_in_a_secure_channel(mode: str) -> None:
    settings = Settings(security=Security.AES, keys={2: KEY}, reset_time=0.05)
    async with door(settings, key=KEY.hex(), key_level=2, channel=mode) as (reader, it):
        reader.present("42")
        await eventually(lambda: it.desk.credentials == ["42"], "the card")
        outcome = await it.command("store_script", event="OnAccepted", script="DefaultAction", reset=True)
        assert (outcome.status, outcome.data["reset_needed"]) == (Status.DONE, False)


async def test_a_wrong_key_is_told() -> None:
    async with (
        SimulatedReader(TcpLink(), Settings(security=Security.AES, keys={1: KEY})) as reader,
        served(reader.address, key="00" * 16) as it,
    ):
        await eventually(lambda: "wrong_key" in it.ends, "the end of the session")
        assert not it.desk.is_online


async def test_a_locked_reader_is_told() -> None:
    async with (
        SimulatedReader(TcpLink(), Settings(security=Security.LOCKED)) as reader,
        served(reader.address) as it,
    ):
        await eventually(lambda: "access_denied" in it.ends, "the end of the session")


async def test_another_reader_than_the_configured_one_is_not_used() -> None:
    port = free_port()
    async with served(f"tcp-listen://127.0.0.1:{port}?serial=7") as it, SimulatedReader(ConnectLink("127.0.0.1", port)):
        await eventually(lambda: it.desk.counters["strangers_on_port"], "the stranger")
        assert not it.desk.is_online


async def test_the_description_is_what_the_reader_has() -> None:
    settings = Settings(features=(2, 3), ports=frozenset({IoPort.RedLed, IoPort.Beeper, IoPort.Input1}))
    async with door(settings) as (_, it):
        description = it.desk.described[-1]
        assert (description.serial, description.model) == ("43893126", "1100 IDE Z")
        assert not problems(description)
        keys = {entity.key for entity in description.entities}
        assert {"red_led", "beeper", "beep", "input1"} <= keys
        assert keys.isdisjoint({"green_led", "blue_led", "relay", "pulse_relay", "rgb", "input0", "tamper"})
        set_port, sense = description.command("set_port"), description.command("sense")
        assert set_port is not None
        assert sense is not None
        assert set_port.args["port"].options == ("RedLed", "Beeper")
        assert sense.args["port"].options == ("Input1",)


async def test_inputs_tamper_and_boot_status_are_sensed() -> None:
    async with door(Settings(boot_status=1 << 29)) as (reader, it):
        assert it.desk.state["input0"] is True
        assert (it.desk.state["boot_status"], it.desk.state["hardware_problem"]) == ("FactorySettings", False)
        reader.set_input(IoPort.Input0, False)
        reader.tamper(True)
        await eventually(lambda: not it.desk.state["input0"] and it.desk.state["tamper"], "the new states")
        assert it.desk.events == ["alarm_on"]


async def test_the_lights_and_the_relay() -> None:
    async with door() as (reader, it):
        await it.command("set_port", port="GreenLed", on=True)
        await it.command("toggle_port", port="Beeper", count=2, on_ms=10, off_ms=20, inverted=False)
        await it.command("pulse_relay", ms=3000)
        await it.command("set_rgb", color="#FF8000", transition_ms=500, leds="all")
        await it.command("pulse_rgb", color="#FF0000", color2="#0000FF", transition_ms=0, period_ms=1000, leds="left")
        sent = [(command.code, command.payload.hex()) for command in reader.commands if command.code >> 8 == 0x0A]
        assert [one for one in sent if one[0] != 0x0A04] == [
            (0x0A01, "00"),
            (0x0A03, "0202000a001400"),
            (0x0A03, "03010bb8006400"),
            (0x0A20, "000700ff800001f4"),
            (0x0A21, "000400ff0000000000ff000003e8"),
        ]
        assert (await it.command("sense", port="Input0")).data == {"port": "Input0", "on": True}


async def test_a_port_that_is_missing_is_the_readers_word() -> None:
    async with door(Settings(features=None, ports=frozenset({IoPort.RedLed}))) as (_, it):
        with pytest.raises(CommandError) as error:
            await it.command("set_port", port="Relay", on=True)
        assert (error.value.status, error.value.code) == (Status.FAILED, "invalid_port")


async def test_a_switch_of_autoread_loses_no_card() -> None:
    async with door() as (reader, it):
        reader.present("42")
        await it.command("set_autoread", mode="Disabled")
        await eventually(lambda: it.desk.state["autoread"] == "Disabled", "the mode")
        assert it.desk.credentials == ["42"]
        await it.command("restrict_card_families", families=["Iso14443A", "Iso15693"])
        assert it.desk.state["card_families"] == "Iso14443A, Iso15693"
        assert [command.payload.hex() for command in reader.asked(0x0504)] == ["0005"]


async def test_autoread_is_switched_on_where_that_is_configured() -> None:
    async with door(Settings(autoread=AutoReadMode.Disabled), enable_autoread=True) as (_, it):
        await eventually(lambda: it.desk.state.get("autoread") == "Enabled", "the mode")


async def test_a_restart_is_done_when_the_reader_answers_again() -> None:
    async with door() as (_, it):
        outcome = await it.command("reset")
        assert outcome.status is Status.DONE
        assert it.ends[0] == "restarting"
        assert it.desk.is_online


async def test_a_command_without_an_answer_is_unknown() -> None:
    async with door() as (reader, it):
        reader.fault("drop", count=1, code=0x0A01)
        with pytest.raises(CommandError) as error:
            await it.command("set_port", port="GreenLed", on=True)
        assert error.value.status is Status.UNKNOWN
        await it.online()
        assert len(reader.asked(0x0A01)) == 1


async def test_a_reader_that_passes_over_questions_in_silence_is_used_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("readers_bridge.families.baltech.exchange.NETWORK_ALLOWANCE", 0.05)
    async with SimulatedReader(TcpLink()) as reader:
        for code in (0x0024, 0x0005):
            reader.fault("drop", count=1, code=code)
        async with served(reader.address) as it:
            await it.online()
            reader.present("42")
            await eventually(lambda: it.desk.credentials == ["42"], "the card")
            assert it.ends == []
            assert not reader.asked(0x0A04), "silent twice: nothing more is asked"
