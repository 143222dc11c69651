"""Which messages of an ECP reader may have waited in its buffer."""

from __future__ import annotations

from readers_bridge.families.transcore.backlog import Backlog

PATIENCE = 0.4


def connected(at: float = 100.0) -> Backlog:
    backlog = Backlog(10.0)
    backlog.connected(at, PATIENCE)
    return backlog


def test_a_backlog_comes_message_after_message() -> None:
    backlog = connected()
    for now in (101.0, 101.2, 101.5):
        assert backlog.old(now, new_number=True)
        backlog.answered(now + 0.1)


def test_a_pause_after_an_answer_proves_an_empty_buffer() -> None:
    backlog = connected()
    assert backlog.old(111.0, new_number=True)  # it waited for the time-out
    backlog.answered(111.1)
    assert not backlog.old(112.0, new_number=True)
    backlog.answered(112.1)
    assert not backlog.old(112.2, new_number=True), "all that follow were read just now"
    backlog.begin(113.0)  # the reader signed on
    backlog.answered(113.1)
    assert backlog.old(113.2, new_number=True)


def test_a_silence_longer_than_the_time_out_proves_it_for_the_first_message() -> None:
    backlog = connected()
    assert not backlog.old(100.0 + backlog.gap + 0.1, new_number=True)


def test_a_lost_acknowledgement_does_not_deceive() -> None:
    backlog = connected()
    assert backlog.old(101.0, new_number=True)
    backlog.answered(101.1)  # it is lost
    backlog.repeated(111.0)
    backlog.answered(111.1)
    assert backlog.old(111.3, new_number=True)
    backlog.answered(111.4)
    assert backlog.old(113.0, new_number=False), "the old number again is no proof"


def test_damage_proves_nothing() -> None:
    backlog = connected()
    assert backlog.old(101.0, new_number=True)
    backlog.answered(101.1)
    backlog.disturbed()
    assert backlog.old(111.3, new_number=True)
    backlog.answered(111.4)
    assert not backlog.old(112.0, new_number=True)


def test_what_could_not_be_stored_waited() -> None:
    backlog = connected()
    assert not backlog.old(120.0, new_number=True)
    backlog.answered(120.1)
    backlog.begin(130.0)
    assert backlog.old(140.0, new_number=True)
