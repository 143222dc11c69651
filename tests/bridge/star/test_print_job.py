"""What a printer's answers mean for a job."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.star.esc_pos_status import EscPosStatus, InOrderAnswer
from readers_bridge.families.star.expanded_status import PrintEnd, Version
from readers_bridge.families.star.print_job import ETB_GRACE, End, PrintJob, Stage
from readers_bridge.families.star.printing import Confirmation
from readers_bridge.families.star.status import Asb

READY = Asb(bytes.fromhex("23 86 00 00 00 00 00 00 00"))
COUNTED = Asb(bytes.fromhex("23 86 02 00 00 00 00 02 00"))
COVER_OPEN = Asb(bytes.fromhex("23 86 28 00 00 00 00 00 00"))
PAPER_END = Asb(bytes.fromhex("23 86 08 00 00 0C 00 00 00"))
HEAD_HOT = Asb(bytes.fromhex("23 86 08 40 00 00 00 00 00"))
CUTTER = Asb(bytes.fromhex("23 86 08 08 00 00 00 00 00"))
SHORT = Asb(bytes.fromhex("0F 82 02 00 00 00 00"))


def job(confirmation: Confirmation = Confirmation.PRINT_END, *, sent: bool = True) -> PrintJob:
    it = PrintJob(0x1102, confirmation, 0)
    if sent:
        it.sent()
    return it


def test_the_answer_with_the_jobs_number_is_the_end() -> None:
    it = job()
    it.take(PrintEnd(1, 0x1101, 1), 0)
    it.take(PrintEnd(0, 0x1102, 1), 0)
    it.take(Version("HSP7000Ver.1.0"), 0)
    assert it.end is None
    it.take(PrintEnd(1, 0x1102, 2), 0)
    assert it.end == End(confirmed_by="print_end")
    assert it.stage is Stage.DONE


def test_an_answer_before_everything_was_sent_counts_when_it_was() -> None:
    it = job(sent=False)
    it.take(PrintEnd(1, 0x1101, 1), 0)
    it.take(PrintEnd(1, 0x1102, 1), 0)
    assert it.end is None
    it.sent()
    assert it.end == End(confirmed_by="print_end")
    other = job(sent=False)
    other.take(PrintEnd(1, 0x1101, 1), 0)
    other.sent()
    assert other.end is None


@pytest.mark.parametrize("answer", [PrintEnd(0, 0x1102, 1), PrintEnd(1, 0x1101, 1)])
@pytest.mark.parametrize("late", [True, False])
def test_a_printer_that_repeats_numbers_is_never_taken_at_its_counter(answer: PrintEnd, *, late: bool) -> None:
    """In multi-session mode every host's ETB moves it."""
    it = job()
    for event in (COUNTED, answer) if late else (answer, COUNTED):
        it.take(event, 0)
    it.look(100)
    assert it.end is None
    it.take(PrintEnd(1, 0x1102, 2), 101)
    assert it.end == End(confirmed_by="print_end")


@pytest.mark.parametrize("confirmation", [Confirmation.PRINT_END, Confirmation.ETB])
@pytest.mark.parametrize("before", [None, 31, 2, 1])
def test_only_the_next_number_of_the_counter_is_this_job(confirmation: Confirmation, before: int | None) -> None:
    it = PrintJob(0x1102, confirmation, before)
    it.sent()
    it.take(COUNTED, 0)
    it.look(100)
    assert it.end is None


def test_a_moved_etb_counter_will_do_when_the_answer_does_not_come() -> None:
    it = job()
    it.take(COUNTED, 10)
    it.look(10 + ETB_GRACE / 2)
    assert it.end is None
    it.look(10 + ETB_GRACE)
    assert it.end == End(confirmed_by="etb")


def test_what_the_counter_did_before_the_end_was_sent_is_not_the_end() -> None:
    it = job(sent=False)
    it.take(COUNTED, 0)
    it.sent()
    it.look(100)
    assert it.end is None


@pytest.mark.parametrize("status", [COUNTED, SHORT])
def test_a_dot_impact_printer_counts_etbs(status: Asb) -> None:
    it = job(Confirmation.ETB)
    it.take(READY, 0)
    assert it.end is None
    it.take(status, 0)
    assert it.end == End(confirmed_by="etb")


def test_an_esc_pos_printer_answers_in_turn() -> None:
    it = job(Confirmation.PAPER_STATUS)
    it.take(EscPosStatus(bytes([0x10, 0, 0, 0])), 0)
    assert it.end is None
    it.take(InOrderAnswer(0), 0)
    assert it.end == End(confirmed_by="paper_status")


@pytest.mark.parametrize(
    ("status", "code"), [(COVER_OPEN, "cover_open"), (PAPER_END, "paper_end"), (CUTTER, "cutter_error")]
)
def test_after_an_error_in_a_document_the_rest_is_discarded(status: Asb, code: str) -> None:
    it = job(sent=False)
    it.take(status, 0)
    assert it.end == End(code=code)
    it.sent()
    it.take(PrintEnd(1, 0x1102, 1), 1)  # what stands behind the document may be executed all the same
    assert it.end == End(code=code)


@pytest.mark.parametrize("confirmation", [Confirmation.ETB, Confirmation.PAPER_STATUS])
def test_without_a_document_a_printer_goes_on_when_it_is_helped(confirmation: Confirmation) -> None:
    it = job(confirmation)
    it.take(PAPER_END, 0)
    assert (it.end, it.trouble) == (None, "paper_end")
    it.take(READY, 0)
    assert (it.end, it.trouble) == (None, None)
    it.take(CUTTER, 0)
    assert it.end == End(code="cutter_error")


def test_an_error_when_everything_was_sent_may_be_contradicted() -> None:
    it = job()
    it.take(PAPER_END, 0)
    assert it.end == End(code="paper_end")
    it.take(PrintEnd(1, 0x1101, 1), 1)
    assert it.end == End(code="paper_end")
    it.take(PrintEnd(1, 0x1102, 1), 1)
    assert it.end == End(code="paper_end", was_repeated=True)


def test_a_printer_that_was_helped_does_what_stands_behind_the_document() -> None:
    it = job()
    it.take(COVER_OPEN, 0)
    it.take(READY, 1)
    it.take(PrintEnd(1, 0x1102, 1), 1)
    assert it.end == End(code="cover_open")


def test_a_hot_head_cools_down() -> None:
    it = job()
    it.take(HEAD_HOT, 0)
    assert (it.end, it.trouble) == (None, "head_hot")


@given(st.lists(st.tuples(st.sampled_from([READY, COUNTED, COVER_OPEN, HEAD_HOT, SHORT]), st.booleans()), max_size=12))
def test_what_has_ended_stays_as_it_is(told: list[tuple[Asb, bool]]) -> None:
    it = job(sent=False)
    ended: End | None = None
    for now, (status, sent) in enumerate(told):
        if sent:
            it.sent()
        it.take(status, now)
        it.look(now)
        assert ended is None or it.end == ended
        ended = it.end
