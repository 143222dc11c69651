"""Any sequence of operations leaves the journal as a plain list would be."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from readers_bridge.journal import Cursor, Record
from tests.bridge.journal_harness import Desk

DEVICES = ("door", "gate", "yard")

appends = st.tuples(
    st.just("append"),
    st.lists(st.tuples(st.sampled_from(DEVICES), st.sampled_from(("read", "event", "result")), st.binary(max_size=40))),
)
operations = st.lists(
    st.one_of(
        appends,
        appends,
        st.tuples(st.just("flush"), st.none()),
        st.tuples(st.just("commit"), st.booleans()),
        st.tuples(st.just("deliver"), st.integers(0, 20)),
        st.tuples(st.just("refuse"), st.integers(0, 20)),
        st.tuples(st.just("pending"), st.integers(1, 20)),
        st.tuples(
            st.just("page"),
            st.tuples(st.integers(0, 30), st.none() | st.sets(st.sampled_from(DEVICES)), st.integers(1, 9)),
        ),
        st.tuples(st.just("reopen"), st.none()),
    ),
    max_size=25,
)


@dataclass
class Model:
    """What the journal should hold."""

    records: list[Record] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    delivered: int = 0

    def waiting(self) -> list[Record]:
        return [r for r in self.records if r.position > self.delivered and r.position not in self.refused]

    def replay(self, after: int, devices: set[str] | None) -> list[Record]:
        return [
            r for r in self.records
            if r.seq > after and r.position not in self.refused and (devices is None or r.device in devices)
        ]  # fmt: skip

    def last_seq(self, device: str | None = None) -> int:
        if device is None:
            return max((r.seq for r in self.records), default=0)
        return max((r.device_seq for r in self.records if r.device == device), default=0)


async def check(steps: list[tuple[str, Any]], path: Path) -> None:
    desk, model = Desk(), Model()
    await desk.open(path)
    for operation, value in steps:
        match operation, value:
            case "append", list(items):
                records = [
                    desk.result(device, payload) if kind == "result" else desk.read(device, payload, kind)
                    for device, kind, payload in items
                ]
                desk.journal.append(records)
                model.records += records
            case "commit", bool(sync):
                records = desk.reads(2)
                await desk.journal.commit(records, sync=sync, facts=("door", {"last": records[-1].seq}))
                model.records += records
                assert desk.committed[-1] == records[-1]
                assert await desk.journal.facts("door") == {"last": records[-1].seq}
            case "deliver", int(count):
                await desk.journal.flush()
                waiting = await desk.journal.pending(desk.journal.delivered_position, max(1, count))
                if waiting:
                    desk.journal.delivered(waiting[-1].position)
                    model.delivered = waiting[-1].position
            case "refuse", int(index):
                await desk.journal.flush()
                if waiting := model.waiting()[index : index + 1]:
                    desk.journal.set_aside(waiting[0], "why not")
                    model.refused.add(waiting[0].position)
                    await desk.journal.flush()
            case "pending", int(limit):
                await desk.journal.flush()
                assert await desk.everything_pending(limit) == model.waiting()
            case "page", (int(after), devices, int(limit)):
                await desk.journal.flush()
                after = min(after, model.last_seq())
                chosen = None if devices is None else sorted(devices)
                pages = await desk.replay(Cursor(desk.journal.id, after), chosen, limit)
                assert [r for page in pages for r in page.records] == model.replay(after, devices)
                assert not any(page.reset for page in pages)
            case "reopen", _:
                await desk.journal.close()
                assert desk.committed == model.records[len(model.records) - len(desk.committed) :]
                desk = Desk()
                await desk.open(path)
            case _:
                await desk.journal.flush()
    await desk.journal.flush()
    assert desk.failed == []
    assert await desk.everything_pending() == model.waiting()
    assert desk.journal.stats()["stored"] == len(model.records)
    assert desk.journal.number("gate") == (model.last_seq() + 1, model.last_seq("gate") + 1)
    await desk.journal.close()


@settings(max_examples=60, deadline=None)
@given(operations)
def test_the_journal_behaves_like_a_list(steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(check(steps, Path(folder) / "journal.db"))
