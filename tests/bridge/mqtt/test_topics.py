from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.config import HomeAssistantConfig
from readers_bridge.mqtt.messages import ID
from readers_bridge.mqtt.topics import (
    TOPICS,
    BirthRoute,
    ClaimRoute,
    CommandRoute,
    Direction,
    RequestRoute,
    Route,
    Topics,
    is_id,
)
from readers_bridge.mqtt.verbs import VERBS
from tests.bridge.mqtt.contract import SCHEMAS, problems

IDS = st.from_regex(ID, fullmatch=True)

topics = Topics("readers", "home")


def test_every_topic_of_a_bridge_and_its_devices() -> None:
    assert topics.announcement == "readers/discovery/home"
    assert topics.bridge_state == "readers/home/bridge/state"
    assert topics.bridge_info == "readers/home/bridge/info"
    assert topics.bridge_health == "readers/home/bridge/health"
    assert topics.request("replay") == "readers/home/bridge/request/replay"
    assert topics.response("replay") == "readers/home/bridge/response/replay"
    assert topics.claim == "readers/home/homeassistant/claim"
    assert topics.description("dock") == "readers/home/dock/description"
    assert topics.availability("dock") == "readers/home/dock/availability"
    assert topics.state("dock") == "readers/home/dock/state"
    assert topics.read("dock") == "readers/home/dock/read"
    assert topics.event("dock") == "readers/home/dock/event"
    assert topics.health("dock") == "readers/home/dock/health"
    assert topics.result("dock") == "readers/home/dock/result"
    assert topics.command("dock", "beep") == "readers/home/dock/command/beep"
    assert topics.home_assistant_config("ha", "dock") == "ha/device/readers_home/dock/config"


def test_the_announcement_does_not_follow_the_prefix() -> None:
    assert Topics("plant", "hall").announcement == "readers/discovery/hall"
    assert Topics("plant", "hall").read("dock") == "plant/hall/dock/read"


@pytest.mark.parametrize(
    ("topic", "route"),
    [
        ("readers/home/front-door/command/beep", CommandRoute("front-door", "beep")),
        ("readers/home/front-door/command/no such", CommandRoute("front-door", "no such")),
        ("readers/home/bridge/request/replay", RequestRoute("replay")),
        ("readers/home/homeassistant/claim", ClaimRoute()),
        ("homeassistant/status", BirthRoute()),
        ("readers/home/bridge/command/beep", None),
        ("readers/home/homeassistant/command/beep", None),
        ("readers/home/Front/command/beep", None),
        ("readers/home/front-door/command/beep/more", None),
        ("readers/home/front-door/command/", None),
        ("readers/home/front-door/read", None),
        ("readers/other/front-door/command/beep", None),
        ("readersXhome/front-door/command/beep", None),
        ("", None),
    ],
)
def test_what_arrives_is_routed(topic: str, route: Route | None) -> None:
    assert topics.route(topic) == route


def test_the_birth_topic_is_configurable() -> None:
    other = Topics("readers", "home", birth_topic="ha/birth")
    assert other.route("ha/birth") == BirthRoute()
    assert other.route("homeassistant/status") is None


@given(IDS, IDS, IDS)
def test_what_a_client_sends_to_any_device_comes_back_as_its_route(bridge: str, device: str, command: str) -> None:
    mine = Topics("readers", bridge)
    expected = None if device in {"bridge", "homeassistant"} else CommandRoute(device, command)
    assert mine.route(mine.command(device, command)) == expected


@given(st.text())
def test_no_topic_makes_the_router_stumble(topic: str) -> None:
    topics.route(topic)
    topics.device_of_retained(topic, "homeassistant")


def test_subscriptions() -> None:
    listening = topics.subscriptions(HomeAssistantConfig(discovery="auto"))
    assert listening == (
        ("readers/home/bridge/request/+", 1),
        ("readers/home/+/command/+", 1),
        ("readers/home/homeassistant/claim", 1),
        ("homeassistant/status", 1),
    )


def test_without_discovery_the_birth_of_home_assistant_is_of_no_interest() -> None:
    filters = [subscription.filter for subscription in topics.subscriptions(HomeAssistantConfig(discovery="off"))]
    assert "homeassistant/status" not in filters


