"""Commands that a crash cuts off are answered by the next run."""

from __future__ import annotations

from pathlib import Path

from readers_bridge.model import Command
from readers_bridge.under_way import CutOff, UnderWay
from tests.bridge.journal_harness import opened


async def test_what_was_cut_off_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with opened(path) as desk:
        before = UnderWay(desk.journal, "till")
        await before.begin("main", Command("beep", {}, "a"))
        before.end("main")
        await before.begin("main", Command("beep", {}, "b"))
        await before.begin("print", Command("print_text", {}, None))
        await before.close()
    async with opened(path) as desk:
        after = UnderWay(desk.journal, "till")
        assert sorted(await after.cut_off()) == [CutOff("beep", "b"), CutOff("print_text", None)]
        assert await after.cut_off() == []
        assert await UnderWay(desk.journal, "gate").cut_off() == []


async def test_a_closed_journal_keeps_no_command_from_being_executed(tmp_path: Path) -> None:
    async with opened(tmp_path / "journal.db") as desk:
        pass
    under_way = UnderWay(desk.journal, "till")
    await under_way.begin("main", Command("beep"))
    under_way.end("main")
    await under_way.close()
