"""The lines that the simulated readers send: ``$SCRDR`` messages that carry their number and the time of sending.

The layout is the one of SpringCard's page "$SCRDR Message"; TagData is a mark, a kind, the number and the time, all of it
in hexadecimal digits, so that every peer passes it on unharmed and it can be found in any payload.
"""

from __future__ import annotations

import functools
import operator
import re
from enum import IntEnum


class Kind(IntEnum):
    """What a line is for."""

    PROBE = 0
    """Sent until the first one has arrived: is the way open? Its number is that of the reader."""
    COUNTED = 1
    """Each must arrive. Numbers begin with 0; a time of 0 means that nobody asks how late it is."""
    BALLAST = 2
    """Only there to keep everybody busy."""


PATTERN = re.compile(rb"C0DE([0-9A-F]{2})([0-9A-F]{8})([0-9A-F]{16})")
"""Finds kind, number and time in a line or in a payload made from it."""

_nonce = iter(range(1 << 40))


def mark(kind: Kind, number: int, sent: int = 0) -> bytes:
    """Thirty letters and digits; ``sent`` is a reading of the monotonic clock in nanoseconds."""
    return b"C0DE%02X%08X%016X" % (kind, number, sent)


def encode(kind: Kind, number: int, sent: int = 0) -> bytes:
    """One line with its mark and checksum.

    Every line has another TagId, so that nobody takes one for the repeat of another.
    """
    body = b"SCRDR;13;01;01;;04%012X;;%s;" % (next(_nonce), mark(kind, number, sent))
    return b"$%s*%02X\r\n" % (body, functools.reduce(operator.xor, body))
