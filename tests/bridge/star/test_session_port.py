"""A session that the bridge left behind is cut, but only its own, and only when it is in the way."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from pathlib import Path

import pytest

from readers_bridge.errors import JournalError
from readers_bridge.families.star import session_port
from readers_bridge.families.star.session_port import FACT, is_held
from readers_bridge.families.star.simulator import Settings, SimulatedPrinter
from readers_bridge.model import Status
from tests.bridge.star.shop import QUICK, bridge, served, shop
from tests.conftest import eventually, free_port


async def test_the_port_is_stored_for_good_before_the_first_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shop() as (printer, it):
        seen = []
        commit = it.desk.commit

        async def watched(*args: object, **kwargs: object) -> None:
            seen.append((kwargs, bool(printer.jobs and printer.jobs[-1].received)))
            await commit(*args, **kwargs)  # type: ignore[arg-type]

        monkeypatch.setattr(it.desk, "commit", watched)
        await it.command("print_text", text="hello")
        (opened, had_data), (closed, _) = seen
        port = int(printer.jobs[-1].peer.rpartition(":")[2])
        assert opened == {"sync": True, "facts": {FACT: [port]}}
        assert not had_data
        assert closed["facts"] == {FACT: []}


async def test_a_session_of_the_last_run_is_cut_at_the_start() -> None:
    port = free_port()
    async with SimulatedPrinter() as printer:
        printer.hold(port)
        async with served(printer.address, {FACT: port}, **QUICK) as it:
            await eventually(lambda: it.desk.counters["sessions_freed"], "the session cut")
            assert it.desk.facts[FACT] == []
            assert (await it.command("print_text", text="hello")).status is Status.DONE


async def test_a_refusal_that_takes_its_time_hides_no_session_that_was_left_behind() -> None:
    port = free_port()
    async with SimulatedPrinter(Settings(second_session_delay=0.3)) as printer:
        printer.hold(port)
        async with served(printer.address, {FACT: [port]}, **QUICK) as it:
            await eventually(lambda: it.driver._probed, "the look at the print port")
            assert (await it.command("print_text", text="hello")).status is Status.DONE
            assert it.desk.counters["sessions_freed"] == 1
            assert it.desk.facts[FACT] == []


async def test_a_few_ports_are_remembered() -> None:
    async with shop() as (_, it):
        remembers = it.driver._printer.session_port
        for port in range(1, 7):
            await remembers.opened(port)
        assert list(remembers.remembered) == [6, 5, 4, 3]
        await remembers.forget(5)
        await remembers.opened(3)
        assert list(remembers.remembered) == [3, 6, 4]
        await remembers.closed()
        assert list(remembers.remembered) == []


async def test_nothing_is_cut_when_the_print_port_is_free() -> None:
    async with SimulatedPrinter() as printer, served(printer.address, {FACT: free_port()}, **QUICK) as it:
        await eventually(lambda: it.desk.facts[FACT] == [], "the port forgotten")
        assert it.desk.counters["sessions_freed"] == 0


async def test_a_port_that_a_program_here_has_now_is_left_alone() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as somebody:
        port = somebody.getsockname()[1]
        async with SimulatedPrinter() as printer:
            printer.hold(port)
            async with served(printer.address, {FACT: port}, **QUICK) as it:
                await it.online()
                await eventually(lambda: it.driver._probed, "the look at the print port")
                job = asyncio.create_task(it.command("print_text", text="hello"))
                await eventually(lambda: it.waits_for("print_port_busy"), "waiting")
                assert it.desk.facts[FACT] == port
                assert it.desk.counters["sessions_freed"] == 0
                somebody.close()
                assert (await job).status is Status.DONE


async def test_a_session_that_the_printer_does_not_let_go_is_cut_before_the_next_job(tmp_path: Path) -> None:
    async with SimulatedPrinter() as printer, bridge(tmp_path, printer.address, print_timeout=0.5) as it:
        printer.busy()
        printer.fault("stale")
        it.send("print_text", text="hung", transaction="p")
        assert (await it.result("p"))["status"] == "unknown"
        printer.busy(on=False)
        it.send("print_text", text="next", transaction="q")
        assert (await it.result("q"))["status"] == "done"
        assert it.device.counters["sessions_freed"] == 1


async def test_release_session_cuts_the_remembered_one() -> None:
    port = free_port()
    async with SimulatedPrinter() as printer, served(printer.address, **QUICK) as it:
        await it.online()
        error = await it.refused("release_session")
        assert (error.status, error.code) == (Status.REFUSED, "no_session")
        printer.hold(port)
        assert (await it.command("release_session", port=port)).data == {"port": port}


async def test_a_journal_that_is_out_keeps_nobody_from_printing() -> None:
    async with shop() as (_, it):
        it.desk.broken = True
        assert (await it.command("print_text", text="hello")).status is Status.DONE
        assert it.desk.counters["not_kept"] == 1
        with pytest.raises(JournalError):
            await it.desk.commit(())


@pytest.mark.parametrize("tables", [session_port.TABLES, ()])
def test_who_has_a_port(monkeypatch: pytest.MonkeyPatch, tables: tuple[Path, ...]) -> None:
    monkeypatch.setattr(session_port, "TABLES", tables)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        assert is_held(port)
        with closing(socket.create_connection(("127.0.0.1", port))) as client:
            assert is_held(client.getsockname()[1])
    assert not is_held(free_port())
