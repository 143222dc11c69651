"""The stream of what a printer in a Star mode says on ports 9100 and 9101.

Source: Star Line Mode command specifications, chapters "ASB status" and "Ethernet status format".
"""

from __future__ import annotations

import re

from readers_bridge.families.star import asb, expanded_status
from readers_bridge.families.star.asb import Asb
from readers_bridge.families.star.expanded_status import PrintEnd, Version, Wrapped

Event = Asb | PrintEnd | Version | Wrapped

_ESC = 0x1B
_LENGTH = 2

_BEGINS = re.compile(b"[" + re.escape(bytes(b for b in range(256) if b == _ESC or asb.can_begin([b]))) + b"]")


class _NoiseError(Exception):
    """Nothing that a printer says begins here."""


class StatusStream:
    """Turns the stream into what the printer says, and finds its way back after anything else. Never raises.

    An expanded status gives two events, the ASB first and what the status carries after it.
    ``noise`` counts the bytes that belonged to nothing.
    """

    def __init__(self) -> None:
        self._received = bytearray()
        self.noise = 0

    @property
    def partial(self) -> bool:
        """Whether something has begun and is not complete; after one second without more, ``flush`` gives it up."""
        return bool(self._received)

    def feed(self, data: bytes) -> list[Event]:
        """What these bytes complete, in order."""
        self._received += data
        return self._parse()

    def flush(self) -> list[Event]:
        """Expect no more bytes of what has begun: the printer was silent for a second, or the connection is closed.

        A whole ASB that lacks only its Length is believed.
        """
        events: list[Event] = []
        while self._received:
            if asb.can_begin(self._received) and len(self._received) == asb.size(self._received[0]):
                events.append(Asb(bytes(self._received)))
                self._received.clear()
            else:
                self._skip()
                events += self._parse()
        return events

    def _skip(self) -> None:
        del self._received[0]
        self.noise += 1

    def _parse(self) -> list[Event]:
        events: list[Event] = []
        received = bytes(self._received)
        start = 0
        while start < len(received):
            skipped, start = start, _beginning(received, start)
            self.noise += start - skipped
            if start == len(received):
                break
            try:
                found = _next(received, start)
            except _NoiseError:
                start += 1
                self.noise += 1
                continue
            if found is None:
                break
            start, said = found
            events += said
        del self._received[:start]
        return events


def _beginning(received: bytes, start: int) -> int:
    """Where the next thing may begin, or the end: garbage is passed over in one go."""
    found = _BEGINS.search(received, start)
    return len(received) if found is None else found.start()


def _next(received: bytes, start: int) -> tuple[int, list[Event]] | None:
    """Where the thing that begins at ``start`` ends and what it says; None when more bytes are needed."""
    return _escape(received, start) if received[start] == _ESC else _frame(received, start)


def _frame(received: bytes, start: int) -> tuple[int, list[Event]] | None:
    if not asb.can_begin(received[start : start + asb.CHECKED]):
        raise _NoiseError
    end = start + asb.size(received[start])
    if len(received) < end:
        return None
    raw = received[start:end]
    if not asb.length_follows(raw[1]):
        return end, [Asb(raw)]
    first = end + _LENGTH
    if len(received) < first:
        return None
    length = expanded_status.announced(received[end:first])
    if length is None:
        raise _NoiseError
    if not length:
        return first, [Asb(raw)]
    data = received[first : first + length]
    if not expanded_status.can_begin(data, length):
        raise _NoiseError
    if len(data) < length:
        return None
    answer = expanded_status.answer(data)
    if answer is None:
        raise _NoiseError
    return first + length, [Asb(raw, data), answer]


def _escape(received: bytes, start: int) -> tuple[int, list[Event]] | None:
    head = received[start : start + len(expanded_status.VERSION)]
    if expanded_status.PRINT_END.startswith(head[: len(expanded_status.PRINT_END)]):
        end = start + expanded_status.PRINT_END_SIZE
        if len(received) < end:
            return None
        return end, [_believed(expanded_status.print_end(received[start:end]))]
    if expanded_status.VERSION.startswith(head):
        return _version(received, start)
    raise _NoiseError


def _version(received: bytes, start: int) -> tuple[int, list[Event]] | None:
    limit = start + len(expanded_status.VERSION) + expanded_status.LARGEST_VERSION + len(expanded_status.VERSION_END)
    feed = received.find(expanded_status.VERSION_END[0], start, limit)
    text = received[start + len(expanded_status.VERSION) : feed if feed >= 0 else limit]
    if not expanded_status.is_text(text) or len(text) > expanded_status.LARGEST_VERSION:
        raise _NoiseError
    if feed < 0 or len(received) < feed + len(expanded_status.VERSION_END):
        return None
    end = feed + len(expanded_status.VERSION_END)
    return end, [_believed(expanded_status.version(received[start:end]))]


def _believed(event: Event | None) -> Event:
    if event is None:
        raise _NoiseError
    return event
