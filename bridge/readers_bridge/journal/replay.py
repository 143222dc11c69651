"""Reading the journal's file back: for the broker, for a replay, for the memory of transactions.

sqlite3 gives up and takes back the GIL at every step, which may take milliseconds each time when the event loop is busy: many
records are therefore read as one row.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

import orjson

from readers_bridge.journal.record import Cursor, Page, Record

ONE_ROW = "json_group_array(json_array(position, topic, hex(payload), device, kind, time, seq, device_seq))"

PENDING = f"""
SELECT {ONE_ROW} FROM (
    SELECT *, sum(length(payload)) OVER (ORDER BY position) AS total FROM (
        SELECT * FROM records WHERE position > ? AND refused IS NULL ORDER BY position LIMIT ?))
WHERE total <= ? OR total = length(payload)"""  # noqa: S608  constants

PAGE = f"""
SELECT count(*), {ONE_ROW} FILTER (WHERE total <= ? OR total = length(payload)) FROM (
    SELECT *, sum(length(payload)) OVER (ORDER BY position) AS total FROM (
        SELECT * FROM records WHERE position >= ? AND position <= ? AND seq > 0 AND refused IS NULL
        AND (? IS NULL OR device IN (SELECT value FROM json_each(?))) ORDER BY position LIMIT ?))"""  # noqa: S608  constants
PAGE_END = """
SELECT max(position), max(seq) FROM (
    SELECT position, seq FROM records WHERE position >= ? AND seq > 0 ORDER BY position LIMIT ?)"""
NUMBERED = "SELECT position, seq FROM records WHERE position >= ? AND seq > 0 ORDER BY position LIMIT 1"
NEWEST = "SELECT seq FROM records WHERE seq > 0 ORDER BY position DESC LIMIT 1"
PAGE_LOOKS_AT = 5000
"""Records at most that one page looks at, so that a page for a device that seldom reads holds nobody up."""

KNOWN_ID = "SELECT (SELECT min(after_seq) FROM ids AS later WHERE later.rowid > ids.rowid) FROM ids WHERE id = ?"
"""Of an id that this file had before: the last ``seq`` that it gave and that is still known."""

RESULTS = "SELECT position FROM records WHERE seq = 0 AND time >= ? ORDER BY position DESC LIMIT ?"
RESULTS_LIMIT = 10_000


def pending(db: sqlite3.Connection, after: int, limit: int, max_bytes: int) -> list[Record]:
    """See ``Journal.pending``."""
    (text,) = db.execute(PENDING, (after, limit, max_bytes)).fetchone()
    return _records(text)


def page(
    db: sqlite3.Connection, after: Cursor | None, devices: Collection[str] | None, limit: int, max_bytes: int
) -> Page:
    """See ``Journal.page``."""
    ((journal, numbered),) = db.execute("SELECT id, seq FROM ids, state ORDER BY ids.rowid DESC LIMIT 1")
    _, oldest = db.execute(NUMBERED, (0,)).fetchone() or (0, None)
    (newest,) = db.execute(NEWEST).fetchone() or (None,)
    start, reset = _start(db, after, numbered if oldest is None else oldest - 1)
    first = _position_behind(db, start)
    last, end = db.execute(PAGE_END, (first, PAGE_LOOKS_AT)).fetchone()
    records: list[Record] = []
    if end is not None:
        names = None if devices is None else json.dumps(list(devices))
        found, text = db.execute(PAGE, (max_bytes, first, last, names, names, limit)).fetchone()
        records = _records(text)
        if len(records) < found or found == limit:
            end = records[-1].seq
    end = start if end is None else end
    return Page(tuple(records), Cursor(journal, end), newest is None or end >= newest, oldest, reset)


def _position_behind(db: sqlite3.Connection, seq: int) -> int:
    """The position of the first record with a greater ``seq``, or one behind the last record; both numbers grow together."""
    low, high = 0, (db.execute("SELECT max(position) FROM records").fetchone()[0] or 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = db.execute(NUMBERED, (middle,)).fetchone()
        if row is None or row[1] > seq:
            high = middle
        else:
            low = row[0] + 1
    return low


def _start(db: sqlite3.Connection, after: Cursor | None, floor: int) -> tuple[int, bool]:
    """The ``seq`` to start behind, and whether that is a reset. ``floor``: the last one that is not kept."""
    if after is None:
        return floor, False
    known = db.execute(KNOWN_ID, (after.journal,)).fetchone()
    if known is None:
        return floor, True
    seq = after.seq if known[0] is None else min(after.seq, known[0])
    return (floor, True) if seq < floor else (seq, False)


def results(db: sqlite3.Connection, since: float) -> list[Record]:
    """See ``Journal.recent_results``."""
    query = f"SELECT {ONE_ROW} FROM records WHERE position IN ({RESULTS})"  # noqa: S608  constants
    (text,) = db.execute(query, (since, RESULTS_LIMIT)).fetchone()
    return _records(text)


def _records(text: str) -> list[Record]:
    payload = bytes.fromhex
    rows = orjson.loads(text)
    rows.sort()
    return [Record(position, topic, payload(hexed), *rest) for position, topic, hexed, *rest in rows]
