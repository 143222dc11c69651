from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bridge.cli.command import PROGRAM, SECONDS
from tests.bridge.cli.stand_in import StandIn, ended, started
from tests.conftest import Broker

READ = {"kind": "card", "credential": "0401", "event_type": "read", "late": False}


@pytest.fixture
def bridge(broker: Broker) -> Iterator[StandIn]:
    bridge = StandIn(broker.port)
    bridge.keep("readers/home/gate/availability", {"state": "online"})
    yield bridge
    bridge.close()


def at(bridge: StandIn, *words: str) -> list[str]:
    return ["monitor", "--host", "127.0.0.1", "--port", str(bridge.port), *words]


def lines(running: subprocess.Popen[str], count: int) -> list[str]:
    """So many lines, as they come through the pipe; fails with the test's time limit."""
    assert running.stdout is not None
    return [running.stdout.readline() for _ in range(count)]


def words_of(line: str) -> list[str]:
    """Without the time."""
    return line.split()[1:]


def test_lines_for_people(bridge: StandIn) -> None:
    with started(*at(bridge)) as watching:
        shown = [words_of(line) for line in lines(watching, 2)]
        assert sorted(shown) == [["bridge", "online"], ["gate", "online"]]
        bridge.publish("readers/home/gate/read", READ)
        assert words_of(lines(watching, 1)[0]) == ["gate", "read", "card", "0401"]
        watching.send_signal(signal.SIGINT)
        assert ended(watching) == (0, "", "watching readers/home; Ctrl-C ends\n\n")


def test_json_for_programs(bridge: StandIn) -> None:
    with started(*at(bridge, "--json", "--device", "gate")) as watching:
        kept = {line["topic"]: line for line in map(json.loads, lines(watching, 2))}
        assert kept["readers/home/gate/availability"] == {
            "topic": "readers/home/gate/availability",
            "retained": True,
            "payload": {"state": "online"},
        }
        assert "readers/home/bridge/state" in kept
        bridge.publish("readers/home/dock/read", READ)
        bridge.publish("readers/home/gate/command/open", b'\xff "no JSON"\n')
        bridge.publish("readers/home/gate/command/open", b"[" * 500 + b"]" * 500)
        bridge.publish("readers/home/gate/read", READ)
        seen = [json.loads(line) for line in lines(watching, 3)]
        assert [line["payload"] for line in seen] == ['\ufffd "no JSON"\n', "[" * 500 + "]" * 500, READ]
        assert not any(line["retained"] for line in seen)
        watching.send_signal(signal.SIGTERM)
        assert ended(watching)[0] == 0


def test_what_is_silent_is_told(bridge: StandIn) -> None:
    with started(*at(bridge, "--bridge", "home", "--device", "gaet", "--device", "gate")) as watching:
        assert watching.stderr is not None
        watching.stderr.readline()
        assert watching.stderr.readline() == "nothing is known of readers/home/gaet at this broker; waiting for it\n"
        watching.send_signal(signal.SIGINT)
        assert ended(watching)[0] == 0


def test_announcements_of_other_bridges_are_not_shown(bridge: StandIn) -> None:
    for number in range(5):
        bridge.keep(f"readers/discovery/other-{number}", {"prefix": "readers", "bridge": f"other-{number}"})
    with started(*at(bridge, "--bridge", "home", "--json")) as watching:
        assert all(json.loads(line)["topic"].startswith("readers/home/") for line in lines(watching, 2))


def test_whoever_reads_our_output_may_leave(bridge: StandIn) -> None:
    with started(*at(bridge)) as watching:
        lines(watching, 2)
        assert watching.stdout is not None
        watching.stdout.close()
        bridge.publish("readers/home/gate/read", READ)
        assert watching.wait(10) == 0
        assert watching.stderr is not None
        assert watching.stderr.read() == "watching readers/home; Ctrl-C ends\n"


def test_a_full_disk_ends_it_with_words(bridge: StandIn) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*PROGRAM, *at(bridge)], stdout=full, stderr=subprocess.PIPE, text=True, timeout=SECONDS, check=False
        )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[1:] == ["readers-bridge: No space left on device"]


def test_the_broker_goes_away(bridge: StandIn, broker: Broker) -> None:
    with started(*at(bridge)) as watching:
        lines(watching, 2)
        broker.kill()
        code, _, err = ended(watching)
    assert code == 3
    assert "readers-bridge: the connection to the broker at 127.0.0.1" in err
    assert "Traceback" not in err


def test_ctrl_c_while_a_broker_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with started("monitor", "--host", "127.0.0.1", "--port", str(port)) as watching:
            client, _ = silent.accept()
            with client:
                assert client.recv(1000)
                watching.send_signal(signal.SIGINT)
                assert ended(watching) == (0, "", "\n")
