"""``readers-bridge simulate star``, the control interface and the demo."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from readers_bridge.families.star.simulator import Settings, SimulatedPrinter, demo
from readers_bridge.families.star.simulator.control import Control
from tests.bridge.simulation.program import exit_code_of, simulator_of
from tests.bridge.star.simulator.host import READY, STATUS_REQUEST, ask, host_at, printing

FREE = ("--management-port=0", "--print-port=0", "--status-port=0")

simulator = partial(simulator_of, "star", *FREE)
run = partial(exit_code_of, "star")


def ports(address: object) -> dict[str, int]:
    return {name: int(value) for name, (value,) in parse_qs(urlsplit(str(address)).query).items()}


async def test_what_is_printed_is_told_as_text() -> None:
    async with simulator("--count=2") as program:
        lines = [await program.line() for _ in range(2)]
        assert lines[0].startswith("printer-1: at tcp://127.0.0.1?management=")
        async with host_at(ports(lines[1].split()[2])["print"]) as host:
            assert (await program.line()).startswith("printer-2: host 127.0.0.1:")
            host.say(b"Hello\n", "1B 64 03")
            assert await program.line() == "printer-2: | Hello"
            assert "partial cut" in await program.line()


async def test_steering_by_standard_input_and_tcp() -> None:
    async with simulator("--json", "--quiet", "--control=0", "--emulation=star_prnt") as program:
        address = ports((await program.told("listening"))["address"])
        control = str((await program.told("control"))["address"])
        program.stdin.write(b"cover open\n")
        assert (await program.told("condition"))["on"] == ["cover"]
        assert await program.line() == "ok"
        reader, writer = await asyncio.open_connection("127.0.0.1", int(control.rpartition(":")[2]))
        writer.write(b'{"do": "cover", "level": "closed"}\n')
        assert json.loads(await reader.readline()) == {"ok": True}
        assert await ask(address["status"], STATUS_REQUEST) == READY
        writer.close()


async def test_options_reach_the_printer() -> None:
    options = ["--mac=00:11:62:00:00:FF", "--model=TSP743II", "--status-only", "--asb-length=12", "--initial-asb"]
    async with simulator("--json", "--count=2", *options) as program:
        await program.told("listening")
        address = ports((await program.told("listening"))["address"])
        block = bytes.fromhex(await ask(address["management"], "1D 30 00"))[5:]
        assert block[0x4E:0x54].hex() == "001162000100"
        assert block[0xCC:].startswith(b"TSP743II\0")
        assert await ask(address["management"], "1D 31 00") == "1D 31 00 00 03 31 31 31"
        async with host_at(address["print"]) as host:
            assert await host.heard(14) == "29 8A 00 00 00 00 00 00 00 00 00 06 00 00"


async def test_exit_codes() -> None:
    assert await run(*FREE, "--duration=0") == 0
    assert await run(*FREE, "--asb-length=8") == 2
    async with SimulatedPrinter() as printer:
        taken = f"--print-port={printer.print_port}"
        assert await run("--management-port=0", "--status-port=0", taken, "--duration=0") == 1
    assert await run(*FREE, "--duration=0", "--host=localhost", "--fault=delay@status=0.5@30", "--fault=break@3") == 0
    for wrong in ("nothing@3", "close", "close@status", "close@lid@3", "delay=x@3", "close@0"):
        with pytest.raises(SystemExit):
            await run(f"--fault={wrong}")


async def test_everything_that_can_be_said_to_a_printer(tmp_path: Path) -> None:
    async with printing() as (printer, host):
        control = Control([printer])
        assert control.execute("paper 5") == "ok"
        assert printer.condition.paper == 5
        assert control.execute("paper full") == "ok"
        for line in (
            "switch cutter on",
            "drawer closed",
            "slow 1000 1000000",
            "busy on",
            "hold 4711",
            "fault delay@status 1 2",
        ):
            assert control.execute(line) == "ok"
        assert control.execute("state") == (
            "name printer  powered on  condition cutter, drawer  busy on  paper -  etb_counter 0  print_ends 0  waiting 0  "
            "in_document off  discarding off  damaged off  faults delay@status  connections management: -, "
            f"print: 127.0.0.1:{host.port}, status: -, held: 127.0.0.1:4711"
        )
        for line in ("switch cutter off", "drawer open", "slow 0", "busy off", "fault none"):
            assert control.execute(line) == "ok"
        host.say(b"Hello\n", "1B 64 01 07 1B 99 17")
        await printer.wait_for("etb")
        assert "Hello\n---" in control.execute("transcript")
        assert json.loads(control.execute('{"do": "jobs"}'))["printers"][0]["jobs"][0]["unknown"] == ["1B 99"]
        assert json.loads(control.execute('{"do": "kicks"}'))["printers"][0]["kicks"][0]["on"] == 200
        assert "cuts 1  kicks 1  unknown 1" in control.execute("list")
        picture = tmp_path / "printer-1.png"
        assert control.execute(f"png {tmp_path}").splitlines()[0] == str(picture)
        assert control.execute(f"png {tmp_path}/of/today").splitlines()[0] == f"{tmp_path}/of/today/printer-1.png"
        assert control.execute(f"png {picture}/x") == f"error: {picture}/x: Not a directory"
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert control.execute("@printer tear") == "ok"
        assert control.execute("transcript") == "printer:\n"
        assert control.execute("cycle 0") == "ok"
        await printer.wait_for("started")
        for line, error in {
            "dance": "cannot do 'dance'",
            "cover": "cover takes on or off",
            "switch lid on": "there is no switch 'lid'",
            "paper some": "lines must be a number",
            "fault stale@status": "@status does not go with fault stale",
            "@other tear": "there is no printer 'other'",
            "png /nowhere/at/all": "No such file",
        }.items():
            host_answer = control.execute(line)
            if line.startswith("png"):
                assert host_answer == "nothing is on the paper"
            else:
                assert error in host_answer
        assert json.loads(control.execute("{")) == {"ok": False, "error": 'not JSON; write {"do": "help"}'}
        assert "discovery_version4" in control.execute("help")


async def test_printers_of_the_demo() -> None:
    async with demo(6) as devices:
        assert [device["id"] for device in devices] == ["till", "kitchen", "bar", "ticket-desk", "despatch", "till-2"]
        assert {device["family"] for device in devices} == {"star"}
        assert devices[0]["emulation"] == "star_line"
        assert await ask(ports(devices[0]["connection"])["status"], STATUS_REQUEST) == READY


def test_settings_that_make_no_sense() -> None:
    for wrong in (
        {"asb_length": 8},
        {"print_sessions": 9},
        {"mac": "00:11"},
        {"reset_time": -1},
        {"print_port": 70_000},
    ):
        with pytest.raises(ValueError):
            Settings(**wrong)
