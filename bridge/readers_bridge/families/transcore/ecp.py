"""ECP, the error correcting protocol, in the host's role. Time-outs are the caller's.

``#`` sequence number, content, four CRC digits, CR (and LF from the reader). The reader numbers its data messages 0, 2, … E,
0 and repeats each one until it is acknowledged; the host numbers its commands 1, 3, … F, 1, and the reader answers under the
command's number. Source: MPRX System Guide, chapter 6.
"""

from __future__ import annotations

from dataclasses import dataclass

from readers_bridge.families.transcore.crc import DIGITS, Crc
from readers_bridge.families.transcore.framing import candidates, command
from readers_bridge.families.transcore.typedefs import CrcVariant, Parity

EVEN = "02468ACE"
ODD = "13579BDF"
_ACK = b"@"
_NAK = b"?"
_REFUSED = b"Error"
_SIGN_ON = b"Model "


@dataclass(frozen=True, slots=True)
class Data:
    """A verified data message.

    ``repeated``: same number and same bytes as the last accepted one; acknowledge it, it is not new. ``jumped``: neither
    repeated nor the number after the last accepted one; messages may have gone elsewhere, or the reader restarted.
    ``skipped``: bytes before it in its line: noise, or a message whose end was lost.
    """

    seq: str
    content: bytes
    repeated: bool
    jumped: bool = False
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Response:
    """A verified answer to the command with this odd number; ``expected``: to the one that waits for its answer."""

    seq: str
    content: bytes
    expected: bool = True
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Damaged:
    """Nothing in the line verifies, or its number is illegal: to be refused with NAK.

    ``seq`` as far as it can be told. With an odd one it was an answer: the command is to be sent again, under its number.
    """

    seq: str | None
    reason: str


class EcpHost:
    """What a host remembers of one reader: the number of its last command, and the last message that it accepted."""

    def __init__(self, crc: Crc, *, odd: str | None = None, last: tuple[str, bytes] | None = None) -> None:
        self.crc = crc
        self._odd = odd
        self._last = last
        self._outstanding: str | None = None

    @property
    def last(self) -> tuple[str, bytes] | None:
        """Number and content of the last accepted data message."""
        return self._last

    @property
    def expected(self) -> str:
        """The number that the reader's next new message should have."""
        return "0" if self._last is None else _after(self._last[0], EVEN)

    def receive(self, line: bytes) -> Data | Response | Damaged:
        """Judge one line. Changes nothing but what ``crc`` has settled, and which answer is waited for. Never raises.

        Content may hold ``#``, so the longest candidate that verifies is the message. In a damaged one a part behind a
        ``#`` passes by chance once in 65,536 times for each variant; a legal number is asked of it too.
        """
        verified = _verified(self.crc, line)
        if verified is None:
            return self._unverified(line)
        seq, content, skipped = verified
        if seq in EVEN:
            repeated = (seq, content) == self._last
            jumped = self._last is not None and not repeated and seq != self.expected
            return Data(seq, content, repeated, jumped, skipped)
        return self._response(seq, content, skipped)

    def _response(self, seq: str, content: bytes, skipped: int) -> Response:
        expected = seq == self._outstanding
        if expected:
            self._outstanding = None
        return Response(seq, content, expected, skipped)

    def _unverified(self, line: bytes) -> Damaged | Response:
        found = list(candidates(line))
        if not found:
            return Damaged(None, "no # in the line")
        for candidate in found:
            if self._outstanding is not None and candidate == self._outstanding.encode() + _REFUSED:
                return self._response(self._outstanding, _REFUSED, len(line) - len(candidate) - 1)
        seq = _seq(found[0])
        if seq is None and self.crc.verify(found[0][:-DIGITS], found[0][-DIGITS:]):
            return Damaged(None, f"illegal sequence number {found[0][:1]!r}")
        return Damaged(seq, "the CRC does not fit")

    def accept(self, data: Data) -> bytes:
        """The ACK. From now on ``data`` is the last accepted message, so call this when it is stored."""
        self._last = (data.seq, data.content)
        return self._message(data.seq, _ACK)

    def nak(self, seq: str) -> bytes:
        """The request to send the message again."""
        return self._message(seq, _NAK)

    def next_odd(self) -> str:
        """The number for a new command. Store it for good before the command is sent.

        A reader does not execute a command under the number of the one before; it repeats its answer.
        """
        self._odd = ODD[0] if self._odd is None else _after(self._odd, ODD)
        return self._odd

    def command(self, seq: str, body: bytes) -> bytes:
        """The message for a command; from now on the answer under ``seq`` is waited for."""
        self._outstanding = seq
        return self._message(seq, body)

    def abandon(self) -> None:
        """No answer is waited for any longer."""
        self._outstanding = None

    def restarted(self) -> None:
        """A sign-on was seen, so the reader counts from 0 again; before or after ``accept`` of the sign-on."""
        if self._last is not None and not self._last[1].startswith(_SIGN_ON):
            self._last = None

    def _message(self, seq: str, content: bytes) -> bytes:
        body = seq.encode("ascii") + content
        return command(body + self.crc.digits(body))


def looks_like_ecp(line: bytes, parity: Parity = Parity.NONE) -> bool:
    """Whether a line is a data message in ECP: a reader that a previous host left in it repeats one until it is acknowledged."""
    verified = _verified(Crc(CrcVariant.AUTO, parity), line)
    return verified is not None and verified[0] in EVEN


def _verified(crc: Crc, line: bytes) -> tuple[str, bytes, int] | None:
    for candidate in candidates(line):
        seq = _seq(candidate)
        body = candidate[:-DIGITS]
        if seq is not None and body and crc.verify(body, candidate[-DIGITS:]):
            return seq, body[1:], len(line) - len(candidate) - 1
    return None


def _seq(candidate: bytes) -> str | None:
    seq = candidate[:1].decode("latin-1")
    return seq if seq and seq in EVEN + ODD else None


def _after(seq: str, numbers: str) -> str:
    return numbers[(numbers.find(seq) + 1) % len(numbers)]
