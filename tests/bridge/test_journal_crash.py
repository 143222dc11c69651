"""What is told as stored is there after a crash, once, in order; and no id is given twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from readers_bridge.config import JournalConfig
from readers_bridge.journal import Cursor, database
from tests.bridge.journal_harness import as_after_a_crash, opened

ROOT = Path(__file__).parents[2]

APPENDER = """
import asyncio, itertools, pathlib
from readers_bridge.config import JournalConfig
from tests.bridge.journal_harness import Desk

class Printing(Desk):
    def _committed(self, records):
        super()._committed(records)
        print(*(f"{{record.position}}:{{record.seq}}" for record in records), flush=True)

async def main():
    desk = Printing()
    await desk.open(pathlib.Path({path!r}), JournalConfig(max_bytes=4 * 1024 * 1024, durability={durability!r}))
    for appended, count in zip(itertools.count(), itertools.cycle([1, 7, 120, 1, 40])):
        desk.journal.append(desk.reads(count, device=f"d{{count}}", payload=b"x" * 300))
        await asyncio.sleep(0)
        while desk.journal.stats()["waiting"] > 500:
            await asyncio.sleep(0)
        desk.journal.delivered(desk.committed[-100:][0].position if desk.committed else 0)

asyncio.run(main())
"""


def killed_after(lines: int, path: Path, durability: str) -> list[tuple[int, int]]:
    """Positions and seqs that a process told as committed before it was killed."""
    script = APPENDER.format(path=str(path), durability=durability)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    try:
        output = b"".join(process.stdout.readline() for _ in range(lines))
    finally:
        process.kill()
    output += process.communicate()[0]
    words = output[: output.rfind(b"\n") + 1].split()
    return [(int(position), int(seq)) for position, _, seq in (word.partition(b":") for word in words)]


@pytest.mark.parametrize("durability", ["process", "power"])
async def test_sigkill_while_appending(tmp_path: Path, durability: str) -> None:
    path = tmp_path / "journal.db"
    told: list[tuple[int, int]] = []
    for lines in (1, 50, 200):
        new = killed_after(lines, path, durability)
        assert len(new) >= lines
        assert not told or min(new) > max(told), "the numbers go on"
        told += new
        async with opened(path) as desk:
            stored = await desk.everything_pending()
            numbers = [(record.position, record.seq) for record in stored]
            assert numbers == sorted(set(numbers)), "in order, none twice"
            assert len({seq for _, seq in numbers}) == len(numbers)
            assert {pair for pair in told if pair[0] > desk.journal.delivered_position} <= set(numbers)
            for device in {record.device for record in stored}:
                last = max(record.device_seq for record in stored if record.device == device)
                assert desk.journal.number(device)[1] == last + 1


def power_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_boot", lambda: "another boot")


async def test_a_loss_of_power_may_take_records_but_no_id_comes_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.db"
    async with opened(path) as desk:
        before = desk.journal.id
        kept = await desk.store(desk.reads(10))
        survived = as_after_a_crash(path, tmp_path / "survived")
        await desk.store(desk.reads(5))  # published, and then not on the disk
        seen = Cursor(before, 15)
    power_cut(monkeypatch)
    async with opened(survived) as desk:
        assert desk.journal.id != before
        later = await desk.store(desk.reads(3))
        assert [record.seq for record in later] == [11, 12, 13]
        page = await desk.journal.page(seen, None, 100)
        assert page.records == tuple(later), "who saw more than is known has missed these"
        assert not page.reset
        page = await desk.journal.page(Cursor(before, 8), None, 100)
        assert page.records == (*kept[8:], *later)
        assert page.next == Cursor(desk.journal.id, 13)


@pytest.mark.parametrize("durability", ["process", "power"])
async def test_the_id_stays_after_a_clean_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durability: str) -> None:
    async with opened(tmp_path / "journal.db", JournalConfig(durability=durability)) as desk:
        before = desk.journal.id
    power_cut(monkeypatch)
    async with opened(tmp_path / "journal.db") as desk:
        assert desk.journal.id == before


async def test_the_id_stays_after_a_loss_of_power_when_every_commit_was_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.db"
    async with opened(path, JournalConfig(durability="power")) as desk:
        await desk.store(desk.reads(5))
        power_cut(monkeypatch)
        async with opened(as_after_a_crash(path, tmp_path / "after")) as copy:
            assert copy.journal.id == desk.journal.id
            assert copy.journal.number("door") == (6, 6)
