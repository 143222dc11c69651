"""How long to wait before a device is connected again."""

from __future__ import annotations

import pytest

from readers_bridge.backoff import FIRST_WAIT, LONGEST_WAIT, STABLE_AFTER, Backoff


def near(seconds: float) -> object:
    return pytest.approx(seconds, rel=0.2501)


def test_the_wait_doubles_up_to_a_limit() -> None:
    backoff = Backoff()
    assert [backoff.next(0) for _ in range(3)] == [near(1), near(2), near(4)]
    assert [backoff.next(1) for _ in range(10)][-1] == near(LONGEST_WAIT)


def test_it_starts_small_after_a_connection_that_lasted() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.next(0)
    assert backoff.next(STABLE_AFTER) == near(FIRST_WAIT)


def test_a_restart_that_was_asked_for_is_no_failure() -> None:
    backoff = Backoff()
    assert [backoff.next(2, expected=True) for _ in range(8)] == [near(FIRST_WAIT)] * 8
