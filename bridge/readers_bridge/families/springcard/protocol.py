"""Bytes in, messages out: finds the messages of a Smart Reader in a stream or in datagrams, and tells which dialect it speaks.

Nothing that arrives raises; what cannot be used is counted in ``dropped``, by reason. However a stream is cut into pieces, it
gives the same messages.
"""

from __future__ import annotations

from collections import Counter

from readers_bridge.families.springcard import json_messages, mk1
from readers_bridge.families.springcard.messages import Dialect, Message, Reading
from readers_bridge.families.springcard.scrdr import ScrdrLines

LIMIT = 65_536 + 512
"""Bytes of the longest message: "up to 64 kB" ("$SCRDR Message") and some for what surrounds the data."""

ATTEMPTS = 8
"""Objects that may be tried for in one line, as long as it is not known that there is JSON at all."""

_DOLLAR = ord("$")


class Decoder:
    """The receiving side of one connection.

    ``dialect`` None: told from what arrives, by whole messages only: a $SCRDR line with its checksum, a complete READER EVENT,
    an MK1 start-up line, or an MK1 read as long as nothing else has been told.
    """

    def __init__(self, dialect: Dialect | None = None, *, checksum_required: bool = True) -> None:
        self.dialect = dialect
        self.dropped: Counter[str] = Counter()
        self._any = dialect is None
        self._scrdr = ScrdrLines(self.dropped, checksum_required=checksum_required)
        self._rest = b""
        self._cut = False
        self._in_garbage = False

    @property
    def checksum(self) -> str | None:
        """``excluded`` or ``included`` (the delimiters), as the reader has shown; None before."""
        return self._scrdr.variant

    def receive(self, data: bytes) -> list[Message]:
        """The messages that ``data``, the next piece of a stream, completes."""
        messages: list[Message] = []
        buffer = self._rest + data if self._rest else data
        used = (
            self._objects(buffer, 0, messages)
            if self.dialect is Dialect.JSON
            else self._lines(buffer, messages, stream=True)
        )
        rest = buffer[used:]
        if len(rest) > LIMIT and self.dialect is not Dialect.JSON:
            rest = rest[-LIMIT:]
            self._cut = True
        self._rest = rest
        return messages

    def datagram(self, data: bytes) -> list[Message]:
        """The messages in a datagram; its end ends a line."""
        messages: list[Message] = []
        buffer = data + b"\n"
        if self.dialect is Dialect.JSON and not self._any:
            used = self._objects(buffer, 0, messages)
        else:
            used = self._lines(buffer, messages, stream=False)
        if used < len(buffer):
            self.dropped["malformed"] += 1
        self._in_garbage = False
        return messages

    def _lines(self, buffer: bytes, messages: list[Message], *, stream: bool) -> int:
        """Append the messages in the buffer; gives the position up to which it is used.

        A stream that has once carried a READER EVENT is JSON from there on.
        """
        scrdr = self._scrdr.decode
        detect = self._any
        only_scrdr = self.dialect is Dialect.SCRDR and not detect
        position = 0
        size = len(buffer)
        while position < size:
            is_scrdr = only_scrdr or (detect and buffer[position] == _DOLLAR)
            if detect and not is_scrdr and not self._cut:
                after = self._object(buffer, position, messages)
                if after == position:
                    break
                if after > position:
                    position = after
                    if stream and self.dialect is Dialect.JSON:
                        return self._objects(buffer, position, messages)
                    continue
            end = buffer.find(b"\n", position)
            if end < 0:
                break
            line = buffer[position:end]
            position = end + 1
            if self._cut or len(line) > LIMIT:
                self.dropped["oversize"] += 1
                self._cut = False
                line = line[-LIMIT:]
            if is_scrdr:
                message = scrdr(line)
                if message is not None:
                    self.dialect = Dialect.SCRDR
                    messages.append(message)
            else:
                self._line(line, messages)
        return position

    def _line(self, line: bytes, messages: list[Message]) -> None:
        """A line that does not begin as a $SCRDR Message."""
        message: Message | None = None
        if self._any and b"$SC" in line:
            message = self._scrdr.decode(line)
            told = Dialect.SCRDR
        else:
            told = Dialect.MK1
            message = mk1.decode(line)
            weak = isinstance(message, Reading) and self.dialect not in {None, Dialect.MK1}
            if message is None or weak:
                message = None
                if line.strip(json_messages.BLANKS):
                    self.dropped["garbage"] += 1
        if message is not None:
            self.dialect = told
            messages.append(message)

    def _object(self, buffer: bytes, position: int, messages: list[Message]) -> int:
        """Try for a JSON object where a message begins, or after garbage that does not begin as a line.

        Gives the position after it (or after blanks), ``position`` when more must come first, or -1 when this is a line.
        """
        size = len(buffer)
        start = position
        while start < size and buffer[start] in json_messages.BLANKS:
            start += 1
        if start > position:
            return start
        line_end = buffer.find(b"\n", start)
        if line_end < 0:
            line_end = size
        brace = -1 if buffer[start] in b"+#" else buffer.find(b"{", start, line_end)
        for _ in range(ATTEMPTS):
            if not 0 <= brace < line_end or b"$" in buffer[start:brace]:
                break
            value, end = json_messages.scan(buffer, brace, LIMIT)
            if value is not None:
                if json_messages.is_event(value):
                    self.dialect = Dialect.JSON
                elif brace > start:
                    break
                if brace > start:
                    self.dropped["garbage"] += 1
                self._convert(value, messages)
                return end
            if end == brace:
                return position
            brace = buffer.find(b"{", end, line_end)
        return -1

    def _objects(self, buffer: bytes, position: int, messages: list[Message]) -> int:
        """As ``_lines``, where nothing but JSON is expected."""
        while True:
            brace = buffer.find(b"{", position)
            between = buffer[position:] if brace < 0 else buffer[position:brace]
            if not self._in_garbage and between.strip(json_messages.BLANKS):
                self.dropped["garbage"] += 1
                self._in_garbage = True
            if brace < 0:
                return len(buffer)
            value, end = json_messages.scan(buffer, brace, LIMIT)
            if value is not None:
                self._in_garbage = False
                self._convert(value, messages)
            elif end == brace:
                return brace
            else:
                self.dropped["oversize" if end - brace >= LIMIT else "malformed"] += 1
                self._in_garbage = True
            position = end

    def _convert(self, value: dict[str, object], messages: list[Message]) -> None:
        message = json_messages.convert(value)
        if isinstance(message, str):
            self.dropped[message] += 1
        else:
            messages.append(message)
