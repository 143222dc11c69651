"""What a bridge says is parsed tolerantly."""

from __future__ import annotations

import random
from typing import Any

import pytest
from custom_components.readers.models import (
    Availability,
    BridgeInfo,
    Claim,
    CommandSpec,
    Cursor,
    Description,
    Error,
    ReadersEvent,
    Response,
    Result,
)
from custom_components.readers.wording import member, snake_case
from homeassistant.components.sensor import SensorDeviceClass

from tests.component.common import DOOR, INFO, read


def _any_json(dice: random.Random, depth: int = 3) -> Any:
    kinds = ["none", "bool", "int", "float", "text"] + (["list", "object"] if depth else [])
    match dice.choice(kinds):
        case "bool":
            return dice.random() < 0.5
        case "int":
            return dice.randint(-5, 5)
        case "float":
            return dice.uniform(-5, 5)
        case "text":
            return dice.choice(["", "read", "online", "x", "é"])
        case "list":
            return [_any_json(dice, depth - 1) for _ in range(dice.randint(0, 3))]
        case "object":
            keys = ["key", "platform", "name", "family", "type", "id", "seq", "state", "event_types", "args", "status"]
            return {dice.choice(keys): _any_json(dice, depth - 1) for _ in range(dice.randint(0, 6))}
    return None


def test_a_description() -> None:
    door = Description.from_json("door", DOOR)
    assert door is not None
    assert (door.name, door.family, door.serial, door.firmware) == ("Door", "acme", "4711", "1.0")
    relay = door.command("set_relay")
    assert relay is not None
    assert (relay.ttl, relay.timeout, relay.lane, relay.answer) == (3.0, 10.0, "main", True)
    assert relay.args["on"].required
    assert door.command("nothing") is None
    assert [spec.key for spec in door.shown("select")] == ["mode", "speed"]


def test_what_is_not_known_or_not_complete_is_left_out() -> None:
    description = {
        "family": "acme",
        "colour": "new key",
        "entities": [
            {"key": "a", "platform": "sensor", "name": "A", "state_key": "a", "future": 1},
            {"key": "a", "platform": "sensor", "name": "Twice", "state_key": "a"},
            {"key": "no name", "platform": "sensor"},
            {"key": "b", "platform": "sensor", "name": "No state key"},
            {"key": "c", "platform": "hologram", "name": "Unknown platform", "command": "go"},
            {"key": "d", "platform": "button", "name": "Unknown command", "command": "stop"},
            {"key": "e", "platform": "number", "name": "No value", "command": "go"},
            {"key": "f", "platform": "switch", "name": "No positions", "command": "go", "args": {"on": 1}},
            {"key": "g", "platform": "select", "name": "No options", "command": "go"},
            "no object",
        ],
        "events": [{"key": "x", "name": "No types"}, {"key": "read", "name": "Read"}, {"event_types": ["a"]}],
        "commands": [{"name": "go", "args": {"a": {"type": "string"}, "b": {}}}, {}, 5],
    }
    found = Description.from_json("door", description)
    assert found is not None
    platforms = ("sensor", "hologram", "button", "number", "switch", "select")
    assert [spec.name for platform in platforms for spec in found.shown(platform)] == ["A"]
    assert [(event.key, event.event_types) for event in found.events] == [("read", ("read", "late_read"))]
    assert [set(command.args) for command in found.commands] == [{"a"}]
    assert found.name == "door"


@pytest.mark.parametrize("value", [None, [], "text", {}, {"family": 5}])
def test_what_is_no_description(value: Any) -> None:
    assert Description.from_json("door", value) is None


@pytest.mark.parametrize("seed", range(300))
def test_nothing_that_a_bridge_could_say_fails(seed: int) -> None:
    value = _any_json(random.Random(seed))
    Description.from_json("d", value)
    Description.from_json(
        "d", {"family": "f", "entities": value, "events": value, "commands": value, "attributes": value}
    )
    Description.from_json("d", {"family": "f", "entities": [value], "events": [value], "commands": [value]})
    CommandSpec.from_json({"name": "n", "args": value, "ttl": value, "timeout": value})
    for parse in (Availability, BridgeInfo, Claim, Cursor, Error):
        parse.from_json(value)
    ReadersEvent.from_json(value, is_read=True)
    Result.from_json(value, device="d")
    Response.from_json(value, verb="v")


def test_a_read_is_live_or_late() -> None:
    live = ReadersEvent.from_json(read(5), is_read=True)
    late = ReadersEvent.from_json(read(5, event_type="late_read", late=True), is_read=True)
    replayed = ReadersEvent.from_json(read(5), is_read=True, replayed=True)
    assert live is not None
    assert late is not None
    assert replayed is not None
    assert (live.live, late.live, replayed.live) == (True, False, False)
    assert (live.event_type, late.event_type, replayed.event_type) == ("read", "late_read", "late_read")
    assert live.cursor == Cursor("j", 5)


def test_what_cannot_be_replayed_has_no_place_in_the_journal() -> None:
    wrongs: list[dict[str, Any]] = [{"journaled": False}, {"id": "j-6"}, {"id": "5"}, {"id": None}, {"seq": None}]
    for wrong in wrongs:
        event = ReadersEvent.from_json({**read(5), **wrong}, is_read=True)
        assert event is not None
        assert event.cursor is None


def test_bridge_info_and_claims() -> None:
    info = BridgeInfo.from_json(INFO)
    assert info is not None
    assert (info.authenticated, info.discovery_mode, info.discovery_active) == (True, "auto", True)
    assert BridgeInfo.from_json({"version": "1"}) == BridgeInfo(1, "1", None, None, raw={"version": "1"})
    assert BridgeInfo.from_json({"contract": "two"}) is None
    assert BridgeInfo.from_json({}) is None
    claim = Claim.from_json({"instance": "a", "component": "1", "since": "2026"})
    assert claim is not None
    assert claim.as_json() == {"instance": "a", "component": "1", "since": "2026"}
    assert Claim.from_json({"component": "1"}) is None


def test_words_become_keys() -> None:
    words = {"EnableOnce": "enable_once", "Paper out": "paper_out", "RFOn": "rf_on", "idle": "idle"}
    assert {word: snake_case(word) for word in words} == words


def test_words_that_home_assistant_does_not_know_are_none() -> None:
    assert member(SensorDeviceClass, "timestamp") is SensorDeviceClass.TIMESTAMP
    assert member(SensorDeviceClass, "hologram") is None
    assert member(SensorDeviceClass, None) is None


def test_what_lacks_something_is_still_understood() -> None:
    response = Response.from_json({"reads": [], "transaction": "t"}, verb="replay")
    assert response is not None
    assert response.ok
    response = Response.from_json({"error": {"code": "busy", "message": "later"}}, verb="replay")
    assert response is not None
    assert not response.ok
    assert Response.from_json({}, verb="replay") is None
    described = Description.from_json(
        "door", {"events": [{"key": "read"}], "entities": [{"key": "a", "platform": "sensor"}]}
    )
    assert described is not None
    assert (described.family, described.events[0].name, described.entities[0].name) == ("", "read", "a")
    came = ReadersEvent.from_json({"credential": "1"}, is_read=True, device="door")
    assert came is not None
    assert (came.event_type, came.live) == ("read", True)
