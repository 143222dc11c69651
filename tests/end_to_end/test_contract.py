"""A whole session, seen by a client that takes the contract at its word: every schema, every flag, every limit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from readers_bridge.mqtt.topics import TOPICS
from tests.bridge.mqtt.contract import SCHEMAS, problems
from tests.conftest import free_port, wait_until
from tests.end_to_end.client import ask, start_again
from tests.end_to_end.entrance import Entrance
from tests.end_to_end.harness import Seen, scrdr, springcard

LARGEST = {"description": 16384, "home_assistant_config": 16384}
"""Bytes of a retained payload; 4096 otherwise."""

ARGUMENTS: dict[str, dict[str, Any]] = {"restart_device": {"device": "door"}, "log_level": {"level": "info"}}


def spec_of(topic: str) -> str:
    """The name of the topic in the contract."""
    match topic.split("/"):
        case ["readers", "discovery", _]:
            return "announcement"
        case ["readers", "home", "bridge", "response", verb]:
            return f"response_{verb}"
        case ["readers", "home", "bridge", what]:
            return f"bridge_{what}"
        case ["readers", "home", _, what]:
            return what
        case ["homeassistant", "device", "readers_home", _, "config"]:
            return "home_assistant_config"
    raise AssertionError(f"{topic} is no topic of the contract")


def check(messages: list[Seen]) -> dict[str, int]:
    """Hold every message of the bridge against the contract; how many there were of each kind."""
    specs = {spec.name: spec for spec in TOPICS}
    counted: dict[str, int] = {}
    for seen in messages:
        name = spec_of(seen.topic)
        counted[name] = counted.get(name, 0) + 1
        spec = specs["response" if name.startswith("response_") else name]
        assert seen.retained == (spec.retain and not _is_removal(seen)), seen.topic
        assert seen.qos == spec.qos, seen.topic
        if spec.retain:
            assert len(seen.payload) <= LARGEST.get(name, 4096), (seen.topic, len(seen.payload))
        if seen.payload or not spec.retain:
            payload = json.loads(seen.payload)
            schema = SCHEMAS.get(name, SCHEMAS["response"])
            if name.startswith("response_") and payload["status"] != "done":
                schema = SCHEMAS["response"]
            assert list(problems(schema, payload)) == [], (seen.topic, payload)
    return counted


def _is_removal(seen: Seen) -> bool:
    """Home Assistant is told once, not retained, which components are gone."""
    return seen.topic.endswith("/config") and any(
        component.keys() == {"platform"}
        for component in (seen.json if seen.payload else {}).get("components", {}).values()
    )


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_whole_session_keeps_the_contract(protocol: str, entrance: Entrance) -> None:
    seen, reader, broker = entrance.seen, entrance.reader, entrance.broker
    door = entrance.door(repeats="mark", name="Ä" * 100)
    sections: dict[str, Any] = {"mqtt": {"protocol": protocol}}
    bridge = entrance.start(door, springcard("gate", free_port()), **sections)
    entrance.wait_online()
    seen.wait_for("readers/home/bridge/info")
    seen.wait_for("readers/home/bridge/health")

    reader.say(scrdr("01") + scrdr("01") + scrdr("02", "I") + scrdr("02", "R") + b"rubbish\r\n$SCRDR;13;01*00\r\n")
    seen.wait_for("readers/home/door/event")
    for command, body in (
        ("wink", {"transaction": "a"}),
        ("wink", {"transaction": "a"}),
        ("beep", {"ms": "long"}),
        ("open", {}),
        ("wink", "{"),
    ):
        seen.publish(f"readers/home/door/command/{command}", body)
    seen.publish("readers/home/gate/command/wink", {"transaction": "b"})
    seen.publish("readers/home/nobody/command/wink", {"transaction": "c"})
    seen.wait_for("readers/home/door/result", 5)
    assert seen.wait_for("readers/home/nobody/result")[0].json["transaction"] == "c"
    claim = {"instance": "x" * 5000, "component": ["0.1"], "since": "yesterday", "more": "y" * 5000}
    seen.publish("readers/home/homeassistant/claim", claim, retain=True)
    seen.wait_where("readers/home/bridge/info", lambda info: info["claims"])
    for verb in ("replay", "diagnostics", "clear_claim", "restart_device", "log_level", "no_such_verb"):
        ask(seen, verb, **ARGUMENTS.get(verb, {}))
    bridge.write(entrance.config(door, **sections))
    ask(seen, "reload")
    broker.kill()
    wait_until(lambda: "trying again" in bridge.log, "the bridge to miss its broker")
    reader.say(scrdr("03"))
    start_again(broker, seen, bridge)
    seen.wait_where("readers/home/door/read", lambda read: read["credential"] == "03", 30)
    wait_until(lambda: bridge.log.count("connected to the broker") == 2, "the bridge to be back")
    seen.wait_for("readers/home/bridge/health", 2)
    assert bridge.stop() == 0

    mine = {"claim", "command", "request", "clear_claim"}
    ours = [one for one in seen.messages if not mine & set(one.topic.split("/")[2:-1] + one.topic.split("/")[-1:])]
    ours += seen.on("readers/home/bridge/response/clear_claim")
    counted = check(ours)
    published = {spec.name for spec in TOPICS if spec.direction == "out"} - {"response"}
    assert published <= counted.keys(), published - counted.keys()
    assert "Traceback" not in bridge.log
    assert "unforeseen" not in bridge.log
