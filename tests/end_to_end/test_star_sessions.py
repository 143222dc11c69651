"""What the bridge leaves behind when it ends, and finds when it comes back: sessions on the print port, jobs, addresses."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from readers_bridge.families.star.simulator import SecondSession, SimulatedPrinter
from tests.conftest import free_port, wait_until
from tests.end_to_end.client import ask
from tests.end_to_end.star import PASSWORD, Settings, Shop, Till, text


def hung(till: Till) -> str:
    """A job that is in the middle of its print, and stays there; the transaction."""
    job = text(3)
    transaction = till.send("print_text", text=job)
    till.wait_printed(job.splitlines()[0])
    till.do(lambda printer: printer.busy())
    return transaction


def of_sessions(printer: SimulatedPrinter) -> list[str]:
    """What happened at the print port and to its sessions, in order."""
    found = []
    for one in printer.happenings:
        if one.what == "refused" and one.data["port"] == "print":
            found.append("refused")
        elif one.what == "management" and one.data["command"] == "release":
            found.append("asked" if one.data["accepted"] else "asked in vain")
        elif one.what in {"connected", "released"}:
            found.append(one.what)
    return found


@pytest.mark.parametrize("second", list(SecondSession))
def test_a_session_of_a_bridge_that_was_killed_is_freed_at_the_next_start(
    tmp_path: Path, second: SecondSession
) -> None:
    with Shop(tmp_path) as shop:
        how = Settings(password=PASSWORD, lines_per_second=20.0, second_session=second)
        till = shop.add("till", how, print_timeout=60)
        clean = shop.add("clean")
        shop.start()
        shop.wait_online()
        clean.prints()
        hung(till)
        till.do(lambda printer: printer.fault("stale"))
        port = int(till.do(lambda printer: printer.connections["print"][0]).rpartition(":")[2])
        shop.bridge.kill()
        till.wait(lambda printer: printer.connections["held"], "the session to be left behind")
        for printer in (till, clean):
            printer.do(lambda one: one.happenings.clear())
        shop.bridge.start()
        till.wait(lambda printer: not printer.connections["held"], "the session to be freed")
        told = till.happened("management")
        assert [one["port"] for one in told if one["command"] == "release"] == [port], "FS '3', once, for its own port"
        happened = till.do(of_sessions)
        if second is SecondSession.RESET:
            assert happened[0] == "refused", "only after the print port has refused it"
        assert [one for one in happened if one != "refused"][:2] == ["released", "asked"]
        till.do(lambda printer: printer.busy(on=False))
        till.wait_online(2)
        till.prints()
        assert till.counters()["sessions_freed"] == 1
        clean.prints()
        assert "asked" not in clean.do(of_sessions), "its last session was closed in order"


def test_a_session_that_the_printer_noticed_to_have_ended_is_not_freed(tmp_path: Path) -> None:
    """After kill -9 the system closes the connection; the printer takes a new one, so FS '3' has nothing to do."""
    with Shop(tmp_path) as shop:
        till = shop.add("till", Settings(password=PASSWORD, lines_per_second=20.0), print_timeout=60)
        shop.start()
        shop.wait_online()
        transaction = hung(till)
        shop.bridge.kill()
        till.wait(lambda printer: not printer.connections["print"], "the end of the session")
        till.do(lambda printer: printer.busy(on=False))
        shop.bridge.start()
        till.wait_online(2)
        till.prints()
        assert not [one for one in till.do(of_sessions) if one.startswith("asked")]
        told = {result["status"] for result in till.results(transaction)}
        assert told <= {"unknown"}, "nobody knows, and it is not printed again"


def test_another_hosts_session_is_left_alone_after_a_kill(tmp_path: Path) -> None:
    """FS '3' names the bridge's own old port; the card does nothing for it while another host prints."""
    with Shop(tmp_path) as shop:
        till = shop.add("till", Settings(password=PASSWORD, lines_per_second=20.0), print_timeout=60)
        shop.start()
        shop.wait_online()
        hung(till)
        shop.bridge.kill()
        till.wait(lambda printer: not printer.connections["print"], "the end of the session")
        till.do(lambda printer: printer.busy(on=False))
        other = shop.occupy(till.printer.print_port)
        till.wait(lambda printer: printer.connections["print"], "the other host")
        shop.bridge.start()
        till.wait_online(2)
        till.wait(lambda printer: "asked in vain" in of_sessions(printer), "the question for its own session")
        assert len(till.do(lambda printer: printer.connections["print"])) == 1
        job = till.send("print_text", text=text())
        till.wait_progress(job, "job_waiting")
        other.close()
        assert till.result(job)["status"] == "done"
        assert "released" not in till.do(of_sessions)


