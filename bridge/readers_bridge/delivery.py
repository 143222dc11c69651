"""From the journal to the broker: in order, every record until it is acknowledged.

Three modes. *Down*: no connection; records stay in the journal. *Catching up*: connected, older records are read back from
the journal and sent. *Live*: what is committed goes straight on to the sender.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence

from readers_bridge.errors import JournalError
from readers_bridge.families import Clock
from readers_bridge.journal import Journal, Record
from readers_bridge.model import JsonObject
from readers_bridge.mqtt.sender import Sender
from readers_bridge.pressure import Pressure
from readers_bridge.records import as_late, as_volatile

log = logging.getLogger(__name__)

CATCH_UP_PAGE = 500
"""Records read back from the journal at a time."""

CATCH_UP_AHEAD = 1000
"""Records that may wait in the sender while catching up."""

UNSTORED_LIMIT = 10_000
"""Records that may wait in memory when the journal cannot be written."""


class Delivery:
    """Moves records from the journal to the sender and the acknowledgements back."""

    def __init__(self, clock: Clock, pressure: Pressure, late_after: Callable[[str], float]) -> None:
        self._clock = clock
        self._pressure = pressure
        self._late_after = late_after
        self._journal: Journal | None = None
        self._sender: Sender[Record] | None = None
        self._live = False
        self._sent: deque[int] = deque()
        self._early: set[int] = set()
        self._unstored: set[int] = set()
        self._unstored_waiting: list[Record] = []
        self._room = asyncio.Event()
        self._refused_topics: set[str] = set()
        self._bypass = False
        self._first_position = 0
        self._journal_works = asyncio.Event()
        self.counters: Counter[str] = Counter(delivered=0, refused=0, unjournaled=0, lost=0)
        self.on_lost: Callable[[str, int], None] = lambda _device, _count: None
        """Records of a device could be kept nowhere: device, count."""

    @property
    def live(self) -> bool:
        """Whether everything stored so far has been handed to the sender."""
        return self._live

    def figures(self) -> JsonObject:
        """For health: what is on its way, and what was counted."""
        sender = self._sender
        return {
            "live": self._live,
            "queued": 0 if sender is None else sender.queued,
            "in_flight": 0 if sender is None else sender.in_flight,
            **self.counters,
        }

    def use(self, journal: Journal) -> None:
        """Take records from this journal."""
        self._journal = journal

    # -- the journal's side

    def committed(self, records: list[Record]) -> None:
        """The journal stored these, in order."""
        if self._live and self._sender is not None:
            self._send(self._sender, records)

    def journal_works(self) -> None:
        """The journal can be read and written again; if it was found only now, an earlier run may have left something."""
        if self._journal is not None and self._journal.first_position != self._first_position:
            self._live = False
        self._journal_works.set()

    def failed(self, records: list[Record], error: JournalError) -> None:
        """The journal could not store these: they go through memory while the broker is there, and are lost otherwise."""
        journal = self._journal
        if journal is None:
            return
        sender = self._sender
        if sender is None or len(self._unstored) + len(records) > UNSTORED_LIMIT:
            self._lost(records, error)
            return
        records = [as_volatile(record, journal) for record in records]
        self._unstored.update(record.position for record in records)
        self.counters["unjournaled"] += len(records)
        if self._live or self._bypass:
            self._send(sender, records)
        else:
            self._unstored_waiting.extend(records)

    def _lost(self, records: Sequence[Record], error: JournalError) -> None:
        self.counters["lost"] += len(records)
        for device, count in Counter(record.device for record in records).items():
            log.error("%d messages of %s are lost: no broker, and %s", count, device, error)
            self.on_lost(device, count)
        self._pressure.done(records)

    # -- the broker's side

    async def run(self, sender: Sender[Record]) -> None:
        """Serve a new connection until cancelled: catch up, then stay live."""
        journal = self._journal
        assert journal is not None
        self._sender = sender
        self._sent.clear()
        self._early.clear()
        try:
            while True:
                self._first_position = journal.first_position
                await self._catch_up(journal, sender)
                self._live = True
                self._pressure.begin()
                while self._live:
                    self._journal_works.clear()
                    await self._journal_works.wait()
        finally:
            self._live = False
            self._sender = None
            self._pressure.relax()
            self._unstored_waiting = [record for record in sender.forget() if record.position in self._unstored]

    async def _catch_up(self, journal: Journal, sender: Sender[Record]) -> None:
        """Send what is stored and not delivered, then what waited in memory."""
        position = journal.delivered_position
        while position < journal.last_position:
            stored = journal.last_position  # before the look: what is stored during it is not in the page
            self._journal_works.clear()
            try:
                page = await journal.pending(position, CATCH_UP_PAGE)
            except JournalError:
                await self._without_journal(sender)
                continue
            position = page[-1].position if page else stored
            self._send(sender, page)
            while sender.queued > CATCH_UP_AHEAD:
                self._room.clear()
                await self._room.wait()
        waiting, self._unstored_waiting = self._unstored_waiting, []
        self._send(sender, waiting)

    async def _without_journal(self, sender: Sender[Record]) -> None:
        """What is stored cannot be read: let what comes pass through memory until it can."""
        waiting, self._unstored_waiting = self._unstored_waiting, []
        self._send(sender, waiting)
        self._bypass = True
        try:
            await self._journal_works.wait()
        finally:
            self._bypass = False

    def acked(self, records: list[Record]) -> None:
        """The broker has these."""
        self.counters["delivered"] += len(records)
        self._settled(records)

    def refused(self, record: Record, reason: int, words: str) -> None:
        """The broker does not want this one; it is set aside, and those behind it go on."""
        self.counters["refused"] += 1
        if record.topic not in self._refused_topics:
            self._refused_topics.add(record.topic)
            log.warning(
                "the broker refuses messages to %s (%s, 0x%02X); they are set aside", record.topic, words, reason
            )
        if self._journal is not None and record.position not in self._unstored:
            self._journal.set_aside(record, words)
        self._settled([record])

    def _send(self, sender: Sender[Record], records: Sequence[Record]) -> None:
        if not records:
            return
        self._sent.extend([record.position for record in records])
        now = self._clock.wall()
        sender.send([self.as_published(record, now) for record in records])

    def as_published(self, record: Record, now: float) -> Record:
        """The record, marked as late when it is too old at ``now`` (wall clock) or was accepted by an earlier run."""
        journal = self._journal
        assert journal is not None
        if record.position < journal.first_position or now - record.time > self._late_after(record.device):
            return as_late(record)
        return record

    def _settled(self, records: Sequence[Record]) -> None:
        sent = self._sent
        early = self._early
        last = 0
        for record in records:
            position = record.position
            if sent and sent[0] == position:
                last = max(last, sent.popleft())
                while early and sent and sent[0] in early:
                    early.discard(sent[0])
                    last = max(last, sent.popleft())
            else:
                early.add(position)
        if self._unstored:
            self._unstored.difference_update([record.position for record in records])
        if last and self._journal is not None:
            self._journal.delivered(last)
        self._pressure.done(records)
        if self._sender is not None and self._sender.queued < CATCH_UP_AHEAD // 2:
            self._room.set()
