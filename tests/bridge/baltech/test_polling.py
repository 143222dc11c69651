"""Autoread messages are fetched in time and in order, and none is lost."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.errors import DeviceError
from readers_bridge.families.baltech.brp import Response
from readers_bridge.families.baltech.commands import Request
from readers_bridge.families.baltech.exchange import Exchange, NoAnswerError
from readers_bridge.families.baltech.polling import BATCH, IN_HAND, Polling, pause
from readers_bridge.model import Address, DeviceConfig, Privacy
from tests.bridge.desk import Desk

GET_MESSAGE = 0x0501


class Stack:
    """A reader's messages, the newest first; ``Exchange`` as far as polling needs it."""

    def __init__(self, *presented: bytes, end: int = 0x01, kind: int = 0) -> None:
        self.waiting = [(kind, data) for data in presented]
        self.end = end
        self.fails_after: int | None = None
        self.facts_at_polls: list[Any] = []
        self.desk: Desk | None = None

    async def ask(self, request: Request, *, patient: bool = False) -> Response:
        if request.code != GET_MESSAGE:
            return Response(request.code, 0, bytes.fromhex("00000100"))
        if self.desk is not None:
            self.facts_at_polls.append(self.desk.facts.get(IN_HAND, []))
        if self.fails_after is not None:
            if self.fails_after == 0:
                raise NoAnswerError("unplugged")
            self.fails_after -= 1
        if not self.waiting:
            return Response(GET_MESSAGE, self.end)
        kind, data = self.waiting.pop()
        return Response(GET_MESSAGE, 0, bytes((kind, len(data))) + data)


def polling(desk: Desk, privacy: Privacy | None = None) -> Polling:
    config = DeviceConfig("door", "baltech", Address("tcp", "192.0.2.1", 2939), "Door", privacy)
    return Polling(config, desk, lambda *_: None)


async def drain(stack: Stack, desk: Desk, privacy: Privacy | None = None, **how: bool) -> Response:
    return await polling(desk, privacy).drain(cast("Exchange", stack), **how)


async def test_the_newest_comes_first_and_the_order_is_turned_round() -> None:
    desk = Desk()
    await drain(Stack(b"1", b"2", b"3"), desk)
    assert desk.credentials == ["1", "2", "3"]
    assert [read.data["order"] for read in desk.reads] == ["inferred"] * 3


async def test_the_order_of_a_single_card_is_certain() -> None:
    desk = Desk()
    response = await drain(Stack(b"1"), desk)
    assert response.status == 1
    assert [dict(read.data) for read in desk.reads] == [{"data_hex": "31", "text": "1"}]


async def test_what_is_in_hand_is_kept_before_the_next_poll() -> None:
    desk, stack = Desk(), Stack(b"1", b"2")
    stack.desk = desk
    await drain(stack, desk)
    assert stack.facts_at_polls == [[], [[0, "32"]], [[0, "32"], [0, "31"]]]
    assert desk.facts[IN_HAND] == []
    assert [items for items, _ in desk.history if items] == [desk.reads], "published and forgotten in one commit"


async def test_after_a_crash_what_was_in_hand_is_published_as_late() -> None:
    desk = Desk({IN_HAND: [[0, "32"], [0, "31"]]})
    await polling(desk).restore()
    assert [(read.credential, read.buffered) for read in desk.reads] == [("1", True), ("2", True)]
    assert desk.facts[IN_HAND] == []


@pytest.mark.parametrize(
    ("privacy", "kind", "kept"),
    [
        (None, 0, True),
        (None, 3, False),
        (Privacy.PLAIN, 3, True),
        (Privacy.MASKED, 0, False),
        (Privacy.HASHED, 0, False),
    ],
)
async def test_what_must_not_be_stored_as_it_is_is_not_kept(privacy: Privacy | None, kind: int, kept: bool) -> None:
    desk = Desk()
    await drain(Stack(b"1234", kind=kind), desk, privacy)
    assert any(facts and facts.get(IN_HAND) for _, facts in desk.history) is kept
    assert desk.credentials == ["1234"]


async def test_what_was_fetched_before_the_connection_broke_is_published() -> None:
    desk, stack = Desk(), Stack(b"1", b"2", b"3")
    stack.fails_after = 2
    with pytest.raises(NoAnswerError):
        await drain(stack, desk)
    assert desk.credentials == ["2", "3"]


async def test_without_a_journal_reads_go_on() -> None:
    desk = Desk()
    desk.broken = True
    await drain(Stack(b"1", b"2"), desk)
    assert desk.credentials == ["1", "2"]
    assert desk.counters["not_kept"] == 2


async def test_a_large_number_comes_in_batches() -> None:
    desk = Desk()
    stack = Stack(*(b"%d" % number for number in range(BATCH + 2)))
    await drain(stack, desk)
    assert len(desk.reads) == BATCH
    await drain(stack, desk)
    assert len(desk.reads) == BATCH + 2


async def test_what_a_full_batch_left_is_as_old_as_the_batch_and_its_place_is_not_certain() -> None:
    desk = Desk()
    stack = Stack(*(b"%d" % number for number in range(BATCH + 1)))
    poller = polling(desk)
    exchange = cast("Exchange", stack)
    assert (await poller.drain(exchange, old=True)).status == 0
    assert (await poller.drain(exchange)).status == 1
    assert [read.buffered for read in desk.reads] == [True] * (BATCH + 1)
    assert desk.reads[-1].data["order"] == "inferred"
    stack.waiting.append((0, b"live"))
    await poller.drain(exchange)
    assert not desk.reads[-1].buffered
    assert "order" not in desk.reads[-1].data


async def test_the_first_drain_of_a_connection_may_bring_old_reads() -> None:
    desk = Desk()
    await drain(Stack(b"1", b"2"), desk, old=True)
    assert [read.buffered for read in desk.reads] == [True, True]
    desk = Desk()
    await drain(Stack(b"1", b"2"), desk, old=True, newest_is_fresh=True)
    assert [read.buffered for read in desk.reads] == [True, False]


async def test_the_mode_is_told() -> None:
    desk = Desk()
    await drain(Stack(end=0x10), desk)
    assert desk.state == {"autoread": "Disabled"}
    await drain(Stack(), desk)
    assert desk.state == {"autoread": "Enabled"}


async def test_a_reader_that_lets_us_fetch_nothing_says_what_it_allows() -> None:
    with pytest.raises(DeviceError, match="it allows: ConfigRead") as error:
        await drain(Stack(end=0x42), Desk())
    assert error.value.code == "access_denied"


async def test_a_message_that_cannot_be_read_is_counted() -> None:
    class Malformed(Stack):
        async def ask(self, request: Request, *, patient: bool = False) -> Response:
            return Response(request.code, 0, b"\x00\x05ab")

    desk = Desk()
    await drain(Malformed(), desk)
    assert desk.counters["malformed"] == BATCH


@given(st.floats(0, 1))
def test_the_pause_adds_little_and_leaves_the_line_half_of_the_time(round_trip: float) -> None:
    rest = pause(round_trip)
    assert rest >= round_trip
    if round_trip <= 0.025:
        assert rest + 3 * round_trip <= 0.1
    assert pause(round_trip, spent=0.02) >= max(round_trip, rest - 0.0200001)
