"""Each trouble with the broker gets its own clear words, and the bridge comes back by itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
import trustme

from tests.conftest import Broker, free_port, wait_until
from tests.end_to_end.harness import BridgeProcess, RawReader, Subscriber, scrdr, settings, springcard

MakeBridge = Callable[..., BridgeProcess]
Subscribe = Callable[..., Subscriber]
STATE = "readers/home/bridge/state"


def read_one(seen: Subscriber, reader: RawReader, card: str) -> None:
    reader.wait_for_client()
    seen.wait_where(STATE, lambda state: state["state"] == "online")
    reader.say(scrdr(card))
    seen.wait_where("readers/home/door/read", lambda read: read["credential"] == card)


def test_a_broker_that_is_down_at_the_start(
    reader: RawReader, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    broker = Broker(tmp_path / "mosquitto")
    bridge = make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", reader.port)]))
    reader.wait_for_client()
    reader.say(scrdr("01"))
    wait_until(lambda: str(broker.port) in bridge.log and "trying again" in bridge.log, "words about the broker")
    try:
        with bridge.held():  # until the subscriber is there, which misses nothing that way
            broker.start()
            seen = subscribe(broker.port)
        seen.wait_where(STATE, lambda state: state["state"] == "online", 20)
        bridge.stop()
        bridge.start()
        read = seen.wait_for("readers/home/door/read")[0].json
        assert read["credential"] == "01"
        wait_until(lambda: "connected to the broker" in bridge.log, "the line that it is back")
    finally:
        broker.stop()


def test_a_wrong_password(
    make_broker: Callable[..., Broker], reader: RawReader, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-c", "-b", str(passwords), "readers", "right"], check=True)
    broker = make_broker(lines=("allow_anonymous false", f"password_file {passwords}"))
    config = settings(broker.port, tmp_path / "data", [springcard("door", reader.port)])
    config["mqtt"] |= {"username": "readers", "password": "wrong-secret"}
    bridge = make_bridge(config)
    wait_until(lambda: "password" in bridge.log.lower(), "words about the password")
    assert "wrong-secret" not in bridge.log
    bridge.stop()
    config["mqtt"]["password"] = "right"
    bridge.write(config)
    bridge.start()
    seen = subscribe(broker.port, username="readers", password="right")
    read_one(seen, reader, "02")


def test_a_second_bridge_with_the_same_id(
    broker: Broker, reader: RawReader, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    seen = subscribe(broker.port)
    first = make_bridge(settings(broker.port, tmp_path / "one", [springcard("door", reader.port)]), folder="one")
    seen.wait_where(STATE, lambda state: state["state"] == "online")
    second = make_bridge(settings(broker.port, tmp_path / "two", [springcard("door", reader.port)]), folder="two")
    assert first.wait() == 4
    assert "another bridge with the id home" in first.log
    assert second.process is not None
    assert second.process.poll() is None
    read_one(seen, reader, "03")


def test_a_second_bridge_with_the_same_id_over_mqtt_3(
    broker: Broker, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    seen = subscribe(broker.port)
    bridges = []
    for name in ("one", "two"):
        config = settings(broker.port, tmp_path / name, [springcard("door", free_port())], mqtt={"protocol": "3.1.1"})
        bridges.append(make_bridge(config, folder=name))
        seen.wait_where(STATE, lambda state: state["state"] == "online")
        seen.wait_for("readers/home/bridge/info", len(bridges))
    wait_until(
        lambda: any(bridge.process and bridge.process.poll() is not None for bridge in bridges), "one to end", 20
    )
    ended = [bridge for bridge in bridges if bridge.process and bridge.process.poll() is not None]
    assert [bridge.wait() for bridge in ended] == [4]
    assert "another bridge with the id home" in ended[0].log


def test_a_second_bridge_with_the_same_data(
    broker: Broker, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    seen = subscribe(broker.port)
    config = settings(broker.port, tmp_path / "data", [springcard("door", free_port())])
    first = make_bridge(config, folder="one")
    seen.wait_where(STATE, lambda state: state["state"] == "online")
    second = make_bridge(config, folder="two")
    assert second.wait() == 4
    assert "another bridge" in second.log
    assert first.stop() == 0


def test_a_config_with_five_mistakes(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        "version: 1\n"
        "mqtt:\n  prot: 1883\n"
        "devices:\n"
        "  - id: Front Door\n    family: springcard\n    connection: tcp://192.0.2.10\n"
        "  - id: dock\n    family: springcart\n    connection: tcp://192.0.2.11\n"
        "  - id: yard\n    family: springcard\n    connection: ftp://192.0.2.12\n    reply: winkk\n"
    )
    for command in (["run", "--config"], ["check", "--config"]):
        run = subprocess.run(
            [sys.executable, "-m", "readers_bridge", *command, str(tmp_path / "config.yaml")],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert run.returncode == 2
        words = run.stdout + run.stderr
        for hint in ("port", "Front Door", "springcard", "ftp", "wink"):
            assert hint in words, (hint, words)
        assert "Traceback" not in words


@pytest.fixture
def tls(make_broker: Callable[..., Broker], tmp_path: Path) -> tuple[Broker, Path]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = authority.issue_cert("localhost", "127.0.0.1")
    server.private_key_pem.write_to_path(str(tmp_path / "server.key"))
    server.cert_chain_pems[0].write_to_path(str(tmp_path / "server.pem"))
    client = authority.issue_cert("bridge@example.org")
    client.private_key_pem.write_to_path(str(tmp_path / "client.key"))
    client.cert_chain_pems[0].write_to_path(str(tmp_path / "client.pem"))
    plain = free_port()
    broker = make_broker(
        lines=(
            f"cafile {tmp_path / 'ca.pem'}",
            f"certfile {tmp_path / 'server.pem'}",
            f"keyfile {tmp_path / 'server.key'}",
            "require_certificate true",
            "allow_anonymous true",
            f"listener {plain} 127.0.0.1",
            "allow_anonymous true",
        ),
    )
    broker.plain = plain  # type: ignore[attr-defined]
    return broker, tmp_path


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_tls_with_a_client_certificate(
    protocol: str,
    tls: tuple[Broker, Path],
    reader: RawReader,
    make_bridge: MakeBridge,
    subscribe: Subscribe,
    tmp_path: Path,
) -> None:
    broker, folder = tls
    config = settings(broker.port, tmp_path / "data", [springcard("door", reader.port)])
    config["mqtt"] |= {
        "protocol": protocol,
        "tls": {
            "ca": str(folder / "ca.pem"),
            "certificate": str(folder / "client.pem"),
            "key": str(folder / "client.key"),
        },
    }
    seen = subscribe(broker.plain)  # type: ignore[attr-defined]
    bridge = make_bridge(config)
    read_one(seen, reader, "04")
    seen.publish("readers/home/door/command/wink", {"transaction": "t"})
    assert seen.wait_for("readers/home/door/result")[0].json["status"] == "sent"
    bridge.stop()
    del config["mqtt"]["tls"]["certificate"], config["mqtt"]["tls"]["key"]
    bridge.write(config)
    before = len(bridge.log)
    bridge.start()
    wait_until(lambda: "trying again" in bridge.log[before:], "words about the missing certificate", 20)


def test_a_broker_without_mqtt_5(
    reader: RawReader, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    port = free_port()
    (tmp_path / "amqtt.yaml").write_text(
        f"listeners:\n  default:\n    type: tcp\n    bind: 127.0.0.1:{port}\n"
        "plugins:\n  amqtt.plugins.authentication.AnonymousAuthPlugin:\n    allow_anonymous: true\n"
    )
    with (tmp_path / "amqtt.log").open("wb") as log:
        broker = subprocess.Popen(
            [sys.executable, "-m", "amqtt.scripts.broker_script", "-c", str(tmp_path / "amqtt.yaml")],
            stdout=log,
            stderr=log,
        )
    try:

        def listening() -> bool:
            import socket

            with socket.socket() as sock:
                return sock.connect_ex(("127.0.0.1", port)) == 0

        wait_until(listening, "amqtt to listen", 20)
        seen = subscribe(port, version=mqtt.MQTTv311)
        make_bridge(settings(port, tmp_path / "data", [springcard("door", reader.port)]))
        read_one(seen, reader, "05")
        info = seen.wait_where("readers/home/bridge/info", lambda info: info["mqtt"]["version"])
        assert info["mqtt"]["version"] == "3.1.1"
        seen.publish("readers/home/door/command/wink", {"transaction": "t"})
        assert seen.wait_for("readers/home/door/result")[0].json["status"] == "sent"
    finally:
        broker.terminate()
        broker.wait(10)


def test_a_clean_stop_says_goodbye(
    broker: Broker, reader: RawReader, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    seen = subscribe(broker.port)
    bridge = make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", reader.port)]))
    read_one(seen, reader, "06")
    assert bridge.stop() == 0
    wait_until(lambda: seen.on(STATE)[-1].json == {"state": "offline"}, "the goodbye")
    wait_until(lambda: seen.on("readers/home/door/availability")[-1].json["state"] == "offline", "that of the device")
    assert "Traceback" not in bridge.log


def test_what_is_retained_is_published_again_when_the_broker_forgot_it(
    broker: Broker, reader: RawReader, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    seen = subscribe(broker.port)
    make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", reader.port)]))
    read_one(seen, reader, "07")
    broker.kill()
    broker.start()  # without persistence: nothing is retained any more
    again = subscribe(broker.port)
    for topic in ("readers/discovery/home", "readers/home/door/description", "readers/home/door/availability", STATE):
        again.wait_for(topic, seconds=20)
    again.wait_for("readers/home/bridge/info")
    read_one(again, reader, "08")
