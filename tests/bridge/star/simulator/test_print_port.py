"""TCP 9100: jobs, what the printer says of them, and everything that can go wrong meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from readers_bridge.families.star.simulator import Replies, SecondSession, Switch
from readers_bridge.families.star.simulator.printer import SimulatedPrinter
from readers_bridge.families.star.simulator.settings import Settings
from readers_bridge.families.star.typedefs import Emulation
from tests.bridge.star.simulator.host import END, READY, START, ask, connect, host_at, printing

HELLO = "1B 1D 74 20 48 65 6C 6C 6F 20 80 0A"
CUT = "1B 64 03"
JOB_1234 = "1B 1D 03 01 34 12"
ETB_1 = "23 86 02 00 00 00 00 02 00 00 00"
COVER_OPEN = "23 86 28 00 00 00 00 00 00 00 00"
PAPER_END = "23 86 08 00 00 08 00 00 00 00 00"


async def test_the_print_end_counter() -> None:
    async with printing() as (printer, host):
        host.say("1B 1D 03 00 00 00")
        assert await host.heard(8) == "1B 1D 03 00 00 00 00 00"
        host.say("1B 1D 03 01 02 11")
        assert await host.heard(8) == "1B 1D 03 01 02 11 01 00"
        host.say("1B 1D 03 01 02 12")
        assert await host.heard(8) == "1B 1D 03 01 02 12 02 00"
        assert printer.jobs[0].print_ends == [0x1102, 0x1202]
        host.say("1B 1D 03 02 00 00 1B 1D 03 00 00 00")
        assert await host.heard(8) == "1B 1D 03 00 00 00 00 00"


async def test_a_job_from_start_to_end() -> None:
    async with printing() as (printer, host):
        host.say(START, HELLO, CUT, END, JOB_1234, "17")
        assert await host.heard(8) == "1B 1D 03 01 34 12 01 00"
        assert await host.heard(11) == ETB_1
        assert printer.transcript().splitlines()[0] == "Hello €"
        assert printer.cuts == ["partial"]
        assert printer.unknown == []
        assert printer.condition.etb_counter == 1


async def test_wrapped_replies() -> None:
    async with printing(print_end=Replies.WRAPPED) as (_, host):
        host.say("05")
        assert await host.heard(19) == "23 86 00 00 00 00 00 00 00 00 08 30 31 3A 42 00 01 20 3B"
        host.say("04")
        assert await host.heard(19) == "23 86 00 00 00 00 00 00 00 00 08 30 32 3A 42 00 01 10 3B"
        host.say("1B 1D 03 01 02 11")
        wrapped = "00 0F 31 37 3A 42 00 08 1B 1D 03 01 02 11 01 00 3B"
        assert await host.heard(26) == f"23 86 00 00 00 00 00 00 00 {wrapped}"
    async with printing(expanded=False, print_end=Replies.WRAPPED) as (_, host):
        host.say("05", "1B 1D 03 01 02 11")
        assert await host.heard(9) == "20 1B 1D 03 01 02 11 01 00"


async def test_frames_are_pushed_when_something_changes_and_can_be_asked_for() -> None:
    async with printing(initial_asb=True) as (printer, host):
        assert await host.heard(11) == READY
        printer.cover(is_open=True)
        assert await host.heard(11) == COVER_OPEN
        host.say("1B 06 01")
        assert await host.heard(11) == COVER_OPEN
        printer.cover(is_open=False)
        assert await host.heard(11) == READY
        host.say("1B 1E 61 00 17 1B 06 01")
        await printer.wait_for("etb")
        printer.switch(Switch.NEAR_END)
        host.say("1B 1E 61 01 1B 06 01")
        assert (await host.heard(22))[:32].startswith("23 86 0")


async def test_the_counter_of_etbs_wraps_and_is_cleared() -> None:
    async with printing() as (printer, host):
        host.say("17" * 33)
        assert (await host.heard(33 * 11)).endswith(ETB_1)
        host.say("1B 1E 45 00 1B 06 01")
        await printer.until(lambda: printer.condition.etb_counter == 0, "the counter to be cleared")


async def test_the_version_and_whether_a_qr_code_fits() -> None:
    async with printing() as (_, host):
        host.say("1B 23 2A 0A 00")
        assert await host.heard(20) == "1B 23 2A 2C " + b"HSP7000Ver.1.0".hex(" ").upper() + " 0A 00"
        host.say("1B 1D 79 53 32 05 1B 1D 79 44 31 00 05 00", b"HELLO", "1B 1D 79 49")
        assert await host.heard(24) == "23 86 00 00 00 00 00 00 00 00 0D 31 39 3A 42 00 06 1B 1D 79 49 69 00 3B"


async def test_a_second_session_is_reset_or_refused() -> None:
    async with printing() as (printer, _):
        assert await ask(printer.print_port) == "RST"
        assert (await printer.wait_for("refused")).data["port"] == "print"
    async with printing(second_session=SecondSession.REFUSE) as (printer, host):
        with pytest.raises(ConnectionRefusedError):
            await connect(printer.print_port)
        host.writer.close()
        await printer.idle()
        async with host_at(printer.print_port):
            await printer.printing()


async def test_with_several_sessions_the_first_to_send_prints_first() -> None:
    async with printing(print_sessions=8) as (printer, first), host_at(printer.print_port) as second:
        await printer.until(lambda: len(printer.print_sessions()) == 2, "two sessions")
        first.say(b"one\n")
        await printer.until(lambda: printer.jobs, "the first job")
        second.say(b"two\n", "17")
        first.say(b"still one\n")
        await printer.until(lambda: "still one" in printer.transcript(), "the first job")
        assert "two" not in printer.transcript()
        first.writer.close()
        assert await second.heard(11) == ETB_1
        assert printer.transcript().split("\n") == ["one", "still one", "two", ""]
        assert printer.transcript(job=2) == "two\n"


async def test_paper_end_in_mid_job_keeps_what_is_outside_a_document() -> None:
    async with printing(paper=2) as (printer, host):
        host.say(b"1\n2\n3\n4\n", "17")
        assert await host.heard(11) == PAPER_END
        assert printer.transcript() == "1\n2\n"
        printer.paper(10)
        assert await host.heard(22) == f"{READY} {ETB_1}"
        assert printer.transcript() == "1\n2\n3\n4\n"


async def test_an_error_within_a_document_discards_up_to_its_end() -> None:
    async with printing(paper=2) as (printer, host):
        host.say(START, b"1\n2\n3\n", "1B 64")
        assert await host.heard(11) == PAPER_END
        host.say("03", b"4\n", END, JOB_1234)
        assert (await printer.wait_for("discarded")).data["bytes"] == 6 + 2 - 1 + 0
        printer.paper(10)
        assert await host.heard(19) == f"{READY} 1B 1D 03 01 34 12 01 00"
        assert printer.transcript() == "1\n2\n"
        assert printer.jobs[0].discarded == 7


async def test_discarding_ends_by_itself() -> None:
    async with printing(document_timeout=0.05) as (printer, host):
        host.say(START, b"1\n")
        await printer.wait_for("line")
        printer.cover(is_open=True)
        host.say(b"2\n")
        assert (await printer.wait_for("discarded")).data["bytes"] == 2
        printer.cover(is_open=False)
        host.say(b"3\n")
        await printer.wait_for("line")
        assert printer.transcript() == "1\n3\n"


async def test_a_busy_printer_takes_data_until_its_buffer_is_full_and_never_finishes() -> None:
    async with printing(buffer=1000) as (printer, host):
        printer.busy()
        host.say(b"x\n" * 2_000, "17")
        await printer.until(lambda: not printer.has_room(), "the buffer to be full")
        assert printer.transcript() == ""
        printer.busy(on=False)
        assert await host.heard(11) == ETB_1
        assert printer.transcript() == "x\n" * 2_000


async def test_real_time_commands_do_not_wait_but_not_within_counted_data() -> None:
    async with printing() as (printer, host):
        printer.cover(is_open=True)
        host.say(b"waits\n", "07", "1B 1D 79 44 31 00 03 00 1C 04 05", "1C")
        await printer.wait_for("kick")
        assert [kick.immediate for kick in printer.kicks] == [True]
        printer.cover(is_open=False)
        await printer.wait_for("kick")
        assert [(kick.immediate, kick.on) for kick in printer.kicks] == [(True, 200), (False, 200)]
        assert await host.heard(22) == f"{COVER_OPEN} {READY}"


async def test_a_slow_printer() -> None:
    async with printing(lines_per_second=100.0) as (printer, host):
        begin = asyncio.get_running_loop().time()
        host.say(b"x\n" * 10, "17")
        await host.heard(11)
        assert asyncio.get_running_loop().time() - begin >= 0.1
        printer.slow(size=1000.0)
        begin = asyncio.get_running_loop().time()
        host.say(b"x" * 40, "0A 17")
        await host.heard(11)
        assert asyncio.get_running_loop().time() - begin >= 0.04


async def test_power_fails_in_mid_job() -> None:
    async with printing(lines_per_second=50.0) as (printer, host):
        host.say(b"x\n" * 50, "17")
        await printer.wait_for("line")
        printer.power_cycle()
        assert await host.end() == "RST"
        assert 0 < len(printer.roll.items) < 50
        async with host_at(printer.print_port) as again:
            again.say("1B 1D 03 00 00 00")
            assert await again.heard(8) == "1B 1D 03 00 00 00 00 00"


async def test_sessions_that_break_or_stay() -> None:
    async with SimulatedPrinter(Settings(print_timeout=0.05)) as printer:
        for fault, end in (("break", "RST"), ("hang_up", ""), ("none", "")):
            async with host_at(printer.print_port) as host:
                await printer.printing()
                printer.fault(fault)
                assert await host.end() == end
            await printer.idle()
        printer.fault("stale")
        async with host_at(printer.print_port) as host:
            await printer.printing()
            port = host.port
        await printer.until(lambda: printer.connections["held"], "a stale session")
        assert printer.connections["held"] == [f"127.0.0.1:{port}"]
        assert await ask(printer.print_port) == "RST"
        assert await ask(printer.management_port, (b"\x1c3" + port.to_bytes(2, "little") + b"\0").hex()) == "01"
        assert printer.connections["held"] == []


async def test_a_host_that_vanishes_within_a_command_leaves_the_rest_of_it_to_the_next() -> None:
    async with printing(Emulation.STAR_GRAPHIC) as (printer, host):
        host.say("1B 2A 72 41 62 04 00 FF")
        await printer.until(lambda: printer.mechanism.engine.queued == 4, "half a line")
        host.writer.close()
        await printer.until(lambda: not printer.print_sessions(), "the end of the session")
        async with host_at(printer.print_port) as again:
            again.say("00 00 00", "1B 2A 72 43 1B 2A 72 42 17")
            assert await again.heard(11) == ETB_1
        assert printer.unknown == []
