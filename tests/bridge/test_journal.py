from __future__ import annotations

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest

from readers_bridge.config import JournalConfig
from readers_bridge.errors import JournalError
from readers_bridge.journal import Cursor, Record
from readers_bridge.journal import journal as journal_module
from readers_bridge.journal.database import Database
from readers_bridge.journal.record import Group
from tests.bridge.journal_harness import START, Clock, as_after_a_crash, opened
from tests.conftest import eventually


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.db"


async def test_what_is_appended_is_told_and_found_again(path: Path) -> None:
    async with opened(path) as desk:
        appended = [desk.read("door", b'{"credential": "04"}'), desk.result(), desk.read("gate", '{"å": 1}'.encode())]
        await desk.store(appended)
        assert desk.committed == appended
        assert await desk.journal.pending(0, 10) == appended
        assert desk.journal.last_position == appended[-1].position
        assert desk.journal.stats()["depth"] == 3
    async with opened(path) as desk:
        assert await desk.journal.pending(0, 10) == appended
        assert desk.journal.stats()["depth"] == desk.journal.stats()["stored"] == 3
        assert desk.journal.last_position == appended[-1].position < desk.journal.first_position
        assert desk.committed == desk.failed == []
        assert desk.changes == []


async def test_the_file_is_for_its_owner_only(path: Path) -> None:
    async with opened(path) as desk:
        await desk.store(desk.reads(1))
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


async def test_numbers_go_on_after_a_restart(path: Path) -> None:
    async with opened(path) as desk:
        journal = desk.journal.id
        assert [desk.journal.number("door"), desk.journal.number("gate")] == [(1, 1), (2, 1)]
        first = desk.journal.take_position()
        assert desk.journal.take_position() == first + 1
    async with opened(path) as desk:
        assert desk.journal.id == journal
        assert [desk.journal.number("door"), desk.journal.number("gate")] == [(3, 2), (4, 2)]
        assert desk.journal.take_position() == first + 2 == desk.journal.first_position


async def test_what_comes_while_a_group_is_written_is_one_group(path: Path) -> None:
    async with opened(path) as desk:
        for _ in range(100):
            desk.journal.append(desk.reads(3))
        await desk.journal.flush()
        assert desk.groups == [3, 297]
        assert desk.journal.stats()["commits"] == 2


@pytest.mark.parametrize("count", [1, 2, 3, 511, 512, 513, 1700])
async def test_groups_of_any_size(path: Path, count: int) -> None:
    async with opened(path) as desk:
        records = await desk.store(desk.reads(count))
        assert desk.committed == records
        assert await desk.everything_pending(limit=333) == records


async def test_pending_respects_its_limits(path: Path) -> None:
    async with opened(path) as desk:
        records = await desk.store(desk.reads(10, payload=b"x" * 100))
        after = records[3].position
        assert await desk.journal.pending(after, 2) == records[4:6]
        assert await desk.journal.pending(after, 100, max_bytes=300) == records[4:7]
        assert await desk.journal.pending(after, 100, max_bytes=10) == records[4:5], "at least one, or nobody gets on"


async def test_any_bytes_can_be_stored(path: Path) -> None:
    async with opened(path) as desk:
        records = await desk.store([desk.read(payload=payload) for payload in (bytes(range(256)), b"\0\0", b"")])
        assert await desk.journal.pending(0, 10) == records


# -- delivered


async def test_delivered_records_are_not_pending_after_a_restart(path: Path) -> None:
    async with opened(path) as desk:
        records = await desk.store(desk.reads(5))
        desk.journal.delivered(records[2].position)
        desk.journal.delivered(records[1].position)
        assert desk.journal.delivered_position == records[2].position
        assert desk.journal.stats()["depth"] == 2
    async with opened(path) as desk:
        assert desk.journal.delivered_position == records[2].position
        assert await desk.everything_pending() == records[3:]
        assert desk.journal.stats()["depth"] == 2


async def test_the_watermark_is_stored_before_the_journal_is_closed(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "DELIVERED_EVERY", 0.01)
    async with opened(path) as desk:
        records = await desk.store(desk.reads(2))
        commits = desk.journal.stats()["commits"]
        desk.journal.delivered(records[0].position)
        await eventually(lambda: desk.journal.stats()["commits"] > commits, "the watermark to be stored")
        crashed = as_after_a_crash(path, tmp_path / "crashed")
    async with opened(crashed) as desk:
        assert await desk.everything_pending() == records[1:]


async def test_a_record_that_is_set_aside_is_never_given_out_again(path: Path) -> None:
    async with opened(path) as desk:
        records = await desk.store(desk.reads(3))
        desk.journal.set_aside(records[1], "too large")
        await desk.journal.flush()
        assert await desk.everything_pending() == [records[0], records[2]]
        pages = await desk.replay(None)
        assert [record for page in pages for record in page.records] == [records[0], records[2]]
        assert desk.journal.stats()["set_aside"] == 1
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT position, refused FROM records WHERE refused IS NOT NULL").fetchall() == [
            (records[1].position, "too large")
        ]


# -- commit


@pytest.mark.parametrize("durability", ["process", "power"])
async def test_commit_stores_records_and_facts_together(path: Path, durability: str) -> None:
    async with opened(path, JournalConfig(durability=durability)) as desk:
        records = desk.reads(2)
        await desk.journal.commit(records, sync=True, facts=("door", {"frame": "4A", "count": 7}))
        assert desk.committed == records
        assert await desk.journal.facts("door") == {"frame": "4A", "count": 7}
    async with opened(path) as desk:
        assert await desk.everything_pending() == records
        assert await desk.journal.facts("door") == {"frame": "4A", "count": 7}


