"""The link to the broker: which broker, what is said when, and what the broker does not allow."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Broker, free_port, wait_until
from tests.end_to_end.client import Gate, ask, insist
from tests.end_to_end.harness import BridgeProcess, RawReader, Subscriber, scrdr, settings, springcard

MakeBridge = Callable[..., BridgeProcess]
Subscribe = Callable[..., Subscriber]
STATE = "readers/home/bridge/state"
WILL_DELAY = 3.0
DYNAMIC_SECURITY = next(
    Path("/usr/lib").glob("*-linux-gnu/mosquitto_dynamic_security.so"), Path("/usr/lib/mosquitto_dynamic_security.so")
)


def states(seen: Subscriber) -> list[str]:
    return [message.json["state"] for message in seen.on(STATE)]


def wait_online(seen: Subscriber, seconds: float = 20) -> None:
    wait_until(lambda: states(seen)[-1:] == ["online"], "the bridge to be online", seconds)


@pytest.fixture
def gate(broker: Broker) -> Iterator[Gate]:
    gate = Gate(broker.port)
    yield gate
    gate.close()


def test_the_second_broker_is_used_at_once_when_the_first_is_down(
    broker: Broker, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    seen = subscribe(broker.port)
    config = settings(0, tmp_path / "data", [springcard("door", free_port())])
    config["mqtt"] = {"hosts": [f"127.0.0.1:{free_port()}", f"127.0.0.1:{broker.port}"]}
    bridge = make_bridge(config)
    wait_until(lambda: "serves 1 devices" in bridge.log, "the start")
    wait_online(seen, 0.9)
    assert seen.wait_for("readers/home/bridge/health")[0].json["mqtt"]["broker"] == f"127.0.0.1:{broker.port}"


def test_the_will_waits(broker: Broker, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path) -> None:
    seen = subscribe(broker.port, STATE)
    bridge = make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", free_port())]))
    wait_online(seen)

    def restart() -> float:
        began = time.monotonic()
        bridge.kill()
        before = len(bridge.log)
        bridge.start()
        wait_until(lambda: "connected to" in bridge.log[before:], "the bridge to be back")
        return time.monotonic() - began

    slowest = max(restart(), restart())
    time.sleep(WILL_DELAY + 1.5)  # no condition: nothing is to come
    assert "offline" not in states(seen) or slowest > WILL_DELAY - 1.1, "a quick restart is not announced"
    bridge.kill()
    began = time.monotonic()
    wait_until(lambda: states(seen)[-1] == "offline", "the will", 15)
    assert time.monotonic() - began > WILL_DELAY - 1.1, "Mosquitto counts whole seconds"


def test_a_short_break_is_not_announced(
    gate: Gate, broker: Broker, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    seen = subscribe(broker.port, STATE)
    bridge = make_bridge(settings(gate.port, tmp_path / "data", [springcard("door", free_port())]))
    wait_until(lambda: "connected to the broker" in bridge.log, "the bridge to be online", 20)
    for index in range(len(gate.pairs)):
        gate.cut(index)
    wait_until(lambda: bridge.log.count("connected to the broker") == 2, "the bridge to be back", 20)
    assert "offline" not in states(seen)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_online_means_both_connections(
    protocol: str, gate: Gate, broker: Broker, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    """The connection for reads ends and does not come back, while the other one could stay."""
    seen = subscribe(broker.port, STATE)
    config = settings(gate.port, tmp_path / "data", [springcard("door", free_port())], mqtt={"protocol": protocol})
    make_bridge(config)
    wait_online(seen)
    gate.wait_for(2)
    gate.open = False
    gate.cut(0)  # the sender's, which connects first
    wait_until(lambda: states(seen)[-1] == "offline", "the bridge to say that it is not online", 10)
    gate.open = True
    wait_online(seen)


def test_online_comes_after_everything_else_and_commands_are_heard_by_then(
    broker: Broker, make_reader: Callable[..., RawReader], make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    readers = [make_reader() for _ in range(20)]
    devices = [springcard(f"door{number}", reader.port) for number, reader in enumerate(readers)]
    seen = subscribe(broker.port)
    make_bridge(settings(broker.port, tmp_path / "data", devices))
    wait_until(lambda: seen.on(STATE), "the bridge to be online")
    seen.publish("readers/home/door7/command/wink", {"transaction": "at once"})
    topics = [message.topic for message in seen.messages]
    before = set(topics[: topics.index(STATE)])
    for number in range(20):
        assert {f"readers/home/door{number}/{what}" for what in ("description", "availability", "state")} <= before
    assert "readers/discovery/home" in before
    assert seen.wait_for("readers/home/door7/result")[0].json["transaction"] == "at once"

    broker.kill()
    broker.start()  # without persistence
    again = subscribe(broker.port)
    wait_online(again, 30)
    again.wait_for("readers/home/bridge/info")
    kept = {message.topic for message in again.messages if message.retained}
    wanted = {
        "readers/discovery/home",
        STATE,
        "readers/home/bridge/info",
        "homeassistant/device/readers_home/bridge/config",
    }
    for number in range(20):
        wanted |= {f"readers/home/door{number}/{what}" for what in ("description", "availability", "state")}
        wanted.add(f"homeassistant/device/readers_home/door{number}/config")
    assert kept >= wanted, wanted - kept


def test_a_broker_that_fails_while_the_bridge_looks_around(
    gate: Gate, broker: Broker, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    ghosts = [f"readers/home/ghost{number}/{what}" for number in range(100) for what in ("description", "state")]
    seen = subscribe(broker.port)
    for topic in ghosts:
        seen.client.publish(topic, b"{}", 1, True)
    wait_until(lambda: len({message.topic for message in seen.messages}) == len(ghosts), "the ghosts")
    bridge = make_bridge(settings(gate.port, tmp_path / "data", [springcard("door", free_port())]))
    for moment in (1, 2, 3):
        wait_until(lambda moment=moment: states(seen).count("online") >= moment, "the bridge to look around")  # type: ignore[misc]
        for index in range(len(gate.pairs)):
            gate.cut(index)
    wait_online(seen)

    def cleared() -> bool:
        return {message.topic for message in list(seen.messages) if not message.payload} >= set(ghosts)

    wait_until(cleared, "the ghosts to be gone", 30)
    seen.wait_for("homeassistant/device/readers_home/door/config")
    assert "unforeseen" not in bridge.log
    assert insist(seen, "diagnostics")["status"] == "done"


def test_more_ghosts_than_the_brokers_queue_holds(
    make_broker: Callable[..., Broker], make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    """Mosquitto silently drops what exceeds a client's queue, of retained messages too."""
    broker = make_broker(lines=("allow_anonymous true", "max_queued_messages 100"))
    seen = subscribe(broker.port)
    topics = [
        f"readers/home/ghost{number}/{what}"
        for number in range(80)
        for what in ("description", "availability", "state")
    ] + [f"homeassistant/device/readers_home/ghost{number}/config" for number in range(80)]
    for topic in topics:
        seen.publish(topic, b"{}", retain=True)
    make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", free_port())]))

    def left() -> set[str]:
        return {message.topic for message in subscribe(broker.port, *topics).messages if message.payload}

    seen.wait_for("homeassistant/device/readers_home/door/config", seconds=20)
    wait_until(lambda: not left(), "all ghosts to be cleared at the first look")


