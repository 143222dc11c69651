"""``readers-bridge simulate springcard`` and the control interface."""

from __future__ import annotations

import asyncio
import json
import socket
from functools import partial

import pytest

from readers_bridge.families.springcard.simulator import (
    Settings,
    SimulatedReader,
    TcpLink,
)
from readers_bridge.families.springcard.simulator.control import LONGEST_LINE, Control
from readers_bridge.simulation.control_server import serve
from tests.bridge.simulation.host import SECONDS
from tests.bridge.simulation.program import exit_code_of, simulator_of
from tests.bridge.springcard.test_simulator_tcp import connected
from tests.bridge.springcard.test_simulator_udp import Host
from tests.conftest import free_port

simulator = partial(simulator_of, "springcard")
run = partial(exit_code_of, "springcard")


async def test_many_tcp_readers_as_text() -> None:
    async with simulator("--count=3", "--port=0", "--card=0401", "--rate=100", "--delay=0") as program:
        ports = [int((await program.line()).rpartition(":")[2]) for _ in range(3)]
        reader, writer = await asyncio.open_connection("127.0.0.1", ports[1])
        assert "reader-2: host 127.0.0.1:" in await program.line()
        assert await program.line() == "reader-2: read 0401"
        assert await reader.readline() == b"$SCRDR;13;01;01;;0401;;;*53\r\n"
        writer.write(b"$SCCMD;SEQ=60")
        while (line := await program.line()) == "reader-2: read 0401":
            pass
        assert line == "reader-2: command: SEQ 60"
        writer.close()


async def test_udp_readers_as_json() -> None:
    udp = Host()
    async with simulator("--udp", "--count=2", f"--port={udp.port}", "--json", "--rate=50", "--reads=4") as program:
        assert (await program.told("listening"))["address"] == f"udp://127.0.0.2:{udp.port}"
        sources = [(await udp.receive())[1] for _ in range(4)]
        assert sorted(sources) == ["127.0.0.2"] * 2 + ["127.0.0.3"] * 2
        assert (await program.told("finished"))["reads"] == 2
        udp.send(b"$SCCMD;BUZZ=00C8", "127.0.0.3")
        command = await program.told("command")
        assert (command["reader"], command["buzzer"]) == ("reader-2", 200)
    udp.socket.close()


async def test_lines_on_standard_input() -> None:
    async with simulator("--port=0", "--rate=0") as program:
        port = int((await program.line()).rpartition(":")[2])
        program.say("raw 00")
        assert await program.line() == "error: not sent: no host is connected"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await program.line()
        program.say("tap 0401")
        assert await reader.readline() == b"$SCRDR;13;01;01;;0401;;;*53\r\n"
        assert await program.line() == "reader-1: read 0401"
        assert await program.line() == "ok"
        writer.close()


