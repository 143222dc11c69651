"""RawSerial: the reader sends what it reads, with no protocol around it.

Source: docs.baltech.de, developers/map-autoread-unidirectional.
The layout is the reader's configuration (value 0x0123/0x40, HostMsgFormatTemplate); neither its default terminator nor its
default speed is published. So a message ends with a delimiter, or with silence.
"""

from __future__ import annotations

import re

SILENCE = 0.05
"""Seconds after which what came is a message, with or without a delimiter."""

LONGEST = 1024
"""Bytes of a message; what is longer is dropped up to the next delimiter or silence."""

_LINE_ENDS = re.compile(rb"[\r\n]+")


class RawMessages:
    """Cuts what arrives into messages; never raises. ``oversize`` counts messages that were dropped."""

    def __init__(self, delimiter: bytes = b"") -> None:
        """``delimiter``: what ends a message; empty: a carriage return, a line feed, or both."""
        self._end = re.compile(re.escape(delimiter)) if delimiter else _LINE_ENDS
        self._waiting = b""
        self._skipping = False
        self.oversize = 0

    @property
    def partial(self) -> bool:
        """Whether a message has begun; after SILENCE it ends with ``flush``."""
        return bool(self._waiting) or self._skipping

    def receive(self, data: bytes) -> list[bytes]:
        """The messages that this completes, in order."""
        *complete, self._waiting = self._end.split(self._waiting + data)
        if self._skipping and complete:
            complete.pop(0)
            self._skipping = False
        found = [message for message in complete if message and self._fits(message)]
        if len(self._waiting) > LONGEST:
            if not self._skipping:
                self.oversize += 1
            self._skipping = True
            self._waiting = self._waiting[-8:]  # it may be the beginning of a delimiter
        return found

    def flush(self) -> list[bytes]:
        """There was silence: what came is a message."""
        message, self._waiting = self._waiting, b""
        skipped, self._skipping = self._skipping, False
        return [message] if message and not skipped and self._fits(message) else []

    def _fits(self, message: bytes) -> bool:
        if len(message) <= LONGEST:
            return True
        self.oversize += 1
        return False
