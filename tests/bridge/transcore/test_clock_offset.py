"""The reader's own clock: its offset, and what it proves."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from readers_bridge.families.transcore.clock_offset import ClockOffset

WALL = 1_770_000_000.0


def device(offset: float, wall: float = WALL) -> datetime:
    """What a reader shows whose clock is so many seconds ahead of UTC."""
    return datetime.fromtimestamp(wall + offset, UTC).replace(tzinfo=None)


def test_the_message_that_was_under_way_least_tells_the_offset() -> None:
    clock = ClockOffset({})
    for delay in (0.5, 0.1, 2.0):
        clock.heard(device(3600.0), WALL + delay)
    assert clock.seconds is not None
    assert abs(clock.seconds - 3599.9) < 1e-3


def test_a_clock_that_was_set_is_noticed_in_the_end() -> None:
    clock = ClockOffset({})
    clock.heard(device(100.0), WALL)
    for _ in range(16):
        clock.heard(device(-100.0), WALL)
    assert clock.seconds == -100.0


def test_without_an_offset_only_a_clock_with_our_local_time_proves_a_message_fresh(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        clock = ClockOffset({})
        assert clock.fresh(device(3600), WALL + 1, 10)
        assert not clock.fresh(device(3600), WALL + 5, 10)
        assert not clock.fresh(device(0), WALL, 10)
        assert not clock.fresh(None, WALL, 10)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_message_that_waited_somewhere_on_the_way_is_stale() -> None:
    clock = ClockOffset({})
    assert not clock.stale(device(0), WALL, 10), "nothing is known"
    clock.heard(device(0), WALL)
    assert [clock.stale(device(0, WALL + waited), WALL + 20, 10) for waited in (2, 7, 12, 19)] == [
        True,
        True,
        False,
        False,
    ]
    assert clock.seconds == 0


def test_a_clock_that_was_set_back_makes_nothing_stale_for_long() -> None:
    clock = ClockOffset({})
    clock.heard(device(3600), WALL)
    assert [clock.stale(device(0, WALL + at), WALL + at, 10) for at in (10, 11, 12, 13)] == [True, True, True, False]
    assert clock.seconds is None
    clock.heard(device(0, WALL + 13), WALL + 13)
    assert not clock.stale(device(0, WALL + 30), WALL + 30, 10)


def test_only_a_known_offset_proves_a_message_fresh() -> None:
    clock = ClockOffset({})
    assert not clock.fresh(device(7200), WALL, 10)
    clock.measured(device(7200.0), WALL)
    assert clock.fresh(device(7200.0), WALL + 5, 10)
    assert not clock.fresh(device(7200.0), WALL + 15, 10)
    assert not clock.fresh(device(7200.0 + 60), WALL, 10)  # from the future: the clock was set
    assert not clock.fresh(None, WALL, 10)
    clock.forget()
    assert not clock.fresh(device(7200.0), WALL, 10)


def test_the_offset_is_kept_when_it_changes() -> None:
    clock = ClockOffset({"clock_offset": 5.0})
    assert clock.seconds == 5.0
    assert clock.to_keep() == {}
    clock.heard(device(5.4), WALL)
    assert clock.to_keep() == {}
    clock.heard(device(60.0), WALL)
    assert clock.to_keep() == {"clock_offset": 60.0}
    assert clock.to_keep() == {}
    assert ClockOffset({"clock_offset": "soon"}).seconds is None


def test_the_offset_is_shown_from_local_time() -> None:
    clock = ClockOffset({})
    assert clock.from_local(WALL) is None
    local = datetime.fromtimestamp(WALL, UTC).astimezone().replace(tzinfo=None)
    clock.measured(local + timedelta(seconds=7), WALL)
    assert clock.from_local(WALL) == 7
