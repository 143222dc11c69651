"""What a person who runs the bridge relies on: the service manager's signs of life, logs, metrics, a quick stop, no leaks."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Broker, free_port, wait_until
from tests.end_to_end.client import ask
from tests.end_to_end.harness import BridgeProcess, RawReader, Subscriber, scrdr, settings, springcard

MakeBridge = Callable[..., BridgeProcess]
Subscribe = Callable[..., Subscriber]
STATE = "readers/home/bridge/state"
PASSWORD = "Pa55-of-the-broker"


class Manager:
    """The service manager's end of the notification socket."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                self.lines += self._socket.recv(4096).decode().splitlines()
            except OSError:
                return

    def wait_for(self, line: str, seconds: float = 15.0) -> None:
        wait_until(lambda: line in self.lines, f"{line}, have {self.lines}", seconds)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.close()


def online(seen: Subscriber) -> None:
    wait_until(lambda: seen.on(STATE) and seen.on(STATE)[-1].json["state"] == "online", "the bridge to be online", 20)


# -- the service manager


def test_the_service_manager_hears_how_it_goes(
    broker: Broker, make_bridge: MakeBridge, manager: Manager, tmp_path: Path
) -> None:
    environment = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "400000"}
    config = settings(broker.port, tmp_path / "data", [springcard("door", free_port())])
    bridge = make_bridge(config, environment=environment)
    manager.wait_for("READY=1")
    manager.wait_for(f"STATUS=connected to 127.0.0.1:{broker.port}")
    wait_until(lambda: manager.lines.count("WATCHDOG=1") >= 3, "signs of life")
    before = len(manager.lines)
    bridge.signal(signal.SIGHUP)
    wait_until(lambda: "READY=1" in manager.lines[before:], "the end of the reload")
    told = manager.lines[before:]
    assert told.index("RELOADING=1") < told.index("READY=1")
    stamp = next(line for line in told if line.startswith("MONOTONIC_USEC="))
    assert 0 <= time.monotonic() - int(stamp.partition("=")[2]) / 1e6 < 30
    bridge.path.write_text("devices: [")
    bridge.signal(signal.SIGHUP)
    wait_until(lambda: manager.lines[before:].count("READY=1") == 2, "the end of the reload that failed")
    assert bridge.stop() == 0
    assert manager.lines[-1] == "STOPPING=1"


def test_the_watchdog_is_that_of_this_process(
    broker: Broker, make_bridge: MakeBridge, manager: Manager, tmp_path: Path
) -> None:
    environment = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"}
    bridge = make_bridge(settings(broker.port, tmp_path / "data", []), environment=environment)
    manager.wait_for(f"STATUS=connected to 127.0.0.1:{broker.port}")
    assert bridge.stop() == 0
    assert "WATCHDOG=1" not in manager.lines


def test_ready_does_not_wait_for_the_broker(make_bridge: MakeBridge, manager: Manager, tmp_path: Path) -> None:
    """A unit that waits for a broker would be killed with all its reads while the broker is away."""
    bridge = make_bridge(settings(free_port(), tmp_path / "data", []), environment={"NOTIFY_SOCKET": str(manager.path)})
    manager.wait_for("READY=1")
    wait_until(lambda: any("STATUS=cannot connect" in line for line in manager.lines), "the reason in the status")
    assert bridge.stop() == 0


# -- stopping


def seconds_to_stop(bridge: BridgeProcess) -> float:
    began = time.monotonic()
    assert bridge.stop() == 0
    assert "Traceback" not in bridge.log
    return time.monotonic() - began


def test_a_stop_is_quick_while_the_broker_is_away(reader: RawReader, make_bridge: MakeBridge, tmp_path: Path) -> None:
    bridge = make_bridge(settings(free_port(), tmp_path / "data", [springcard("door", reader.port)]))
    reader.wait_for_client()
    reader.say(scrdr("01"))
    wait_until(lambda: "trying again" in bridge.log, "the bridge to miss its broker")
    assert seconds_to_stop(bridge) < 3


