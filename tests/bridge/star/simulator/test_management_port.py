"""TCP 22222 as the communication charts of the IFBD-HE07/08/BE07 User's Manual show it, on real sockets."""

from __future__ import annotations

import asyncio

import pytest

from readers_bridge.families.star.simulator import Settings, SimulatedPrinter
from readers_bridge.families.star.typedefs import Emulation
from tests.bridge.star.simulator.host import CAPTURED, READY, STATUS_REQUEST, ask, connect, host_at, printing
from tests.bridge.star.vectors import CAPTURED as BLOCK

RESET = "1C 30 75 73 65 72 00 67 75 65 73 74 00"
WRONG_PASSWORD = "1C 30 75 73 65 72 00 6E 6F 00"
SETTING = "1D 31 00"


async def test_the_card_answers_first_and_closes_without_waiting() -> None:
    async with SimulatedPrinter(CAPTURED) as printer:
        port = printer.management_port
        assert await ask(port, SETTING) == "1D 31 00 00 03 30 31 31"
        assert await ask(port, "1D 30 00") == f"1D 30 00 01 2E {BLOCK.hex(' ').upper()}"
        assert await ask(port, "1C 33 00 01 00") == "00"
        assert await ask(port, WRONG_PASSWORD) == "01"
        assert printer.is_powered


@pytest.mark.parametrize(
    "wrong", ["1F 30 75 73 65 72 00 67 75 65 73 74 00", "1D 32 00", "1C 31", "1D 31 01", "00", "1C 33 22 C8 01"]
)
async def test_whatever_else_ends_the_connection_without_a_byte(wrong: str) -> None:
    async with SimulatedPrinter() as printer:
        assert await ask(printer.management_port, wrong) == ""
        assert (await printer.wait_for("management")).data["command"] == "unknown"


async def test_input_that_arrives_byte_by_byte() -> None:
    async with SimulatedPrinter() as printer, host_at(printer.management_port) as host:
        for byte in bytes.fromhex("1C 33 00 01 00"):
            host.writer.write(bytes((byte,)))
            await host.writer.drain()
            await asyncio.sleep(0)
        assert await host.end() == "00"
        assert (await printer.wait_for("management", command="release")).data["port"] == 256


async def test_a_reset_answers_then_drops_everybody_and_clears_the_counters() -> None:
    async with printing(reset_time=0.2) as (printer, host):
        host.say("17")
        assert await host.heard(11) == "23 86 02 00 00 00 00 02 00 00 00"
        assert await ask(printer.management_port, RESET) == "00"
        assert await host.end() == "RST"
        with pytest.raises(ConnectionRefusedError):
            await connect(printer.print_port)
        with pytest.raises(ConnectionRefusedError):
            await connect(printer.status_port)
        await printer.wait_for("started")
        assert await ask(printer.status_port, STATUS_REQUEST) == READY


async def test_a_print_session_is_released_by_the_port_of_its_host() -> None:
    async with printing() as (printer, host):
        request = b"\x1c3" + host.port.to_bytes(2, "little") + b"\0"
        assert await ask(printer.management_port, request.hex()) == "01"
        assert await host.end() == "RST"
        assert await ask(printer.management_port, request.hex()) == "00"


@pytest.mark.parametrize(
    ("request_bytes", "port"),
    [("1C 33 00 01 00", 256), ("1C 33 0C 30 00", 12_300), ("1C 33 FA FF 00", 65_530), ("1C 33 22 C8 00", 51_234)],
)
async def test_a_session_that_a_crashed_host_left_is_released(request_bytes: str, port: int) -> None:
    async with SimulatedPrinter() as printer:
        printer.hold(port)
        assert await ask(printer.print_port) == "RST"
        assert await ask(printer.management_port, request_bytes) == "01"
        async with host_at(printer.print_port):
            await printer.printing()


async def test_a_session_of_another_address_is_not_released() -> None:
    async with SimulatedPrinter() as printer:
        printer.hold(51_234, "192.0.2.7")
        assert await ask(printer.management_port, "1C 33 22 C8 00") == "00"
        assert printer.connections["held"] == ["192.0.2.7:51234"]


async def test_four_sessions_and_no_more() -> None:
    async with SimulatedPrinter() as printer:
        hosts = [await connect(printer.management_port) for _ in range(4)]
        await printer.until(lambda: len(printer.connections["management"]) == 4, "four sessions")
        assert await ask(printer.management_port) == "RST"
        assert await hosts[0].ask(SETTING) == "1D 31 00 00 03 30 31 31"
        for host in hosts:
            host.writer.transport.abort()


async def test_a_silent_connection_is_closed() -> None:
    async with SimulatedPrinter(Settings(management_timeout=0.05)) as printer, host_at(printer.management_port) as host:
        assert await host.end() == ""


async def test_setting_of_a_printer_in_esc_pos_mode() -> None:
    async with SimulatedPrinter(Settings(emulation=Emulation.ESC_POS)) as printer:
        assert await ask(printer.management_port, SETTING) == "1D 31 00 00 03 31 31 30"
    async with SimulatedPrinter(Settings(nsb=False, asb=False)) as printer:
        assert await ask(printer.management_port, SETTING) == "1D 31 00 00 03 30 30 30"


async def test_faults_of_this_port() -> None:
    async with SimulatedPrinter(Settings(reset_time=0.0)) as printer:
        port = printer.management_port
        printer.fault("close", port="management")
        assert await ask(port, SETTING) == ""
        printer.fault("reset", port="management")
        assert await ask(port, SETTING) == "RST"
        printer.fault("reject")
        assert await ask(port, RESET) == "01"
        printer.hold(51_234)
        printer.fault("refuse_release")
        assert await ask(port, "1C 33 22 C8 00") == "00"
        printer.fault("silent", port="management")
        async with host_at(port) as host:
            host.say(SETTING)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await host.reader.read(1)
        printer.fault("delay", 0.05, port="management")
        assert await ask(port, SETTING) == "1D 31 00 00 03 30 31 31"