def test_filters_that_show_what_was_retained_for_our_devices() -> None:
    assert topics.retained_filters("homeassistant") == (
        "readers/home/+/description",
        "readers/home/+/availability",
        "readers/home/+/state",
        "homeassistant/device/readers_home/+/config",
    )


@pytest.mark.parametrize(
    ("topic", "device"),
    [
        ("readers/home/dock/description", "dock"),
        ("readers/home/dock/availability", "dock"),
        ("readers/home/dock/state", "dock"),
        ("homeassistant/device/readers_home/dock/config", "dock"),
        ("homeassistant/device/readers_home/bridge/config", "bridge"),
        ("readers/home/bridge/state", None),
        ("readers/home/dock/read", None),
        ("readers/home2/dock/state", None),
        ("homeassistant/device/readers_home2/dock/config", None),
        ("homeassistant/device/readers_home_2/dock/config", None),
        ("homeassistant/device/xreaders_home/dock/config", None),
        ("homeassistant/device/readers_home/dock/sub/config", None),
        ("homeassistant/sensor/readers_home/dock/config", None),
        ("other/device/readers_home/dock/config", None),
    ],
)
def test_a_retained_topic_tells_its_device_and_never_a_neighbours(topic: str, device: str | None) -> None:
    assert topics.device_of_retained(topic, "homeassistant") == device


@given(IDS, IDS)
def test_two_bridges_never_share_a_discovery_topic(prefix_like: str, bridge: str) -> None:
    prefix = prefix_like.replace("_", "-")
    mine = Topics("readers", "home")
    theirs = Topics(prefix, bridge).home_assistant_config("homeassistant", "dock")
    assert (mine.device_of_retained(theirs, "homeassistant") is not None) == ((prefix, bridge) == ("readers", "home"))


@pytest.mark.parametrize("text", ["a", "0", "front-door", "a_b", "a" * 63])
def test_ids(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize("text", ["", "-a", "_a", "A", "a/b", "a+", "a b", "ä", "a" * 64, "a\n"])
def test_what_is_no_id(text: str) -> None:
    assert not is_id(text)


def test_reads_events_results_and_commands_are_never_retained() -> None:
    retained = {spec.name for spec in TOPICS if spec.retain}
    assert not retained & {"read", "event", "result", "command", "request", "response"}


def test_every_retained_payload_of_ours_has_a_limit() -> None:
    limits = {spec.name: spec.limit for spec in TOPICS if spec.retain and spec.direction is Direction.OUT}
    assert limits.pop("description") == limits.pop("home_assistant_config") == 16384
    assert set(limits.values()) == {4096}


def test_names_and_addresses_are_unique() -> None:
    assert len({spec.name for spec in TOPICS}) == len({spec.address for spec in TOPICS}) == len(TOPICS)


@pytest.mark.parametrize("spec", TOPICS, ids=lambda spec: spec.name)
def test_the_example_of_a_topic_is_valid_and_small_enough(spec: Any) -> None:
    assert list(problems(spec.schema, spec.example)) == []
    assert len(json.dumps(spec.example)) <= (spec.limit or 4096)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_the_examples_of_a_request_are_valid(verb: Any) -> None:
    assert list(problems(verb.request_schema, verb.request)) == []
    assert list(problems(verb.response_schema, verb.response)) == []
    assert verb.response["transaction"] == verb.request["transaction"]


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("read", {"event_type": "swipe"}, ".event_type"),
        ("read", {"seq": 0}, ".seq"),
        ("read", {"seq": True}, ".seq"),
        ("read", {"time": "yesterday"}, ".time"),
        ("read", {"device": "Front"}, ".device"),
        ("result", {"status": "maybe"}, ".status"),
        ("result", {"error": {"code": "busy", "message": "wait"}}, ".error.path"),
        ("command", {"ttl": 0}, ".ttl"),
        ("command", {"transaction": ""}, ".transaction"),
        ("request_replay", {"after": {"journal": "x"}}, ".after.seq"),
        ("request_replay", {"limits": 3}, ".limits"),
        ("request_log_level", {"level": "loud"}, ".level"),
    ],
)
def test_the_schemas_can_say_no(name: str, change: dict[str, Any], problem: str) -> None:
    examples = {spec.name: spec.example for spec in TOPICS} | {f"request_{verb.name}": verb.request for verb in VERBS}
    found = list(problems(SCHEMAS[name], {**examples[name], **change}))
    assert len(found) == 1
    assert found[0].startswith(problem)
