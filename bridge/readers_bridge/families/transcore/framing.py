"""Lines between CR and CR: what a message is made of in all three protocols.

A tag ID may hold any character from space to underscore, ``#`` and significant spaces among them, so only CR ends a message
and the layout of the content tells at which ``#`` it begins. Source: MPRX System Guide, chapter 6, for ``#``, CR and LF.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from readers_bridge.families.transcore.parity import without_parity

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE_LIMIT = 512
"""Bytes in a line at most; a message has less than 90."""

_IGNORED = bytes((0x00, 0x05, 0x11, 0x13, 0x80, 0x85, 0x91, 0x93))  # NUL, ENQ, XON, XOFF, also with a parity bit
_LINE_FEEDS = b"\n\x8a"
_END = re.compile(rb"[\r\x8d]|[\n\x8a](?=[#\xa3])")  # an LF before a '#' ends a line whose CR was lost
_START = re.compile(rb"[#\xa3]")
_FOREIGN = re.compile(rb"~~\x01|!(?:Model |Done|Error)")


@dataclass(frozen=True, slots=True)
class Line:
    """All before the CR, without the LF of the line before, XON, XOFF, NUL and CTRL-E; never empty."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Overlong:
    """A line of more than LINE_LIMIT bytes was dropped; ``size`` is how many it had."""

    size: int


@dataclass(frozen=True, slots=True)
class Foreign:
    """A reader that is not spoken to in this way; ``text`` says so in plain words."""

    text: str


AI1422E = Foreign(
    "The reader speaks the dialect of the AI1422E, whose messages begin with ~~ or !; "
    "this family speaks with MPRX, MPRR and Encompass readers, whose messages begin with #."
)


class Lines:
    """Splits what is received into lines; the same ones however the stream is cut."""

    def __init__(self) -> None:
        self._buffer = b""
        self._dropped = 0
        self._foreign = False

    def feed(self, data: bytes) -> list[Line | Overlong | Foreign]:
        """The lines that these bytes complete. Never raises."""
        found: list[Line | Overlong | Foreign] = []
        *ended, rest = _END.split(self._buffer + data.translate(None, _IGNORED))
        for received in ended:
            raw = self._begin(received, found)
            size = self._dropped + len(raw)
            if size > LINE_LIMIT:
                if not self._foreign:
                    found.append(Overlong(size))
            elif not self._foreign and (line := without_parity(raw).strip(_LINE_FEEDS)):
                found.append(Line(line))
            self._dropped, self._foreign = 0, False
        rest = self._begin(rest, found)
        if self._foreign or self._dropped or len(rest) > LINE_LIMIT:
            self._dropped += max(len(rest) - 1, 0)
            rest = rest[-1:]  # an LF whose '#' may come
        self._buffer = rest
        return found

    def _begin(self, raw: bytes, found: list[Line | Overlong | Foreign]) -> bytes:
        if self._dropped:
            return raw
        raw = raw.lstrip(_LINE_FEEDS)
        if _FOREIGN.match(raw):
            self._foreign = True
            found.append(AI1422E)
        return raw

    @property
    def pending(self) -> bool:
        """Whether a message has begun and not ended."""
        return (self._dropped > 0 and not self._foreign) or _START.search(self._buffer) is not None

    def drop(self) -> int:
        """Give up the message that has begun (the ECP time-out has passed); how many bytes it had."""
        size = self._dropped + len(self._buffer)
        self._buffer, self._dropped, self._foreign = b"", 0, False
        return size


def candidates(line: bytes) -> Iterator[bytes]:
    """What follows the first ``#`` of a line, then what follows each later one."""
    at = line.find(b"#")
    while at >= 0:
        yield line[at + 1 :]
        at = line.find(b"#", at + 1)


def command(body: bytes) -> bytes:
    """A message to the reader in the basic form; only CR ends it."""
    return b"#" + body + b"\r"