async def test_a_flood_in_quiet() -> None:
    async with simulator("--port=0", "--flood", "--reads=5000", "--quiet", "--delay=0") as program:
        port = int((await program.line()).rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = {await reader.readline() for _ in range(5000)}
        assert len(lines) == 5000
        assert "is there" in await program.line()
        assert await program.line() == "reader-1: finished after 5000 reads"
        writer.close()


async def test_it_ends_after_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("--port=0", "--rate=0", "--duration=0.05") == 0
    assert "reader-1: at tcp://" in capsys.readouterr().out


async def test_faults_come_again_and_again() -> None:
    async with simulator("--port=0", "--rate=0", "--fault=close@0.05") as program:
        port = int((await program.line()).rpartition(":")[2])
        for _ in range(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert await reader.read() == b""
            writer.close()


async def test_serial_prints_its_path() -> None:
    async with simulator("--serial", "--rate=0") as program:
        assert "at serial:///dev/pts/" in await program.line()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--loss=0.5"], "--loss needs --udp"),
        (["--link=x"], "--link needs --serial"),
        (["--flood", "--stamp"], "--stamp does not go with --flood"),
        (["--udp", "--fault=reset@1"], "reset is a fault of TCP"),
        (["--udp", "--fragment=3"], "cannot be fragmented"),
        (["--card=0401,data=a;b"], "TagData cannot be sent"),
        (["--port=65535", "--count=2"], "no port 65536"),
        (["--udp", "--host=localhost"], "'localhost'"),
    ],
)
async def test_arguments_that_do_not_go_together(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(*arguments) == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--count=0"], "must be 1 or more"),
        (["--port=70000"], "must be 0 to 65535"),
        (["--rate=fast"], "invalid number value"),
        (["--loss=2"], "must be 0 to 1"),
        (["--card=XY"], "must be hex"),
        (["--fault=explode@3"], "no fault 'explode'"),
        (["--fault=reset"], "Write reset@30"),
        (["--fault=slow=x@3"], "NAME=NUMBER@SECONDS"),
        (["--format=morse"], "must be one of scrdr, json, mk1"),
        (["--flood", "--rate=3"], "not allowed with"),
    ],
)
async def test_bad_arguments(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        await run(*arguments)
    assert exit_.value.code == 2
    assert problem in capsys.readouterr().err


async def test_an_address_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert await run(f"--port={port}") == 1
        assert "choose another --port" in capsys.readouterr().err
        assert await run("--port=0", f"--control={port}") == 1
        assert "choose another --control" in capsys.readouterr().err


async def test_help_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        await run("--help")
    text = capsys.readouterr().out
    for word in ("--check-port", "present CARD", "half_open", "default 4000", "takeover"):
        assert word in text


async def test_control_by_text() -> None:
    async with connected(Settings(tracking=True)) as (reader, client):
        control = Control([reader])
        assert control.execute("present 0401,data=42") == "ok"
        assert b";0401;I;42;" in await client.line()
        listing = control.execute("list")
        assert "cards 0401" in listing
        assert "reads 1" in listing
        assert control.execute("@reader remove 0401") == "ok"
        assert b";0401;R;;" in await client.line()
        assert control.execute("raw 24 53 0D 0A") == "ok"
        assert await client.line() == b"$S\r\n"
        assert control.execute("fault slow 0.5") == "ok"
        assert reader.outlet.slow == 0.5
        assert "fault NAME" in control.execute("help")
        assert control.execute("reboot") == "ok"
        assert not reader.connected


async def test_control_by_json() -> None:
    async with connected() as (reader, client):
        control = Control([reader])
        card = {"tag_id": "0401", "data": "two words"}
        assert json.loads(control.execute(json.dumps({"do": "tap", "card": card}))) == {"ok": True}
        assert b";two words;" in await client.line()
        (listed,) = json.loads(control.execute('{"do": "list"}'))["readers"]
        assert (listed["name"], listed["connected"], listed["reads"]) == ("reader", True, 1)
        assert json.loads(control.execute('{"do": "fault", "name": "reset"}')) == {"ok": True}
        assert not reader.connected


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "cannot do ''"),
        ("jump", "cannot do 'jump'"),
        ("present", "which card?"),
        ("tap XYZ", "must be hex"),
        ("tap 0401 0402", "does not take"),
        ("@nobody tap 0401", "there is no reader 'nobody'; the readers are reader"),
        ("raw", "raw needs bytes"),
        ("raw 4", "raw needs bytes"),
        ("raw 41", "no host is connected"),
        ("fault", "which fault?"),
        ("fault explode", "which fault?"),
        ("fault slow much", "a number"),
        ("fault reset 3", "cannot have the value"),
        ("{", "not JSON"),
        ('{"do": ["tap"]}', "cannot do"),
        ('{"do": "tap", "card": 7}', "which card?"),
        ('{"do": "tap", "card": {"tag_id": 7}}', "must be hex"),
        ('{"do": "tap", "card": {"tag_id": "0401", "rssi": []}}', "rssi must be a number"),
        ('{"do": "list", "reader": 3}', "there is no reader 3"),
    ],
)
async def test_mistakes_in_control_lines_are_explained(line: str, problem: str) -> None:
    async with SimulatedReader(TcpLink()) as reader:
        answer = Control([reader]).execute(line)
        assert problem in answer
        assert answer.startswith('{"ok": false' if line.startswith("{") else "error: ")


async def test_control_over_tcp() -> None:
    async with SimulatedReader(TcpLink(), name="door") as door:
        port = free_port()
        server = await serve(Control([door]), "127.0.0.1", port)
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b'present 0401\n\n{"do":"list"}\n\xff\n')
            assert await reader.readline() == b"ok\n"
            assert await reader.readline() == b"\n"
            assert json.loads(await reader.readline())["readers"][0]["cards"] == ["0401"]
            assert (await reader.readline()).startswith(b"error: cannot do")
            writer.write(b"x" * (LONGEST_LINE + 10))
            assert b"a line has at most" in await reader.read()
        writer.close()
        server.close()
