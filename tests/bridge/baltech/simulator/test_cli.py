"""``readers-bridge simulate baltech`` and the control interface."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path

import pytest

from readers_bridge.families.baltech.simulator import Settings, SimulatedReader, TcpLink
from readers_bridge.families.baltech.simulator.control import Control
from tests.bridge.baltech.simulator.host import GET_MESSAGE, INFO, NO_MESSAGE, Host, connected, run_script
from tests.bridge.baltech.simulator.test_links import SERIAL, line, listener
from tests.bridge.simulation.host import connect
from tests.bridge.simulation.program import exit_code_of, simulator_of

simulator = partial(simulator_of, "baltech")
run = partial(exit_code_of, "baltech")


async def test_many_readers_as_text() -> None:
    async with simulator("--count=3", "--port=0", "--card=0401", "--rate=100", "--delay=0") as program:
        addresses = [await program.line() for _ in range(3)]
        assert addresses[0].startswith("reader-1: at tcp://127.0.0.1:")
        host = await connect(addresses[2], Host)
        assert (await host.ask("0C 00 04 00 00")).endswith("34 33 38 39 33 31 32 38 00")
        assert "reader-3: host 127.0.0.1:" in await program.line()
        assert await program.line() == "reader-3: command 0004, status 00"
        assert await host.ask(GET_MESSAGE) == NO_MESSAGE
        assert await program.line() == "reader-3: card 0401"
        assert await program.line() == "reader-3: message Card '0401'"
        host.writer.close()


async def test_numbered_cards_and_stamps() -> None:
    async with simulator("--port=0", "--rate=1000", "--reads=3", "--delay=0", "--json", "--quiet") as program:
        host = await connect((await program.told("listening"))["address"], Host)
        assert await host.ask(GET_MESSAGE) == NO_MESSAGE
        assert (await program.told("finished"))["reads"] == 3
        assert await host.messages() == [f"0 000001{number:012d}" for number in (2, 1, 0)]
        host.writer.close()
    async with simulator("--port=0", "--rate=1000", "--reads=1", "--delay=0", "--json", "--stamp") as program:
        host = await connect((await program.told("listening"))["address"], Host)
        assert await host.ask(GET_MESSAGE) == NO_MESSAGE
        stamp = str((await program.told("card"))["card"])
        assert len(stamp) == 19
        assert stamp.isdecimal()
        host.writer.close()


async def test_lines_on_standard_input_and_on_tcp() -> None:
    async with simulator("--port=0", "--rate=0", "--json", "--control=0") as program:
        host = await connect((await program.told("listening"))["address"], Host)
        address = str((await program.told("control"))["address"])
        program.stdin.write(b"card 42\n")
        await program.told("message")
        assert await program.line() == "ok"
        assert await host.ask(GET_MESSAGE) == "0C 05 01 04 00 00 02 34 32"
        reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
        writer.write(b'{"do": "pin", "digits": "007"}\n')
        assert json.loads(await reader.readline()) == {"ok": True}
        assert await host.ask(GET_MESSAGE) == "0C 05 01 05 00 03 03 30 30 37"
        writer.write(b"remove\n")
        assert await reader.readuntil(b"\n\n") == b"ok\n\n"
        writer.close()
        host.writer.close()


async def test_options_reach_the_reader() -> None:
    options = ["--critical", "--firmware=1055 ID-Mux 2.14.00 01/02/24", "--serial-number=5", "--boot-status=20000000"]
    options += ["--config=0501/46=0103", "--features=1,2", "--ports=Relay,Input0", "--buffer=256", "--gap=0"]
    async with simulator("--port=0", "--rate=0", "--json", *options) as program:
        host = await connect((await program.told("listening"))["address"], Host)
        assert bytes.fromhex(await host.ask("0C 00 04 00 00"))[5:] == b"1055 ID-Mux    2.14.00 01/02/24 00000005\0"
        assert await host.ask("0C 00 05 00 00") == "4C 00 05 04 00 20 00 00 00"
        assert await host.ask("0C 00 00 00 00") == "4C 00 00 06 00 01 00 01 00 01 00"
        assert await host.ask("0C 0A 01 01 00 00") == "CC 0A 01 01 00 01"
        program.stdin.write(b'{"do": "state"}\n')
        while "ok" not in (answer := json.loads(await program.line())):
            pass
        (state,) = answer["readers"]
        assert state["ports"] == {"Relay": True}
        assert state["scripts"] == {"OnEnabledProtocol": "01 03"}
        assert state["inputs"] == {"Input0": "high"}
        host.writer.close()


async def test_a_key_locks_the_reader() -> None:
    async with simulator("--port=0", "--rate=0", "--json", f"--key={bytes(range(16)).hex()}", "--level=2") as program:
        host = await connect((await program.told("listening"))["address"], Host)
        assert await host.ask("0C 00 04 00 00") == "8C 00 04 01 00 42"
        assert (await host.ask("0C 07 04 11 00 02" + " A0" * 16)).startswith("0C 07 04 21 00")
        host.writer.close()


async def test_serial_lines_and_their_names(tmp_path: Path) -> None:
    link = tmp_path / "reader"
    async with simulator("--serial", "--count=2", f"--link={link}", "--rate=0", "--json") as program:
        for number in (1, 2):
            assert (await program.told("listening"))["address"] == f"serial://{link}{number}"
        async with line(f"{link}1") as host:
            host.say("0C 00 04 00 00")
            assert await host.heard(46) == INFO


async def test_readers_that_connect() -> None:
    async with (
        listener() as hosts,
        simulator(f"--connect=127.0.0.1:{hosts.port}", "--count=2", "--rate=100", "--delay=0", "--keep=open"),
    ):
        idents = sorted([(await hosts.next())[1] for _ in range(2)])
        assert idents[0] == f"01 00 01 {SERIAL}"
        assert idents[1].endswith("37")


async def test_faults_come_again_and_again() -> None:
    async with simulator("--port=0", "--rate=0", "--fault=close@0.05", "--json") as program:
        address = (await program.told("listening"))["address"]
        for _ in range(2):
            host = await connect(address, Host)
            assert await host.end() == ""


async def test_it_ends_after_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("--port=0", "--rate=0", "--duration=0.05") == 0
    assert "reader-1: at tcp://" in capsys.readouterr().out


async def test_arguments_that_cannot_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("--link=/nowhere") == 2
    assert await run("--keep=open") == 2
    assert await run("--fault=drop=3@1") == 2
    async with SimulatedReader(TcpLink()) as reader:
        assert await run(f"--port={reader.port}") == 1
    assert "choose another --port" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argument",
    [
        "--key=abc",
        "--features=x",
        "--ports=Lamp",
        "--config=0501=04",
        "--config=0501/44=4",
        "--config=0501/44=" + "00" * 129,
        "--fault=typo@1",
        "--fault=drop",
        "--fault=drop@x",
        "--fault=drop@0",
        "--firmware=x",
        "--buffer=1,2",
        "--connect=nowhere",
        "--boot-status=g",
        "--autoread=On",
        "--card=hex:4",
        "--port=99999",
        "--gap=-1",
        "--security=none",
        "--reads=0",
    ],
)
async def test_arguments_that_make_no_sense(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        await run(argument)
    error = capsys.readouterr().err
    assert argument.partition("=")[0] in error
    assert "abc" not in error


async def test_every_line_of_the_control_interface() -> None:
    async with connected(Settings(wait_for_removal=True)) as (reader, host):
        control = Control([reader])
        for text in (
            *(
                "card a b",
                "@reader place hex:3334",
                "remove",
                "invalid x",
                "pin 12",
                "key 0x41",
                "tamper on",
                "tamper off",
            ),
            *(
                "log it is warm",
                "message Keyboard 35",
                "message 9",
                "input 0 low",
                "input Input1 low",
                "fault drop - 2",
            ),
            *(
                "fault none",
                "fault status@0503 0x02",
                "lock",
                "unlock",
                '{"do": "card", "card": "j", "family": "Felica"}',
            ),
        ):
            assert control.execute(text) in {"ok", '{"ok": true}'}, text
        assert await host.messages() == [
            *("4", "0 j", "9", "3 5", "6 it is warm", "2", "1", "5 A", "3 12"),
            *("4", "4", "0 34", "4", "0 a b"),
        ]
        assert await host.ask(run_script("01 00")) == "8C 05 03 01 00 02"
        assert reader.device.inputs == set()
        assert control.execute("raw 01 02") == "ok"
        assert await host.bytes(2) == "01 02"
        await host.ask("0C 0A 01 01 00 03")
        assert "Relay, on on" in control.execute("ports").replace("port: ", "").replace("on: ", "on ")
        assert "Relay: on" in control.execute("state")
        assert reader.address in control.execute("list")
        assert "fault NAME" in control.execute("help")
        assert control.execute("reset") == "ok"
        assert reader.booting


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "card",
        "card hex:4",
        "pin",
        "pin 1 2",
        "key 256",
        "key x",
        "tamper maybe",
        "input 2 low",
        "input Gpio3 high",
        "input 0",
        "message typo",
        "message 3 4",
        "raw",
        "raw 4",
        "fault",
        "fault typo",
        "fault drop@5",
        "fault status x",
        "fault drop - x",
        "@nobody list",
        "raw 00",
        "{",
        '{"do": "card", "card": "a", "family": "Dog"}',
        '{"do": "tamper", "level": []}',
    ],
)
async def test_lines_that_make_no_sense(text: str) -> None:
    async with SimulatedReader(TcpLink()) as reader:
        answer = Control([reader]).execute(text)
        assert answer.startswith(("error: ", '{"ok": false'))
        assert reader.happenings[-1].what == "listening"
