"""Print jobs with a simulated printer: whatever happens to it, the result tells the truth, and nothing is printed twice."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from readers_bridge.commands import LANE_LIMIT
from readers_bridge.families.star import print_session
from readers_bridge.families.star.simulator import (
    Replies,
    SecondSession,
    Settings,
    SimulatedPrinter,
    StatusPort,
    Switch,
)
from readers_bridge.families.star.typedefs import Emulation
from readers_bridge.model import Command, Status
from tests.bridge.star.shop import QUICK, bridge, served, shop
from tests.conftest import eventually

LINES = "\n".join(f"line {number}" for number in range(100))
DOCUMENTS = [Emulation.STAR_LINE, Emulation.STAR_PRNT, Emulation.STAR_GRAPHIC]
"""Command sets with a document mode, in which a printer discards the rest after an error."""


@pytest.mark.parametrize("emulation", list(Emulation))
async def test_a_job_is_done_when_the_printer_says_so(emulation: Emulation) -> None:
    async with shop(Settings(emulation=emulation)) as (printer, it):
        done = await it.command("print_text", text="Grüße")
        assert done.status is Status.DONE
        assert done.data["printed"] == "all"
        assert done.data["sent_bytes"] == done.data["total_bytes"]
        assert done.data["confirmed_by"] == {"star_dot": "etb", "esc_pos": "paper_status"}.get(emulation, "print_end")
        assert printer.cuts
        assert printer.unknown == []
        assert emulation is Emulation.STAR_GRAPHIC or "Grüße" in printer.transcript()
        assert [name for name, _ in it.jobs] == ["job_printing"]
        assert it.desk.state["job"] == "idle"


@pytest.mark.parametrize(
    "settings",
    [
        Settings(print_end=Replies.WRAPPED),
        Settings(asb=False),
        Settings(asb=False, print_end=Replies.WRAPPED, fragment=2),
        Settings(initial_asb=True, noise=b"\x11\x13"),
        Settings(asb_length=7, double_status=True),
        Settings(lan=False),
        Settings(status_port_mode=StatusPort.REFUSE),
        Settings(print_sessions=8),
        Settings(emulation=Emulation.STAR_DOT, asb=False),
    ],
    ids=[
        "wrapped",
        "no-asb",
        "wrapped-split",
        "initial-asb",
        "7-bytes",
        "serial-form",
        "no-9101",
        "multi",
        "dot-no-asb",
    ],
)
async def test_whatever_the_form_of_the_answers(settings: Settings) -> None:
    async with shop(settings) as (printer, it):
        assert (await it.command("print_text", text="one")).status is Status.DONE
        assert (await it.command("print_text", text="two")).status is Status.DONE
        assert printer.transcript().count("one") == 1


async def test_a_receipt_with_all_that_it_can_have() -> None:
    async with shop() as (printer, it):
        lines = [
            {"text": "SHOP", "align": "center", "width": 2, "height": 2, "bold": True},
            {"columns": [{"text": "Tea"}, {"text": "2.50", "align": "right", "width": 8}]},
            {"rule": True},
            {"qr": "https://example.org"},
            {"barcode": "12345670", "type": "ean8"},
            {"feed": 1},
            {"drawer": 1},
            {"cut": "full"},
        ]
        done = await it.command("print_receipt", lines=lines)
        assert done.status is Status.DONE
        assert "Tea" in printer.transcript()
        assert len(printer.kicks) == 1


async def test_characters_that_cannot_be_printed_are_reported() -> None:
    async with shop() as (printer, it):
        done = await it.command("print_text", text="snow ☃\x07\x1c man")
        assert done.data["replaced"] == ["☃"]
        assert done.data["dropped"] == 2
        assert "snow ?" in printer.transcript()
        assert printer.kicks == []


@pytest.mark.parametrize("emulation", DOCUMENTS)
async def test_the_paper_ends_in_the_middle(emulation: Emulation) -> None:
    async with shop(Settings(emulation=emulation, paper=20)) as (printer, it):
        error = await it.refused("print_text", text=LINES)
        assert (error.status, error.code) == (Status.FAILED, "paper_end")
        assert error.data["printed"] == "part"
        assert error.data["may_repeat"] is True
        assert 0 < error.data["sent_bytes"] <= error.data["total_bytes"]
        assert it.desk.state["paper_end"] is True
        printer.paper(None)
        assert (await it.command("print_text", text="next")).status is Status.DONE
        await printer.idle()
        if emulation is not Emulation.STAR_GRAPHIC:
            assert printer.transcript().count("line 5\n") == 1
            assert "line 99" not in printer.transcript()
            assert "next" in printer.transcript()


@pytest.mark.parametrize("emulation", [Emulation.STAR_DOT, Emulation.ESC_POS])
async def test_a_printer_that_keeps_the_rest_is_helped_and_goes_on(emulation: Emulation) -> None:
    async with shop(Settings(emulation=emulation, paper=20)) as (printer, it):
        job = asyncio.create_task(it.command("print_text", text=LINES))
        await eventually(lambda: it.waits_for("paper_end"), "the end of the paper")
        printer.paper(None)
        assert (await job).status is Status.DONE
        assert printer.transcript().count("line 99") == 1
        assert [name for name, _ in it.jobs] == ["job_printing", "job_waiting", "job_printing"]


async def test_a_printer_that_keeps_the_rest_and_is_not_helped_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(print_session, "TROUBLE_TIME", 0.3)
    async with shop(Settings(emulation=Emulation.ESC_POS, paper=3), print_timeout=0.3) as (_, it):
        error = await it.refused("print_text", text="1\n2\n3\n4\n5")
        assert (error.status, error.code) == (Status.UNKNOWN, "paper_end")
        assert error.data["may_repeat"] is False


@pytest.mark.parametrize(
    ("switch", "code"),
    [
        (Switch.COVER, "cover_open"),
        (Switch.CUTTER, "cutter_error"),
        (Switch.UNRECOVERABLE, "non_recoverable_error"),
        (Switch.HEAD_UP, "head_up"),
        (Switch.BLACK_MARK, "black_mark_error"),
        (Switch.PRESENTER_JAM, "presenter_jam"),
        (Switch.MECHANICAL, "mechanical_error"),
    ],
)
@pytest.mark.parametrize("pushed", [True, False])
async def test_an_error_in_the_middle(switch: Switch, code: str, *, pushed: bool) -> None:
    async with shop(Settings(lines_per_second=40, asb=pushed), poll=30) as (printer, it):
        job = asyncio.create_task(it.refused("print_text", text=LINES))
        await eventually(lambda: "line 5" in printer.transcript(), "some lines")
        printer.switch(switch)
        error = await job
        assert (error.status, error.code) == (Status.FAILED, code)
        assert error.data["printed"] == "part"
        assert it.desk.state["error"] == code
        printer.switch(switch, on=False)
        printer.slow()
        assert (await it.command("print_text", text="next")).status is Status.DONE
        assert "line 99" not in printer.transcript()


async def test_a_hot_head_is_waited_for() -> None:
    async with shop(Settings(emulation=Emulation.STAR_DOT, lines_per_second=100)) as (printer, it):
        job = asyncio.create_task(it.command("print_text", text=LINES))
        await eventually(lambda: "line 5" in printer.transcript(), "some lines")
        printer.switch(Switch.HEAD_HOT)
        await eventually(lambda: it.waits_for("head_hot"), "waiting")
        printer.switch(Switch.HEAD_HOT, on=False)
        assert (await job).status is Status.DONE


async def test_a_connection_that_breaks_after_everything_was_sent_is_unknown() -> None:
    async with shop(Settings(lines_per_second=20)) as (printer, it):
        job = asyncio.create_task(it.refused("print_text", text=LINES))
        await eventually(lambda: "line 2" in printer.transcript(), "some lines")
        printer.fault("break")
        error = await job
        assert (error.status, error.code) == (Status.UNKNOWN, "connection_reset")
        assert error.data["stage"] == "printing"
        assert error.data["printed"] == "unknown"
        assert error.data["may_repeat"] is False


async def test_a_connection_that_breaks_while_sending_is_a_failure() -> None:
    settings = Settings(bytes_per_second=40_000, buffer=2000)
    async with shop(settings, allow_raw=True) as (printer, it):
        job = asyncio.create_task(it.refused("print_raw", data=(b"x" * 47 + b"\n").hex() * 40_000))
        await eventually(lambda: "xxx" in printer.transcript(), "some lines")
        printer.fault("hang_up")
        error = await job
        assert error.status is Status.FAILED
        assert error.code in {"closed_by_device", "connection_reset"}
        assert 0 < error.data["sent_bytes"] < error.data["total_bytes"]
        assert error.data["may_repeat"] is False  # nobody knows what raw data do


async def test_a_power_cycle_in_the_middle() -> None:
    async with shop(Settings(lines_per_second=20), poll=30) as (printer, it):
        job = asyncio.create_task(it.refused("print_text", text=LINES))
        await eventually(lambda: "line 2" in printer.transcript(), "some lines")
        printer.power_cycle(0.1)
        error = await job
        assert error.status is Status.UNKNOWN
        printer.slow()
        await eventually(lambda: printer.is_powered, "the printer on")
        assert (await it.command("print_text", text="next")).status is Status.DONE
        assert "line 99" not in printer.transcript()


async def test_a_hung_printer_ends_as_unknown_and_the_next_job_is_printed() -> None:
    async with shop() as (printer, it):
        printer.busy()
        error = await it.refused("print_text", text="hello")
        assert error.status is Status.UNKNOWN or error.data["printed"] == "nothing"
        assert error.code == "timeout"
        printer.busy(on=False)
        assert (await it.command("print_text", text="next")).status is Status.DONE


async def test_a_hung_job_blocks_neither_release_nor_restart() -> None:
    async with shop(print_timeout=30, poll=30) as (printer, it):
        job = asyncio.create_task(it.refused("print_text", text="hello"))
        printer.busy()
        await eventually(lambda: it.desk.state["job"] == "printing", "the job")
        released = await it.command("release_session")
        assert released.status is Status.DONE
        assert (await job).status in {Status.UNKNOWN, Status.FAILED}
        job = asyncio.create_task(it.refused("print_text", text="again"))
        await eventually(lambda: [name for name, _ in it.jobs].count("job_printing") == 2, "the next job")
        assert (await it.command("restart")).status is Status.DONE
        error = await job
        assert error.code in {"restarting", "connection_reset", "closed_by_device"}
        await it.online()
        printer.busy(on=False)
        assert (await it.command("print_text", text="next")).status is Status.DONE


async def test_a_slow_printer_is_given_no_more_than_it_takes() -> None:
    settings = Settings(bytes_per_second=100_000, buffer=4000)
    async with shop(settings, allow_raw=True, print_timeout=1.5) as (printer, it):
        done = await it.command("print_raw", data=(b"y" * 47 + b"\n").hex() * 1000)
        assert done.status is Status.DONE
        assert printer.jobs[-1].received >= done.data["total_bytes"] > 48_000


# -- waiting for the printer


async def test_a_job_waits_for_a_printer_that_is_not_ready() -> None:
    async with shop() as (printer, it):
        printer.cover(is_open=True)
        job = asyncio.create_task(it.command("print_text", text="later"))
        await eventually(lambda: it.waits_for("cover_open"), "waiting")
        assert it.desk.state["job"] == "waiting"
        assert printer.jobs == []
        printer.cover(is_open=False)
        assert (await job).status is Status.DONE
        assert [name for name, _ in it.jobs] == ["job_waiting", "job_printing"]


async def test_its_time_runs_out(tmp_path: Path) -> None:
    async with SimulatedPrinter() as printer, bridge(tmp_path, printer.address) as it:
        printer.paper(0)
        it.send("print_text", text="never", ttl=0.3, transaction="p")
        result = await it.result("p")
        assert result["status"] == "expired"
        assert result["error"]["code"] == "paper_end"
        assert result["data"]["printed"] == "nothing"
        assert result["data"]["may_repeat"] is True
        assert it.events[-1] == "job_expired"
        printer.paper(None)
        it.send("print_text", text="next", transaction="n")
        assert (await it.result("n"))["status"] == "done"
        assert "never" not in printer.transcript()


@pytest.mark.parametrize("second", list(SecondSession))
async def test_a_print_port_that_another_host_has(tmp_path: Path, second: SecondSession) -> None:
    settings = Settings(second_session=second)
    async with SimulatedPrinter(settings) as printer, bridge(tmp_path, printer.address) as it:
        with socket.create_connection(("127.0.0.1", printer.print_port)):
            await eventually(lambda: printer.connections["print"], "the other host")
            it.send("print_text", text="never", ttl=0.3, transaction="p")
            result = await it.result("p")
            assert (result["status"], result["error"]["code"]) == ("busy", "print_port_busy")
            it.send("print_text", text="patient", transaction="q")
            await eventually(lambda: it.events.count("job_waiting") == 2, "waiting")
        assert (await it.result("q"))["status"] == "done"


async def test_an_error_without_remedy_is_not_waited_for() -> None:
    async with shop() as (printer, it):
        printer.switch(Switch.UNRECOVERABLE)
        error = await it.refused("print_text", text="hello")
        assert (error.status, error.code) == (Status.FAILED, "non_recoverable_error")
        assert error.data["may_repeat"] is True


async def test_a_drawer_is_opened_now_or_not_at_all() -> None:
    async with shop() as (printer, it):
        assert (await it.command("open_drawer", drawer=1)).status is Status.DONE
        printer.cover(is_open=True)
        error = await it.refused("open_drawer", drawer=1)
        assert (error.status, error.code) == (Status.REFUSED, "cover_open")
        printer.cover(is_open=False)
        assert len(printer.kicks) == 1


async def test_a_drawer_has_time_between_two_pulses() -> None:
    async with shop() as (printer, it):
        await it.command("open_drawer", drawer=1)
        await it.command("open_drawer", drawer=1)
        first, second = printer.kicks
        assert second.at - first.at > 0.25


async def test_a_buzzer() -> None:
    async with shop(peripheral="buzzer") as (printer, it):
        assert (await it.command("buzz", times=2)).status is Status.DONE
        assert printer.kicks == []


async def test_only_what_is_configured_is_offered() -> None:
    async with shop(peripheral="none") as (_, it):
        names = {spec.name for spec in it.driver.description.commands}
        assert not {"open_drawer", "buzz", "print_raw"} & names
        error = await it.refused("print_receipt", lines=[{"drawer": 1}])
        assert (error.status, error.code) == (Status.REFUSED, "no_drawer")


async def test_an_unknown_model_is_not_printed_to_until_its_command_set_is_configured() -> None:
    settings = Settings(model="TSP9999", name="NIC")
    async with shop(settings) as (printer, it):
        error = await it.refused("print_text", text="hello")
        assert (error.status, error.code) == (Status.REFUSED, "emulation_unknown")
        assert "star_line" in str(error)
        assert printer.jobs == []
    async with shop(settings, emulation="star_line") as (_, it):
        assert (await it.command("print_text", text="hello")).status is Status.DONE


# -- through the bridge's lanes and transactions


async def test_two_publishes_of_one_transaction_print_once(tmp_path: Path) -> None:
    async with SimulatedPrinter() as printer, bridge(tmp_path, printer.address) as it:
        it.send("print_text", text="once", transaction="p")
        it.send("print_text", text="once", transaction="p")
        await it.result("p", 2)
        it.send("print_text", text="once", transaction="p")
        result = await it.result("p", 3)
        assert (result["status"], result["repeated"]) == ("done", True)
        assert printer.transcript().count("once") == 1
        assert it.events == ["job_queued", "job_printing", "job_done"]


async def test_jobs_wait_in_their_lane_up_to_a_limit(tmp_path: Path) -> None:
    async with SimulatedPrinter() as printer, bridge(tmp_path, printer.address) as it:
        printer.cover(is_open=True)
        for number in range(LANE_LIMIT + 2):
            it.send("print_text", text=f"job {number}", transaction=str(number))
            await asyncio.sleep(0)
        refused = await it.result(str(LANE_LIMIT + 1))
        assert (refused["status"], refused["error"]["code"]) == ("busy", "queue_full")
        it.send("read_settings", transaction="s")
        assert (await it.result("s"))["status"] == "done"
        printer.cover(is_open=False)
        assert (await it.result(str(LANE_LIMIT)))["status"] == "done"
        printed = printer.transcript()
        places = [printed.index(f"job {number}\n") for number in range(LANE_LIMIT + 1)]
        assert places == sorted(places)
        assert it.events.count("job_queued") == it.events.count("job_done") == LANE_LIMIT + 1


@pytest.mark.parametrize("cover", [True, False])
async def test_the_bridge_stops_during_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, cover: bool) -> None:
    monkeypatch.setattr("readers_bridge.families.star.jobs.STOP_TIME", 0.1)
    async with SimulatedPrinter() as printer, bridge(tmp_path, printer.address) as it:
        printer.cover(is_open=cover)
        printer.busy()
        it.send("print_text", text="hello", transaction="p")
        it.send("print_text", text="behind", transaction="q")
        await eventually(lambda: "job_waiting" in it.events or "job_printing" in it.events, "the job")
        await it.device.stop()
        first, second = await it.result("p"), await it.result("q")
        assert (first["status"], first["data"]["printed"]) in {("unavailable", "nothing"), ("unknown", "unknown")}
        assert second["status"] == "unavailable"


async def test_a_job_that_ends_while_the_bridge_stops_is_done(tmp_path: Path) -> None:
    async with (
        SimulatedPrinter(Settings(lines_per_second=20)) as printer,
        bridge(tmp_path, printer.address) as it,
    ):
        it.send("print_text", text="\n".join("abcdefghij"), transaction="p")
        await eventually(lambda: "a\n" in printer.transcript(), "the beginning")
        await it.device.stop()
        assert (await it.result("p"))["status"] == "done"


async def test_what_is_printed_is_in_no_event_and_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with SimulatedPrinter(Settings(paper=20)) as printer, bridge(tmp_path, printer.address) as it:
        it.send("print_text", text="confidential\n" * 100, transaction="p")
        assert (await it.result("p"))["status"] == "failed"
        assert "confidential" not in caplog.text
        assert not any(b"confidential" in record.payload for record in it.records)


async def test_no_management_command_ever_reaches_the_print_port() -> None:
    async with shop() as (printer, it):
        for command in (
            Command("print_text", {"text": "\x1c0user\0guest\0"}),
            Command("open_drawer", {"drawer": 1}),
            Command("cut", {"kind": "full"}),
            Command("read_settings"),
            Command("read_discovery"),
        ):
            await it.driver.execute(command)
        error = await it.refused("release_session", port=256)
        assert error.code == "rejected"
        await it.command("restart")
        for job in printer.jobs:
            assert b"\x1c" not in job.data
            assert b"\x1d1\0" not in job.data
            assert b"guest" not in job.data.replace(b"0userguest", b"")


async def test_a_printer_that_cannot_be_reached_any_more_is_unavailable(tmp_path: Path) -> None:
    async with SimulatedPrinter() as printer, bridge(tmp_path, printer.address, poll=30) as it:
        printer.power(on=False)
        it.send("print_text", text="hello", ttl=0.2, transaction="p")
        result = await it.result("p")
        assert result["status"] in {"busy", "unavailable"}
        assert result["data"]["printed"] == "nothing"


async def test_without_a_status_port_a_job_asks_on_the_print_port() -> None:
    async with (
        SimulatedPrinter(Settings(status_port_mode=StatusPort.REFUSE)) as printer,
        served(printer.address, **QUICK) as it,
    ):
        await it.online()
        printer.cover(is_open=True)
        job = asyncio.create_task(it.command("print_text", text="later"))
        await eventually(lambda: it.waits_for("cover_open"), "waiting")
        printer.cover(is_open=False)
        assert (await job).status is Status.DONE
        assert printer.transcript().count("later") == 1
