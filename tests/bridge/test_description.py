from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge import CONTRACT
from readers_bridge.description import PLATFORMS, from_json, problems, to_json
from readers_bridge.model import Arg, CommandSpec, Description, EntitySpec, EventSpec
from readers_bridge.mqtt.messages import ARG_TYPES
from tests.bridge.mqtt.contract import SCHEMAS
from tests.bridge.mqtt.contract import problems as schema_problems
from tests.bridge.mqtt.samples import EVERYTHING

WORDS = st.text(min_size=1, max_size=8)
NUMBERS = st.none() | st.integers(-1000, 1000) | st.floats(allow_nan=False, allow_infinity=False)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(WORDS, JSON, max_size=3)
WORD_TUPLES = st.lists(WORDS, max_size=3).map(tuple)
ARGS = st.builds(
    Arg,
    type=st.sampled_from(ARG_TYPES),
    description=st.text(max_size=5),
    min=NUMBERS,
    max=NUMBERS,
    options=WORD_TUPLES,
    required=st.booleans(),
    default=JSON,
    secret=st.booleans(),
)
ENTITIES = st.builds(
    EntitySpec,
    key=WORDS,
    platform=st.sampled_from(PLATFORMS),
    name=WORDS,
    icon=st.none() | WORDS,
    state_key=st.none() | WORDS,
    device_class=st.none() | WORDS,
    category=st.none() | WORDS,
    enabled=st.booleans(),
    unit=st.none() | WORDS,
    options=WORD_TUPLES,
    min=NUMBERS,
    max=NUMBERS,
    command=st.none() | WORDS,
    args=OBJECTS,
)
COMMANDS = st.builds(
    CommandSpec,
    name=WORDS,
    description=st.text(max_size=5),
    args=st.dictionaries(WORDS, ARGS, max_size=3),
    lane=WORDS,
    ttl=st.floats(0.1, 1000),
    timeout=st.floats(0.1, 1000),
    confirm=st.booleans(),
    answer=st.booleans(),
)
DESCRIPTIONS = st.builds(
    Description,
    manufacturer=WORDS,
    model=WORDS,
    family=WORDS,
    serial=st.none() | WORDS,
    firmware=st.none() | WORDS,
    entities=st.lists(ENTITIES, max_size=3).map(tuple),
    events=st.lists(st.builds(EventSpec, key=WORDS, event_types=WORD_TUPLES, name=WORDS), max_size=3).map(tuple),
    commands=st.lists(COMMANDS, max_size=2).map(tuple),
    attributes=OBJECTS,
)


def packed(description: Description) -> dict[str, Any]:
    return to_json(description, device="front-door", name="Front door")


def test_a_small_description_as_it_is_published() -> None:
    reader = Description(
        manufacturer="SpringCard",
        model="Example Reader",
        family="springcard",
        serial="00A1B2C3",
        entities=(EntitySpec("beep", "button", "Beep", command="beep", args={"ms": 200}),),
        events=(EventSpec("read", ("read", "late_read"), "Card"),),
        commands=(
            CommandSpec("beep", "Sound the buzzer.", {"ms": Arg("integer", max=5000, required=True)}, answer=False),
        ),
    )
    assert packed(reader) == {
        "contract": CONTRACT,
        "device": "front-door",
        "name": "Front door",
        "family": "springcard",
        "manufacturer": "SpringCard",
        "model": "Example Reader",
        "serial": "00A1B2C3",
        "entities": [{"key": "beep", "platform": "button", "name": "Beep", "command": "beep", "args": {"ms": 200}}],
        "events": [{"key": "read", "event_types": ["read", "late_read"], "name": "Card"}],
        "commands": [
            {
                "name": "beep",
                "description": "Sound the buzzer.",
                "args": {"ms": {"type": "integer", "max": 5000, "required": True}},
                "answer": False,
            }
        ],
    }


@given(DESCRIPTIONS)
def test_a_description_survives_the_way_to_disk_and_back(description: Description) -> None:
    assert from_json(json.loads(json.dumps(packed(description)))) == description


@given(DESCRIPTIONS)
def test_what_is_published_keeps_to_the_contract(description: Description) -> None:
    assert list(schema_problems(SCHEMAS["description"], packed(description))) == []


