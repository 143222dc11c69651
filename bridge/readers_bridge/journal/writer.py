"""The writer thread: work on the journal's file, one job after the other, and what to do when the file fails.

A small group that comes while the thread has nothing to do is stored at once, in the event loop: to wake the thread and be
woken by it costs several times what the work does. Without fsync it takes some 20 microseconds. Whatever may take long stays
in the thread: large groups, fsynced ones, checkpoints, pruning, reading back, and everything for a minute after the disk was
slow. A lock that nobody waits for in the event loop keeps the two apart.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from readers_bridge.config import JournalConfig
from readers_bridge.errors import JournalError, TakenOverError
from readers_bridge.families import Clock
from readers_bridge.journal.database import Database
from readers_bridge.journal.files import (
    Lock,
    NoFileError,
    RemovedError,
    in_words,
    is_damaged,
    is_of_the_file,
    set_aside,
)
from readers_bridge.journal.record import Found, Group, Record, Tally

log = logging.getLogger(__name__)

LOOK_EVERY = 30.0
"""Seconds after which the bounds are looked at when nothing happens."""
LOOK_SOON = 1.0
"""Seconds after which they are looked at when more was delivered."""
LOOK_BYTES = 256 * 1024
"""Bytes of payload after which they are looked at."""
LOOK_AT_FILE = 1.0
"""Seconds between two looks whether the file is still there, while it is written."""


SMALL = 8
"""Records of a group that may be stored in the event loop."""
SLOW = 0.02
SLOW_FOR = 60.0
"""Seconds that such a group may take, and for which the thread has all of the work when one took longer."""
CHECKPOINT_BYTES = 8 * 1024 * 1024
"""Bytes of payload after which what is in the -wal file moves to the journal's own."""


class Owner(Protocol):
    """The event loop's side; called there."""

    def found(self, found: Found) -> None:
        """A file was opened, for reading so far."""

    def works(self, journal: str) -> None:
        """The journal with this id can be written from now on."""

    def broke(self, error: JournalError) -> None:
        """It cannot be written from now on."""

    def ready(self) -> None:
        """The first attempt to open it is over."""

    def taken_over(self, error: TakenOverError) -> None:
        """Another process has it; the thread has ended."""

    def stored(self, group: Group, early: list[Record], error: JournalError | None) -> None:
        """The group is stored, or (``error``) nothing of it. ``early``: left out of it, because they are older than the file."""

    def tallied(self, tally: Tally) -> None:
        """The bounds were looked at."""

    def closed(self) -> None:
        """The thread has ended."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something to read from the file."""

    ask: Callable[[Database], Any]
    answer: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class Stumbled:
    """A group that could not be stored in the event loop, and why."""

    group: Group
    error: Exception


TEND = object()
"""A job that has nothing to do but what follows every job."""


