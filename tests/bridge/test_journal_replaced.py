"""A journal that is damaged or removed is replaced; one that is in use is not touched."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from readers_bridge.errors import TakenOverError
from tests.bridge.journal_harness import Desk, opened
from tests.conftest import eventually


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.db"


async def works_again(desk: Desk) -> None:
    await eventually(lambda: desk.journal.problem is None, "the journal to work again")


def begin_with(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def set_aside_files(path: Path) -> list[Path]:
    return [file for file in path.parent.glob("*.corrupt-*") if not file.name.endswith("-wal")]


# -- damaged


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be taken for one" * 100, b"SQLite format 3\0" + b"\7" * 5000]
)
async def test_a_file_that_is_no_journal_is_set_aside(
    path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    begin_with(path, content)
    async with opened(path) as desk:
        assert desk.journal.problem is None
        assert [word.split(";")[1] for word in desk.journal.problems] == [
            f" it is kept as {set_aside_files(path)[0].name} and a new one is begun"
        ]
        assert await desk.store(desk.reads(2)) == desk.committed
        assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
        assert desk.changes == [desk.journal.problems[0], None]
    assert set_aside_files(path)[0].read_bytes() == content


async def test_a_database_of_something_else_is_set_aside(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE records (a)")
    async with opened(path) as desk:
        assert await desk.store(desk.reads(1)) == desk.committed
    assert len(set_aside_files(path)) == 1


async def test_only_the_last_damaged_journals_are_kept(path: Path) -> None:
    for number in range(5):
        begin_with(path, b"%d is no database" % number * 100)
        async with opened(path):
            pass
    assert sorted(file.read_bytes()[:1] for file in set_aside_files(path)) == [b"2", b"3", b"4"]


def overwrite(path: Path) -> None:
    """Damage every page but the first ones."""
    size = path.stat().st_size
    assert size > 500_000
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xa5" * (size - 8192))


async def test_a_file_that_is_damaged_while_in_use_is_replaced(path: Path) -> None:
    async with opened(path) as desk:
        await desk.store(desk.reads(20_000, payload=b"x" * 1000))
        before = desk.journal.id
        overwrite(path)
        assert await desk.everything_pending() == []
        assert desk.journal.problem is None
        assert desk.journal.id != before
        assert "damaged" in desk.journal.problems[0]
        assert desk.changes == [desk.journal.problems[0], None]
        assert desk.journal.stats()["dropped_undelivered"] == 20_000
        records = await desk.store(desk.reads(3))
        assert records[0].seq == 20_001, "the numbers go on"
        assert await desk.everything_pending() == records
        assert desk.failed == []
        assert desk.journal.stats()["depth"] == 3
    assert len(set_aside_files(path)) == 1
    async with opened(path) as desk:
        assert desk.journal.number("door") == (20_004, 20_004)


async def test_the_group_that_meets_the_damage_is_stored_in_the_new_file(path: Path) -> None:
    async with opened(path) as desk:
        await desk.store(desk.reads(6000, payload=b"x" * 1000))
    overwrite(path)
    async with opened(path) as desk:
        records = await desk.store(desk.reads(5))
        found = await desk.everything_pending()
        assert records == found[-5:] or records == desk.committed
        assert desk.failed == []
    assert len(set_aside_files(path)) == 1


# -- removed


async def test_a_data_directory_that_is_removed(path: Path) -> None:
    async with opened(path) as desk:
        await desk.store(desk.reads(5))
        before = desk.journal.id
        shutil.rmtree(path.parent)

        def changed() -> bool:
            desk.journal.append(desk.reads(1))
            return bool(desk.changes)

        await eventually(changed, "the loss to be noticed")
        assert desk.changes[0] == f"{path} was removed while it was in use"
        await works_again(desk)
        assert desk.journal.id != before
        records = await desk.store(desk.reads(2))
        assert (await desk.everything_pending())[-2:] == records
        assert desk.journal.stats()["dropped_undelivered"] >= 5
        assert desk.failed == []


# -- two bridges


@pytest.fixture
def other_bridge(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has the journal open."""
    script = f"""
import asyncio
from pathlib import Path
from tests.bridge.journal_harness import opened

async def main():
    async with opened(Path({str(path)!r})) as desk:
        print("open", flush=True)
        input()

asyncio.run(main())
"""
    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root)
    assert process.stdout is not None
    assert process.stdout.readline() == b"open\n"
    yield process
    process.kill()
    process.communicate()


async def test_one_bridge_for_a_journal(path: Path, other_bridge: subprocess.Popen[bytes]) -> None:
    with pytest.raises(TakenOverError, match=f"another bridge .process {other_bridge.pid}. is running with the data"):
        await Desk().open(path)
    other_bridge.kill()
    other_bridge.wait()
    async with opened(path) as desk:
        assert await desk.store(desk.reads(1)) == desk.committed


async def test_a_second_journal_in_one_process(path: Path) -> None:
    async with opened(path):
        with pytest.raises(TakenOverError):
            await Desk().open(path)
    async with opened(path):
        pass
