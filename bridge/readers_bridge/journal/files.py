"""The files of a journal: the lock, setting a damaged one aside, and in plain words why one cannot be used."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from readers_bridge.errors import JournalError, TakenOverError

KEEP_SET_ASIDE = 3
"""Damaged journals kept; older ones are removed, so that a failing disk does not fill up with them."""

DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class ForeignFileError(JournalError):
    """The file is a database, but not a journal of this version."""


class RemovedError(JournalError):
    """The file is no longer at its path."""


class NoFileError(JournalError):
    """There is no file to read."""


class Lock:
    """Says that this process uses the journal; it ends with the process."""

    def __init__(self, journal: Path) -> None:
        """Take the lock.

        Raises:
            TakenOverError: another process has it.
            OSError: the file beside the journal cannot be written.
        """
        path = journal.with_name(journal.name + ".lock")
        journal.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(self._file, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise TakenOverError(
                f"another bridge (process {owner}) is running with the data directory {journal.parent}; stop that one, or"
                " give this one another bridge.data_dir and bridge.id"
            ) from None
        except OSError:
            os.close(self._file)
            raise
        with suppress(OSError):  # only a service to whoever comes second
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process have the journal."""
        os.close(self._file)


def is_damaged(error: Exception) -> bool:
    """Whether only another file helps."""
    return isinstance(error, ForeignFileError) or _code(error) in DAMAGED


def is_of_the_file(error: Exception) -> bool:
    """Whether the file is to blame, and not what was to be written or asked."""
    return isinstance(error, (OSError, sqlite3.OperationalError)) or type(error) is sqlite3.DatabaseError


def set_aside(journal: Path, wall: float) -> Path:
    """Rename a damaged journal, with the files beside it; its new path."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(wall))
    aside = journal.with_name(f"{journal.name}.corrupt-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = journal.with_name(f"{journal.name}.corrupt-{stamp}-{number}")
    journal.rename(aside)
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            journal.with_name(journal.name + suffix).rename(aside.with_name(aside.name + suffix))
    kept = [
        path for path in journal.parent.glob(f"{journal.name}.corrupt-*") if not path.name.endswith(("-wal", "-shm"))
    ]
    for old in sorted(kept, key=lambda path: path.stat().st_mtime)[:-KEEP_SET_ASIDE]:
        for suffix in ("", "-wal", "-shm"):
            old.with_name(old.name + suffix).unlink(missing_ok=True)
    return aside


def in_words(journal: Path, error: Exception) -> str:
    """Why the journal cannot be used, and what to do."""
    match _code(error):
        case sqlite3.SQLITE_FULL:
            return f"the disk with {journal} is full; free some space, or set a smaller journal.max_size"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_AUTH:
            return f"{journal} cannot be written ({error}); let the user that runs the bridge write to {journal.parent}"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"another program has {journal} open; close it"
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return f"{journal} is damaged ({error})"
        case sqlite3.SQLITE_IOERR:
            return f"the disk with {journal} cannot be read or written ({error}); check its free space and its health"
    if isinstance(error, IsADirectoryError):
        return f"{journal} is a directory; move it away, or choose another bridge.data_dir"
    if isinstance(error, TakenOverError | RemovedError):
        return str(error)
    if isinstance(error, ForeignFileError):
        return f"{journal} is of no use: {error}"
    if isinstance(error, OSError):
        reason = error.strerror or error
        return f"{journal} cannot be used ({reason}); check bridge.data_dir, its permissions and the free space"
    return f"{journal} cannot be used ({error}); move it away to begin a new one"


def _code(error: Exception) -> int | None:
    """SQLite's primary result code."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