class Writer:
    """Owns the thread; ``put`` is called in the event loop, everything else in the thread, or with its lock."""

    def __init__(self, path: Path, config: JournalConfig, clock: Clock, owner: Owner, retry_every: float) -> None:
        self._path = path
        self._config = config
        self._clock = clock
        self._owner = owner
        self._retry_every = retry_every
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[Group | Question | Stumbled | object | None] = SimpleQueue()
        self._busy = threading.Lock()
        self._slow_until = 0.0
        self._in_wal = 0
        self._lock: Lock | None = None
        self._db: Database | None = None
        self._error: JournalError | None = None
        self._retry_at = 0.0
        self._replaced_at = -retry_every
        self._unlooked = 0
        self._look_at = 0.0
        self._look_at_file = 0.0
        threading.Thread(target=self._run, name="journal", daemon=True).start()

    def put(self, job: Group | Question | None) -> None:
        """Have this done after everything put before; None: close the file and end."""
        if not (isinstance(job, Group) and self._stored_at_once(job)):
            self._jobs.put(job)

    def _stored_at_once(self, group: Group) -> bool:
        if len(group.records) > SMALL or group.sync or self._config.durability == "power":
            return False
        if not self._jobs.empty() or not self._busy.acquire(blocking=False):
            return False
        try:
            began = time.monotonic()
            if self._db is None or self._error is not None or began < self._slow_until:
                return False
            early = _early(group)
            try:
                self._db.store(group)
            except Exception as error:  # noqa: BLE001  the thread knows what to do
                group.records[:0] = early
                self._jobs.put(Stumbled(group, error))
                return True
            self._account(group)
            now = time.monotonic()
            if now - began > SLOW:
                self._slow_until = now + SLOW_FOR
            if self._unlooked >= self._look_bytes() or now >= self._look_at or now >= self._look_at_file:
                self._jobs.put(TEND)
        finally:
            self._busy.release()
        self._loop.call_soon(self._owner.stored, group, early, None)
        return True

    def _tell(self, callback: Callable[..., None], *values: object) -> None:
        with suppress(RuntimeError):  # the loop is closed, and nobody listens
            self._loop.call_soon_threadsafe(callback, *values)

    def _run(self) -> None:
        try:
            self._revive()
        except TakenOverError as error:
            self._tell(self._owner.taken_over, error)
            return
        self._tell(self._owner.ready)
        while True:
            try:
                job = self._jobs.get(timeout=self._patience())
            except Empty:
                job = TEND
            if job is None:
                break
            with self._busy:
                if isinstance(job, Group):
                    self._store(job)
                elif isinstance(job, Stumbled):
                    self._store(job.group, job.error)
                elif isinstance(job, Question):
                    self._answer(job)
                self._tend()
        self._close(clean=self._error is None)
        self._unlock()
        self._tell(self._owner.closed)

    def _patience(self) -> float:
        until = self._retry_at if self._error is not None else self._look_at
        return max(0.0, until - time.monotonic())

    # -- jobs

    def _store(self, group: Group, stumbled: Exception | None = None) -> None:
        early = _early(group)
        self._tell(self._owner.stored, group, early, self._attempt(group, stumbled))

    def _attempt(self, group: Group, stumbled: Exception | None) -> JournalError | None:
        """Store it; in a new file, when this one turns out to be damaged. ``stumbled``: how the first attempt ended."""
        for _ in range(2):
            if self._error is not None or self._db is None:
                break
            try:
                if stumbled is not None:
                    raise stumbled  # noqa: TRY301  it is dealt with as if it had happened here
                self._db.store(group)
            except Exception as error:
                if not is_of_the_file(error):
                    log.exception("a group of %d messages cannot be stored; please report this", len(group.records))
                    return JournalError(f"they cannot be stored: {error}")
                self._fail(error)
                stumbled = None
            else:
                self._account(group)
                return None
        return self._error

    def _account(self, group: Group) -> None:
        self._unlooked += group.size
        self._in_wal += group.size
        if group.delivered is not None:
            self._look_at = min(self._look_at, time.monotonic() + LOOK_SOON)

    def _look_bytes(self) -> int:
        return min(LOOK_BYTES, self._config.max_bytes // 16)

    def _answer(self, question: Question) -> None:
        result: Any = None
        error: Exception | None = NoFileError(str(self._error))
        for _ in range(2):
            if self._db is None:
                break
            try:
                result = question.ask(self._db)
            except Exception as problem:  # noqa: BLE001  told to whoever asked
                error = problem
                if not is_of_the_file(problem):
                    break
                self._fail(problem)
                error = JournalError(in_words(self._path, problem))
            else:
                error = None
                break
        self._tell(_settle, question.answer, result, error)

    # -- between jobs

    def _tend(self) -> None:
        """Try again when it failed; look at the bounds, in small steps, so that no job waits long."""
        now = time.monotonic()
        if self._error is not None or self._db is None:
            if now >= self._retry_at:
                self._revive()
            return
        try:
            if now >= self._look_at_file:
                self._look_at_file = now + LOOK_AT_FILE
                self._check_file(self._db)
            if now < self._look_at and self._unlooked < self._look_bytes():
                return
            if self._in_wal >= min(CHECKPOINT_BYTES, self._config.max_bytes // 8):
                self._in_wal = 0
                self._db.checkpoint()
            tally = self._db.prune(self._clock.wall() - self._config.max_age)
        except Exception as error:  # noqa: BLE001  the thread must live
            self._fail(error)
            return
        self._unlooked = 0
        self._look_at = now if tally.more else now + LOOK_EVERY
        self._tell(self._owner.tallied, tally)

    def _check_file(self, db: Database) -> None:
        try:
            same = self._path.stat().st_ino == db.inode
        except FileNotFoundError:
            same = False
        if not same:
            raise RemovedError(f"{self._path} was removed while it was in use")

    # -- the file

    def _revive(self) -> None:
        """Make the journal work, or see why it still does not.

        Raises:
            TakenOverError: another process has it, at the first attempt.
        """
        self._retry_at = time.monotonic() + self._retry_every
        try:
            if self._db is None:
                self._db = self._open()
                self._tell(self._owner.found, self._db.found)
            else:
                self._check_file(self._db)
            journal = self._db.begin()
        except TakenOverError as error:
            if self._error is None:
                raise
            self._fail(error)
        except Exception as error:  # noqa: BLE001  whatever is wrong with the file, the bridge runs
            self._fail(error)
        else:
            self._error = None
            self._look_at = 0.0
            self._tell(self._owner.works, journal)

    def _open(self) -> Database:
        self._lock = self._lock or Lock(self._path)
        return Database(self._path, power=self._config.durability == "power", max_bytes=self._config.max_bytes)

    def _close(self, *, clean: bool = False) -> None:
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close(clean=clean)
            self._db = None

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _fail(self, error: Exception) -> None:
        """The journal does not work. When it is damaged or gone a new one is begun; else it stays open for reading."""
        words = in_words(self._path, error)
        now = time.monotonic()
        self._retry_at = now + self._retry_every
        replace = is_damaged(error) or isinstance(error, RemovedError)
        if replace:
            self._close()
        if isinstance(error, RemovedError):
            self._unlock()
        elif replace:
            words += self._set_aside()
        if self._error is None or str(self._error) != words:
            self._error = JournalError(words)
            self._tell(self._owner.broke, self._error)
        if replace and now - self._replaced_at > self._retry_every:
            self._replaced_at = now
            self._revive()

    def _set_aside(self) -> str:
        try:
            aside = set_aside(self._path, self._clock.wall())
        except OSError as error:
            return f"; it cannot be set aside: {error.strerror}"
        return f"; it is kept as {aside.name} and a new one is begun"


def _early(group: Group) -> list[Record]:
    """Take out of the group what is older than the file."""
    records = group.records
    if not records or records[0].position >= group.first_position:
        return []
    early = [record for record in records if record.position < group.first_position]
    group.records = records[len(early) :]
    return early


def _settle(answer: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if answer.done():
        return
    if error is None:
        answer.set_result(result)
    else:
        answer.set_exception(error)
