"""A journal that cannot be used: loud, and the bridge goes on."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from readers_bridge.config import JournalConfig
from readers_bridge.errors import JournalError
from readers_bridge.journal.database import Database
from readers_bridge.journal.record import Group
from tests.bridge.journal_harness import Desk, as_after_a_crash, opened
from tests.conftest import eventually


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.db"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder], check=False).returncode:
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


async def works_again(desk: Desk) -> None:
    await eventually(lambda: desk.journal.problem is None, "the journal to work again")


def obstruct(path: Path) -> None:
    """Put a directory in the way; what was there is hidden."""
    if path.exists():
        path.rename(path.with_name("hidden"))
    path.mkdir(parents=True)


def clear(path: Path) -> None:
    """As it was before ``obstruct``."""
    path.rmdir()
    if path.with_name("hidden").exists():
        path.with_name("hidden").rename(path)


def remount(folder: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", folder], check=True)


# -- cannot be opened


async def test_a_directory_in_the_way(path: Path) -> None:
    obstruct(path)
    async with opened(path) as desk:
        journal = desk.journal
        assert journal.problem == f"{path} is a directory; move it away, or choose another bridge.data_dir"
        assert desk.changes == [journal.problem]
        assert journal.id == journal.volatile_id
        assert not journal.room()
        assert journal.stats()["failing"]
        assert await journal.pending(0, 10) == []
        assert await journal.recent_results(0) == []
        assert await journal.facts("door") == {}
        with pytest.raises(JournalError, match="directory"):
            await journal.page(None, None, 10)
        with pytest.raises(JournalError, match="directory"):
            await journal.set_facts("door", {})
        first, second = desk.reads(2), desk.reads(1)
        journal.append(first)
        journal.append(second)
        commit = desk.reads(1)
        with pytest.raises(JournalError, match="directory"):
            await journal.commit(commit, sync=True)
        assert desk.failed == first + second, "in order, and without what somebody waited for"
        clear(path)
        await works_again(desk)
        assert journal.id != journal.volatile_id
        assert desk.changes[1:] == [None]
        assert journal.room()
        records = await desk.store(desk.reads(2))
        assert [record.seq for record in records] == [5, 6], "numbers are not given twice"
        assert await desk.everything_pending() == records
        assert journal.stats()["depth"] == 2


async def test_a_journal_of_an_earlier_run_that_is_found_late(path: Path) -> None:
    async with opened(path) as desk:
        earlier = await desk.store(desk.reads(5))
        journal = desk.journal.id
        desk.journal.delivered(earlier[1].position)
    obstruct(path)
    async with opened(path) as desk:
        volatile = await desk.store(desk.reads(4))
        assert desk.failed == volatile
        desk.journal.delivered(volatile[1].position)
        clear(path)
        await works_again(desk)
        assert desk.journal.id == journal
        desk.journal.delivered(volatile[3].position)
        later = await desk.store(desk.reads(2))
        assert [record.seq for record in later] == [6, 7]
        assert earlier[-1].position < desk.journal.first_position <= later[0].position
        desk.journal.delivered(later[0].position)
        assert desk.journal.stats()["depth"] == 5, "the earlier ones were never sent"
        assert await desk.everything_pending() == earlier[2:] + later
        desk.journal.delivered(volatile[3].position)
        assert desk.journal.stats()["depth"] == 5, "and have not been acknowledged yet"
        desk.journal.delivered(earlier[4].position)
        desk.journal.delivered(later[0].position)
        assert desk.journal.stats()["depth"] == 1
    async with opened(path) as desk:
        assert await desk.everything_pending() == later[1:]


async def test_what_was_numbered_before_a_late_journal_was_found_is_kept_out_of_it(path: Path) -> None:
    async with opened(path) as desk:
        earlier = await desk.store(desk.reads(5))
    obstruct(path)
    async with opened(path) as desk:
        volatile = desk.reads(4)
        clear(path)
        await works_again(desk)
        later = desk.reads(2)
        with pytest.raises(JournalError, match="older than the journal"):
            await desk.journal.commit(volatile[:1])
        await desk.store([*volatile[1:], *later])
        assert desk.failed == volatile[1:]
        assert await desk.everything_pending() == earlier + later
        assert desk.journal.stats()["depth"] == 7


async def test_numbers_of_what_was_not_stored_are_remembered_when_it_works_again(path: Path, tmp_path: Path) -> None:
    obstruct(path)
    async with opened(path) as desk:
        await desk.store([*desk.reads(4, "door"), *desk.reads(2, "gate")])
        clear(path)
        await works_again(desk)
        await desk.journal.flush()
        async with opened(as_after_a_crash(path, tmp_path / "crashed")) as later:
            assert later.journal.number("door") == (7, 5)
            assert later.journal.number("gate") == (8, 3)


async def test_a_data_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    async with opened(tmp_path / "data" / "journal.db") as desk:
        assert "journal.db cannot be used" in str(desk.journal.problem)
        (tmp_path / "data").unlink()
        await works_again(desk)


async def test_a_read_only_file_system(small_disk: Path) -> None:
    async with opened(small_disk / "journal.db") as desk:
        earlier = await desk.store(desk.reads(1))
    remount(small_disk, "ro")
    async with opened(small_disk / "journal.db") as desk:
        assert "Read-only file system" in str(desk.journal.problem)
        records = await desk.store(desk.reads(1))
        assert desk.failed == records
        remount(small_disk, "rw")
        await works_again(desk)
        assert await desk.everything_pending() == earlier


# -- fails while in use


async def test_a_full_disk(small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = small_disk / "journal.db"
    async with opened(path) as desk:
        journal = desk.journal
        stored = await desk.store(desk.reads(100, payload=b"x" * 1000))
        (small_disk / "filler").write_bytes(b"x" * shutil.disk_usage(small_disk).free)
        failed = await desk.store(desk.reads(1000, payload=b"x" * 1000))
        assert desk.failed == failed
        assert journal.problem == f"the disk with {path} is full; free some space, or set a smaller journal.max_size"
        with pytest.raises(JournalError, match="full"):
            await journal.commit(desk.reads(1), sync=True, facts=("door", {"frame": 1}))
        assert not journal.room()
        assert await desk.everything_pending() == stored, "what is there can be read"
        assert (await journal.page(None, None, 1000)).records == tuple(stored)
        await asyncio.sleep(0.1)  # some attempts in vain
        (small_disk / "filler").unlink()
        await works_again(desk)
        again = await desk.store(desk.reads(3))
        assert again[0].seq == 1102
        assert await desk.everything_pending() == stored + again
        assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"], "once each"
        assert journal.stats()["depth"] == 103
        assert await journal.facts("door") == {}


async def test_a_backlog_survives_a_start_on_a_full_disk(small_disk: Path) -> None:
    path = small_disk / "journal.db"
    async with opened(path) as desk:
        earlier = await desk.store(desk.reads(100, payload=b"x" * 1000))
        name = desk.journal.id
    (small_disk / "filler").write_bytes(b"x" * shutil.disk_usage(small_disk).free)
    async with opened(path) as desk:
        assert "full" in str(desk.journal.problem)
        assert await desk.everything_pending() == earlier
        records = await desk.store(desk.reads(2))
        assert desk.failed == records
        assert records[0].seq == 101
        desk.journal.delivered(earlier[9].position)
        (small_disk / "filler").unlink()
        await works_again(desk)
        assert desk.journal.id == name
        assert await desk.everything_pending() == earlier[10:]


def test_a_limit_of_the_size_of_files(path: Path) -> None:
    script = f"""
