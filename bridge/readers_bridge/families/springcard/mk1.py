"""MK1 lines: ``+`` and the identifier, with the template's prefix and suffix; a start-up line; nothing in the other direction.

Source: SpringCore documentation, "RDR MK1 Protocol". There is no checksum, and other protocols may share the serial line.
"""

from __future__ import annotations

import re

from readers_bridge.families.springcard.messages import Reading, Started

_UNPRINTABLE = re.compile(rb"[^\x20-\x7e]")
_START_UP = re.compile(rb"#\s*(\S[^/]*)/RDR\s*")


def decode(line: bytes) -> Reading | Started | None:
    """The message in a line that came without its LF, or None. Binary frames before it are skipped."""
    text = _UNPRINTABLE.split(line.rstrip(b"\r"))[-1]
    if text[:1] == b"+" and len(text) > 1:
        return Reading(tag_id=text[1:].decode("ascii"))
    started = _START_UP.fullmatch(text)
    return None if started is None else Started(started[1].decode("ascii"))