def test_the_same_description_gives_the_same_bytes() -> None:
    again = from_json(packed(EVERYTHING))
    assert again is not None
    assert json.dumps(packed(again)) == json.dumps(packed(EVERYTHING))


def test_what_is_not_known_is_ignored() -> None:
    value = packed(EVERYTHING) | {"colour": "red", "contract": 99}
    value["entities"][0]["shape"] = "round"
    value["commands"][0]["args"] = {"ms": {"type": "integer", "step": 5}}
    again = from_json(value)
    assert again is not None
    assert again.entities == EVERYTHING.entities
    assert again.commands[0].args == {"ms": Arg("integer")}


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"key": "x", "platform": "button"},
        {"key": "x", "platform": "button", "name": 7},
        {"key": "x", "platform": "button", "name": "X", "options": "a"},
        {"key": "x", "platform": "button", "name": "X", "args": []},
        "x",
        None,
    ],
)
def test_an_entity_that_lacks_what_it_needs_is_left_out(broken: object) -> None:
    value = packed(EVERYTHING)
    value["entities"].insert(0, broken)
    again = from_json(value)
    assert again is not None
    assert again.entities == EVERYTHING.entities


@pytest.mark.parametrize("value", [None, [], "x", 3, {}, {"manufacturer": "A", "model": 3, "family": "x"}])
def test_what_is_no_description(value: object) -> None:
    assert from_json(value) is None


@given(JSON)
def test_nothing_that_stands_in_a_file_makes_it_stumble(value: object) -> None:
    from_json(value)
    facts = {"manufacturer": "A", "model": "B", "family": "c"}
    for key in ("entities", "events", "commands", "attributes", "serial"):
        from_json({**facts, key: value})
        from_json({**facts, key: [value]})
        from_json({**facts, "commands": [{"name": "x", "description": "", "args": value}]})


def test_a_good_description_has_no_problems() -> None:
    assert problems(EVERYTHING) == ()


BEEP = CommandSpec("beep", "", {"ms": Arg("integer", required=True), "tone": Arg("integer")})


@pytest.mark.parametrize(
    ("entity", "problem"),
    [
        (EntitySpec("x", "lock", "X"), "there is no such platform"),
        (EntitySpec("x", "sensor", "X"), "it needs a state_key"),
        (EntitySpec("x", "sensor", "X", state_key="x", category="config"), "cannot have the category config"),
        (EntitySpec("x", "button", "X"), "it sends the command None, which is not described"),
        (EntitySpec("x", "button", "X", command="bep"), "it sends the command bep, which is not described"),
        (EntitySpec("x", "button", "X", command="beep"), "the command beep needs the argument ms"),
        (EntitySpec("x", "button", "X", command="beep", args={"ms": 1, "s": 1}), "the command beep has no argument s"),
        (EntitySpec("x", "switch", "X", command="beep", args={"on": {"ms": 1}}), "those of on and of off"),
        (EntitySpec("x", "switch", "X", command="beep", args={"on": 1, "off": 2}), "one object for each position"),
        (EntitySpec("x", "select", "X", command="beep"), "those of each of its options"),
        (
            EntitySpec("x", "select", "X", command="beep", options=("a",), args={"b": {}}),
            "those of each of its options",
        ),
        (
            EntitySpec("x", "number", "X", command="beep", args={"value": "s"}),
            "the argument of beep that takes the value",
        ),
        (
            EntitySpec("x", "notify", "X", command="beep", args={"value": "tone"}),
            "the command beep needs the argument ms",
        ),
    ],
)
def test_what_contradicts_itself_is_told(entity: EntitySpec, problem: str) -> None:
    (found,) = problems(Description("A", "B", "c", entities=(entity,), commands=(BEEP,)))
    assert found.startswith(f"{entity.platform} x: ")
    assert problem in found


def test_twins_and_wrong_reads_are_told() -> None:
    twin = EntitySpec("x", "sensor", "X", state_key="x")
    wrong = replace(
        EVERYTHING,
        entities=(twin, twin),
        events=(
            EventSpec("read", ("read",), "Card"),
            EventSpec("input", (), "Input"),
            EventSpec("input", ("on",), "Input"),
        ),
        commands=(BEEP, BEEP),
    )
    assert problems(wrong) == (
        "sensor x is described twice",
        "event input is described twice",
        "command beep is described twice",
        "event read has the types read; it must have read, late_read",
        "event input has no event types",
    )
