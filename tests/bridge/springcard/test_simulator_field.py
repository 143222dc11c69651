"""When a reader reports the cards in its field. Times are in seconds."""

from __future__ import annotations

from readers_bridge.families.springcard.simulator import Card, Move
from readers_bridge.families.springcard.simulator.field import Field, Report

ANN = Card("0401", data="AA")
BOB = Card("0402", data="BB")


def active(**settings: object) -> Field:
    field = Field(**settings)  # type: ignore[arg-type]
    field.activate(0.0)
    return field


def test_a_card_is_read_at_once_and_then_every_three_seconds() -> None:
    field = active()
    assert field.place(ANN, 10.0) == (Report(ANN),)
    assert field.next_due == 13.0
    assert field.due(12.9) == ()
    assert field.due(13.0) == (Report(ANN),)
    assert field.due(16.0) == (Report(ANN),)
    assert field.remove(ANN) == ()
    assert field.next_due is None


def test_a_card_that_must_leave_first_is_read_once() -> None:
    field = active(repeat=None)
    assert field.place(ANN, 0.0) == (Report(ANN),)
    assert field.next_due is None
    field.remove(ANN)
    assert field.place(ANN, 1.0) == (Report(ANN),)


def test_movement_is_reported_once_each() -> None:
    field = active(tracking=True)
    assert field.place(ANN, 0.0) == (Report(ANN, Move.INSERTED),)
    assert field.place(ANN, 1.0) == ()
    assert field.next_due is None
    assert field.remove(ANN) == (Report(Card("0401"), Move.REMOVED),)
    assert field.remove(ANN) == ()


def test_a_removal_may_be_anonymous() -> None:
    field = active(tracking=True, removal_id=False)
    field.place(ANN, 0.0)
    assert field.remove(ANN) == (Report(Card(), Move.REMOVED),)


def test_a_short_appearance() -> None:
    assert active(tracking=True).tap(ANN) == (Report(ANN, Move.TAPPED),)
    assert active().tap(ANN) == (Report(ANN),)


def test_several_cards_at_once() -> None:
    field = active(tracking=True)
    field.place(ANN, 0.0)
    field.place(BOB, 0.0)
    assert [report.card.tag_id for report in field.remove()] == ["0401", "0402"]
    assert not field.cards


def test_nothing_is_read_while_inactive_and_what_lies_there_when_it_begins() -> None:
    field = Field()
    assert field.place(ANN, 0.0) == ()
    assert field.tap(BOB) == ()
    assert field.next_due is None
    assert field.activate(5.0) == (Report(ANN),)
    field.deactivate()
    assert field.due(100.0) == ()
    assert field.remove() == ()
