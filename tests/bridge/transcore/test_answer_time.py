"""How long data inquiry waits for an answer."""

from __future__ import annotations

import pytest

from readers_bridge.families.transcore.answer_time import LIMIT, AnswerTime

LEAST = 0.4


def test_a_quick_link_keeps_the_least_patience() -> None:
    times = AnswerTime(LEAST)
    for now in (0.0, 0.1, 0.2):
        times.asked(now)
        assert not times.answered(now + 0.05)
    assert times.patience == LEAST


def test_the_slowest_answer_counts_half_as_much_again() -> None:
    times = AnswerTime(LEAST)
    times.asked(0.0)
    assert not times.answered(1.0)
    assert times.patience == pytest.approx(1.5)
    times.asked(2.0)
    assert not times.answered(2.1)
    assert times.patience == pytest.approx(1.5)
    times.asked(10.0)
    times.answered(12.9)
    assert times.patience == LIMIT


def test_the_first_answer_after_silence_may_be_a_late_one() -> None:
    times = AnswerTime(LEAST)
    times.asked(0.0)
    times.asked(0.5)
    assert times.answered(1.2)
    assert times.left(1.2) == pytest.approx(0.5 + 1.8 - 1.2)
    times.silent()  # it was not
    assert times.patience == LEAST
    times.asked(5.0)
    times.asked(5.5)
    assert not times.answered(5.6), "now it is known"
    assert times.patience == LEAST


def test_several_late_answers_show_a_slow_link() -> None:
    times = AnswerTime(LEAST)
    for now in (0.0, 0.5, 1.0):
        times.asked(now)
    assert times.answered(1.2)
    assert times.answered(1.7)
    assert not times.answered(2.2)
    assert times.patience == pytest.approx(1.8)
    times.asked(3.0)
    assert not times.answered(4.3)


def test_an_answer_to_each_question_but_the_last_shows_a_slow_link_too() -> None:
    times = AnswerTime(LEAST)
    for now in (0.0, 0.5, 1.0):
        times.asked(now)
    assert times.answered(1.2)
    assert times.answered(1.7)
    times.silent()
    assert times.patience == pytest.approx(1.8)


def test_long_after_the_last_question_nothing_is_ambiguous() -> None:
    times = AnswerTime(LEAST)
    times.asked(0.0)
    times.asked(5.0)
    assert not times.answered(5.1)
    assert times.patience == LEAST


def test_what_comes_unasked_says_nothing() -> None:
    times = AnswerTime(LEAST)
    assert not times.answered(100.0)
    assert times.patience == LEAST
