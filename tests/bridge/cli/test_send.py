from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from readers_bridge.__main__ import main
from readers_bridge.cli.remote import exit_code_of
from readers_bridge.model import Status
from tests.bridge.cli.command import run
from tests.bridge.cli.stand_in import StandIn, ended, result_of, started
from tests.conftest import Broker, free_port


@pytest.fixture
def bridge(broker: Broker) -> Iterator[StandIn]:
    bridge = StandIn(broker.port)
    yield bridge
    bridge.close()


def at(bridge: StandIn) -> list[str]:
    return ["send", "--host", "127.0.0.1", "--port", str(bridge.port)]


@pytest.mark.parametrize(("status", "code"), [("sent", 0), ("refused", 1), ("no_answer", 5)])
def test_the_result_is_printed_and_its_status_decides(bridge: StandIn, status: str, code: int) -> None:
    with started(*at(bridge), "gate", "open") as sending:
        bridge.answer(bridge.command("gate", "open"), status)
        returned, out, err = ended(sending)
    assert (returned, result_of(out)["status"], err) == (code, status, "")


def test_every_status_has_its_exit_code() -> None:
    codes = {status: exit_code_of({"status": status}) for status in Status}
    assert {status for status, code in codes.items() if code == 0} == {"done", "sent"}
    assert {status for status, code in codes.items() if code == 5} == {"no_answer"}
    assert set(codes.values()) == {0, 1, 5}


def test_the_command_as_it_is_sent(bridge: StandIn) -> None:
    with started(*at(bridge), "--timeout", "7", "gate", "open", '{"seconds": 3, "name": "Tür"}') as sending:
        command = bridge.command("gate", "open")
        bridge.answer(command, "done")
        ended(sending)
    body = command.json
    assert (body["seconds"], body["name"]) == (3, "Tür")
    assert len(body["transaction"]) == 32
    assert body["issued_at"].endswith("Z")
    assert (command.qos, command.retained) == (1, False)
    assert command.properties.MessageExpiryInterval == 7


def test_a_command_that_takes_longer_is_waited_for(bridge: StandIn) -> None:
    described = {"manufacturer": "m", "model": "m", "family": "f"}
    slow = {"name": "open", "description": "", "ttl": 20, "timeout": 60}
    bridge.publish("readers/home/gate/description", {**described, "commands": [slow]}, retain=True)
    with started(*at(bridge), "gate", "open") as sending:
        command = bridge.command("gate", "open")
        bridge.answer(command, "done")
        assert ended(sending)[0] == 0
    assert command.properties.MessageExpiryInterval == 85


def test_ones_own_transaction_and_time_are_kept(bridge: StandIn) -> None:
    with started(*at(bridge), "gate", "open", '{"transaction": "t-1", "issued_at": 1}') as sending:
        command = bridge.command("gate", "open")
        bridge.answer(command, "expired")
        assert ended(sending)[0] == 1
    assert command.json == {"transaction": "t-1", "issued_at": 1}


def test_results_of_others_do_not_count(bridge: StandIn) -> None:
    with started(*at(bridge), "gate", "open") as sending:
        command = bridge.command("gate", "open")
        bridge.publish("readers/home/gate/result", b"\xff no JSON")
        bridge.publish("readers/home/gate/result", {"transaction": "of somebody else", "status": "failed"})
        bridge.publish("readers/home/gate/result", {"transaction": None, "status": "invalid", "error": {"code": "x"}})
        bridge.answer(command, "done")
        code, out, _ = ended(sending)
    assert (code, result_of(out)["status"]) == (0, "done")


def test_no_result(bridge: StandIn) -> None:
    with started(*at(bridge), "--timeout", "0.2", "gate", "open") as sending:
        bridge.command("gate", "open")
        code, out, err = ended(sending)
    assert (code, out) == (5, "")
    assert err.startswith("readers-bridge: no result within 0.2 s; whether the command was executed is not known.")


def test_the_bridge_goes_while_it_should_answer(bridge: StandIn) -> None:
    with started(*at(bridge), "gate", "open") as sending:
        bridge.command("gate", "open")
        bridge.publish("readers/home/bridge/state", {"state": "offline"}, retain=True)
        code, _, err = ended(sending)
    assert code == 5
    assert "the bridge went offline; whether the command was executed is not known" in err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_while_it_waits(bridge: StandIn, number: signal.Signals, code: int) -> None:
    with started(*at(bridge), "gate", "open") as sending:
        bridge.command("gate", "open")
        sending.send_signal(number)
        returned, out, err = ended(sending)
    assert (returned, out) == (code, "")
    assert err.strip() == (
        "interrupted before there was a result; look at the device before you send the command again"
    )


