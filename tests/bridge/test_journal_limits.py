from __future__ import annotations

import logging
from pathlib import Path

import pytest

from readers_bridge.config import JournalConfig
from readers_bridge.journal import Cursor, intake, journal, writer
from readers_bridge.journal.counting import Numbers
from readers_bridge.journal.record import Tally
from tests.bridge.journal_harness import Desk, opened
from tests.conftest import eventually

MIB = 1024 * 1024
SMALL = JournalConfig(max_bytes=MIB)
KILOBYTE = b"x" * 1000


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is otherwise done once in a while is done at once."""
    monkeypatch.setattr(journal, "DELIVERED_EVERY", 0.001)
    monkeypatch.setattr(writer, "LOOK_SOON", 0.0)
    monkeypatch.setattr(writer, "LOOK_EVERY", 0.005)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def size(path: Path) -> int:
    return path.stat().st_size


async def settled(desk: Desk) -> None:
    """Everything is stored, and the limits have been looked at since."""
    await desk.journal.flush()
    looks = 0
    tallied = desk.journal.tallied

    def count(tally: Tally) -> None:
        nonlocal looks
        looks = 0 if tally.more else looks + 1
        tallied(tally)

    desk.journal.tallied = count  # type: ignore[method-assign]
    await eventually(lambda: looks >= 3, "the limits to be looked at")
    desk.journal.tallied = tallied  # type: ignore[method-assign]


async def test_the_oldest_delivered_records_go_first(path: Path) -> None:
    async with opened(path, SMALL) as desk:
        first = await desk.store(desk.reads(600, payload=KILOBYTE))
        desk.journal.delivered(first[399].position)
        second = await desk.store(desk.reads(300, payload=KILOBYTE))
        await settled(desk)
        assert await desk.everything_pending() == first[400:] + second
        stats = desk.journal.stats()
        assert 100 < stats["dropped_delivered"] < 400
        assert stats["dropped_undelivered"] == 0
        assert stats["stored"] == 900 - stats["dropped_delivered"]
        assert stats["bytes"] <= MIB
        assert stats["depth"] == 500


async def test_when_nothing_delivered_is_left_the_oldest_are_dropped_loudly(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(path, SMALL) as desk:
        first = await desk.store(desk.reads(500, payload=KILOBYTE))
        await settled(desk)
        assert desk.journal.room()
        second = await desk.store(desk.reads(1500, payload=KILOBYTE))
        await settled(desk)
        assert not desk.journal.room(), "a destructive poll must wait"
        stats = desk.journal.stats()
        dropped = stats["dropped_undelivered"]
        assert await desk.everything_pending() == (first + second)[dropped:]
        assert 2000 - dropped == stats["depth"] == stats["stored"] > 600
        assert stats["full"]
        (error,) = [record.message for record in caplog.records if record.levelno == logging.ERROR]
        assert error == f"{desk.journal.problems[0]}; bring the broker back, or set a larger journal.max_size"
        desk.journal.delivered(desk.journal.last_position)
        await settled(desk)
        assert desk.journal.room()
        assert desk.journal.stats()["depth"] == 0


async def test_it_is_full_before_anything_undelivered_is_dropped_whatever_was_delivered_before(path: Path) -> None:
    async with opened(path, SMALL) as desk:
        (first,) = await desk.store(desk.reads(1))
        desk.journal.delivered(first.position)
        while desk.journal.room():
            await desk.store(desk.reads(25, payload=KILOBYTE))
            await settled(desk)
        stats = desk.journal.stats()
        assert stats["depth"] > 600
        assert (stats["dropped_delivered"], stats["dropped_undelivered"]) == (1, 0)
        desk.journal.delivered(desk.journal.last_position - 10)
        await settled(desk)
        assert desk.journal.room()
        assert desk.journal.stats()["dropped_undelivered"] == 0


async def test_the_file_stays_within_the_limit(path: Path) -> None:
    async with opened(path, SMALL) as desk:
        for _ in range(20):
            await desk.store(desk.reads(300, payload=KILOBYTE))
            desk.journal.delivered(desk.journal.last_position)
            await settled(desk)
    assert size(path) < 1.5 * MIB


async def test_a_lower_limit_gives_the_space_back(path: Path) -> None:
    async with opened(path, JournalConfig(max_bytes=8 * MIB)) as desk:
        await desk.store(desk.reads(5000, payload=KILOBYTE))
        desk.journal.delivered(desk.journal.last_position)
    assert size(path) > 5 * MIB
    async with opened(path, SMALL) as desk:
        await settled(desk)
    async with opened(path, SMALL) as desk:
        assert desk.journal.stats()["stored"] > 500
    assert size(path) < 1.5 * MIB


async def test_old_delivered_records_go(path: Path) -> None:
    async with opened(path, JournalConfig(max_age=100)) as desk:
        old = await desk.store(desk.reads(30))
        desk.clock.now += 60
        young = await desk.store(desk.reads(10))
        desk.journal.delivered(old[19].position)
        desk.clock.now += 60
        await settled(desk)
        assert await desk.everything_pending() == old[20:] + young, "what the broker has not got stays, however old"
        desk.journal.delivered(young[4].position)
        await settled(desk)
        assert desk.journal.stats()["stored"] == 10
        assert desk.journal.stats()["oldest_time"] == young[0].time
        page = await desk.journal.page(None, None, 100)
        assert page.records == tuple(young)
        assert page.oldest == young[0].seq


async def test_numbers_outlive_all_records(path: Path) -> None:
    config = JournalConfig(max_age=100)
    async with opened(path, config) as desk:
        records = await desk.store([*desk.reads(700, "door"), desk.read("gate"), desk.result()])
        desk.journal.delivered(desk.journal.last_position)
        desk.clock.now += 101
        await settled(desk)
        assert desk.journal.stats()["stored"] == 0
        clock = desk.clock
        desk.journal._numbers = Numbers(0)  # closing would store them, too
    async with opened(path, config, clock) as desk:
        assert desk.journal.number("door") == (702, 701)
        assert desk.journal.number("gate") == (703, 2)
        assert desk.journal.take_position() == records[-1].position + 1
        assert desk.journal.stats()["depth"] == 0


async def test_an_old_cursor_is_reset(path: Path) -> None:
    async with opened(path, JournalConfig(max_age=100)) as desk:
        await desk.store(desk.reads(10))
        desk.journal.delivered(desk.journal.last_position)
        desk.clock.now += 101
        young = await desk.store(desk.reads(5))
        await settled(desk)
        for seq in (0, 9, 10):
            page = await desk.journal.page(Cursor(desk.journal.id, seq), None, 100)
            assert page.records == tuple(young)
            assert page.reset is (seq < 10)
        desk.journal.delivered(desk.journal.last_position)
        desk.clock.now += 101
        await settled(desk)
        page = await desk.journal.page(Cursor(desk.journal.id, 9), None, 100)
        assert (page.records, page.reset, page.next.seq, page.complete, page.oldest) == ((), True, 15, True, None)


async def test_a_page_for_a_rare_device_looks_at_a_bounded_number_of_records(path: Path) -> None:
    async with opened(path) as desk:
        await desk.store([*desk.reads(12_000, "door"), desk.read("gate")])
        pages = await desk.replay(Cursor(desk.journal.id, 0), ["gate"])
        assert [(len(page.records), page.next.seq) for page in pages] == [(0, 5000), (0, 10_000), (1, 12_001)]


async def test_what_waits_for_the_disk_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "WAITING_RECORDS", 10)
    async with opened(path) as desk:
        stored = desk.reads(3)
        waiting = desk.reads(8)
        too_many = desk.reads(3)
        fitting = desk.reads(2)
        for records in (stored, waiting, too_many, fitting):
            desk.journal.append(records)
        assert not desk.journal.room()
        assert desk.failed == [], "never from within append"
        await desk.journal.flush()
        assert desk.committed == stored + waiting + fitting
        assert desk.failed == too_many
        assert "does not keep up" in str(desk.errors[0])
        assert desk.journal.stats()["depth"] == 13
        assert desk.journal.stats()["not_stored"] == 3


async def test_what_waits_for_the_disk_is_bounded_in_bytes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "WAITING_BYTES", 2500)
    async with opened(path) as desk:
        stored, waiting, too_many = (desk.reads(2, payload=KILOBYTE) for _ in range(3))
        for records in (stored, waiting, too_many):
            desk.journal.append(records)
        await desk.journal.flush()
        assert desk.committed == stored + waiting
        assert desk.failed == too_many
