from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.demo.buttons import TEXT as PRESSED
from readers_bridge.demo.buttons import Button, buttons
from readers_bridge.demo.lines import LONGEST, Changes, line

NOON = datetime(2026, 3, 1, 12, 0, 0, 45_000, UTC)


def shown(topic: str, message: object) -> str | None:
    found = line(topic, json.dumps(message).encode())
    return None if found is None else found.render(NOON)


@pytest.mark.parametrize(
    ("topic", "message", "text"),
    [
        ("bridge/state", {"state": "online"}, "12:00:00.045  bridge        online"),
        (
            "door/availability",
            {"state": "online", "assumed": True},
            "12:00:00.045  door          online    assumed; the link cannot tell",
        ),
        (
            "door/availability",
            {"state": "offline", "reason": "timeout"},
            "12:00:00.045  door          offline   timeout",
        ),
        ("door/read", {"kind": "card", "credential": "0012"}, "12:00:00.045  door          read      card 0012"),
        (
            "door/read",
            {"kind": "card", "credential": "0012", "late": True},
            "12:00:00.045  door          read      card 0012 late",
        ),
        (
            "door/event",
            {"event_type": "tamper", "data": {"open": True}},
            "12:00:00.045  door          event     tamper open=true",
        ),
        ("door/command/wink", {"transaction": "a"}, '12:00:00.045  door          command   wink {"transaction": "a"}'),
        (
            "door/result",
            {"command": "wink", "status": "sent", "error": None},
            "12:00:00.045  door          result    wink sent",
        ),
        (
            "door/result",
            {"command": "beep", "status": "invalid", "error": {"code": "x", "message": "ms: at most 3000"}},
            "12:00:00.045  door          result    beep invalid: ms: at most 3000",
        ),
    ],
)
def test_what_happens_is_one_readable_line(topic: str, message: object, text: str) -> None:
    assert shown(topic, message) == text


@pytest.mark.parametrize(
    "topic", ["door/description", "door/state", "door/health", "bridge/info", "bridge/request/replay"]
)
def test_the_rest_is_not_shown(topic: str) -> None:
    assert shown(topic, {}) is None


def test_an_empty_command_shows_its_name() -> None:
    found = line("door/command/wink", b"")
    assert found is not None
    assert found.text == "wink"


def test_colours_only_when_asked_for() -> None:
    found = line("door/read", b'{"kind": "card", "credential": "1"}')
    assert found is not None
    assert "\x1b" not in found.render(NOON)
    assert "\x1b" in found.render(NOON, colours=True)


TOPICS = st.sampled_from(
    [
        "bridge/state",
        "a/availability",
        "a/read",
        "a/event",
        "a/command/wink",
        "a/result",
        "\x1b[2J/read",
        "a/command/\x9b",
        "a/b/c/d",
        "",
    ]
)
TEXT = st.text(st.sampled_from("a0 é\x00\x07\n\r\x1b[\x7f\x9b\u202e"), max_size=8)
SCALAR = st.none() | st.booleans() | st.integers() | TEXT
JSON = SCALAR | st.lists(SCALAR, max_size=3) | st.dictionaries(TEXT, SCALAR, max_size=3)
KEYS = ["state", "reason", "kind", "credential", "event_type", "data", "command", "status", "error"]


@given(
    topic=TOPICS,
    payload=st.binary() | st.dictionaries(st.sampled_from(KEYS), JSON).map(lambda o: json.dumps(o).encode()),
)
def test_no_message_can_upset_the_view_or_the_terminal(topic: str, payload: bytes) -> None:
    found = line(topic, payload)
    if found is not None:
        assert found.render(NOON).isprintable()


def test_a_long_message_is_cut() -> None:
    found = line("a/command/print", b'{"text": "' + b"x" * 10_000 + b'"}')
    assert found is not None
    assert len(found.text) < LONGEST + 20


def description(**entity: object) -> bytes:
    wink = {"key": "wink", "platform": "button", "name": "Wink", "command": "wink"}
    commands = [
        {"name": "wink", "description": "Blink"},
        {"name": "erase", "description": "Erase all", "confirm": True},
    ]
    identity = {"manufacturer": "Example", "model": "One", "family": "example"}
    return json.dumps({**identity, "entities": [wink | entity], "commands": commands}).encode()


def test_a_button_is_a_command_with_its_arguments() -> None:
    assert buttons(description(args={"sequence": "60"})) == [Button("wink", {"sequence": "60"})]


def test_what_takes_texts_is_given_one() -> None:
    notify = description(platform="notify", args={"value": "text", "cut": "full"})
    assert buttons(notify) == [Button("wink", {"text": PRESSED, "cut": "full"})]


@pytest.mark.parametrize(
    "entity",
    [{"platform": "switch"}, {"enabled": False}, {"category": "config"}, {"command": "erase"}, {"command": "unknown"}],
)
def test_only_harmless_buttons_are_pressed(entity: dict[str, object]) -> None:
    assert not buttons(description(**entity))


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_a_description_that_makes_no_sense_has_no_buttons(payload: bytes) -> None:
    assert not buttons(payload)


def test_what_only_says_again_how_the_bridge_is_makes_no_line() -> None:
    changes = Changes()
    assert changes.line("bridge/state", b'{"state": "online"}')
    assert changes.line("bridge/state", b'{"state": "online"}') is None
    assert changes.line("bridge/state", b'{"state": "offline"}')
    read = b'{"kind": "card", "credential": "01"}'
    assert changes.line("door/read", read)
    assert changes.line("door/read", read), "two reads are two reads"
