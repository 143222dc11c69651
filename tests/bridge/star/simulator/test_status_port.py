"""TCP 9101, the forms of the status, and UDP discovery."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from readers_bridge.families.star.simulator import Settings, SimulatedPrinter, StatusPort, Switch
from readers_bridge.families.star.simulator.asb import etb_counter
from readers_bridge.families.star.simulator.condition import Condition
from readers_bridge.families.star.typedefs import Emulation
from tests.bridge.simulation.host import SECONDS
from tests.bridge.star.simulator.host import CAPTURED, READY, STATUS_REQUEST, ask, connect, host_at
from tests.bridge.star.vectors import CAPTURED as BLOCK

SEARCH = bytes.fromhex("53 54 52 5F 42 43 41 53 54 00 00 00 00 00 00 00 52 51 31 2E 30 2E 30 00 00 1C 64 31")


@pytest.mark.parametrize(
    ("on", "frame"),
    [
        ([], READY),
        ([Switch.COVER], "23 86 28 00 00 00 00 00 00 00 00"),
        ([Switch.PAPER_END, Switch.NEAR_END], "23 86 08 00 00 0C 00 00 00 00 00"),
        ([Switch.NEAR_END], "23 86 00 00 00 04 00 00 00 00 00"),
        ([Switch.CUTTER], "23 86 08 08 00 00 00 00 00 00 00"),
        ([Switch.DRAWER], "23 86 04 00 00 00 00 00 00 00 00"),
        ([Switch.HEAD_HOT], "23 86 08 40 00 00 00 00 00 00 00"),
        ([Switch.UNRECOVERABLE], "23 86 08 20 00 00 00 00 00 00 00"),
        ([Switch.OFFLINE], "23 86 08 00 00 00 00 00 00 00 00"),
        ([Switch.HEAD_UP, Switch.BLACK_MARK], "23 86 08 00 0A 00 00 00 00 00 00"),
    ],
)
async def test_the_status_of_every_condition(on: list[Switch], frame: str) -> None:
    async with SimulatedPrinter() as printer:
        for switch in on:
            printer.switch(switch)
        assert await ask(printer.status_port, STATUS_REQUEST) == frame


@pytest.mark.parametrize(
    ("count", "byte"), [(0, 0x00), (1, 0x02), (7, 0x0E), (8, 0x20), (15, 0x2E), (16, 0x40), (31, 0x6E)]
)
def test_the_etb_counter(count: int, byte: int) -> None:
    assert etb_counter(count) == byte


@pytest.mark.parametrize(
    ("settings", "frame"),
    [
        ({"lan": False}, "23 06 00 00 00 04 00 00 00"),
        ({"asb_length": 7}, "0F 82 00 00 00 04 00 00 00"),
        ({"asb_length": 12}, "29 8A 00 00 00 04 00 00 00 00 00 06 00 00"),
        ({"noise": b"\0\0"}, "00 00 23 86 00 00 00 04 00 00 00 00 00"),
        ({"fragment": 3}, "23 86 00 00 00 04 00 00 00 00 00"),
    ],
)
async def test_frames_of_other_forms(settings: dict[str, Any], frame: str) -> None:
    async with SimulatedPrinter(Settings(**settings)) as printer:
        printer.switch(Switch.NEAR_END)
        assert await ask(printer.status_port, STATUS_REQUEST) == frame


async def test_current_and_previous_state_of_a_tsp143() -> None:
    async with SimulatedPrinter(Settings(double_status=True, status_zero=True)) as printer:
        assert await ask(printer.status_port, STATUS_REQUEST) == f"{READY} {READY}"
        printer.cover(is_open=True)
        assert await ask(printer.status_port, "30" + " 00" * 50) == f"23 86 28 00 00 00 00 00 00 00 00 {READY}"


@pytest.mark.parametrize("wrong", ["30" + " 00" * 50, "00", "32" + " 00" * 51])
async def test_anything_else_ends_the_connection(wrong: str) -> None:
    async with SimulatedPrinter() as printer:
        assert await ask(printer.status_port, wrong) in {"", "RST"}
        assert not (await printer.wait_for("status")).data["answered"]


async def test_eight_sessions_and_their_time_out() -> None:
    async with SimulatedPrinter(Settings(status_timeout=0.2)) as printer:
        hosts = [await connect(printer.status_port) for _ in range(8)]
        await printer.until(lambda: len(printer.connections["status"]) == 8, "eight sessions")
        assert await ask(printer.status_port) == "RST"
        assert [await host.end() for host in hosts] == [""] * 8
        for host in hosts:
            host.writer.transport.abort()


async def test_cards_that_do_not_answer() -> None:
    async with SimulatedPrinter(Settings(emulation=Emulation.ESC_POS)) as printer:
        assert await ask(printer.status_port, STATUS_REQUEST) == ""
    async with SimulatedPrinter(Settings(status_port_mode=StatusPort.REFUSE)) as printer:
        with pytest.raises(ConnectionRefusedError):
            await connect(printer.status_port)
    async with SimulatedPrinter() as printer:
        printer.fault("close", port="status")
        assert await ask(printer.status_port, STATUS_REQUEST) == ""
        assert await ask(printer.status_port, STATUS_REQUEST) == READY


async def search(printer: SimulatedPrinter, request: bytes = SEARCH, answers: int = 1) -> list[bytes]:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.bind(("127.0.0.1", 0))
        await loop.sock_sendto(sock, request, ("127.0.0.1", printer.management_port))
        async with asyncio.timeout(SECONDS):
            return [await loop.sock_recv(sock, 1000) for _ in range(answers)]


async def test_a_search_is_answered_with_the_captured_block() -> None:
    async with SimulatedPrinter(CAPTURED) as printer:
        assert await search(printer) == [bytes(BLOCK)]


async def test_faults_of_discovery() -> None:
    async with SimulatedPrinter(CAPTURED) as printer:
        printer.fault("discovery_duplicate")
        assert await search(printer, answers=2) == [bytes(BLOCK)] * 2
        printer.fault("discovery_truncated", 40)
        assert await search(printer) == [bytes(BLOCK[:40])]
        printer.fault("discovery_wrong_length")
        assert (await search(printer))[0][24:26] == b"\x01\x30"
        printer.fault("discovery_version4")
        (answer,) = await search(printer)
        assert answer[16:23] == b"RS4.0.0"
        assert int.from_bytes(answer[24:26], "big") == len(answer) == 338
        printer.fault("discovery_silent")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await search(printer)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await search(printer, SEARCH[:-1])


async def test_without_power_nobody_answers() -> None:
    async with SimulatedPrinter() as printer, host_at(printer.print_port) as host:
        await printer.printing()
        printer.power(on=False)
        with pytest.raises(ConnectionRefusedError):
            await connect(printer.management_port)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await host.reader.read(1)
        printer.power(on=True)
        assert await host.end() == "RST"
        assert await ask(printer.status_port, STATUS_REQUEST) == READY


def test_paper_runs_low_and_out() -> None:
    condition = Condition(10, near_end=3)
    condition.feed(6)
    assert (condition.paper, condition.on) == (4, set())
    condition.feed(1)
    assert condition.on == {Switch.NEAR_END}
    condition.feed(3)
    assert condition.on == {Switch.NEAR_END, Switch.PAPER_END}
    condition.set_paper(None)
    assert (condition.paper, condition.on) == (None, set())
