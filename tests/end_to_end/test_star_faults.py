"""Print jobs over MQTT while printers misbehave: each result tells the truth, nothing comes twice, the next job is printed."""

from __future__ import annotations

import base64
import io
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from PIL import Image

from readers_bridge.families.star.simulator import SecondSession, SimulatedPrinter, StatusPort, Switch
from readers_bridge.families.star.typedefs import Emulation
from tests.conftest import wait_until
from tests.end_to_end.star import PASSWORD, Settings, Shop, Till, text

Strike = Callable[[SimulatedPrinter], object]


def nothing(_: SimulatedPrinter) -> None:
    """Nothing happens."""


def blink(printer: SimulatedPrinter) -> None:
    """The cover is open for less time than anybody looks."""
    printer.cover(is_open=True)
    printer.cover(is_open=False)


@dataclass(frozen=True)
class Case:
    """What happens to a printer after the second line of a job of so many lines, and what the result must say."""

    name: str
    strike: Strike
    status: str
    codes: frozenset[str] = frozenset()
    printed: str = "all"
    may_repeat: bool = False
    repair: Strike = nothing
    helped: bool = False
    """Repaired while the job waits, and not after its end."""
    how: dict[str, Any] = field(default_factory=dict)
    lines: int = 40
    behind: bool = True
    """Whether another job is queued behind it from the start."""
    onlines: int = 1
    options: dict[str, Any] = field(default_factory=dict)


def opened(printer: SimulatedPrinter) -> None:
    printer.cover(is_open=True)


def closed(printer: SimulatedPrinter) -> None:
    printer.cover(is_open=False)


def paper(printer: SimulatedPrinter) -> None:
    printer.paper(None)


def turned(switch: Switch, *, on: bool) -> Strike:
    return lambda printer: printer.switch(switch, on=on)


def fault(name: str) -> Strike:
    return lambda printer: printer.fault(name)


def fault_at_status(printer: SimulatedPrinter) -> None:
    printer.fault("silent", port="status")


def busy(*, on: bool) -> Strike:
    return lambda printer: printer.busy(on=on)


def codes(*names: str) -> frozenset[str]:
    return frozenset(names)


DOT, POS = {"emulation": Emulation.STAR_DOT}, {"emulation": Emulation.ESC_POS}
PRNT = {"emulation": Emulation.STAR_PRNT}
BROKEN = codes("connection_reset", "closed_by_device", "connection_lost", "timeout", "no_answer")
CASES = [
    Case("paper-end", nothing, "failed", codes("paper_end"), "part", True, paper, how={"paper": 20}),
    Case("paper-end-prnt", nothing, "failed", codes("paper_end"), "part", True, paper, how={"paper": 20, **PRNT}),
    Case("paper-end-dot", nothing, "done", repair=paper, helped=True, how={"paper": 20, **DOT}),
    Case("paper-end-esc-pos", nothing, "done", repair=paper, helped=True, how={"paper": 20, **POS}),
    Case("cover", opened, "failed", codes("cover_open"), "part", True, closed),
    Case("cover-prnt", opened, "failed", codes("cover_open"), "part", True, closed, how=PRNT),
    Case("cover-dot", opened, "done", repair=closed, helped=True, how=DOT),
    Case("cover-esc-pos", opened, "done", repair=closed, helped=True, how=POS),
    Case("cover-no-asb", opened, "failed", codes("cover_open"), "part", True, closed, how={"asb": False}),
    Case("cover-blink", blink, "failed", codes("cover_open"), "part", True),
    Case(
        "cover-no-9101",
        opened,
        "failed",
        codes("cover_open"),
        "part",
        True,
        closed,
        how={"status_port_mode": StatusPort.REFUSE},
    ),
    Case(
        "cutter",
        turned(Switch.CUTTER, on=True),
        "failed",
        codes("cutter_error"),
        "part",
        True,
        turned(Switch.CUTTER, on=False),
    ),
    Case(
        "broken-mechanism",
        turned(Switch.UNRECOVERABLE, on=True),
        "failed",
        codes("non_recoverable_error"),
        "part",
        True,
        turned(Switch.UNRECOVERABLE, on=False),
        behind=False,
    ),
    Case(
        "hot-head",
        turned(Switch.HEAD_HOT, on=True),
        "done",
        repair=turned(Switch.HEAD_HOT, on=False),
        helped=True,
        how=DOT,
    ),
    Case("reset", fault("break"), "unknown", BROKEN, "unknown"),
    Case("reset-esc-pos", fault("break"), "unknown", BROKEN, "unknown", how=POS),
    Case("hang-up", fault("hang_up"), "unknown", BROKEN, "unknown"),
    Case("hung", busy(on=True), "unknown", codes("timeout"), "unknown", repair=busy(on=False), lines=4, behind=False),
    Case(
        "hung-dot",
        busy(on=True),
        "unknown",
        codes("timeout"),
        "unknown",
        repair=busy(on=False),
        lines=4,
        behind=False,
        how=DOT,
    ),
    Case("slow", lambda printer: printer.slow(8), "done"),
    Case("slow-wire", lambda printer: printer.slow(0, 150), "done", how={"buffer": 256}),
    Case("fragments", nothing, "done", how={"fragment": 1, "noise": b"\x11\x00"}),
    Case("multi-session", nothing, "done", how={"print_sessions": 8, "initial_asb": True}),
    Case(
        "power",
        lambda printer: printer.power_cycle(0.5),
        "unknown",
        BROKEN,
        "unknown",
        behind=False,
    ),
]
BY_NAME = {case.name: case for case in CASES}