def test_many_devices_are_announced_in_seconds(
    broker: Broker, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    count = 300
    seen = subscribe(broker.port)
    devices = [springcard(f"door{number}", number) for number in range(1, count + 1)]  # nobody listens there
    bridge = make_bridge(settings(broker.port, tmp_path / "data", devices), "--log-level", "error")
    wait_until(lambda: seen.on("readers/discovery/home"), "the first message", 20)
    wait_online(seen, 5)

    def announced() -> bool:
        return len({message.topic for message in list(seen.messages) if message.topic.endswith("/config")}) == count + 1

    wait_until(announced, "all discovery payloads", 5)
    assert bridge.process is not None
    pages = int(Path(f"/proc/{bridge.process.pid}/statm").read_text().split()[1])
    assert pages * 4096 < 110e6


@pytest.mark.parametrize("count", [3000])
def test_a_burst_of_commands_is_answered_one_by_one(
    count: int, broker: Broker, reader: RawReader, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    seen = subscribe(broker.port, "readers/home/#")
    make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", reader.port)]))
    wait_online(seen)
    reader.wait_for_client()
    for number in range(count):
        seen.client.publish("readers/home/door/command/beep", b'{"transaction": "%d"}' % number, 1)
    answered: set[Any] = set()

    def all_answered() -> bool:
        answered.update(message.json["transaction"] for message in seen.on("readers/home/door/result"))
        return len(answered) == count

    wait_until(all_answered, "every command to be answered", 30)


def test_the_survivor_of_two_bridges_with_one_id_stays_available(
    broker: Broker, make_reader: Callable[..., RawReader], make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    seen = subscribe(broker.port)
    bridges = []
    for name in ("one", "two"):
        config = settings(
            broker.port, tmp_path / name, [springcard("door", make_reader().port)], mqtt={"protocol": "3.1.1"}
        )
        bridges.append(make_bridge(config, folder=name))
        seen.wait_for("readers/home/bridge/info", len(bridges), 20)
    ended: list[BridgeProcess] = []

    def one_ended() -> bool:
        ended[:] = [bridge for bridge in bridges if bridge.process is not None and bridge.process.poll() is not None]
        return bool(ended)

    wait_until(one_ended, "one of them to end", 30)
    assert [bridge.wait() for bridge in ended] == [4]
    wait_online(seen, 30)
    wait_until(
        lambda: seen.on("readers/home/door/availability")[-1].json["state"] == "online", "the survivor's device", 10
    )
    insist(seen, "diagnostics")
    assert states(seen)[-1] == "online"
    assert seen.on("readers/home/door/availability")[-1].json["state"] == "online"


# -- what the broker does not allow


def with_rules(make_broker: Callable[..., Broker], folder: Path, *rules: str) -> Broker:
    path = folder / "rules"
    path.write_text("topic readwrite #\n" + "".join(f"topic deny {rule}\n" for rule in rules))
    return make_broker(lines=("allow_anonymous true", f"acl_file {path}"))


def test_retained_topics_that_the_broker_refuses_are_told_once(
    make_broker: Callable[..., Broker],
    make_reader: Callable[..., RawReader],
    make_bridge: MakeBridge,
    subscribe: Subscribe,
    tmp_path: Path,
) -> None:
    broker = with_rules(make_broker, tmp_path, "homeassistant/#", "readers/home/+/description")
    seen = subscribe(broker.port)
    devices = [springcard(f"door{number}", make_reader().port) for number in range(5)]
    bridge = make_bridge(settings(broker.port, tmp_path / "data", devices))
    wait_online(seen)
    health = seen.wait_for("readers/home/bridge/health")[0].json
    wait_until(lambda: "homeassistant/device" in bridge.log, "words about discovery")
    told = [line for line in bridge.log.splitlines() if " ERROR " in line]
    assert len(told) == 2, told
    assert "readers/home/door0/description" in told[0]
    assert "homeassistant/device/readers_home/bridge/config" in told[1]
    assert all("not authorised" in line and "access rules" in line for line in told)
    assert health["mqtt"]["refused"] >= 5
    assert ask(seen, "diagnostics")["diagnostics"]["health"]["mqtt"]["refused"] == 11


def test_a_broker_that_hides_our_own_state_is_told_and_served(
    make_broker: Callable[..., Broker], make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    broker = with_rules(make_broker, tmp_path, "readers/home/bridge/state")
    seen = subscribe(broker.port)
    bridge = make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", free_port())]))
    seen.wait_for("readers/home/bridge/info", seconds=20)
    seen.wait_for("homeassistant/device/readers_home/door/config")
    wait_until(lambda: "does not send us our own state" in bridge.log, "a word about it")
    assert ask(seen, "diagnostics")["status"] == "done"


@pytest.mark.skipif(not DYNAMIC_SECURITY.exists(), reason="Mosquitto's dynamic security plug-in is not installed")
def test_a_subscription_that_the_broker_refuses_is_told(
    make_broker: Callable[..., Broker], make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    claim = "readers/home/homeassistant/claim"
    rules = {
        "defaultACLAccess": dict.fromkeys(
            ("publishClientSend", "publishClientReceive", "subscribe", "unsubscribe"), True
        ),
        "roles": [
            {
                "rolename": "all",
                "acls": [{"acltype": "subscribeLiteral", "topic": claim, "priority": 0, "allow": False}],
            }
        ],
        "groups": [{"groupname": "everybody", "roles": [{"rolename": "all"}]}],
        "clients": [],
        "anonymousGroup": "everybody",
    }
    (tmp_path / "rules.json").write_text(json.dumps(rules))
    broker = make_broker(
        before=(f"plugin {DYNAMIC_SECURITY}", f"plugin_opt_config_file {tmp_path / 'rules.json'}"),
    )
    seen = subscribe(broker.port)
    bridge = make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", free_port())]))
    wait_online(seen)
    seen.wait_for("homeassistant/device/readers_home/door/config")
    told = [line for line in bridge.log.splitlines() if " ERROR " in line]
    assert len(told) == 1, told
    assert f"subscribe to {claim}" in told[0]


def test_a_broker_that_takes_no_large_messages(
    make_broker: Callable[..., Broker], reader: RawReader, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    """What is too large is told and left out; the connection stands."""
    broker = make_broker(before=("max_packet_size 1500",))
    seen = subscribe(broker.port, "readers/home/#")
    bridge = make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", reader.port)]))
    wait_online(seen)
    reader.wait_for_client()
    reader.say(scrdr("01"))
    seen.wait_for("readers/home/door/read")
    seen.wait_for("readers/home/bridge/health")
    assert seen.on("readers/home/door/description") == []
    wait_until(lambda: bridge.log.count("too large") >= 2, "words about what is too large")
    assert len([line for line in bridge.log.splitlines() if "too large" in line]) == 2, "one for each kind of topic"
    assert bridge.log.count("connected to the broker") == 1


def test_a_stop_right_after_the_start_of_a_connection_leaves_offline_behind(
    broker: Broker, make_bridge: MakeBridge, subscribe: Subscribe, tmp_path: Path
) -> None:
    seen = subscribe(broker.port, STATE)
    config = settings(broker.port, tmp_path / "data", [springcard("door", free_port())])
    bridge = make_bridge(config)
    wait_online(seen)
    bridge.kill()  # "online" stays behind for the delay of the will
    bridge.start()
    lines = len(bridge.log.splitlines())
    wait_until(lambda: len(bridge.log.splitlines()) > lines, "the next run")
    bridge.signal(signal.SIGTERM)
    assert bridge.wait() == 0
    wait_until(lambda: states(seen)[-1] == "offline", "offline, by goodbye or will", 15)
