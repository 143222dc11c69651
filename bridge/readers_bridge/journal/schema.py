"""The tables of the journal's file."""

from __future__ import annotations

APPLICATION_ID = 0x52444A4C
VERSION = 1

SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE ids (id TEXT NOT NULL, after_seq INTEGER NOT NULL);
CREATE TABLE state (delivered INTEGER NOT NULL, counted INTEGER NOT NULL, seq INTEGER NOT NULL, boot TEXT NOT NULL);
INSERT INTO state VALUES (0, 0, 0, '');
CREATE TABLE devices (device TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE facts (scope TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (scope, key));
CREATE TABLE records (
    position INTEGER PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL, device TEXT NOT NULL, kind TEXT NOT NULL,
    time REAL NOT NULL, seq INTEGER NOT NULL, device_seq INTEGER NOT NULL, refused TEXT
);
CREATE INDEX results ON records (time) WHERE seq = 0;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
COMMIT;
"""  # noqa: S608  numbers
"""``state.counted``: the numbers of the records up to this position are in ``state.seq`` and ``devices``; ``state.boot``:
the boot of the machine in which an unsynced journal is open. ``records`` has no index on ``seq``, which grows with
``position``: an index would be one more page to write for every read."""
