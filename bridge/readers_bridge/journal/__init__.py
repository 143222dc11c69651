"""The journal: a durable, bounded, ordered store of what must reach the broker.

One SQLite file in WAL mode with one writer thread (``writer``); ``Journal`` is the event loop's side of it and never blocks.

*Order and identity.* Every record takes a ``position`` in one row of positions; reads and events also take the next ``seq``
of the bridge and ``device_seq`` of their device. The three counters outlive restarts and pruning. ``id`` is made with the
file, and made anew after a loss of power with durability ``process``: what was stored last may then be gone, and its numbers
come again. An id (``<journal>-<seq>``) therefore stands for one message only.

*While it cannot be written* every record goes to ``failed``, and is published under ``volatile_id``, which is drawn at each
start. When the journal works again the counters go on; the numbers in between are a gap in it. After a crash in that state the
counters go on from what was stored, which repeats numbers but, because of ``volatile_id``, no id.

*Groups.* What comes while a group is being written waits and is written as the next one: no timer, one hand-over to the thread
for each group. A group is a handful of multi-row INSERTs, because sqlite3 gives up and takes back the GIL at every step. With the
interpreter's switch interval of 5 ms an event loop that is always busy can keep the thread waiting for hundreds of milliseconds;
a process that uses a journal under load should set ``sys.setswitchinterval(0.0005)``.

*Bounds.* Pages freed by pruning are used again, so the file grows to ``max_bytes`` and stays there; the ``-wal`` file beside it
takes a few MB more. The oldest delivered records go first, then (only for the size) the oldest undelivered ones, loudly.
"""

from __future__ import annotations

from readers_bridge.journal.journal import Journal
from readers_bridge.journal.record import Cursor, Page, Record

__all__ = ["Cursor", "Journal", "Page", "Record"]
