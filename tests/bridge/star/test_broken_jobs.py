"""What others leave to the next job: half a row of dots, an open document, and counters that other hosts move."""

from __future__ import annotations

import asyncio

import pytest

from readers_bridge.families.star.print_session import PrintSession
from readers_bridge.families.star.simulator import Settings, SimulatedPrinter
from readers_bridge.families.star.typedefs import Emulation
from readers_bridge.model import Status
from tests.bridge.star.shop import shop
from tests.bridge.star.simulator.host import START, host_at
from tests.conftest import eventually

ROW = b"\x1b*rR\x1b*rA\x1b*rP0\0\x1b*rE13\0" + b"b\x48\0" + b"\xff" * 72


@pytest.mark.parametrize("missing", [1, 5, 8, 12, 20, 42, 60, 71, 72])
@pytest.mark.parametrize("emulation", [Emulation.STAR_LINE, Emulation.STAR_GRAPHIC])
async def test_a_host_that_vanished_within_a_row_of_dots(emulation: Emulation, missing: int) -> None:
    async with shop(Settings(emulation=emulation), poll=30, print_timeout=10) as (printer, it):
        async with host_at(printer.print_port) as other:
            other.say(START, ROW[:-missing])
            await eventually(lambda: printer.jobs and printer.jobs[0].received == 6 + len(ROW) - missing, "half a row")
        for text in ("first", "second"):
            done = await it.command("print_text", text=text)
            assert done.status is Status.DONE
            assert done.data["confirmed_by"] == "print_end"
        if emulation is Emulation.STAR_LINE:
            assert [line for line in printer.transcript().splitlines() if line in {"first", "second"}] == [
                "first",
                "second",
            ]
        assert printer.cuts.count("partial") <= 3, "one of them ends what was broken off"


@pytest.mark.parametrize("missing", [1, 72, 73, 74])
@pytest.mark.parametrize("emulation", [Emulation.STAR_LINE, Emulation.STAR_GRAPHIC])
async def test_a_session_that_broke_within_a_row_or_its_head(emulation: Emulation, missing: int) -> None:
    async with SimulatedPrinter(Settings(emulation=emulation)) as printer:
        async with host_at(printer.print_port) as broken:
            broken.say(START, ROW[:-missing])
            await eventually(lambda: printer.jobs and printer.jobs[0].received == 6 + len(ROW) - missing, "half a row")
        await eventually(lambda: not printer.print_sessions(), "the end of the session")
        session = await PrintSession.open("127.0.0.1", printer.print_port, esc_pos=False, heard=lambda _status: None)
        assert await session.begin(0x4142, 0.5, after_cut=True)
        assert await session.close()


async def test_a_printer_that_is_only_slow_to_answer_prints_nothing_strange() -> None:
    async with shop() as (printer, it):
        await it.command("print_receipt", lines=["before", {"cut": "full"}])
        printer.busy()
        job = asyncio.create_task(it.command("print_text", text="patient", cut="none"))
        await eventually(lambda: len(printer.jobs) == 2 and printer.jobs[1].received > 100, "the second question")
        printer.busy(on=False)
        assert (await job).status is Status.DONE
        lines = [line for line in printer.transcript().splitlines() if line]
        assert [line for line in lines if "cut" not in line] == ["before", "patient"]
        assert printer.cuts == ["full"]
        assert printer.unknown == []


async def test_another_hosts_etb_does_not_confirm_a_job() -> None:
    async with shop(Settings(print_sessions=8), print_timeout=4) as (printer, it):
        assert (await it.command("print_text", text="one")).status is Status.DONE
        async with host_at(printer.print_port) as other:
            other.say(b"of another host\n")
            await eventually(lambda: "another" in printer.transcript(), "the other host to have the printer")
            job = asyncio.create_task(it.command("print_text", text="mine"))
            await eventually(lambda: it.desk.state["job"] == "printing", "the job")
            other.say(b"\x17")
            await eventually(lambda: printer.condition.etb_counter == 2, "its ETB")
            await asyncio.wait([job], timeout=0.5)
            assert not job.done(), "the printer has not begun with it"
        done = await job
        assert (done.status, done.data["confirmed_by"]) == (Status.DONE, "print_end")
        assert printer.transcript().count("mine") == 1
