"""$SCRDR Messages: one ASCII line for each token.

Source: SpringCore documentation, "$SCRDR Messages" (structure) and "$SCRDR Message" (fields). The two pages contradict each
other about the checksum: the first leaves ``$`` and ``*`` out of it, the second includes them. The two values always differ
by ``'$' ^ '*'``, and so both can be accepted until a reader has shown which one it uses.
"""

from __future__ import annotations

import re
from collections import Counter

from readers_bridge.families.springcard.messages import Alive, Move, Reading

DELIMITERS = ord("$") ^ ord("*")
"""What including both delimiters adds to the checksum."""

SETTLED_AFTER = 3
"""Lines in a row with the same checksum after which the other one is an error."""

VARIANTS = {0: "excluded", DELIMITERS: "included"}
FIELDS = 9

_DIGITS = "0123456789ABCDEFabcdef"
_BYTES: dict[str, int | None] = {"": None} | {high + low: int(high + low, 16) for high in _DIGITS for low in _DIGITS}
_CHECKSUMS = {text.encode(): value for text, value in _BYTES.items() if value is not None}
_MOVES = {str(move): move for move in Move}
_CODE = re.compile(r"[0-9A-Fa-f]{0,4}")


def checksum(body: bytes) -> int:
    """XOR of all bytes, by folding them as one big integer."""
    value = int.from_bytes(body, "big")
    size = len(body)
    if size > 64:
        width = 8 << (size - 1).bit_length() - 1
        while width > 256:
            value = (value >> width) ^ (value & ((1 << width) - 1))
            width >>= 1
    value ^= value >> 256
    value ^= value >> 128
    value ^= value >> 64
    value ^= value >> 32
    value ^= value >> 16
    return (value ^ value >> 8) & 0xFF


class ScrdrLines:
    """Decodes the lines of one reader; ``dropped`` counts what is not used, by reason.

    ``checksum_required``: whether a line without a checksum is dropped.
    """

    def __init__(self, dropped: Counter[str], *, checksum_required: bool = True) -> None:
        self._dropped = dropped
        self._required = checksum_required
        self._difference: int | None = None
        self._alike = 0
        self._settled: int | None = None

    @property
    def variant(self) -> str | None:
        """How the reader computes its checksum: ``excluded``, ``included``, or None as long as none was seen."""
        return None if self._difference is None else VARIANTS[self._difference]

    def decode(self, line: bytes) -> Reading | Alive | None:
        """The message in a line that came without its LF, or None. Never raises."""
        if line[-1:] == b"\r":
            line = line[:-1]
        # The common line, complete and clean; whatever is unusual goes the long way, which gives the same for this one.
        body = line[1:-3]
        received = _CHECKSUMS.get(line[-2:])
        if (
            line[:7] == b"$SCRDR;"
            and received is not None
            and received ^ checksum(body) == self._settled
            and line[-3] == 0x2A
        ):
            text = body.decode("latin-1")
            fields = text.split(";")
            if len(fields) == FIELDS and text.isascii() and text.isprintable():
                _, interface, protocol, template, rssi, tag_id, letters, tag_data, tag_details = fields
                move = _MOVES.get(letters)
                if (
                    move is not None
                    and (tag_id or tag_data or move)
                    and interface in _BYTES
                    and protocol in _BYTES
                    and template in _BYTES
                    and rssi in _BYTES
                ):
                    return Reading(
                        interface, protocol, _BYTES[template], _BYTES[rssi], tag_id, move, tag_data, tag_details
                    )
        return self.decode_unusual(line)

    def decode_unusual(self, line: bytes) -> Reading | Alive | None:
        """As ``decode``, for any line: it may begin with garbage, or with the beginning of a message that was cut off.

        The first start of a message is tried before the last one: text from a token must not pass for a message of its own
        as long as the whole line is in order.
        """
        line = line.rstrip(b"\r")
        first = line.find(b"$SC")
        if first < 0:
            if line.strip(b" \t\0"):
                self._dropped["garbage"] += 1
            return None
        if first > 0:
            self._dropped["garbage"] += 1
        message = self._message(line[first:])
        last = line.rfind(b"$SC")
        if isinstance(message, str) and last > first:
            self._dropped["cut_off"] += 1
            message = self._message(line[last:])
        if isinstance(message, str):
            self._dropped[message] += 1
            return None
        return message

    def _message(self, line: bytes) -> Reading | Alive | str:
        """The message that fills the line, or the reason why it is none."""
        received = _CHECKSUMS.get(line[-2:]) if line[-3:-2] == b"*" else None
        if received is not None:
            body = line[1:-3]
            difference = received ^ checksum(body)
            if difference not in VARIANTS or self._settled not in {None, difference}:
                return "bad_checksum"
        elif self._required:
            return "no_checksum"
        else:
            body = line[1:]
            difference = None
            if b"*" in body:
                return "malformed"
        if body != b"SCRDR" and body[:6] != b"SCRDR;":
            return "unknown_type"
        message = _fields(_text(body), line)
        if not isinstance(message, str) and difference is not None:
            self._remember(difference)
        return message

    def _remember(self, difference: int) -> None:
        self._alike = self._alike + 1 if difference == self._difference else 1
        self._difference = difference
        if self._alike >= SETTLED_AFTER:
            self._settled = difference


def _fields(text: str, line: bytes) -> Reading | Alive | str:
    fields = text.split(";", FIELDS - 1)
    if len(fields) < FIELDS:
        return Alive()
    _, interface, protocol, template, rssi, tag_id, letters, tag_data, tag_details = fields
    move = _MOVES.get(letters.strip())
    if move is None or not all(_CODE.fullmatch(code) for code in (interface, protocol, template, rssi)):
        return "malformed"
    raw = ""
    if ";" in tag_details:
        raw = _text(line)
        tag_data, tag_details = f"{tag_data};{tag_details}", ""
    if not (tag_id or tag_data or move):
        return Alive()
    return Reading(interface, protocol, _number(template), _number(rssi), tag_id, move, tag_data, tag_details, raw)


def _number(code: str) -> int | None:
    return int(code, 16) if code else None


def _text(data: bytes) -> str:
    """ASCII; everything else as a visible escape."""
    text = data.decode("ascii", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
