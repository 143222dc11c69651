"""The events that can have a script."""

from __future__ import annotations

import pytest

from readers_bridge.families.baltech.script import EVENTS, event_named


@pytest.mark.parametrize("name", ["OnAccepted", "onaccepted", " OnAccepted ", "0x44", "68"])
def test_an_event_by_name_or_number(name: str) -> None:
    assert event_named(name).id == 0x44


@pytest.mark.parametrize("name", ["OnTimer[1]", "OnTimer1", "ontimer[1]", "0x69"])
def test_an_event_of_a_series(name: str) -> None:
    assert event_named(name).name == "OnTimer[1]"


def test_every_event_is_found_by_its_own_name_and_number() -> None:
    for event in EVENTS.values():
        assert event_named(event.name) is event
        assert event_named(hex(event.id)) is event


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("OnAcepted", "did you mean OnAccepted?"),
        ("6", "no event 0x06"),
        ("", "manufacturer's"),
        ("0b1000100", "no event 0b1000100"),
        ("6_8", "no event 6_8"),
        ("-1", "no event -1"),
    ],
)
def test_what_is_no_event_is_explained(name: str, hint: str) -> None:
    with pytest.raises(ValueError) as refused:
        event_named(name)
    assert hint in str(refused.value)


def test_the_dangerous_events() -> None:
    assert {event.id for event in EVENTS.values() if event.danger} == {0x40, 0x47, 0x75, 0x78}
