"""What the reader has to tell: messages of data mode on their way to the host, and the count of what happened."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a message tells."""

    TAG = "tag"
    REPORT = "report"
    ERROR = "error"
    STATUS = "status"
    SIGN_ON = "sign_on"


@dataclass(slots=True, eq=False)
class Record:
    """One message. Times are those of the running loop, in seconds (CLOCK_MONOTONIC)."""

    kind: Kind
    content: str
    presented: float
    tag: str | None = None
    sent: float | None = None
    """When the last character first left the reader."""
    settled: float | None = None
    """When it was acknowledged (ECP), or sent in answer to CTRL-E, or to a host that was there (basic)."""
    transmissions: int = 0


@dataclass(slots=True)
class Counts:
    """How often things happened. Of tags: presented = missed + invalid + repeated + overflowed + accepted."""

    presented: int = 0
    missed: int = 0
    """Nothing was read: no power, command mode, RF off."""
    invalid: int = 0
    """Fewer reads than command 420N asks for."""
    repeated: int = 0
    """Not unique; see command 41."""
    overflowed: int = 0
    """The buffer was full."""
    accepted: int = 0
    cleared: int = 0
    """Accepted, and lost with the buffer when command 63 came."""
    unheard: int = 0
    """Accepted, and sent while nobody was there (basic, data inquiry)."""
    delivered: int = 0
    """Accepted, and acknowledged (ECP) or sent to a host that was there."""
    reports: int = 0
    transmissions: int = 0
    """Messages of data mode sent, repeats included."""
    retransmissions: int = 0
    timeouts: int = 0
    acks: int = 0
    naks: int = 0
    bad: int = 0
    """Messages of the host with a wrong CRC or a sequence number that cannot be."""
    stale: int = 0
    """ACKs and NAKs for another message than that which waits."""
    polls: int = 0
    """CTRL-E."""
    commands: int = 0
    """Commands executed."""
    unchanged: int = 0
    """Commands with an unchanged sequence number: answered again, not executed."""
    power_cycles: int = 0


class Memory:
    """The battery-backed buffer; new messages are lost when it is full."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._records: deque[Record] = deque()
        self._overflow = False

    def __len__(self) -> int:
        return len(self._records)

    @property
    def first(self) -> Record | None:
        """The oldest message."""
        return self._records[0] if self._records else None

    @property
    def full(self) -> bool:
        """Whether a new message would be lost."""
        return len(self._records) >= self._size

    def put(self, record: Record) -> bool:
        """Keep a message; False: it is lost."""
        if self.full:
            self._overflow = True
            return False
        self._records.append(record)
        return True

    def overflowed(self) -> bool:
        """Whether there was an overflow that can be told of now; it is asked for once."""
        if not self._overflow or self.full:
            return False
        self._overflow = False
        return True

    def remove(self, record: Record) -> None:
        """This message was delivered."""
        if self._records and self._records[0] is record:
            self._records.popleft()

    def clear(self) -> list[Record]:
        """Forget everything; gives what was there."""
        lost = list(self._records)
        self._records.clear()
        self._overflow = False
        return lost
