"""Which value of the ETB counter belongs to which job."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.star.etb_count import EtbCount


def test_each_job_has_its_own_number() -> None:
    count = EtbCount()
    count.saw(31)
    assert count.take() == 31
    count.confirmed()
    count.saw(0)
    assert count.take() == 0


def test_a_job_that_was_not_confirmed_keeps_its_number() -> None:
    count = EtbCount()
    count.saw(4)
    assert count.take() == 4
    count.saw(4)  # its ETB, the fifth, is still to come
    assert count.take() == 5
    count.saw(5)
    assert count.take() == 6
    count.confirmed()
    count.saw(7)
    assert count.take() == 7


def test_a_job_without_its_etb_has_none() -> None:
    count = EtbCount()
    count.saw(4)
    count.take()
    count.not_sent()
    assert count.take() == 4


def test_what_is_not_known_confirms_nothing() -> None:
    count = EtbCount()
    assert count.take() is None
    count.saw(3)
    assert count.take() is None
    count.prove()
    assert count.take() == 0
    count.forget()
    count.saw(9)
    assert count.take() == 9


@given(st.lists(st.sampled_from(["confirmed", "unknown", "broken"]), max_size=40))
def test_a_single_host_is_never_wrong(ends: list[str]) -> None:
    """Whatever became of the jobs before, the number is that of this job's own ETB."""
    count = EtbCount()
    executed = 0
    waiting = 0
    for end in ends:
        count.saw(executed % 32)
        before = count.take()
        assert before == (executed + waiting) % 32
        if end == "confirmed":
            executed, waiting = executed + waiting + 1, 0
            count.confirmed()
        elif end == "unknown":
            waiting += 1
        else:
            count.not_sent()