def test_nothing_is_sent_to_a_bridge_that_is_offline(broker: Broker, tmp_path: Path) -> None:
    bridge = StandIn(broker.port, state="offline")
    failed = run(*at(bridge), "gate", "open", cwd=tmp_path)
    assert failed.returncode == 5
    assert "the bridge readers/home is offline; nothing was sent" in failed.stderr
    assert not bridge.on("readers/home/gate/command/open")
    bridge.close()


def test_a_bridge_that_the_broker_does_not_know(broker: Broker, tmp_path: Path) -> None:
    bridge = StandIn(broker.port)
    failed = run(*at(bridge), "--prefix", "readers", "--bridge", "dock", "gate", "open", cwd=tmp_path)
    assert failed.returncode == 5
    assert "this broker knows no bridge readers/dock" in failed.stderr
    assert not bridge.on("readers/dock/gate/command/open")
    bridge.close()


def test_the_bridge_is_found_under_its_own_prefix(broker: Broker) -> None:
    bridge = StandIn(broker.port, "plant/yard")
    with started(*at(bridge), "gate", "open") as sending:
        bridge.answer(bridge.command("gate", "open"), "done")
        assert ended(sending)[0] == 0
    bridge.close()


def test_several_bridges(bridge: StandIn, tmp_path: Path) -> None:
    other = StandIn(bridge.port, "plant/yard")
    bridge.keep("readers/discovery/liar", {"prefix": "+", "bridge": "#"})
    failed = run(*at(bridge), "gate", "open", cwd=tmp_path)
    assert failed.returncode == 2
    assert failed.stderr == "readers-bridge: there are several bridges (home, yard); choose one with --bridge\n"
    for choice in (["--bridge", "yard"], ["--prefix", "plant"]):
        other.messages.clear()
        with started(*at(bridge), *choice, "gate", "open") as sending:
            other.answer(other.command("gate", "open"), "done")
            assert ended(sending)[0] == 0
    unknown = run(*at(bridge), "--bridge", "dock", "gate", "open", cwd=tmp_path)
    assert unknown.returncode == 5
    assert "no bridge dock announces itself at this broker; there is home, yard" in unknown.stderr
    other.close()


def test_no_bridge_at_all(broker: Broker, tmp_path: Path) -> None:
    failed = run("send", "--host", "127.0.0.1", "--port", str(broker.port), "gate", "open", cwd=tmp_path)
    assert failed.returncode == 5
    assert "no bridge announces itself at this broker; is it running" in failed.stderr


def test_no_broker(tmp_path: Path) -> None:
    failed = run("send", "--host", "127.0.0.1", "--port", str(free_port()), "gate", "open", cwd=tmp_path)
    assert (failed.returncode, failed.stdout) == (3, "")
    assert "no broker answers at 127.0.0.1" in failed.stderr


def test_a_broker_that_refuses_us(make_broker: Callable[..., Broker], tmp_path: Path) -> None:
    broker = make_broker(lines=("allow_anonymous false",))
    words = ("send", "--host", "127.0.0.1", "--port", str(broker.port), "--username", "u", "gate", "open")
    failed = run(*words, cwd=tmp_path, READERS_MQTT_PASSWORD="geheim")
    assert failed.returncode == 1
    assert "not authorised" in failed.stderr
    assert "geheim" not in failed.stderr


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{ms: 200}", "is not JSON"),
        ("{ms: 200}", """in a shell it stands in single quotes, '{"ms": 200}'"""),
        ("[1]", "not an object"),
        ("NaN", "is not JSON"),
        ('{"text": "\\ud800"}', "is not JSON"),
        ("\udcff", "is not JSON"),
        ("[" * 5000, "is not JSON"),
        ('{"transaction": 5}', "transaction must be a string of 1 to 128 characters"),
    ],
)
def test_arguments_that_are_no_json_object(text: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", "gate", "open", text]) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        *(["", "open"], ["a/b", "open"], ["bridge", "open"], ["gate", "op en"], ["gate", "#"]),
        *(["gate", "open", "--timeout", seconds] for seconds in ("0", "-1", "nan", "inf", "1e9", "soon")),
    ],
)
def test_words_that_cannot_be_right(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", *words]) == 2
    assert "readers-bridge send: error: argument " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stdin", "complaint"),
    [("", "nothing came on standard input"), ("{", "is not JSON"), ("x" * (4 * 2**20 + 1), "4194304 are allowed")],
)
def test_arguments_from_standard_input_that_do_not_fit(stdin: str, complaint: str, tmp_path: Path) -> None:
    failed = run("send", "gate", "open", "-", cwd=tmp_path, stdin=stdin)
    assert failed.returncode == 2
    assert complaint in failed.stderr
