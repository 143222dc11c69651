"""The journal's file: tables, and the statements on them. Used by the writer thread only; raises ``sqlite3.Error``."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from readers_bridge.journal import replay
from readers_bridge.journal.files import ForeignFileError
from readers_bridge.journal.record import Counters, Cursor, Found, Group, Page, Record, Tally
from readers_bridge.journal.schema import APPLICATION_ID, SCHEMA, VERSION

COLUMNS = "position, topic, payload, device, kind, time, seq, device_seq"
ROWS_AT_ONCE = 512
INSERTS = {
    rows: f"INSERT INTO records ({COLUMNS}) VALUES {', '.join(['(?, ?, ?, ?, ?, ?, ?, ?)'] * rows)}"  # noqa: S608  numbers
    for rows in (1 << power for power in range(ROWS_AT_ONCE.bit_length()))
}
"""By number of rows, so that a group takes few steps and each statement is prepared once."""

STORE_FACTS = "INSERT OR REPLACE INTO facts SELECT ?, key, value FROM json_each(?)"

COUNT_DEVICES = """
INSERT INTO devices SELECT device, max(device_seq) FROM records
WHERE position > (SELECT counted FROM state) AND position <= ? AND seq > 0 GROUP BY device
ON CONFLICT (device) DO UPDATE SET seq = max(seq, excluded.seq)"""
COUNT = """
UPDATE state SET counted = ?1, seq = max(seq, coalesce(
    (SELECT max(seq) FROM records WHERE position > counted AND position <= ?1), 0))
WHERE counted < ?1"""

OVERHEAD = 150
"""About what a record takes beside its payload, bytes."""
PRUNE_ROWS = 500
PRUNE_BYTES = 128 * 1024
"""Removed at most in one step, so that no group waits long behind one."""
OLDEST_ROWS = f"""
SELECT max(position), count(*) FROM (
    SELECT position, sum(length(payload) + {OVERHEAD}) OVER (ORDER BY position) AS total, row_number() OVER () AS number
    FROM (SELECT position, payload FROM records WHERE position <= ? AND time < ? ORDER BY position LIMIT {PRUNE_ROWS}))