def test_a_synced_group_is_written_with_full_synchronisation(path: Path) -> None:
    database = Database(path, power=False, max_bytes=1_000_000)
    database.begin()
    statements: list[str] = []
    database._db.set_trace_callback(lambda statement: statements.append(statement.split("(")[0].strip()))
    record = Record(1, "r/b/door/read", b"{}", "door", "read", START, 1, 1)
    database.store(Group([record], sync=True))
    database.store(Group([record._replace(position=2)]))
    database.close()
    assert statements == [
        "PRAGMA synchronous = FULL", "INSERT INTO records", "PRAGMA synchronous = NORMAL", "INSERT INTO records",
    ]  # fmt: skip


async def test_a_record_that_cannot_be_stored_harms_no_other(path: Path) -> None:
    async with opened(path) as desk:
        good = await desk.store(desk.reads(1))
        bad = good[0]._replace(topic="again")  # its position is taken
        with pytest.raises(JournalError, match="cannot be stored"):
            await desk.journal.commit([bad])
        group = [bad, *desk.reads(2)]  # several statements
        await desk.store(group)
        more = await desk.store(desk.reads(3))
        assert desk.failed == group
        assert desk.committed == good + more
        assert desk.changes == [], "the journal works"


async def test_a_cancelled_commit_leaves_the_journal_working(path: Path) -> None:
    async with opened(path) as desk:
        task = asyncio.create_task(desk.journal.commit(desk.reads(1), sync=True))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await desk.store(desk.reads(1))
        assert len(desk.committed) == 2


async def test_facts_are_merged_and_forgotten_by_scope(path: Path) -> None:
    async with opened(path) as desk:
        await desk.journal.set_facts("door", {"a": 1, "b": {"c": [None, True, "å"]}})
        await desk.journal.set_facts("door", {"a": "two", "d": 0.5})
        await desk.journal.set_facts("gate", {"a": 3})
        assert await desk.journal.facts("door") == {"a": "two", "b": {"c": [None, True, "å"]}, "d": 0.5}
        await desk.journal.set_facts("door", None)
        assert await desk.journal.facts("door") == {}
        assert await desk.journal.facts("gate") == {"a": 3}


async def test_recent_results(path: Path) -> None:
    async with opened(path) as desk:
        await desk.store([desk.result("door", b"old"), desk.read()])
        desk.clock.now += 300
        recent = await desk.store([desk.result("door", b"1"), desk.read(), desk.result("gate", b"2")])
    async with opened(path) as desk:
        assert await desk.journal.recent_results(START + 300) == [recent[0], recent[2]]


async def test_a_closed_journal_says_so(path: Path) -> None:
    async with opened(path) as desk:
        record = desk.read()
    desk.journal.append([record])
    desk.journal.delivered(record.position)
    desk.journal.set_aside(record, "too late")
    await eventually(lambda: desk.failed == [record], "the record to fail")
    with pytest.raises(JournalError, match="closed"):
        await desk.journal.commit([record])
    with pytest.raises(JournalError, match="closed"):
        await desk.journal.page(None, None, 10)


# -- replay


async def test_a_replay_continues_where_its_cursor_stands(path: Path) -> None:
    async with opened(path) as desk:
        records = await desk.store([desk.read(), desk.result(), desk.read("gate", kind="event"), *desk.reads(3)])
        wanted = [record for record in records if record.kind != "result"]
        page = await desk.journal.page(None, None, 2)
        assert page.records == tuple(wanted[:2])
        assert page.next == Cursor(desk.journal.id, 2)
        assert (page.complete, page.oldest, page.reset) == (False, 1, False)
        page = await desk.journal.page(page.next, None, 100)
        assert page.records == tuple(wanted[2:])
        assert (page.complete, page.next.seq, page.reset) == (True, 5, False)
        page = await desk.journal.page(page.next, None, 100)
        assert (page.records, page.complete, page.next.seq) == ((), True, 5)


async def test_a_replay_for_some_devices_moves_on_over_the_others(path: Path) -> None:
    async with opened(path) as desk:
        await desk.store([*desk.reads(20, "door"), *desk.reads(2, "gate"), *desk.reads(20, "door")])
        pages = await desk.replay(None, ["gate", "barn"], limit=2)
        assert [record.seq for page in pages for record in page.records] == [21, 22]
        assert pages[-1].next.seq == 42


async def test_a_page_is_bounded_in_bytes(path: Path) -> None:
    async with opened(path) as desk:
        await desk.store(desk.reads(6, payload=b"x" * 100))
        page = await desk.journal.page(None, None, 100, max_bytes=250)
        assert [record.seq for record in page.records] == [1, 2]
        assert (page.next.seq, page.complete) == (2, False)
        page = await desk.journal.page(page.next, None, 100, max_bytes=1)
        assert [record.seq for record in page.records] == [3]


async def test_a_foreign_cursor_starts_at_the_oldest(path: Path) -> None:
    async with opened(path) as desk:
        records = await desk.store(desk.reads(3))
        page = await desk.journal.page(Cursor("foreign", 2), None, 100)
        assert page.reset
        assert page.records == tuple(records)


async def test_an_empty_journal_replays_nothing(path: Path) -> None:
    async with opened(path) as desk:
        page = await desk.journal.page(None, None, 100)
        assert (page.records, page.next, page.complete, page.oldest) == ((), Cursor(desk.journal.id, 0), True, None)
        assert not page.reset


async def test_the_clock_of_the_machine_may_jump(path: Path) -> None:
    async with opened(path, clock=Clock(START)) as desk:
        first = await desk.store(desk.reads(1))
    async with opened(path, clock=Clock(5.0)) as desk:
        second = await desk.store(desk.reads(1))
        assert second[0].position == first[0].position + 1
