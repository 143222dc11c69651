"""Group commit: what comes while one group is being written is the next group."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from readers_bridge.errors import JournalError
from readers_bridge.journal.record import Commit, Counters, Group, Record

WAITING_RECORDS = 50_000
WAITING_BYTES = 32 * 1024 * 1024
"""What may wait while a group is being written."""

RIDE_ALONG = 64
"""Records of a group with which the watermark rides along, because one more statement does not count."""


class Intake:
    """What waits for the writer thread, which has one group at a time."""

    def __init__(
        self, put: Callable[[Group], None], delivered: Callable[[], int], first_position: Callable[[], int]
    ) -> None:
        """``put``: give a group to the writer; ``delivered``: the watermark to store; ``first_position``: see ``Group``."""
        self._put = put
        self._delivered = delivered
        self._first_position = first_position
        self._delivered_due = False
        self._waiting = Group()
        self._running: Group | None = None

    def __len__(self) -> int:
        return len(self._waiting.records)

    @property
    def has_room(self) -> bool:
        """Whether the writer keeps up."""
        return len(self._waiting.records) < WAITING_RECORDS // 2 and self._waiting.size < WAITING_BYTES // 2

    def add(
        self,
        records: list[Record],
        *,
        commit: Commit | None = None,
        facts: Sequence[tuple[str, str | None]] = (),
        sync: bool = False,
    ) -> None:
        """Have this stored.

        Raises:
            JournalError: too much waits already.
        """
        waiting = self._waiting
        size = sum([len(record.payload) for record in records])
        if self._running is not None and (
            len(waiting.records) + len(records) > WAITING_RECORDS or waiting.size + size > WAITING_BYTES
        ):
            raise JournalError(
                f"the disk does not keep up, {len(waiting.records)} messages wait for it; find out what else uses it",
                code="journal_overload",
            )
        waiting.records += records
        waiting.size += size
        waiting.sync |= sync
        waiting.facts += facts
        if commit is not None:
            waiting.commits.append(commit)
        self._hand_over()

    def refuse(self, record: Record, reason: str) -> None:
        """Have it stored that the broker refuses this one."""
        self._waiting.refused.append((record.position, reason))
        self._hand_over()

    def note(self, counters: Counters | None = None) -> None:
        """Have the watermark stored, and counters."""
        self._waiting.counters = counters or self._waiting.counters
        self._delivered_due = True
        self._hand_over()

    def done(self, group: Group, early: list[Record], error: JournalError | None) -> tuple[list[Record], list[Record]]:
        """The running group is done, see ``writer.Owner``. Tells who waits for it; gives the records that are stored, and
        those that failed and for which nobody waits.
        """
        self._running = None
        self._hand_over()
        stored, failed = (group.records, early) if error is None else ([], [*early, *group.records])
        lost = {record.position for record in failed} if group.commits else set()
        for commit in group.commits:
            positions = {record.position for record in commit.records}
            if commit.done.done():
                pass
            elif error is None and lost.isdisjoint(positions):
                commit.done.set_result(None)
            else:
                commit.done.set_exception(error or too_old())
            if lost:
                failed = [record for record in failed if record.position not in positions]
        return stored, failed

    def _hand_over(self) -> None:
        group = self._waiting
        if self._running is not None or not (group or self._delivered_due):
            return
        if self._delivered_due or len(group.records) >= RIDE_ALONG:
            self._delivered_due = False
            group.delivered = self._delivered()
        group.first_position = self._first_position()
        self._waiting = Group()
        self._running = group
        self._put(group)


def too_old() -> JournalError:
    """Why a record that came before the file could be opened is not stored."""
    return JournalError("it is older than the journal, which could be opened only now")