@dataclass
class Struck:
    shop: Shop
    jobs: dict[str, str]
    """What was sent, by the till."""
    transactions: dict[str, str]
    next: dict[str, tuple[str, str]]
    """The job behind it: what, and its transaction."""


@pytest.fixture(scope="module")
def struck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Struck]:
    """All cases at once, each at a till of its own."""
    with Shop(tmp_path_factory.mktemp("shop")) as shop:
        for case in CASES:
            how = Settings(**{"password": PASSWORD, "lines_per_second": 15.0, **case.how})
            shop.add(case.name, how, **case.options)
        shop.start()
        shop.wait_online()
        found = Struck(shop, {}, {}, {})
        for name, till in shop.tills.items():
            found.jobs[name] = text(BY_NAME[name].lines)
            found.transactions[name] = till.send("print_text", text=found.jobs[name])
            if BY_NAME[name].behind:
                behind = text()
                found.next[name] = behind, till.send("print_text", text=behind)
        for name, till in shop.tills.items():
            till.wait_printed(found.jobs[name].splitlines()[1])
            till.do(BY_NAME[name].strike)
        yield found


@pytest.mark.parametrize("name", list(BY_NAME))
def test_a_job_to_which_something_happens(struck: Struck, name: str) -> None:
    case, till, transaction = BY_NAME[name], struck.shop.tills[name], struck.transactions[name]
    lines = struck.jobs[name].splitlines()
    if case.helped:
        till.wait_progress(transaction, "job_waiting", 30)
        assert lines[-1] not in till.printed()
        till.do(case.repair)
    result = till.result(transaction)
    data = result["data"]
    assert (result["status"], data["printed"], data["may_repeat"]) == (case.status, case.printed, case.may_repeat), (
        result
    )
    on_paper = [line for line in till.printed().splitlines() if line in lines]
    assert on_paper == lines[: len(on_paper)]
    if case.status == "done":
        assert result["error"] is None
        assert on_paper == lines
        assert data["sent_bytes"] == data["total_bytes"]
    else:
        assert result["error"]["code"] in case.codes, result
        assert result["error"]["message"]
        assert 2 <= len(on_paper) < len(lines) + (case.status == "unknown")
    if not case.helped:
        till.do(case.repair)
    till.do(lambda printer: printer.slow())
    if case.behind:
        behind, its = struck.next[name]
        assert till.result(its)["status"] == "done"
        assert behind in till.printed().splitlines()
    else:
        till.wait_online()
    wait_until(lambda: till.state()["error"] == "none", "the printer to be ready")
    till.prints(2)
    assert len(till.results(transaction)) == 1
    told = till.progress(transaction)
    assert told[:2] == ["job_queued", "job_printing"]
    assert told[-1] == f"job_{case.status}"
    assert told.count(f"job_{case.status}") == 1


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with Shop(tmp_path_factory.mktemp("shop")) as shop:
        slow = Settings(password=PASSWORD, lines_per_second=15.0, reset_time=0.5)
        for name in ("release", "restart", "covered", "wrecked", "drawer", "silent"):
            shop.add(name, slow, print_timeout=60)
        shop.add("taken", Settings(second_session=SecondSession.RESET))
        shop.add("refused", Settings(second_session=SecondSession.REFUSE))
        shop.add("image", Settings(buffer=2000), print_timeout=30)
        shop.add("away")
        shop.start()
        shop.wait_online()
        shop.tills["silent"].do(fault_at_status)  # it takes some seconds to be noticed
        yield shop


def hang(till: Till) -> str:
    """A job that never finishes; its transaction."""
    job = text(3)
    transaction = till.send("print_text", text=job)
    till.wait_printed(job.splitlines()[0])
    till.do(busy(on=True))
    return transaction


def test_a_hung_job_does_not_block_release_session(shop: Shop) -> None:
    till = shop.tills["release"]
    transaction = hang(till)
    started = time.monotonic()
    assert till.done("release_session")["port"] > 0
    assert till.done("read_settings")["raw"] == "303131"
    result = till.result(transaction)
    assert time.monotonic() - started < 5
    assert (result["status"], result["data"]["printed"]) == ("unknown", "unknown")
    till.do(busy(on=False))
    till.prints()


def test_a_hung_job_does_not_block_restart(shop: Shop) -> None:
    till = shop.tills["restart"]
    transaction = hang(till)
    started = time.monotonic()
    assert till.done("restart") == {}
    result = till.result(transaction)
    assert time.monotonic() - started < 5
    assert (result["status"], result["error"]["code"]) == ("unknown", "restarting")
    till.wait_offline("restarting")
    till.wait_online(2)
    assert till.availability()[-2:] == [("offline", "restarting"), ("online", till.availability()[-1][1])]
    till.do(busy(on=False))
    till.prints()