import asyncio, resource
from pathlib import Path
from tests.bridge.journal_harness import opened

async def main():
    async with opened(Path({str(path)!r})) as desk:
        stored = await desk.store(desk.reads(50, payload=b"x" * 1000))
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
        failed = await desk.store(desk.reads(1000, payload=b"x" * 1000))
        assert desk.failed == failed, len(desk.failed)
        assert desk.journal.problem
        print(desk.journal.problem)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        while desk.journal.problem:
            await asyncio.sleep(0.01)
        again = await desk.store(desk.reads(10))
        assert await desk.everything_pending() == stored + again

asyncio.run(main())
"""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False, cwd=root
    )
    assert done.returncode == 0, done.stderr
    assert "check its free space" in done.stdout


async def test_a_commit_that_fails_is_not_found_later(small_disk: Path) -> None:
    """Or a device that is not acknowledged, and says it again, would be heard twice."""
    path = small_disk / "journal.db"
    async with opened(path, JournalConfig(durability="power")) as desk:
        (small_disk / "filler").write_bytes(b"x" * shutil.disk_usage(small_disk).free)
        records = desk.reads(200, payload=b"x" * 1000)
        with pytest.raises(JournalError):
            await desk.journal.commit(records, sync=True)
        assert desk.failed == desk.committed == []
        (small_disk / "filler").unlink()
        await works_again(desk)
        await desk.journal.commit(records, sync=True)
        assert await desk.everything_pending() == records


async def test_what_was_stored_although_it_seemed_to_fail_is_not_found_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would reach the broker twice: now through memory, later from the file, under two ids."""
    store = Database.store

    def store_and_complain(self: Database, group: Group) -> None:
        last = self.last_position
        store(self, group)
        self.last_position = last
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise error

    async with opened(path, retry_every=0.5) as desk:
        good = await desk.store(desk.reads(2))
        monkeypatch.setattr(Database, "store", store_and_complain)
        failed = await desk.store(desk.reads(2))
        monkeypatch.undo()
        assert desk.failed == failed
        assert await desk.everything_pending() == good + failed, "the file has them"
        await works_again(desk)
        more = await desk.store(desk.reads(1))
        assert await desk.everything_pending() == good + more
