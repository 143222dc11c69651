"""Results and states that must be true though the printer, the card or other hosts make it difficult."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from readers_bridge.families.star import printer as printers
from readers_bridge.families.star.etb_count import EtbCount, Shown
from readers_bridge.families.star.jobs import _NUMBERS, Jobs
from readers_bridge.families.star.printing.job import END_DOCUMENT, ETB, INITIALIZE, PRINT_END, START_DOCUMENT
from readers_bridge.families.star.session_port import FACT
from readers_bridge.families.star.simulator import Settings, SimulatedPrinter, StatusPort
from readers_bridge.families.star.status import Asb, EscPosStatus
from readers_bridge.families.star.status_poll import first_status
from readers_bridge.families.star.typedefs import Emulation
from readers_bridge.model import Status
from tests.bridge.star.shop import QUICK, Served, bridge, served, shop
from tests.conftest import eventually

GOOD = bytes.fromhex("23 86 00 00 00 00 00 00 00 00 00")
NEAR_END = bytes.fromhex("23 86 00 00 00 04 00 00 00 00 00")
PAPER_END = bytes.fromhex("23 86 08 00 00 08 00 00 00 00 00")


class Card:
    """A printer of a few lines, that does exactly what a test says."""

    def __init__(self) -> None:
        self.jobs: list[bytes] = []
        self.status = GOOD
        self.counter = 0
        self.answers = True
        self.counts = True
        self.clears = True
        self.end: Callable[[bytes], bytes] = lambda number: b"\x1b\x1d\x03\x01" + number + b"\x01\x00"
        self.hold: asyncio.Event | None = None
        self.held = 0
        self.print_port = self.status_port = 0

    @asynccontextmanager
    async def served(self, **options: object) -> AsyncIterator[Served]:
        print_ = await asyncio.start_server(self._print, "127.0.0.1", 0)
        status = await asyncio.start_server(self._status, "127.0.0.1", 0)
        with closing(socket.socket()) as nobody:
            nobody.bind(("127.0.0.1", 0))
            self.print_port, self.status_port = (s.sockets[0].getsockname()[1] for s in (print_, status))
            address = f"tcp://127.0.0.1?management={nobody.getsockname()[1]}&print={self.print_port}&status={self.status_port}"
            async with print_, status, served(address, **{**QUICK, "emulation": "star_line", **options}) as it:
                await it.online()
                yield it

    def frame(self) -> bytes:
        counter = (self.counter & 7) << 1 | (self.counter & 0x18) << 2
        return self.status[:7] + bytes([counter]) + self.status[8:]

    async def _status(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(51)
        answer = self.frame()
        if self.hold is not None:
            self.held += 1
            await self.hold.wait()
        writer.write(answer)
        writer.close()

    async def _print(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.jobs.append(b"")
        place = len(self.jobs) - 1
        while data := await reader.read(65_536):
            self.jobs[place] += data
            self.counter += data.count(ETB) * self.counts
            if b"\x1b\x1eE\0" in data and self.clears:
                self.counter = 0
            if b"\x1b\x06\x01" in data:
                writer.write(self.frame())
            at = data.find(b"\x1b\x1d\x03\x00")
            if at >= 0 and self.answers:
                writer.write(data[at : at + 6] + b"\x00\x00")
            at = data.find(PRINT_END)
            if at >= 0:
                writer.write(self.end(data[at + 4 : at + 6]))
        writer.close()


# -- what confirms a job


async def test_the_whole_stream_is_one_document() -> None:
    card = Card()
    async with card.served() as it:
        done = await it.command("print_text", text="hello")
        number = int(done.data["job"]).to_bytes(2, "little")
        stream = card.jobs[-1]
        assert stream.startswith(START_DOCUMENT + b"\x1b\x1d\x03\x00" + number + INITIALIZE)
        assert stream.endswith(END_DOCUMENT + PRINT_END + number + ETB)
        assert stream.count(b"\x1b\x1d\x03") == 4
        assert done.data["sent_bytes"] == done.data["total_bytes"] == len(stream) - 6


async def test_etbs_of_other_hosts_confirm_nothing_for_a_printer_that_repeats_numbers() -> None:
    card = Card()
    card.counter = 5

    def another(_number: bytes) -> bytes:
        card.counter += 1
        return card.frame()

    card.end = another
    card.counts = False
    async with card.served(print_timeout=0.4) as it:
        error = await it.refused("print_text", text="hello")
        assert (error.status, error.code) == (Status.UNKNOWN, "timeout")
        assert error.data["may_repeat"] is False


async def test_a_printer_that_repeats_no_numbers_shows_first_that_nothing_else_is_outstanding() -> None:
    card = Card()
    card.answers = False
    card.end = lambda _number: b""
    async with card.served(print_timeout=4) as it:
        done = await it.command("print_text", text="hello")
        assert done.data["confirmed_by"] == "etb"
        assert b"\x1b*rC" in card.jobs[-1], "it may have waited for the rest of a row of dots"
        again = asyncio.get_running_loop().time()
        await it.command("print_text", text="hello")
        assert b"\x1b*rC" not in card.jobs[-1]
        assert card.jobs[-1].count(START_DOCUMENT) == 1
        assert asyncio.get_running_loop().time() - again < 4, "it is not waited for a second time"


async def test_a_printer_whose_counter_cannot_be_cleared_is_not_taken_at_it() -> None:
    card = Card()
    card.answers = card.clears = False
    card.end = lambda _number: b""
    async with card.served(print_timeout=0.4) as it:
        error = await it.refused("print_text", text="hello")
        assert (error.status, error.code) == (Status.UNKNOWN, "timeout")


@pytest.mark.parametrize("clears", [True, False])
async def test_a_dot_impact_printer_is_asked_for_its_counter_first(*, clears: bool) -> None:
    card = Card()
    card.clears = clears
    async with card.served(emulation="star_dot") as it:
        for _ in range(3):
            done = await it.command("print_text", text="hello")
            assert done.data["confirmed_by"] == "etb"


async def test_a_dot_impact_printer_that_hangs_has_no_baseline() -> None:
    card = Card()
    card.counts = card.clears = False
    async with card.served(emulation="star_dot", print_timeout=0.4) as it:
        error = await it.refused("print_text", text="one")
        assert error.status is Status.UNKNOWN
        card.counter += 1  # what was in its buffer before
        job = asyncio.create_task(it.refused("print_text", text="two"))
        await eventually(lambda: len(card.jobs) == 2 and card.jobs[1].endswith(ETB), "the second job")
        card.counter += 1
        assert (await job).status is Status.UNKNOWN


def test_words_of_what_is_shown() -> None:
    assert EtbCount().clears
    assert list(Shown) == ["all_done", "alive", "nothing"]


async def test_an_error_at_the_very_end_is_told_with_what_contradicts_it() -> None:
    card = Card()

    def both(number: bytes) -> bytes:
        card.status = PAPER_END
        return card.frame() + b"\x1b\x1d\x03\x01" + number + b"\x01\x00"

    card.end = both
    async with card.served() as it:
        error = await it.refused("print_text", text="hello")
        assert (error.status, error.code) == (Status.UNKNOWN, "paper_end")
        assert (error.data["printed"], error.data["may_repeat"]) == ("unknown", False)
        assert "it has no paper, and then that it has worked off the job" in str(error)


def test_no_number_of_a_job_has_a_byte_on_which_a_printer_acts() -> None:
    jobs = Jobs(cast(Any, SimpleNamespace(peek=None)), cast(Any, None))
    found = set()
    for jobs._count in range(_NUMBERS):
        assert min(jobs._number.to_bytes(2, "little")) >= 0x20
        found.add(jobs._number)
    assert len(found) == _NUMBERS


# -- the status


async def test_an_answer_that_is_older_than_what_the_printer_sent_does_not_count() -> None:
    card = Card()
    ended = asyncio.Event()

    def pushed(number: bytes) -> bytes:
        card.status = NEAR_END
        ended.set()
        return card.frame() + b"\x1b\x1d\x03\x01" + number + b"\x01\x00"

    card.end = pushed
    async with card.served(poll=300) as it:
        old = asyncio.create_task(it.driver._printer.ask())
        card.hold = asyncio.Event()
        await asyncio.sleep(0)
        late = asyncio.create_task(it.driver._printer.ask())
        await eventually(lambda: card.held == 2, "both questions")
        hold, card.hold = card.hold, None
        await it.command("print_text", text="hello")
        await ended.wait()
        assert it.desk.state["paper_near_end"] is True
        hold.set()
        told = await late
        assert isinstance(told, Asb)
        assert told.paper_near_end
        await old
        assert it.desk.state["paper_near_end"] is True


def test_only_a_printer_that_can_be_in_esc_pos_mode_has_such_a_status() -> None:
    assert isinstance(first_status(b"\x10\0\0\0", esc_pos=True), EscPosStatus)
    assert first_status(b"\x10\0\0\0", esc_pos=False) is None


# -- cards without a status port


OLD = Settings(status_port_mode=StatusPort.REFUSE, emulation=Emulation.STAR_LINE)


async def test_an_old_card_stays_online_between_two_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printers, "PRINT_PORT_EVERY", 0.4)
    async with SimulatedPrinter(OLD) as printer:
        with closing(socket.socket()) as nobody:
            nobody.bind(("127.0.0.1", 0))
            address = printer.address.replace(str(printer.management_port), str(nobody.getsockname()[1]))
            async with served(address, **{**QUICK, "emulation": "star_line", "poll": 0.05}) as it:
                await it.online()
                await eventually(lambda: len(printer.jobs) >= 3, "three looks by way of the print port")
                assert it.ends == []
                assert (await it.command("print_text", text="hello")).status is Status.DONE
                await printer.stop()
                await eventually(lambda: it.ends, "the end")


async def test_a_card_that_answers_searches_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printers, "PRINT_PORT_EVERY", 0.0)
    async with shop(OLD) as (printer, it):
        printer.fault("close", port="management")
        with socket.create_connection(("127.0.0.1", printer.print_port)):
            await eventually(lambda: printer.connections["print"], "another host")
            missed = it.desk.counters["polls_missed"]
            assert await it.driver._printer._is_there()
            assert it.desk.counters["polls_missed"] == missed


async def test_the_port_of_a_look_is_stored_like_that_of_a_job() -> None:
    async with SimulatedPrinter(OLD) as printer, served(printer.address, **QUICK) as it:
        await it.online()
        facts = [facts for _, facts in it.desk.history if facts is not None and FACT in facts]
        port = int(printer.jobs[0].peer.rpartition(":")[2])
        assert facts == [{FACT: [port]}, {FACT: []}]


async def test_a_printer_with_an_unknown_command_set_is_asked_nothing_on_its_print_port() -> None:
    settings = Settings(status_port_mode=StatusPort.REFUSE, model="TSP9999", name="NIC")
    async with SimulatedPrinter(settings) as printer, served(printer.address, **QUICK) as it:
        await it.online()
        await it.command("read_settings")
        assert all(not job.received for job in printer.jobs)
        assert it.desk.state["cover_open"] is None


async def test_an_esc_pos_printer_is_asked_in_its_own_language() -> None:
    settings = Settings(emulation=Emulation.ESC_POS, status_port_mode=StatusPort.REFUSE)
    async with SimulatedPrinter(settings) as printer, served(printer.address, **QUICK, emulation="esc_pos") as it:
        await it.online()
        await it.command("print_text", text="hello")
        assert printer.jobs[0].received == 12, "four times DLE EOT n"
        assert not any(b"\x1b\x06\x01" in job.data for job in printer.jobs)


# -- what is asked of a printer


async def test_drawer_2_of_a_dot_impact_printer_has_no_turn() -> None:
    async with shop(Settings(emulation=Emulation.STAR_DOT)) as (printer, it):
        error = await it.refused("print_receipt", lines=["text", {"drawer": 2}])
        assert (error.status, error.code, error.path) == (Status.REFUSED, "not_supported", "lines.1.drawer")
        assert printer.jobs == []
        assert (await it.command("print_receipt", lines=["text", {"drawer": 1}])).status is Status.DONE
        assert (await it.command("open_drawer", drawer=2)).status is Status.DONE
        assert [kick.drawer for kick in printer.kicks] == [1, 2]


async def test_a_job_waits_as_long_as_its_sender_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("readers_bridge.families.star.jobs.JOB_TTL", 0.1)
    monkeypatch.setattr("readers_bridge.families.star.jobs.LOOK_EVERY", 0.05)
    async with SimulatedPrinter() as printer, bridge(tmp_path, printer.address) as it:
        printer.cover(is_open=True)
        it.send("print_text", text="patient", ttl=1000, transaction="p")
        await eventually(lambda: "job_waiting" in it.events, "waiting")
        await asyncio.sleep(0.3)  # no condition: nothing is to come
        assert it.results == []
        printer.cover(is_open=False)
        assert (await it.result("p"))["status"] == "done"