@pytest.mark.parametrize("name", ["taken", "refused"])
def test_another_host_has_the_print_port(shop: Shop, name: str) -> None:
    till = shop.tills[name]
    other = shop.occupy(till.printer.print_port)
    till.wait(lambda printer: printer.connections["print"], "the other host")
    hurried, patient = text(), text()
    first = till.send("print_text", text=hurried, ttl=1)
    result = till.result(first)
    assert (result["status"], result["error"]["code"]) == ("busy", "print_port_busy")
    assert (result["data"]["printed"], result["data"]["may_repeat"]) == ("nothing", True)
    second = till.send("print_text", text=patient)
    till.wait_progress(second, "job_waiting")
    other.close()
    assert till.result(second)["status"] == "done"
    assert hurried not in till.printed()
    commands = {one["command"] for one in till.happened("management")}
    assert "release" not in commands, "the session is another host's, and stays"


def test_a_job_waits_for_its_printer_and_expires(shop: Shop) -> None:
    till = shop.tills["covered"]
    till.do(opened)
    till.wait_event("cover_opened")
    hurried, patient = text(), text()
    first = till.send("print_text", text=hurried, ttl=1.5)
    second = till.send("print_text", text=patient)
    till.wait_progress(first, "job_waiting")
    till.wait_state(job="waiting", cover_open=True, error="cover_open")
    result = till.result(first)
    assert (result["status"], result["error"]["code"]) == ("expired", "cover_open")
    assert result["data"]["stage"] == "waiting"
    till.do(closed)
    assert till.result(second)["status"] == "done"
    till.wait_state(job="idle", cover_open=False, error="none", last_job="done")
    assert hurried not in till.printed()


def test_an_error_without_remedy_is_told_at_once(shop: Shop) -> None:
    till = shop.tills["wrecked"]
    till.do(turned(Switch.UNRECOVERABLE, on=True))
    result = till.ask("print_text", text=text())
    assert (result["status"], result["error"]["code"]) == ("failed", "non_recoverable_error")
    assert result["data"]["may_repeat"] is True
    till.do(turned(Switch.UNRECOVERABLE, on=False))
    till.prints()


def test_a_drawer_is_opened_now_or_never(shop: Shop) -> None:
    till = shop.tills["drawer"]
    till.do(opened)
    result = till.ask("open_drawer", drawer=1)
    assert (result["status"], result["error"]["code"]) == ("refused", "cover_open")
    till.do(closed)
    lines = [*text(30).splitlines(), {"drawer": 1}, {"cut": "full"}]
    transaction = till.send("print_receipt", lines=lines)
    till.wait_printed(str(lines[2]))
    till.do(opened)
    result = till.result(transaction)
    assert (result["status"], result["data"]["printed"]) == ("failed", "part")
    assert result["data"]["may_repeat"] is False, "nobody knows whether the drawer was opened"
    till.do(closed)
    till.prints()
    assert till.do(lambda printer: printer.kicks) == []


def test_a_connection_that_breaks_in_the_middle_of_an_image(shop: Shop) -> None:
    till = shop.tills["image"]
    till.do(lambda printer: printer.slow(0, 60_000))
    out = io.BytesIO()
    Image.frombytes("1", (560, 8000), random.Random(1).randbytes(70 * 8000)).save(out, "PNG")
    image = {"image": base64.b64encode(out.getvalue()).decode()}
    transaction = till.send("print_receipt", lines=[image] * 4)
    till.wait(lambda printer: printer.jobs and printer.jobs[-1].received > 20_000, "the beginning of the image")
    till.do(fault("break"))
    result = till.result(transaction)
    assert (result["status"], result["data"]["stage"]) == ("failed", "sending")
    assert (result["data"]["printed"], result["data"]["may_repeat"]) == ("part", True)
    assert 0 < result["data"]["sent_bytes"] < result["data"]["total_bytes"] > 2_000_000
    till.do(lambda printer: printer.slow())
    till.was_cut_off = True
    till.prints(2)


def test_a_printer_that_is_switched_off_is_offline_and_takes_no_jobs(shop: Shop) -> None:
    till = shop.tills["away"]
    till.do(lambda printer: printer.power(on=False))
    wait_until(lambda: till.availability()[-1][0] == "offline", "the printer offline")
    for command, arguments in (("print_text", {"text": text()}), ("restart", {}), ("read_settings", {})):
        result = till.ask(command, **arguments)
        assert result["status"] == "unavailable", result
    till.do(lambda printer: printer.power(on=True))
    till.wait_online(2)
    till.prints()


def test_one_look_without_an_answer_is_nothing(shop: Shop) -> None:
    till = shop.tills["silent"]
    wait_until(lambda: till.counters().get("polls_missed", 0) >= 1, "a look that was missed", 20)
    till.do(opened)
    till.wait_event("cover_opened")
    till.do(closed)
    till.wait_event("cover_closed")
    assert [state for state, _ in till.availability()].count("online") == 1
