"""What a reader is told: $SCCMD Messages and READER COMMAND Messages (JSON), decoded as the reader does it.

Made from the vendor's pages "$SCCMD Message" and "READER COMMAND Message". Sans-IO: bytes in, commands and discards out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from readers_bridge.families.springcard.simulator.frames import checksum
from readers_bridge.families.springcard.simulator.settings import Commands, Format, Settings, Verify

LONGEST_SCCMD = 255
"""Characters; a $SCCMD Message must be shorter than 256."""
LONGEST_JSON = 4096
"""Characters; the vendor gives no limit."""

_CHECKSUM = re.compile(rb"\*([0-9A-Fa-f]{2})$")
_DIGITS = {"SEQ": 2, "LEDS": 8, "BUZZ": 4}
_WITH_CHECKSUM = {Verify.BOTH: (0x00, 0x0E), Verify.EXCLUDED: (0x00,), Verify.INCLUDED: (0x0E,)}
_JSON_UI = ("Leds", "RgbColor", "RgbMode", "Buzzer")
_JSON_OTHER = ("RgbColor", "RgbMode", "Relay", "Relays")


@dataclass(frozen=True, slots=True)
class Received:
    """A command that the reader executes: ``sequence`` 0 to 255, ``leds`` four bytes, ``buzzer`` milliseconds.

    ``other`` holds RgbColor, RgbMode, Relay and Relays as they came: the vendor does not say what their values mean.
    ``source`` is the host's address.
    """

    raw: bytes
    sequence: int | None = None
    leds: bytes | None = None
    buzzer: int | None = None
    other: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""

    def __str__(self) -> str:
        parts = []
        if self.sequence is not None:
            parts.append(f"SEQ {self.sequence:02X}")
        if self.leds is not None:
            parts.append(f"LEDS {self.leds.hex().upper()}")
        if self.buzzer is not None:
            parts.append(f"BUZZ {self.buzzer} ms")
        parts += [f"{key} {json.dumps(value)}" for key, value in self.other.items()]
        return ", ".join(parts) or "nothing to do"


@dataclass(frozen=True, slots=True)
class Discarded:
    """Bytes that the reader ignores, and why. Of long ones only the beginning is kept."""

    raw: bytes
    reason: str
    source: str = ""


class CommandDecoder:
    """Takes commands out of a stream of bytes or out of datagrams.

    A $SCCMD Message ends at CR or LF, at the next ``$``, or when the sender falls silent: the vendor's samples send none
    of these, so call ``flush`` then. A READER COMMAND ends with its closing brace.
    """

    def __init__(self, settings: Settings, source: str = "") -> None:
        both = settings.commands is Commands.BOTH
        self._text = both or settings.format is Format.SCRDR
        self._json = both or settings.format is Format.JSON
        self._offsets = _WITH_CHECKSUM[settings.verify]
        self._source = source
        self._buffer = bytearray()
        self._skipping = False

    @property
    def pending(self) -> bool:
        """Whether a message may be waiting for its end."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[Received | Discarded]:
        """What is complete with these bytes."""
        if self._skipping:
            start = re.search(rb"[\r\n$]", data)
            data = data[start.start() :] if start else b""
            self._skipping = start is None
        self._buffer += data
        found: list[Received | Discarded] = []
        while self._buffer and (end := self._end()) is not None:
            found += self._take(end)
        longest = LONGEST_JSON if self._json and self._buffer[:1] == b"{" else LONGEST_SCCMD
        if len(self._buffer) > longest:
            found.append(self._discard(bytes(self._buffer), "too long"))
            self._buffer.clear()
            self._skipping = True
        return found

    def flush(self) -> list[Received | Discarded]:
        """What is there must be complete: a datagram ends, or the sender fell silent."""
        self._skipping = False
        return self._take(len(self._buffer)) if self._buffer else []

    def _end(self) -> int | None:
        """How many bytes of the buffer are one message, its terminator or rubbish before it, or None: not yet known."""
        first = self._buffer[0]
        if first in b"\r\n":
            return 1
        if first == ord("{") and self._json:
            return _end_of_object(self._buffer)
        starts = [at for at in (self._buffer.find(mark, 1) for mark in (b"\r", b"\n", b"$")) if at > 0]
        if self._json and first != ord("$") and (brace := self._buffer.find(b"{", 1)) > 0:
            starts.append(brace)
        return min(starts, default=None)

    def _take(self, end: int) -> list[Received | Discarded]:
        raw = bytes(self._buffer[:end])
        del self._buffer[:end]
        if not raw.strip():
            return []
        try:
            return [self._decode(raw.strip())]
        except ValueError as error:
            return [self._discard(raw, str(error))]

    def _decode(self, raw: bytes) -> Received:
        if raw.startswith(b"{"):
            if not self._json:
                raise ValueError("JSON is not understood in this format")
            return self._reader_command(raw)
        if raw.startswith(b"$"):
            if not self._text:
                raise ValueError("$SCCMD is not understood in this format")
            return self._sccmd(raw)
        raise ValueError("not a command")

    def _sccmd(self, raw: bytes) -> Received:
        if len(raw) > LONGEST_SCCMD:
            raise ValueError("too long")
        body = raw[1:]
        if found := _CHECKSUM.search(body):
            body = body[: found.start()]
            if int(found[1], 16) not in {checksum(body) ^ offset for offset in self._offsets}:
                raise ValueError("wrong checksum")
        name, *tuples = body.decode("ascii", "replace").split(";")
        if name != "SCCMD":
            raise ValueError("not a $SCCMD Message")
        values = {
            key: value for key, equals, value in (each.partition("=") for each in tuples) if key in _DIGITS and equals
        }
        for key, value in values.items():
            if not re.fullmatch(rf"[0-9A-Fa-f]{{{_DIGITS[key]}}}", value):
                raise ValueError(f"{key} must be {_DIGITS[key]} hex digits")
        if "SEQ" in values and len(values) > 1:
            raise ValueError("SEQ together with LEDS or BUZZ")
        return Received(
            raw,
            sequence=int(values["SEQ"], 16) if "SEQ" in values else None,
            leds=bytes.fromhex(values["LEDS"]) if "LEDS" in values else None,
            buzzer=int(values["BUZZ"], 16) if "BUZZ" in values else None,
            source=self._source,
        )

    def _reader_command(self, raw: bytes) -> Received:
        try:
            command = json.loads(raw)
        except (ValueError, RecursionError):
            raise ValueError("not JSON") from None
        if "Sequence" in command and any(key in command for key in _JSON_UI):
            raise ValueError("Sequence together with Leds, Rgb or Buzzer")
        leds = command.get("Leds")
        if leds is not None and not (isinstance(leds, str) and re.fullmatch(r"[0-9A-Fa-f]{8}", leds)):
            raise ValueError("Leds must be 8 hex digits")
        return Received(
            raw,
            sequence=_number(command, "Sequence", 0xFF),
            leds=None if leds is None else bytes.fromhex(leds),
            buzzer=_number(command, "Buzzer", 0xFFFF),
            other={key: command[key] for key in _JSON_OTHER if key in command},
            source=self._source,
        )

    def _discard(self, raw: bytes, reason: str) -> Discarded:
        return Discarded(raw[:LONGEST_SCCMD], reason, self._source)


def _number(command: Mapping[str, Any], key: str, most: int) -> int | None:
    """A number of a READER COMMAND: a string is hexadecimal, an integer is decimal."""
    value = command.get(key)
    if value is None:
        return None
    if isinstance(value, str) and re.fullmatch(r"[0-9A-Fa-f]+", value):
        value = int(value, 16)
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{key} must be a hex string or an integer, at most {most}")
    return value


def _end_of_object(text: bytearray) -> int | None:
    """The length of the JSON object at the start, or None: it is not complete."""
    depth = 0
    in_string = escaped = False
    for at, byte in enumerate(text):
        if in_string:
            if escaped:
                escaped = False
            elif byte == ord("\\"):
                escaped = True
            elif byte == ord('"'):
                in_string = False
        elif byte == ord('"'):
            in_string = True
        elif byte == ord("{"):
            depth += 1
        elif byte == ord("}"):
            depth -= 1
            if depth == 0:
                return at + 1
    return None
