"""Discovery payloads come and go with the component's claim, and no ghost stays."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Broker, free_port, wait_until
from tests.end_to_end.harness import BridgeProcess, Subscriber, settings, springcard

CONFIG = "homeassistant/device/readers_home/door/config"
BRIDGE_CONFIG = "homeassistant/device/readers_home/bridge/config"
CLAIM = "readers/home/homeassistant/claim"


def last(seen: Subscriber, topic: str) -> bytes | None:
    messages = seen.on(topic)
    return messages[-1].payload if messages else None


@pytest.fixture
def run(
    broker: Broker, make_bridge: Callable[..., BridgeProcess], subscribe: Callable[..., Subscriber], tmp_path: Path
) -> Callable[..., tuple[BridgeProcess, Subscriber]]:
    def start(*devices: dict[str, Any], **sections: Any) -> tuple[BridgeProcess, Subscriber]:
        seen = subscribe(broker.port)
        listed = devices or (springcard("door", free_port()),)
        bridge = make_bridge(settings(broker.port, tmp_path / "data", listed, **sections))
        seen.wait_for("readers/home/bridge/info")
        return bridge, seen

    return start


def test_a_device_is_announced_after_its_bridge(run: Callable[..., tuple[BridgeProcess, Subscriber]]) -> None:
    _, seen = run()
    payload = seen.wait_for(CONFIG)[0].json
    assert payload["dev" if "dev" in payload else "device"]
    topics = [message.topic for message in seen.messages]
    assert topics.index(BRIDGE_CONFIG) < topics.index(CONFIG)
    assert "readers:home:door" in json.dumps(payload)


def test_a_claim_withdraws_the_payloads_and_its_end_brings_them_back(
    run: Callable[..., tuple[BridgeProcess, Subscriber]],
) -> None:
    _, seen = run()
    seen.wait_for(CONFIG)
    seen.publish(CLAIM, {"instance": "ha", "component": "0.1", "since": "2026-03-01T12:00:00.000Z"}, retain=True)
    wait_until(lambda: last(seen, CONFIG) == b"" == last(seen, BRIDGE_CONFIG), "the withdrawal")
    seen.wait_where("readers/home/bridge/info", lambda info: info["claims"] and not info["discovery"]["active"])
    seen.publish(CLAIM, b"", retain=True)
    wait_until(lambda: last(seen, CONFIG) not in {b"", None}, "the payload to be back")


def test_a_claim_of_before_the_start_is_respected(
    broker: Broker, run: Callable[..., tuple[BridgeProcess, Subscriber]], subscribe: Callable[..., Subscriber]
) -> None:
    subscribe(broker.port).publish(CLAIM, {"instance": "ha", "component": "0.1"}, retain=True)
    _, seen = run()
    seen.wait_where("readers/home/bridge/info", lambda info: info["claims"])
    assert [message for message in seen.on(CONFIG) if message.payload] == [], "not even for a moment"


def test_clear_claim_brings_the_payloads_back(run: Callable[..., tuple[BridgeProcess, Subscriber]]) -> None:
    _, seen = run()
    seen.publish(CLAIM, {"instance": "gone"}, retain=True)
    seen.wait_where("readers/home/bridge/info", lambda info: info["claims"])
    seen.publish("readers/home/bridge/request/clear_claim", {"transaction": "c"})
    response = seen.wait_for("readers/home/bridge/response/clear_claim")[0].json
    assert (response["transaction"], response["status"]) == ("c", "done")
    wait_until(lambda: last(seen, CONFIG) not in {b"", None}, "the payload to be back")


@pytest.mark.parametrize("mode", ["on", "off"])
def test_on_and_off_do_not_care_for_claims(mode: str, run: Callable[..., tuple[BridgeProcess, Subscriber]]) -> None:
    _, seen = run(home_assistant={"discovery": mode})
    seen.publish(CLAIM, {"instance": "ha"}, retain=True)
    seen.wait_where("readers/home/bridge/info", lambda info: info["claims"])
    if mode == "on":
        assert last(seen, CONFIG)
    else:
        assert last(seen, CONFIG) is None


def test_ghosts_go_and_neighbours_stay(
    broker: Broker, run: Callable[..., tuple[BridgeProcess, Subscriber]], subscribe: Callable[..., Subscriber]
) -> None:
    before = subscribe(broker.port)
    ghosts = [
        "homeassistant/device/readers_home/old/config",
        "readers/home/old/description",
        "readers/home/old/availability",
        "readers/home/old/state",
    ]
    neighbours = [
        "homeassistant/device/readers_home2/old/config",
        "homeassistant/device/other_home/old/config",
        "readers/home2/old/description",
        "homeassistant/sensor/readers_home/old/config",
    ]
    for topic in (*ghosts, *neighbours):
        before.publish(topic, {"a": 1}, retain=True)
    run()
    for topic in ghosts:
        wait_until(lambda topic=topic: last(before, topic) == b"", f"{topic} to be cleared")  # type: ignore[misc]
    for topic in neighbours:
        assert last(before, topic) == b'{"a": 1}', topic


def test_a_removed_device_leaves_nothing_and_the_others_are_not_touched(
    broker: Broker,
    run: Callable[..., tuple[BridgeProcess, Subscriber]],
    subscribe: Callable[..., Subscriber],
    tmp_path: Path,
) -> None:
    one, two = springcard("one", free_port()), springcard("two", free_port())
    bridge, seen = run(one, two)
    seen.wait_for("homeassistant/device/readers_home/two/config")
    bridge.write(settings(broker.port, tmp_path / "data", [one, springcard("three", free_port(), name="Third")]))
    bridge.signal(signal.SIGHUP)
    seen.wait_for("homeassistant/device/readers_home/three/config")
    for topic in (
        "homeassistant/device/readers_home/two/config",
        "readers/home/two/description",
        "readers/home/two/state",
    ):
        wait_until(lambda topic=topic: last(seen, topic) == b"", f"{topic} to be cleared")  # type: ignore[misc]
    kept = {message.topic for message in subscribe(broker.port, "readers/home/#", "homeassistant/#").messages}
    assert not [topic for topic in kept if "/two/" in topic]
    assert len(seen.on("readers/home/one/description")) == 1


def test_another_bridge_id_takes_its_old_topics_along(
    broker: Broker, run: Callable[..., tuple[BridgeProcess, Subscriber]], tmp_path: Path
) -> None:
    bridge, seen = run()
    seen.wait_for(CONFIG)
    bridge.stop()
    bridge.write(settings(broker.port, tmp_path / "data", [springcard("door", free_port())], bridge="house"))
    bridge.start()
    seen.wait_for("homeassistant/device/readers_house/door/config")
    for topic in (
        CONFIG,
        BRIDGE_CONFIG,
        "readers/home/door/description",
        "readers/home/bridge/info",
        "readers/discovery/home",
    ):
        wait_until(lambda topic=topic: last(seen, topic) == b"", f"{topic} to be cleared")  # type: ignore[misc]


def test_home_assistants_birth_brings_back_what_is_missing_only(
    run: Callable[..., tuple[BridgeProcess, Subscriber]],
) -> None:
    _, seen = run()
    seen.wait_for(CONFIG)
    seen.wait_for(BRIDGE_CONFIG)
    seen.publish(CONFIG, b"", retain=True)
    wait_until(lambda: not last(seen, CONFIG), "it to be gone")
    count = len(seen.on(CONFIG))
    bridge_count = len(seen.on(BRIDGE_CONFIG))
    seen.publish("homeassistant/status", "online")
    seen.wait_for(CONFIG, count + 1, seconds=20)
    assert last(seen, CONFIG)
    assert len(seen.on(BRIDGE_CONFIG)) == bridge_count
