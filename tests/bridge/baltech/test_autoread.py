"""Autoread messages become reads and events."""

from __future__ import annotations

import pytest

from readers_bridge.families.baltech.autoread import report
from readers_bridge.families.baltech.commands import Message
from readers_bridge.model import Event, Kind, Read, State


def test_a_card_is_read_with_its_leading_zeros() -> None:
    (read,) = report([Message(0, b"0004567890")], inferred=False)
    assert isinstance(read, Read)
    assert (read.credential, read.kind) == ("0004567890", Kind.CARD)
    assert read.data == {"data_hex": "30303034353637383930", "text": "0004567890"}
    assert read.sensitive == {"data_hex", "text"}


def test_what_is_not_text_is_read_as_hex() -> None:
    (read,) = report([Message(0, b"\x04\xa1\xff")], inferred=False)
    assert isinstance(read, Read)
    assert read.credential == "04A1FF"
    assert read.data == {"data_hex": "04A1FF"}


def test_significant_blanks_stay() -> None:
    (read,) = report([Message(0, b" 42 ")], inferred=False)
    assert isinstance(read, Read)
    assert read.credential == " 42 "


def test_a_pin_is_a_read_of_a_keypad() -> None:
    (read,) = report([Message(3, b"1234")], inferred=False)
    assert isinstance(read, Read)
    assert (read.credential, read.kind) == ("1234", Kind.KEYPAD)


@pytest.mark.parametrize(("kind", "event_type", "tamper"), [(1, "alarm_on", True), (2, "alarm_off", False)])
def test_the_tamper_alarm_is_an_event_and_a_state(kind: int, event_type: str, tamper: bool) -> None:
    assert report([Message(kind, b"")], inferred=False) == [
        Event(event_type, {"data_hex": ""}, frozenset({"data_hex", "text"})),
        State({"tamper": tamper}),
    ]


@pytest.mark.parametrize(
    ("kind", "event_type"), [(4, "card_removed"), (5, "function_key"), (6, "log"), (7, "message"), (0xFE, "message")]
)
def test_everything_else_is_an_event(kind: int, event_type: str) -> None:
    (event,) = report([Message(kind, b"1")], inferred=False)
    assert isinstance(event, Event)
    assert event.event_type == event_type
    assert event.data["data_hex"] == "31"


def test_a_card_without_content_is_no_read() -> None:
    (event,) = report([Message(0, b"")], inferred=False)
    assert isinstance(event, Event)
    assert event.event_type == "empty_card"


def test_a_batch_says_that_its_order_is_inferred_and_what_may_be_old() -> None:
    items = report([Message(0, b"1"), Message(0, b"2")], buffered=[True, False], inferred=True)
    assert [(item.credential, item.buffered, item.data["order"]) for item in items if isinstance(item, Read)] == [
        ("1", True, "inferred"),
        ("2", False, "inferred"),
    ]
