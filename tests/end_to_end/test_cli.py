"""The commands of the command line, against a running bridge."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from paho.mqtt.enums import MQTTProtocolVersion

from tests.bridge.cli.command import run
from tests.bridge.cli.stand_in import StandIn, ended, result_of, started
from tests.conftest import Broker, answers, free_port, wait_until
from tests.end_to_end.harness import BridgeProcess, RawReader, Subscriber, scrdr, settings, springcard


@dataclass
class Yard:
    """A bridge with a reader that is there, ``gate``, and one that is not, ``shed``."""

    broker: Broker
    bridge: BridgeProcess
    reader: RawReader
    seen: Subscriber

    @property
    def by_host(self) -> tuple[str, ...]:
        return ("--host", "127.0.0.1", "--port", str(self.broker.port))


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    folder = tmp_path_factory.mktemp("yard")
    broker = Broker(folder / "mosquitto").start()
    reader = RawReader()
    seen = Subscriber(broker.port)
    devices = [springcard("gate", reader.port), springcard("shed", free_port())]
    bridge = BridgeProcess(folder, settings(broker.port, folder / "data", devices, mqtt={"prefix": "plant"})).start()
    seen.wait_where("plant/home/gate/availability", lambda payload: payload["state"] == "online")
    seen.wait_where("plant/home/shed/availability", lambda payload: payload["state"] == "offline")
    seen.wait_where("plant/home/bridge/state", lambda payload: payload["state"] == "online")
    yield Yard(broker, bridge, reader, seen)
    seen.close()
    assert bridge.stop() == 0
    reader.close()
    broker.stop()


def test_a_command_reaches_the_reader(yard: Yard, tmp_path: Path) -> None:
    made = run("send", "--config", str(yard.bridge.path), "gate", "play_sequence", '{"sequence": "05"}', cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    result = result_of(made.stdout)
    assert (result["device"], result["command"], result["status"]) == ("gate", "play_sequence", "sent")
    wait_until(lambda: b"SEQ=05" in yard.reader.received, "the command at the reader")


def test_arguments_from_standard_input_and_the_bridge_found_by_its_announcement(yard: Yard, tmp_path: Path) -> None:
    made = run("send", *yard.by_host, "gate", "beep", "-", cwd=tmp_path, stdin='{"ms": 21}\n')
    assert (made.returncode, made.stderr, result_of(made.stdout)["status"]) == (0, "", "sent")


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (["gate", "beep", '{"ms": 0}'], "invalid", "out_of_range"),
        (["gate", "beep", '{"sm": 1}'], "invalid", "unknown_argument"),
        (["gate", "weep"], "invalid", "unknown_command"),
        (["gtae", "wink"], "invalid", "unknown_device"),
        (["shed", "wink"], "unavailable", "offline"),
    ],
)
def test_a_command_that_is_not_executed(yard: Yard, words: list[str], status: str, code: str, tmp_path: Path) -> None:
    made = run("send", *yard.by_host, *words, cwd=tmp_path)
    result = result_of(made.stdout)
    assert (made.returncode, result["status"], result["error"]["code"]) == (1, status, code)


def test_watching(yard: Yard, tmp_path: Path) -> None:
    with (
        started("monitor", *yard.by_host, "--device", "gate") as people,
        started("monitor", *yard.by_host, "--json") as all_,
    ):
        assert people.stdout is not None
        assert all_.stdout is not None
        first = [people.stdout.readline().split()[1:3] for _ in range(2)]
        assert sorted(first) == [["bridge", "online"], ["gate", "online"]]
        while json.loads(all_.stdout.readline())["topic"] != "plant/home/bridge/info":
            pass
        yard.reader.say(scrdr("0477A1B2C3"))
        assert people.stdout.readline().split()[1:] == ["gate", "read", "card", "0477A1B2C3"]
        while (message := json.loads(all_.stdout.readline()))["topic"] != "plant/home/gate/read":
            pass
        assert message["payload"]["credential"] == "0477A1B2C3"
        assert run("send", *yard.by_host, "gate", "accept", cwd=tmp_path).returncode == 0
        assert people.stdout.readline().split()[1:4] == ["gate", "command", "accept"]
        assert people.stdout.readline().split()[1:] == ["gate", "result", "accept", "sent"]
        for watching in (people, all_):
            watching.terminate()
            code, _, err = ended(watching)
            assert (code, err) == (0, "watching plant/home; Ctrl-C ends\n")


@dataclass
class Secured:
    """Ports of a broker that asks for a password: without and with TLS."""

    plain: int
    tls: int
    folder: Path


@pytest.fixture
def secured(make_broker: Callable[..., Broker], tmp_path: Path) -> Secured:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "broker.pem"))
    subprocess.run(["mosquitto_passwd", "-c", "-b", str(tmp_path / "passwords"), "readers", "right"], check=True)
    (tmp_path / "password").write_text("right\n")
    port = free_port()
    files = (
        f"{name} {tmp_path}/{file}.pem"
        for name, file in (("cafile", "ca"), ("certfile", "broker"), ("keyfile", "broker"))
    )
    lines = ("allow_anonymous false", f"password_file {tmp_path}/passwords", f"listener {port} 127.0.0.1", *files)
    return Secured(make_broker(lines=lines).port, port, tmp_path)


def test_over_tls_with_a_password(secured: Secured) -> None:
    bridge = StandIn(secured.plain, username="readers", password="right")
    login = ("--host", "127.0.0.1", "--port", str(secured.tls), "--username", "readers", "--password-file")
    with started(
        "send", *login, f"{secured.folder}/password", "--ca", f"{secured.folder}/ca.pem", "gate", "open"
    ) as sending:
        bridge.answer(bridge.command("gate", "open"), "done")
        assert ended(sending)[0] == 0
    refused = run(
        "send",
        *login,
        f"{secured.folder}/password",
        "--ca",
        f"{secured.folder}/other.pem",
        "gate",
        "open",
        cwd=secured.folder,
    )
    assert refused.returncode == 3
    assert "its certificate is not accepted" in refused.stderr
    bridge.close()


def test_a_broker_that_speaks_mqtt_311_only(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "amqtt.yaml").write_text(
        f"listeners:\n  default:\n    type: tcp\n    bind: 127.0.0.1:{port}\n"
        "plugins:\n  amqtt.plugins.authentication.AnonymousAuthPlugin:\n    allow_anonymous: true\n"
    )
    broker = subprocess.Popen(
        [sys.executable, "-m", "amqtt.scripts.broker_script", "-c", str(tmp_path / "amqtt.yaml")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: answers(port), "amqtt to listen", 20)
        bridge = StandIn(port, version=MQTTProtocolVersion.MQTTv311)
        with started("monitor", "--host", "127.0.0.1", "--port", str(port)) as watching:
            assert watching.stdout is not None
            assert watching.stdout.readline().split()[1:] == ["bridge", "online"]
            with started("send", "--host", "127.0.0.1", "--port", str(port), "gate", "open") as sending:
                bridge.answer(bridge.command("gate", "open"), "done")
                assert ended(sending)[0] == 0
            assert watching.stdout.readline().split()[1:4] == ["gate", "command", "open"]
        bridge.close()
    finally:
        broker.terminate()
        broker.wait(10)