WHERE total <= {PRUNE_BYTES} OR number = 1"""  # noqa: S608  constants
USED = (
    "SELECT page_size * (page_count - freelist_count) FROM pragma_page_size, pragma_page_count, pragma_freelist_count"
)

PROBE_BYTES = 64 * 1024
"""Written to prove that writing works; they stay reserved in the ``-wal`` file."""
MARGIN = 512 * 1024
"""Bytes below the limit at which the journal drops delivered records, and calls itself full when it holds no others."""
COUNT_EVERY = 5000
"""Records after which their numbers are noted, so that opening need not read them all."""

FOREVER = float("inf")


class Database:
    """The open file."""

    def __init__(self, path: Path, *, power: bool, max_bytes: int) -> None:
        """Open or create it, for reading. ``power``: every commit is fsynced.

        Raises:
            sqlite3.Error, OSError, ForeignFileError: it cannot be used.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        self.inode = path.stat().st_ino
        self._power = power
        self._max_bytes = max_bytes
        self._synchronous = "FULL" if power else "NORMAL"
        self._db = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
            self.found = self._look()
        except BaseException:
            self._db.close()
            raise
        self.last_position = self.found.last_position
        self._delivered = self.found.delivered

    def _prepare(self) -> None:
        execute = self._db.execute
        execute("PRAGMA locking_mode = EXCLUSIVE")
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA journal_size_limit = 16777216")
        execute("PRAGMA wal_autocheckpoint = 0")
        execute("PRAGMA secure_delete = FAST")
        if self._one("SELECT count(*) FROM sqlite_master") == 0:
            execute("PRAGMA synchronous = FULL")
            self._db.executescript(SCHEMA)
        if (self._one("PRAGMA application_id"), self._one("PRAGMA user_version")) != (APPLICATION_ID, VERSION):
            raise ForeignFileError("it is not a journal of this version")

    def _look(self) -> Found:
        delivered, self._counted, seq = self._db.execute("SELECT delivered, counted, seq FROM state").fetchone()
        last, last_seq = self._db.execute(
            "SELECT max(position), max(seq) FROM records WHERE position > ?", (self._counted,)
        ).fetchone()
        devices = dict(self._db.execute("SELECT device, seq FROM devices"))
        for device, number in self._db.execute(
            "SELECT device, max(device_seq) FROM records WHERE position > ? AND seq > 0 GROUP BY device",
            (self._counted,),
        ):
            devices[device] = max(number, devices.get(device, 0))
        return Found(
            counters=Counters(max(last or 0, delivered, self._counted), max(last_seq or 0, seq), devices),
            last_position=self._one("SELECT max(position) FROM records") or 0,
            delivered=delivered,
            undelivered=self._one("SELECT count(*) FROM records WHERE position > ? AND refused IS NULL", delivered),
            stored=self._one("SELECT 1 + (SELECT max(position) FROM records) - (SELECT min(position) FROM records)")
            or 0,
        )

    def begin(self) -> str:
        """Prove that it can be written, and get ready for that; gives the journal's id.

        What was stored although storing it seemed to fail is removed.
        """
        self._shrink()
        boot = _boot()
        self._db.execute("PRAGMA synchronous = FULL")
        with self._transaction():
            self._db.execute("DELETE FROM records WHERE position > ?", (self.last_position,))
            self._count_up_to(self.last_position)
            if self._one("SELECT boot FROM state") not in {"", boot} or not self._one("SELECT count(*) FROM ids"):
                self._db.execute("INSERT INTO ids SELECT ?, seq FROM state", (secrets.token_hex(4),))
            self._db.execute("UPDATE state SET boot = ?", ("" if self._power else boot,))
            self._db.execute("INSERT OR REPLACE INTO facts VALUES ('', 'probe', zeroblob(?))", (PROBE_BYTES,))
        self._counted = max(self._counted, self.last_position)
        self._db.execute("DELETE FROM facts WHERE scope = ''")
        self._db.execute(f"PRAGMA synchronous = {self._synchronous}")
        return str(self._one("SELECT id FROM ids ORDER BY rowid DESC LIMIT 1"))

    def _shrink(self) -> None:
        """Give space back when the limit is lower than it was."""
        pages, free = self._one("PRAGMA page_count"), self._one("PRAGMA freelist_count")
        if free > pages // 4 and pages * self._one("PRAGMA page_size") > 1.25 * self._max_bytes:
            with suppress(sqlite3.OperationalError):  # it needs space of its own
                self._db.execute("VACUUM")

    def close(self, *, clean: bool = False) -> None:
        """Close the file; ``clean``: everything is on the disk then."""
        try:
            if clean:
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.execute("UPDATE state SET boot = ''")
        finally:
            self._db.close()

    def _one(self, sql: str, *values: object) -> Any:
        row = self._db.execute(sql, values).fetchone()
        return None if row is None else row[0]

    # -- writing

    def store(self, group: Group) -> None:
        """Store a group, all of it or nothing."""
        toggle = group.sync and self._synchronous != "FULL"
        if toggle:
            self._db.execute("PRAGMA synchronous = FULL")
        try:
            extras = group.facts or group.refused or group.counters or group.delivered is not None
            if len(group.records) in INSERTS and not extras:
                self._insert(group.records, len(group.records))
            else:
                self._store_in_transaction(group)
        finally:
            if toggle:
                self._db.execute(f"PRAGMA synchronous = {self._synchronous}")
        if group.records:
            self.last_position = group.records[-1].position
        if group.delivered is not None:
            self._delivered = max(self._delivered, group.delivered)

    def _insert(self, records: list[Record], rows: int) -> None:
        self._db.execute(INSERTS[rows], tuple(chain.from_iterable(records)))

    def _store_in_transaction(self, group: Group) -> None:
        execute = self._db.execute
        with self._transaction():
            records = group.records
            start, rows = 0, ROWS_AT_ONCE
            while start < len(records):
                while rows > len(records) - start:
                    rows >>= 1
                self._insert(records[start : start + rows], rows)
                start += rows
            for scope, values in group.facts:
                if values is None:
                    execute("DELETE FROM facts WHERE scope = ?", (scope,))
                else:
                    execute(STORE_FACTS, (scope, values))
            for position, reason in group.refused:
                execute("UPDATE records SET refused = ? WHERE position = ?", (reason, position))
            if group.delivered is not None:
                execute("UPDATE state SET delivered = max(delivered, ?)", (group.delivered,))
            if group.counters is not None:
                self._store_counters(group.counters)

    def _store_counters(self, counters: Counters) -> None:
        self._db.executemany(
            "INSERT INTO devices VALUES (?, ?) ON CONFLICT (device) DO UPDATE SET seq = max(seq, excluded.seq)",
            counters.devices.items(),
        )
        self._db.execute(
            "UPDATE state SET counted = max(counted, ?), seq = max(seq, ?)", (counters.position, counters.seq)
        )
        self._counted = max(self._counted, counters.position)

    def _count_up_to(self, position: int) -> None:
        """Note the numbers of the records up to there, so that they may go."""
        if position > self._counted:
            self._db.execute(COUNT_DEVICES, (position,))
            self._db.execute(COUNT, (position,))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.rollback()
            raise

    def prune(self, before: float) -> Tally:
        """Remove a few of the oldest records: delivered ones of a time ``before``, or whatever is beyond the size limit.

        Near the limit delivered ones go whatever their age, so that the journal is not full while it holds any.
        """
        used: int = self._one(USED)
        oldest = self._db.execute("SELECT position, time FROM records ORDER BY position LIMIT 1").fetchone()
        undelivered_only = oldest is None or oldest[0] > self._delivered
        over, near = used > self._max_bytes, self._is_near(used)
        pruned = boundary = dropped = 0
        if oldest is not None and (over if undelivered_only else (near or oldest[1] < before)):
            up_to = self.last_position if undelivered_only else self._delivered
            boundary = self._one(OLDEST_ROWS, up_to, FOREVER if near else before)
            with self._transaction():
                self._count_up_to(boundary)
                pruned = self._db.execute("DELETE FROM records WHERE position <= ?", (boundary,)).rowcount
                self._db.execute("UPDATE state SET delivered = max(delivered, ?)", (boundary,))
            if undelivered_only:
                dropped = pruned
            elif boundary >= self._delivered:
                undelivered_only, near = True, self._is_near(self._one(USED))
            self._delivered = max(self._delivered, boundary)
            self._counted = max(self._counted, boundary)
        elif self.last_position - self._counted >= COUNT_EVERY:
            with self._transaction():
                self._count_up_to(self.last_position)
            self._counted = self.last_position
        return Tally(
            size=used,
            oldest_time=None if oldest is None else oldest[1],
            full=undelivered_only and near,
            pruned=pruned,
            dropped=dropped,
            dropped_to=boundary if dropped else 0,
            more=pruned > 0,
        )

    def _is_near(self, used: int) -> bool:
        return used > self._max_bytes - min(MARGIN, self._max_bytes // 6)

    def checkpoint(self) -> None:
        """Move what is in the -wal file into the journal's own; may wait for the disk."""
        self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")

    # -- reading

    def pending(self, after: int, limit: int, max_bytes: int) -> list[Record]:
        """See ``Journal.pending``."""
        return replay.pending(self._db, after, limit, max_bytes)

    def page(self, after: Cursor | None, devices: Collection[str] | None, limit: int, max_bytes: int) -> Page:
        """See ``Journal.page``."""
        return replay.page(self._db, after, devices, limit, max_bytes)

    def results(self, since: float) -> list[Record]:
        """See ``Journal.recent_results``."""
        return replay.results(self._db, since)

    def facts(self, scope: str) -> dict[str, Any]:
        """See ``Journal.facts``."""
        rows = self._db.execute("SELECT key, value FROM facts WHERE scope = ?", (scope,))
        return {key: orjson.loads(value) for key, value in rows}


def _boot() -> str:
    """What changes whenever the machine starts."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return secrets.token_hex(16)  # be careful: as if it had just started