def test_a_stop_is_quick_while_the_broker_hangs(
    broker: Broker, reader: RawReader, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    bridge = make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", reader.port)]))
    online(subscribe(broker.port, STATE))
    assert broker.process is not None
    broker.process.send_signal(signal.SIGSTOP)
    try:
        reader.say(b"".join(scrdr(f"{number:08X}") for number in range(500)))
        assert seconds_to_stop(bridge) < 10
    finally:
        broker.process.send_signal(signal.SIGCONT)


def test_a_stop_during_the_start(broker: Broker, make_bridge: MakeBridge, tmp_path: Path) -> None:
    """Whenever it comes, it ends the process: before the bridge listens to signals by the signal, then with 0."""
    devices = [springcard(f"door{number}", number) for number in range(1, 21)]  # nobody listens there
    for number, wait in enumerate((0.05, 0.2, 0.4, 0.6, 0.8)):
        bridge = make_bridge(settings(broker.port, tmp_path / f"data{number}", devices), folder=f"bridge{number}")
        assert bridge.process is not None
        time.sleep(wait)  # no condition: this is about any moment
        bridge.signal(signal.SIGTERM)
        assert bridge.wait(10) in {0, -signal.SIGTERM}
        assert "Traceback" not in bridge.log


def test_two_signals_are_one_stop(
    broker: Broker, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    seen = subscribe(broker.port, STATE)
    bridge = make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", free_port())]))
    online(seen)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        bridge.signal(number)
    assert bridge.wait(10) == 0
    assert "Traceback" not in bridge.log
    wait_until(lambda: seen.on(STATE)[-1].json["state"] == "offline", "the goodbye")


# -- metrics and logs


def metrics(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[:1] != "#")}


def test_prometheus_is_answered(
    broker: Broker, reader: RawReader, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    port = free_port()
    seen = subscribe(broker.port)
    devices = [springcard("door", reader.port), springcard("gate", free_port())]
    make_bridge(settings(broker.port, tmp_path / "data", devices, metrics={"listen": f"127.0.0.1:{port}"}))
    online(seen)
    reader.wait_for_client()
    reader.say(scrdr("01") + scrdr("02"))
    seen.wait_for("readers/home/door/read", 2)
    wait_until(lambda: metrics(port).get("readers_delivery_delivered_total") == 2, "both reads to be acknowledged")
    found = metrics(port)
    assert found["readers_up"] == 1
    assert found["readers_journal_depth"] == 0
    assert found["readers_mqtt_connects_total"] == 1
    assert found['readers_device_online{device="door"}'] == 1
    assert found['readers_device_online{device="gate"}'] == 0
    assert found['readers_device_total{device="door",what="reads"}'] == 2
    assert 10e6 < found["readers_memory_bytes"] < 200e6
    broker.kill()
    wait_until(lambda: metrics(port)["readers_up"] == 0, "the missing broker to show")
    reader.say(scrdr("03"))
    wait_until(lambda: metrics(port)["readers_journal_depth"] == 1, "the waiting read to show")


def test_a_busy_metrics_address_is_told(broker: Broker, make_bridge: MakeBridge, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        listen = f"127.0.0.1:{busy.getsockname()[1]}"
        bridge = make_bridge(settings(broker.port, tmp_path / "data", [], metrics={"listen": listen}))
        assert bridge.wait() == 2
    assert listen in bridge.log
    assert "Traceback" not in bridge.log


def test_the_log_as_json(
    broker: Broker, reader: RawReader, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    bridge = make_bridge(
        settings(broker.port, tmp_path / "data", [springcard("door", reader.port)]), "--log-format", "json"
    )
    online(subscribe(broker.port, STATE))
    reader.wait_for_client()
    reader.drop()
    wait_until(lambda: "warning" in bridge.log, "words about the reader")
    bridge.stop()
    lines = [json.loads(line) for line in bridge.log.splitlines()]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    assert {line.get("device") for line in lines} == {None, "door"}


def lines_of(log: str, *words: str) -> list[str]:
    return [line for line in log.splitlines() if any(word in line for word in words)]


def test_one_line_when_the_broker_goes_and_one_when_it_is_back(
    broker: Broker, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    bridge = make_bridge(settings(broker.port, tmp_path / "data", []))
    online(subscribe(broker.port, STATE))
    before = len(bridge.log)
    broker.kill()
    wait_until(lambda: "trying again" in bridge.log[before:], "the bridge to notice")
    time.sleep(4)  # no condition: several attempts, none of which is to be heard of
    broker.start()
    wait_until(lambda: "connected to the broker" in bridge.log[before:], "the bridge to be back", 30)
    assert len(bridge.log[before:].splitlines()) == 2, bridge.log[before:]


def test_one_line_for_two_brokers_that_are_away(reader: RawReader, make_bridge: MakeBridge, tmp_path: Path) -> None:
    config = settings(0, tmp_path / "data", [springcard("door", reader.port)])
    config["mqtt"] = {"hosts": [f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"]}
    bridge = make_bridge(config)
    wait_until(lambda: "trying again" in bridge.log, "the bridge to miss its brokers")
    time.sleep(3)  # no condition: several attempts
    assert len(lines_of(bridge.log, "WARNING", "ERROR")) == 1, bridge.log


# -- what nobody may see


def test_passwords_are_nowhere_and_credentials_only_where_they_belong(
    make_broker: Callable[..., Broker],
    reader: RawReader,
    make_bridge: MakeBridge,
    subscribe: Subscribe,
    tmp_path: Path,
) -> None:
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-c", "-b", str(passwords), "readers", PASSWORD], check=True)
    broker = make_broker(lines=("allow_anonymous false", f"password_file {passwords}"))
    seen = subscribe(broker.port, username="readers", password=PASSWORD)
    card = "0BADC0DE5EC2E7"
    config = settings(broker.port, tmp_path / "data", [springcard("door", reader.port)])
    config["mqtt"] |= {"username": "readers", "password": PASSWORD}
    logs: list[str] = []
    for level in ("debug", "info"):
        bridge = make_bridge(config, "--log-level", level, folder=level)
        online(seen)
        reader.wait_for_client()
        reader.say(scrdr(card) + b"$SCRDR;broken;" + card.encode() + b"*00\r\n" + card.encode() + b"\r\n")
        seen.publish("readers/home/door/command/wink", {"transaction": level, "password": PASSWORD})
        seen.wait_for("readers/home/door/result", len(logs) + 1)
        ask(seen, "diagnostics")
        reader.drop()
        wait_until(lambda bridge=bridge: "door: " in bridge.log, "words about the reader")  # type: ignore[misc]
        assert bridge.stop() == 0
        wait_until(lambda: seen.on(STATE)[-1].json["state"] == "offline", "the bridge to be offline")
        logs.append(bridge.log)
    ours = [
        message
        for message in seen.messages
        if not message.topic.endswith(("/command/wink", "/request/diagnostics"))  # that is what we said ourselves
    ]
    assert len(ours) > 10
    assert PASSWORD not in "".join(logs)
    assert not [message.topic for message in ours if PASSWORD.encode() in message.payload]
    assert card not in logs[1], "a credential at the level info"
    telling = {message.topic for message in ours if card.encode() in message.payload}
    assert telling == {"readers/home/door/read"}
    assert PASSWORD.encode() not in b"".join(
        path.read_bytes() for path in (tmp_path / "data").iterdir() if path.is_file()
    )


def test_files_of_the_bridge_are_for_its_user_alone(
    broker: Broker, reader: RawReader, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", reader.port, credential="hashed")]))
    online(subscribe(broker.port, STATE))
    assert (tmp_path / "data" / "credential.key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "data" / "journal.db").stat().st_mode & 0o077 == 0


def test_every_file_descriptor_is_closed_after_reconnects(
    broker: Broker, reader: RawReader, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    bridge = make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", reader.port)]))
    seen = subscribe(broker.port)
    online(seen)
    assert bridge.process is not None
    descriptors = Path(f"/proc/{bridge.process.pid}/fd")
    before = sum(1 for _ in descriptors.iterdir())
    for count in range(2, 6):
        reader.drop()
        ask(seen, "restart_device", device="door")
        wait_until(lambda count=count: reader.connections >= count, "the reader to be connected anew")  # type: ignore[misc]
    broker.kill()
    broker.start()
    wait_until(lambda: bridge.log.count("connected to the broker") == 2, "the bridge to be back", 30)
    wait_until(lambda: sum(1 for _ in descriptors.iterdir()) <= before, "the descriptors to be closed")
