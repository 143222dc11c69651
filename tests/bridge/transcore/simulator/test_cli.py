"""``readers-bridge simulate transcore`` and the control interface."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path

import pytest

from readers_bridge.families.transcore.simulator import Settings, SimulatedReader, TcpLink
from readers_bridge.families.transcore.simulator.control import Control
from tests.bridge.simulation.host import connect
from tests.bridge.simulation.program import exit_code_of, simulator_of
from tests.bridge.transcore.simulator.host import Host, connected, opened

simulator = partial(simulator_of, "transcore")
run = partial(exit_code_of, "transcore")


async def test_many_readers_as_text() -> None:
    async with simulator("--count=2", "--port=0", "--tag=A", "--rate=100", "--delay=0", "--no-time") as program:
        assert (await program.line()).startswith("reader-1: at tcp://127.0.0.1:")
        while not (line := await program.line()).startswith("reader-2: at tcp://127.0.0.1:"):
            pass
        host = await connect(line, Host)
        assert await host.line() == b"#A\r\n"
        while await program.line() != "reader-2: tag 'A'":
            pass
        host.writer.close()


async def test_numbered_tags_and_stamps() -> None:
    async with simulator(
        "--port=0", "--rate=1000", "--reads=3", "--delay=0", "--json", "--quiet", "--no-time"
    ) as program:
        host = await connect((await program.told("listening"))["address"], Host)
        assert (await program.told("finished"))["reads"] == 3
        assert len({await host.line() for _ in range(3)}) == 3
        host.writer.close()
    async with simulator("--port=0", "--rate=1000", "--reads=1", "--delay=0", "--no-time", "--stamp") as program:
        host = await connect(await program.line(), Host)
        stamp = await host.line()
        assert len(stamp) == 23
        assert stamp[1:-2].strip().isdigit()
        host.writer.close()


async def test_lines_on_standard_input_and_on_tcp() -> None:
    async with simulator("--port=0", "--rate=0", "--json", "--control=0", "--no-time", "--no-sign-on") as program:
        listening = (await program.told("listening"))["address"]
        address = str((await program.told("control"))["address"])
        host = await connect(listening, Host)
        await program.told("connected")
        program.stdin.write(b'tag "GJ2(P#!\\":AD        S"\n')
        await program.told("delivered")
        assert await program.line() == "ok"
        assert await host.line() == b'#GJ2(P#!":AD        S\r\n'
        reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
        writer.write(b'{"do": "train", "cars": 3, "interval": "1ms"}\n')
        assert json.loads(await reader.readline()) == {"ok": True}
        cars = [(await host.line())[1:-2].decode() for _ in range(3)]
        writer.write(b'{"do": "tags"}\n')
        (tags,) = json.loads(await reader.readline())["readers"]
        assert tags["accepted"] == tags["delivered"] == ['GJ2(P#!":AD        S', *cars]
        writer.write(b"power off\n")
        assert await reader.readuntil(b"\n\n") == b"ok\n\n"
        writer.close()
        host.writer.close()


async def test_options_reach_the_reader() -> None:
    options = ["--profile=encompass", "--protocol=ecp", "--crc=xmodem", "--parity=E", "--ecp-timeout=500", "--unique"]
    options += ["--model=Model X", "--serial-number=000007", "--auxiliary", "--frequency=none", "--heartbeat=60"]
    options += ["--backlog=2", "--fault=damage_in=0.01", "--baud=9600", "--input-reports=2", "--flow-control=on"]
    options += ["--count=2", "--embedded-server", "--presence-reports", "--buffer=9", "--seed=3", "--stale-ack=repeat"]
    async with simulator("--port=0", "--rate=0", "--json", *options) as program:
        answer = await program.answer('{"do": "state", "reader": "reader-2"}')
        (state,) = answer["readers"]
        assert state["profile"] == "encompass"
        assert state["outstanding"] == "Model X SN000008"
        assert state["faults"] == {"damage_in": 0.01}
        assert state["counts"]["missed"] == 2
        assert state["waiting"] == 1


async def test_serial_lines_and_their_names(tmp_path: Path) -> None:
    link = tmp_path / "reader"
    async with simulator("--serial", "--count=2", f"--link={link}", "--rate=0", "--json") as program:
        for number in (1, 2):
            assert (await program.told("listening"))["address"] == f"serial://{link}{number}"
        with opened(f"{link}1"):
            assert (await program.told("connected"))["reader"] == "reader-1"


async def test_faults_come_again_and_again() -> None:
    async with simulator("--port=0", "--rate=0", "--fault=close@0.05", "--json") as program:
        address = (await program.told("listening"))["address"]
        for _ in range(2):
            host = await connect(address, Host)
            assert await host.end() == b""


async def test_it_ends_after_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("--port=0", "--rate=0", "--duration=0.05") == 0
    assert "reader-1: at tcp://" in capsys.readouterr().out


async def test_arguments_that_cannot_be(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["--link=/nowhere"],
        ["--serial", "--embedded-server"],
        ["--heartbeat=1"],
        ["--stamp", "--tag=A"],
        ["--wire-parity"],
        ["--port=65535", "--count=2"],
    ):
        assert await run(*arguments) == 2
    async with SimulatedReader(TcpLink()) as reader:
        assert await run(f"--port={reader.port}") == 1
        assert await run("--port=0", f"--control={reader.port}") == 1
    assert "choose another --port" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argument",
    [
        "--fault=typo@1",
        "--fault=close",
        "--fault=noise@x",
        "--fault=noise@0",
        "--fault=noise=2",
        "--control=nowhere",
        '--tag="A',
        "--tag=",
        "--crc=auto",
        "--protocol=x",
        "--ecp-timeout=0",
        "--ecp-timeout=x",
        "--frequency=x",
        "--serial-number=1",
        "--port=99999",
        "--reads=0",
        "--rate=-1",
    ],
)
async def test_arguments_that_make_no_sense(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        await run(argument)
    assert argument.partition("=")[0] in capsys.readouterr().err


async def test_every_line_of_the_control_interface() -> None:
    async with connected(Settings(sign_on=False, time=False, input_reports=1, boot_time=0.0)) as (reader, host):
        control = Control([reader])
        for text, heard in (
            ("tag A B", b"#A B"),
            ('@reader tag " \\\\\\"# " antenna=1 reads=5', b'# \\"# '),
            ('{"do": "tag", "tag": "X", "reads": 2}', b"#X"),
            ("input 0 on", b"#Input 0 on"),
            ("report it is cold", b"#it is cold"),
            ("error 07", b"#Error07"),
            ("frequency none", b"#Error06"),
            ("raw 41 0D 0A", b"A"),
        ):
            assert control.execute(text) in {"ok", '{"ok": true}'}, text
            assert await host.line() == heard + b"\r\n"
        for text in (
            *("frequency 118", "presence off", "presence on", "input 1 low", "fault noise 0.5 0", "fault cut - 2"),
            *("fault none", "train 3 1ms", "train 0", "power off", "power on", "power cycle 5ms", "power cycle"),
        ):
            assert control.execute(text) == "ok", text
        await reader.wait_for("started")
        assert reader.device.handshakes == {0: 6, 1: 5}
        assert reader.address in control.execute("list")
        assert "inputs 1" in control.execute("state")
        assert "accepted A B" in control.execute("tags")
        assert "kind: error" in control.execute("messages")
        assert control.execute("commands") == "name reader  commands -"
        assert "fault NAME" in control.execute("help")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "tag",
        'tag "A',
        'tag "A" colour=1',
        'tag "A" reads',
        'tag "\\n"',
        "train",
        "train x",
        "train 3 4",
        "train 3 1ms 2",
        "presence",
        "presence maybe",
        "input 2 on",
        "input 0",
        "report",
        "error 7",
        "frequency x",
        "raw 4",
        "power",
        "power up",
        "power cycle 5",
        "fault",
        "fault typo",
        "fault noise x",
        "fault noise 2",
        "fault noise 1 x",
        "fault close 1",
        "@nobody list",
        "{",
        "[]",
        '{"do": []}',
        '{"do": "presence", "level": []}',
        '{"do": "fault", "name": "noise", "share": []}',
    ],
)
async def test_lines_that_make_no_sense(text: str) -> None:
    async with SimulatedReader(TcpLink(), Settings(sign_on=False)) as reader:
        answer = Control([reader]).execute(text)
        assert answer.startswith(("error: ", '{"ok": false'))
        assert reader.happenings[-1].what == "listening"
