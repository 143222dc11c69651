"""A journal with everything that it told, for the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from readers_bridge.config import JournalConfig
from readers_bridge.errors import JournalError
from readers_bridge.journal import Cursor, Journal, Page, Record

START = 1_772_366_400.0


@dataclass
class Clock:
    """A clock that stands until it is turned."""

    now: float = START

    def wall(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@dataclass
class Desk:
    """An open journal and what it told."""

    clock: Clock = field(default_factory=Clock)
    committed: list[Record] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    failed: list[Record] = field(default_factory=list)
    errors: list[JournalError] = field(default_factory=list)
    changes: list[str | None] = field(default_factory=list)
    journal: Journal = field(init=False)

    async def open(self, path: Path, config: JournalConfig | None = None, retry_every: float = 0.02) -> None:
        self.journal = await Journal.open(
            path,
            config or JournalConfig(),
            self.clock,
            committed=self._committed,
            failed=self._failed,
            changed=self.changes.append,
            retry_every=retry_every,
        )

    def _committed(self, records: list[Record]) -> None:
        self.committed += records
        self.groups.append(len(records))

    def _failed(self, records: list[Record], error: JournalError) -> None:
        self.failed += records
        self.errors.append(error)

    def read(self, device: str = "door", payload: bytes = b"{}", kind: str = "read") -> Record:
        """The next read of a device."""
        seq, device_seq = self.journal.number(device)
        position = self.journal.take_position()
        return Record(position, f"r/b/{device}/{kind}", payload, device, kind, self.clock.now, seq, device_seq)

    def reads(self, count: int, device: str = "door", payload: bytes = b"{}") -> list[Record]:
        return [self.read(device, payload) for _ in range(count)]

    def result(self, device: str = "door", payload: bytes = b"{}") -> Record:
        position = self.journal.take_position()
        return Record(position, f"r/b/{device}/result", payload, device, "result", self.clock.now, 0, 0)

    async def store(self, records: list[Record]) -> list[Record]:
        """Append and wait."""
        self.journal.append(records)
        await self.journal.flush()
        return records

    async def everything_pending(self, limit: int = 500) -> list[Record]:
        """What would be sent after a connect."""
        found: list[Record] = []
        position = self.journal.delivered_position
        while page := await self.journal.pending(position, limit):
            found += page
            position = page[-1].position
        return found

    async def replay(self, after: Cursor | None, devices: list[str] | None = None, limit: int = 100) -> list[Page]:
        """All pages from a cursor on."""
        pages: list[Page] = []
        while not pages or not pages[-1].complete:
            pages.append(await self.journal.page(after, devices, limit))
            after = pages[-1].next
        return pages


@asynccontextmanager
async def opened(
    path: Path, config: JournalConfig | None = None, clock: Clock | None = None, retry_every: float = 0.02
) -> AsyncIterator[Desk]:
    """An open journal, closed at the end."""
    desk = Desk(clock or Clock())
    await desk.open(path, config, retry_every)
    try:
        yield desk
    finally:
        await desk.journal.close()


def as_after_a_crash(path: Path, folder: Path) -> Path:
    """A copy of the files of an open journal, as a crash at this moment would leave them."""
    folder.mkdir()
    for suffix in ("", "-wal"):
        (folder / f"{path.name}{suffix}").write_bytes(path.with_name(f"{path.name}{suffix}").read_bytes())
    return folder / path.name
