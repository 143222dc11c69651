"""A small group is stored at once, in the event loop, when the writer thread has nothing to do; else by the thread."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from readers_bridge.config import JournalConfig
from readers_bridge.journal import writer
from readers_bridge.journal.database import Database
from readers_bridge.journal.record import Group
from tests.bridge.journal_harness import Desk, opened
from tests.conftest import eventually


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of the thread that stored each group of records."""
    names: list[str] = []
    store = Database.store

    def noted(self: Database, group: Group) -> None:
        if group.records:
            names.append(threading.current_thread().name)
        store(self, group)

    monkeypatch.setattr(Database, "store", noted)
    return names


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


async def store_at_once(desk: Desk, threads: list[str]) -> None:
    """Store single reads until the thread, which looks after the file now and then, does not happen to be busy."""
    for _ in range(1000):
        await desk.store(desk.reads(1))
        if threads[-1] == "MainThread":
            return
    raise AssertionError(threads)


async def test_a_single_read_is_stored_at_once_and_a_flood_by_the_thread(path: Path, threads: list[str]) -> None:
    async with opened(path) as desk:
        await store_at_once(desk, threads)
        await desk.store(desk.reads(writer.SMALL + 1))
        assert threads[-2:] == ["MainThread", "journal"]
        numbers = [record.seq for record in await desk.everything_pending()]
        assert numbers == list(range(1, len(numbers) + 1))


async def test_what_must_be_on_the_disk_for_good_is_left_to_the_thread(path: Path, threads: list[str]) -> None:
    async with opened(path) as desk:
        await desk.journal.commit(desk.reads(1), sync=True)
    async with opened(path, JournalConfig(durability="power")) as desk:
        await desk.store(desk.reads(1))
    assert threads == ["journal", "journal"]


async def test_committed_is_told_later_and_in_order(path: Path) -> None:
    async with opened(path) as desk:
        first = desk.reads(1)
        desk.journal.append(first)
        assert desk.committed == [], "never while append runs"
        rest = [desk.reads(size) for size in (3, 50, 1, 2)]
        for records in rest:
            desk.journal.append(records)
        await desk.journal.flush()
        assert desk.committed == [*first, *(record for records in rest for record in records)]


async def test_after_a_slow_write_the_thread_has_the_work(
    path: Path, threads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(path) as desk:
        await store_at_once(desk, threads)
        monkeypatch.setattr(writer, "SLOW", -1.0)
        for _ in range(60):
            await desk.store(desk.reads(1))
        assert set(threads[-20:]) == {"journal"}


async def test_a_group_that_cannot_be_stored_at_once_is_not_lost(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Database.store
    fails = [True]

    def stumbling(self: Database, group: Group) -> None:
        if group.records and fails and threading.current_thread().name == "MainThread":
            fails.clear()
            raise sqlite3.OperationalError("disk I/O error")
        store(self, group)

    monkeypatch.setattr(Database, "store", stumbling)
    async with opened(path) as desk:
        records = await desk.store(desk.reads(2))
        for _ in range(1000):
            if not fails:
                break
            records = await desk.store(desk.reads(2))  # the thread, which looks after the file now and then, was busy
        assert desk.failed == records, "the caller is told, and publishes them from memory"
        await eventually(lambda: desk.journal.problem is None and len(desk.changes) == 2, "the journal to work again")
        again = await desk.store(desk.reads(2))
        assert desk.committed[-2:] == again
        assert await desk.everything_pending() == desk.committed


async def test_a_damaged_file_is_replaced_and_the_group_is_in_the_new_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Database.store
    fails = [True]

    def damaged(self: Database, group: Group) -> None:
        if group.records and fails:
            fails.clear()
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error
        store(self, group)

    monkeypatch.setattr(Database, "store", damaged)
    async with opened(path) as desk:
        records = await desk.store(desk.reads(2))
        assert desk.committed == records
        assert await desk.everything_pending() == records


async def test_the_wal_file_is_emptied_now_and_then(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "CHECKPOINT_BYTES", 100_000)
    async with opened(path) as desk:
        for _ in range(600):
            await desk.store(desk.reads(1, payload=b"x" * 1000))
        await eventually(lambda: path.stat().st_size > 200_000, "the journal's own file to grow")