def test_a_bridge_that_is_stopped_in_the_middle_of_jobs_tells_the_truth(tmp_path: Path) -> None:
    with Shop(tmp_path) as shop:
        ending, never, waiting = (
            shop.add(name, Settings(password=PASSWORD, lines_per_second=20.0), print_timeout=60)
            for name in ("ending", "never", "waiting")
        )
        shop.start()
        shop.wait_online()
        waiting.do(lambda printer: printer.cover(is_open=True))
        waits = waiting.send("print_text", text=text())
        waiting.wait_progress(waits, "job_waiting")
        hangs = hung(never)
        job = text(20)
        ends = ending.send("print_text", text=job)
        ending.wait_printed(job.splitlines()[1])
        assert shop.bridge.stop() == 0
        shop.bridge.start()  # what could not be delivered before the end is delivered now
        found = {
            till.id: till.result(transaction)
            for till, transaction in ((ending, ends), (never, hangs), (waiting, waits))
        }
        assert (found["ending"]["status"], found["ending"]["data"]["printed"]) == ("done", "all")
        assert (found["never"]["status"], found["never"]["data"]["printed"]) == ("unknown", "unknown")
        assert found["never"]["data"]["may_repeat"] is False
        assert (found["waiting"]["status"], found["waiting"]["data"]["printed"]) == ("unavailable", "nothing")
        assert found["waiting"]["data"]["may_repeat"] is True
        never.do(lambda printer: printer.busy(on=False))
        waiting.do(lambda printer: printer.cover(is_open=False))
        for till in (ending, never, waiting):
            till.wait_online(2)
            till.prints()


def test_a_restart_is_done_at_once_and_the_printer_offline_until_it_answers(tmp_path: Path) -> None:
    with Shop(tmp_path) as shop:
        till = shop.add("till", Settings(password=PASSWORD, reset_time=2.0))
        shop.start()
        till.wait_online()
        before = len(till.availability())
        assert till.done("restart") == {}
        till.wait_offline("restarting")
        result = till.ask("print_text", text=text())
        assert result["status"] == "unavailable"
        till.wait_online(2)
        states = till.availability()[before:]
        assert [state for state, _ in states] == ["offline", "online"]
        assert states[0] == ("offline", "restarting")
        till.prints()
        assert till.done("restart") == {}
        till.wait_online(3)
        till.prints()


def test_a_printer_that_got_another_address_is_found_by_its_mac(tmp_path: Path) -> None:
    with Shop(tmp_path) as shop:
        mac = "00:11:62:AA:BB:CC"
        how = replace(
            Settings(password=PASSWORD, mac=mac, host="127.0.0.5"),
            management_port=free_port(),
            print_port=free_port(),
            status_port=free_port(),
        )
        till = shop.add("till", how, mac=mac.lower().replace(":", "-"))
        plain = shop.add("plain", Settings(password=PASSWORD, mac="00:11:62:AA:BB:CD", host="127.0.0.5"))
        shop.start()
        shop.wait_online()
        till.prints()
        for one in (till, plain):
            shop.machines.run(one.printer.stop())
        till.printer = shop.power_on(replace(how, host="127.0.0.1"), "moved")
        till.wait_online(2, 30)
        till.prints()
        assert till.counters()["found_elsewhere"] == 1
        wait_until(
            lambda: plain.availability()[-1][0] == "offline", "the one without a MAC, for which nothing is looked"
        )
        shop.bridge.stop()
        shop.bridge.start()
        till.wait_online(3)
        till.prints()
        assert till.counters().get("found_elsewhere", 0) == 0, "it is remembered"


def test_another_printer_at_the_address_is_not_printed_on(tmp_path: Path) -> None:
    with Shop(tmp_path) as shop:
        till = shop.add("till", mac="00:11:62:00:00:01")
        shop.start()
        till.wait_offline("wrong_printer", 30)
        assert till.ask("print_text", text=text())["status"] == "unavailable"
        assert till.printed() == ""


def test_printers_are_discovered(tmp_path: Path) -> None:
    """By UDP, with a ready entry that works as it is."""
    with Shop(tmp_path) as shop:
        how = Settings(
            password=PASSWORD, management_port=22_222, mac="00:11:62:12:34:56", status_port=9_101, print_port=9_100
        )
        printers: list[SimulatedPrinter] = []

        def have() -> bool:
            """The ports have fixed numbers; another test may have them for a moment."""
            try:
                printers.append(shop.power_on(how, "found"))
            except OSError:
                return False
            return True

        deadline = time.monotonic() + 30
        while not have():
            if time.monotonic() > deadline:
                pytest.skip("another program has the ports 22222, 9100 or 9101 of this machine")
            time.sleep(0.2)  # a poll with a deadline
        shop.start()
        shop.seen.wait_for("readers/home/bridge/info")
        found = ask(shop.seen, "discover", within=30, seconds=2)
        entry = entry_in(found)
        assert entry["connection"] == "tcp://127.0.0.1"
        assert entry["mac"] == "00:11:62:12:34:56"
        shown = subprocess.run(
            [sys.executable, "-m", "readers_bridge", "discover", "--json", "--seconds", "2", "--family", "star"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert "00:11:62:12:34:56" in shown.stdout, shown
        shop.bridge.stop()
        till = shop.take(printers[0], entry)
        shop.start()
        till.wait_online()
        till.prints()


def entry_in(answer: dict[str, Any]) -> dict[str, Any]:
    """The entry of the printer in an answer to ``discover``."""

    def below(value: Any) -> list[dict[str, Any]]:
        if isinstance(value, dict):
            own = [value["entry"]] if isinstance(value.get("entry"), dict) else []
            return own + [one for each in value.values() for one in below(each)]
        return [one for each in value for one in below(each)] if isinstance(value, list) else []

    (entry,) = [one for one in below(answer) if one.get("mac") == "00:11:62:12:34:56"]
    assert json.dumps(entry)
    return entry
