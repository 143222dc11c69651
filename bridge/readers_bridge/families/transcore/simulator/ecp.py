"""The reader's role in the error correcting protocol: sequence numbers and CRCs (MPRX System Guide, pages 73 to 82)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from readers_bridge.families.transcore.simulator.checks import WILD_CARD, digits
from readers_bridge.families.transcore.simulator.records import Record
from readers_bridge.families.transcore.typedefs import CrcVariant, Parity

EVEN, ODD = b"02468ACE", b"13579BDF"
ACK, NAK = b"@", b"?"


class Answer(Enum):
    """What a message of the host means to the reader."""

    ACK = auto()
    """Of the message that waits."""
    REPEAT = auto()
    """A NAK, or an ACK that is none: the message that waits has to be sent again."""
    STALE = auto()
    """An ACK or NAK of the message before."""
    COMMAND = auto()
    UNCHANGED = auto()
    """A command with the sequence number of the last one."""
    BAD = auto()
    """Wrong CRC, or a sequence number that cannot be."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of the host. ``seq`` and ``command``: of a command."""

    answer: Answer
    seq: bytes = b""
    command: bytes = b""


class EcpDevice:
    """One end of the protocol; ``parity`` gives that which counts in CRCs."""

    def __init__(self, variant: CrcVariant, parity: Callable[[], Parity]) -> None:
        self._variant = variant
        self._parity = parity
        self._next = 0
        self._last: bytes | None = None
        self.response: bytes | None = None
        """The response to the last command, with its sequence number and CRC."""
        self.outstanding: Record | None = None
        """The message that waits for its ACK."""

    def restart(self) -> None:
        """The power was off."""
        self._next = 0
        self._last = self.response = self.outstanding = None

    def rewind(self) -> None:
        """Command 63: the sequence starts anew, the last response is still known."""
        self._next = 0
        self.outstanding = None

    @property
    def seq(self) -> bytes:
        """Of the message that waits, or of the next one."""
        return EVEN[self._next : self._next + 1]

    def hear(self, body: bytes) -> Heard:
        """What a message (without som and eom) means."""
        seq, content, check = body[:1], body[1:-4], body[-4:]
        valid = len(body) > 5 and (
            check == WILD_CARD or check.upper() == digits(body[:-4], self._variant, self._parity())
        )
        if content in {ACK, NAK}:
            if not valid or seq not in _EVENS:
                return Heard(Answer.REPEAT if self.outstanding else Answer.BAD)
            if self.outstanding is None or seq != self.seq:
                return Heard(Answer.STALE)
            return Heard(Answer.ACK if content == ACK else Answer.REPEAT)
        if not valid or seq not in _ODDS:
            return Heard(Answer.BAD)
        if seq == self._last and self.response is not None:
            return Heard(Answer.UNCHANGED, seq, content)
        return Heard(Answer.COMMAND, seq, content)

    def acknowledged(self) -> Record | None:
        """The message that waited has its ACK; gives it."""
        record, self.outstanding = self.outstanding, None
        self._next = (self._next + 1) % len(EVEN)
        return record

    def message(self, content: str) -> bytes:
        """A data message with the present sequence number."""
        return self._framed(self.seq + content.encode("latin-1"))

    def respond(self, seq: bytes, content: str) -> bytes:
        """The response to a command, which is kept."""
        self._last = seq
        self.response = self._framed(seq + content.encode("latin-1"))
        return self.response

    def _framed(self, body: bytes) -> bytes:
        return b"#" + body + digits(body, self._variant, self._parity())


_EVENS = frozenset(EVEN[n : n + 1] for n in range(8))
_ODDS = frozenset(ODD[n : n + 1] for n in range(8))
