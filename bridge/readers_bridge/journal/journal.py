"""The event loop's side of the journal. Nothing here blocks."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
from collections import deque
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import orjson

from readers_bridge.config import JournalConfig
from readers_bridge.errors import JournalError, TakenOverError
from readers_bridge.families import Clock
from readers_bridge.journal.counting import Backlog, Figures, Numbers
from readers_bridge.journal.database import Database
from readers_bridge.journal.files import NoFileError
from readers_bridge.journal.intake import Intake, too_old
from readers_bridge.journal.record import Commit, Cursor, Found, Group, Page, Record, Tally
from readers_bridge.journal.writer import Question, Writer

log = logging.getLogger(__name__)

T = TypeVar("T")

RETRY_EVERY = 5.0
"""Seconds between two attempts to make a failing journal work."""
DELIVERED_EVERY = 1.0
"""Seconds after which it is stored what the broker has got; sooner under load."""
CLOSE_TIMEOUT = 10.0
"""Seconds that closing may take on a disk that hangs."""
PROBLEMS_KEPT = 20


class Journal:
    """What must reach the broker. Made by ``open``; the package says how it behaves."""

    _committed: Callable[[list[Record]], None]
    _failed: Callable[[list[Record], JournalError], None]
    _changed: Callable[[str | None], None]
    _writer: Writer
    _intake: Intake

    def __init__(self, clock: Clock) -> None:
        self.volatile_id = secrets.token_hex(4)
        """Stands for the journal in the ids of records that could not be stored; drawn at each start."""
        self.id = self.volatile_id
        self.problem: str | None = None
        """Why it cannot be written now, and what to do."""
        self.problems: deque[str] = deque(maxlen=PROBLEMS_KEPT)
        """What went wrong in this run."""
        self._numbers = Numbers(position=int(clock.wall() * 1_000_000))
        self.first_position = self._numbers.position + 1
        """Records with a smaller position were accepted by an earlier run."""
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._closed = False
        self._file_found = False
        self._backlog = Backlog()
        self._delivered_timer: asyncio.TimerHandle | None = None
        self._figures = Figures()

    @classmethod
    async def open(
        cls,
        path: Path,
        config: JournalConfig,
        clock: Clock,
        *,
        committed: Callable[[list[Record]], None],
        failed: Callable[[list[Record], JournalError], None],
        changed: Callable[[str | None], None],
        retry_every: float = RETRY_EVERY,
    ) -> Journal:
        """Open the journal at ``path``, or make one. A bad file is no reason to fail: see ``problem``.

        The callbacks are called in the event loop: ``committed`` with records that are stored, ``failed`` with those that could
        not be, ``changed`` with the reason when the journal stops working, and with None when it works again. Then ``id`` may
        be another one, and ``pending`` may bring what an earlier run left, if the file was not found before.

        Raises:
            TakenOverError: another bridge uses it.
        """
        journal = cls(clock)
        journal._committed, journal._failed, journal._changed = committed, failed, changed
        journal._writer = Writer(path, config, clock, journal, retry_every)
        journal._intake = Intake(
            journal._writer.put,
            delivered=lambda: journal.delivered_position,
            first_position=lambda: journal.first_position if journal._file_found else sys.maxsize,
        )
        await journal._ready
        return journal

    async def close(self) -> None:
        """Store what waits and let go of the file."""
        if self._closed:
            return
        if self._delivered_timer is not None:
            self._delivered_timer.cancel()
        self._intake.note(self._numbers.counters())
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self.flush()
                self._closed = True
                self._writer.put(None)
                await self._ended
        except TimeoutError:
            self._closed = True
            log.error("the journal did not close within %.0f s; its disk may hang", CLOSE_TIMEOUT)

    # -- writing

    def take_position(self) -> int:
        """The next position; records must be appended in this order."""
        self._numbers.position += 1
        return self._numbers.position

    def number(self, device: str) -> tuple[int, int]:
        """The next ``seq`` and ``device_seq``, for a read or event of this device."""
        return self._numbers.next(device)

    def append(self, records: list[Record]) -> None:
        """Have these stored; ``committed`` or ``failed`` will be called with them."""
        if not records:
            return
        try:
            self._check_open()
            self._intake.add(records)
        except JournalError as error:
            self._figures.counts["not_stored"] += len(records)
            self._loop.call_soon(self._failed, records, error)

    async def commit(
        self, records: list[Record], *, sync: bool = False, facts: tuple[str, Mapping[str, Any]] | None = None
    ) -> None:
        """Store these, together with facts (see ``set_facts``), and return when that is done; ``sync``: when it is on the
        disk for good. ``committed`` is called, ``failed`` is not.

        Raises:
            JournalError: they are not stored.
        """
        await self._commit(records, facts=[] if facts is None else [_as_text(*facts)], sync=sync)

    async def set_facts(self, scope: str, values: Mapping[str, Any] | None) -> None:
        """Remember JSON values by their keys, beside what is remembered; None forgets all of the scope.

        Raises:
            JournalError: they are not stored.
        """
        await self._commit([], facts=[_as_text(scope, values)])

    async def flush(self) -> None:
        """Return when everything appended so far is stored, or has failed."""
        with suppress(JournalError):
            await self._commit([])

    async def _commit(
        self, records: list[Record], *, facts: list[tuple[str, str | None]] | None = None, sync: bool = False
    ) -> None:
        self._check_open()
        commit = Commit(records, self._loop.create_future())
        self._intake.add(records, commit=commit, facts=facts or (), sync=sync)
        await commit.done

    def delivered(self, position: int) -> None:
        """Every record up to this position is acknowledged by the broker."""
        if not self._backlog.deliver(position, self.first_position):
            return
        if self._delivered_timer is None and not self._closed:
            self._delivered_timer = self._loop.call_later(DELIVERED_EVERY, self._store_delivered)

    def _store_delivered(self) -> None:
        self._delivered_timer = None
        self._intake.note()

    def set_aside(self, record: Record, reason: str) -> None:
        """The broker refuses this one: keep it with the reason, and never give it out again."""
        self._figures.counts["set_aside"] += 1
        if not self._closed:
            self._intake.refuse(record, reason)

    def _check_open(self) -> None:
        if self._closed:
            raise JournalError("the journal is closed")

    # -- reading

    async def pending(self, after: int, limit: int, max_bytes: int = 1024 * 1024) -> list[Record]:
        """Stored records behind the position ``after``, in order, without those set aside. Times are exact to 10 microseconds.

        Raises:
            JournalError: the file cannot be read.
        """
        try:
            records = await self._ask(lambda db: db.pending(after, limit, max_bytes))
        except NoFileError:
            return []
        self._backlog.read()
        return records

    async def page(
        self, after: Cursor | None, devices: Collection[str] | None, limit: int, max_bytes: int = 256_000
    ) -> Page:
        """Reads and events behind the cursor (None: all that are kept) of these devices (None: of all).

        Raises:
            JournalError: the file cannot be read.
        """
        return await self._ask(lambda db: db.page(after, devices, limit, max_bytes))

    async def recent_results(self, since: float) -> list[Record]:
        """Results of this time (seconds since 1970) and later, at most the last 10,000; none while there is no file."""
        with suppress(JournalError):
            return await self._ask(lambda db: db.results(since))
        return []

    async def facts(self, scope: str) -> dict[str, Any]:
        """What is remembered; nothing while there is no file."""
        with suppress(JournalError):
            return await self._ask(lambda db: db.facts(scope))
        return {}

    async def _ask(self, question: Callable[[Database], T]) -> T:
        self._check_open()
        answer: asyncio.Future[T] = self._loop.create_future()
        self._writer.put(Question(question, answer))
        return await answer

    # -- how it is

    @property
    def last_position(self) -> int:
        """Position of the last record that was stored."""
        return self._backlog.last_position

    @property
    def delivered_position(self) -> int:
        """Every stored record up to this position is delivered, or given up."""
        return self._backlog.delivered_position

    def room(self) -> bool:
        """Whether what comes now can be kept, and pushes out nothing that the broker has not got."""
        return self.problem is None and not self._figures.tally.full and self._intake.has_room

    def stats(self) -> dict[str, Any]:
        """Figures for health and metrics. ``bytes``: of the file, without free pages; ``oldest_time``: seconds since 1970."""
        return {
            "depth": self._backlog.depth,
            "waiting": len(self._intake),
            "failing": self.problem is not None,
            **self._figures.as_dict(),
        }

    # -- what the writer tells (writer.Owner)

    def ready(self) -> None:
        """The first attempt to open the file is over."""
        if not self._ready.done():
            self._ready.set_result(None)

    def taken_over(self, error: TakenOverError) -> None:
        """Another process has the journal, and the writer has ended."""
        self._closed = True
        if not self._ready.done():
            self._ready.set_exception(error)

    def closed(self) -> None:
        """The writer has ended."""
        if not self._ended.done():
            self._ended.set_result(None)

    def found(self, found: Found) -> None:
        """A file was opened: that of the earlier runs, or another one instead of what was damaged or removed."""
        if lost := self._backlog.depth:
            self._figures.counts["dropped_undelivered"] += lost
            log.error("%d messages that the broker has not got were in the file that is replaced", lost)
        self._backlog.found(found)
        self._figures.counts["stored"] = found.stored
        self._numbers.found(found.counters)
        if not self._file_found:
            self._file_found = True
            self.first_position = self._numbers.position + 1

    def works(self, journal: str) -> None:
        """The file can be written."""
        self.id = journal
        if self.problem is None:
            return
        self.problem = None
        log.warning("the journal works again")
        self._intake.note(self._numbers.counters())
        self._changed(None)

    def broke(self, error: JournalError) -> None:
        """The file cannot be written."""
        self.problem = str(error)
        self.problems.append(self.problem)
        log.error("the journal does not work: %s", self.problem)
        self._changed(self.problem)

    def stored(self, group: Group, early: list[Record], error: JournalError | None) -> None:
        """A group was stored, or failed."""
        stored, failed = self._intake.done(group, early, error)
        if error is None:
            self._figures.counts["commits"] += 1
        if stored:
            self._figures.counts["stored"] += len(stored)
            self._backlog.stored(stored)
            self._committed(stored)
        if failed:
            self._figures.counts["not_stored"] += len(failed)
            self._failed(failed, error or too_old())

    def tallied(self, tally: Tally) -> None:
        """The writer looked at the limits."""
        self._backlog.give_up(tally.dropped_to)
        if self._figures.tallied(tally):
            words = "the journal is full, the oldest messages are dropped although the broker has not got them"
            self.problems.append(words)
            log.error("%s; bring the broker back, or set a larger journal.max_size", words)


def _as_text(scope: str, values: Mapping[str, Any] | None) -> tuple[str, str | None]:
    """Facts as the file takes them: an object of JSON texts."""
    if values is None:
        return scope, None
    return scope, orjson.dumps({key: orjson.dumps(value).decode() for key, value in values.items()}).decode()
