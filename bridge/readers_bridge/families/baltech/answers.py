"""What the answers to the commands carry: one parser each, from the data of a successful response.

Sources: docs.baltech.de, refman/cmds (sys, ar, ui, sec); baltech-sdk 5.2026.10, ``commands``; for the text of Sys.GetInfo the
manufacturer's C library, ``sys.h``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from readers_bridge.errors import ProtocolError

_INFO = re.compile(r"(.{4}) (.{9}) (.{7}) (.{8}) ([ 0-9]{8})")
_SERIAL = re.compile(r"[0-9]{5,}")
_FIRMWARE_ID = re.compile(r"[0-9]{4}")
_RELEASE = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_DATE = re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Info:
    """Sys.GetInfo. ``serial`` identifies the reader, ``firmware_id`` and ``release`` its firmware; ``text`` is the whole answer.

    ``date`` is as the reader writes it, ``mm/dd/yy`` as far as known. What an unusual answer does not tell is empty.
    """

    firmware_id: str
    name: str
    release: str
    date: str
    serial: str
    text: str


@dataclass(frozen=True, slots=True)
class BufferSize:
    """Sys.GetBufferSize, in bytes of whole frames: a command, an answer, and both together."""

    max_send: int
    max_receive: int
    total: int


@dataclass(frozen=True, slots=True)
class Message:
    """AR.GetMessage: ``type`` is one of MessageType, or a number that the documentation does not know."""

    type: int
    data: bytes


class _Fields:
    """Takes an answer apart; ``command`` is its name for the errors."""

    def __init__(self, command: str, data: bytes) -> None:
        self._command = command
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise ProtocolError(f"the answer to {self._command} is too short: {self._data.hex(' ') or 'nothing'}")
        self._at += count
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def counted(self) -> bytes:
        return self.take(self.number(1))

    def text(self) -> str:
        return self.counted().decode("ascii", "replace")

    def end(self) -> None:
        if self._at < len(self._data):
            raise ProtocolError(f"the answer to {self._command} is too long: {self._data.hex(' ')}")


def info(data: bytes) -> Info:
    """The answer to Sys.GetInfo: 40 characters in fixed columns and a NUL; of another layout, what can be told.

    Raises:
        ProtocolError: there is no serial number in it.
    """
    text = data.split(b"\0", 1)[0].decode("ascii", "replace")
    columns = _INFO.fullmatch(text)
    if columns is not None:
        firmware_id, name, release, date, serial = (column.strip() for column in columns.groups())
        if serial.isdigit():
            return Info(firmware_id, name, release, date, serial, text)
    words = text.split()
    if not words or not _SERIAL.fullmatch(words[-1]):
        raise ProtocolError(f"the answer to Sys.GetInfo ends without a serial number: {text!r}")
    *words, serial = words
    firmware_id = words.pop(0) if words and _FIRMWARE_ID.fullmatch(words[0]) else ""
    release = next(filter(_RELEASE.fullmatch, words), "")
    date = next(filter(_DATE.fullmatch, words), "")
    name = " ".join(word for word in words if word not in (release, date))
    return Info(firmware_id, name, release, date, serial, text)


def boot_status(data: bytes) -> int:
    """The answer to Sys.GetBootStatus: bits of BootStatus."""
    fields = _Fields("Sys.GetBootStatus", data)
    bits = fields.number(4)
    fields.end()
    return bits


def buffer_size(data: bytes) -> BufferSize:
    """The answer to Sys.GetBufferSize."""
    fields = _Fields("Sys.GetBufferSize", data)
    size = BufferSize(fields.number(2), fields.number(2), fields.number(2))
    fields.end()
    return size


def features(data: bytes) -> frozenset[int]:
    """The answer to Sys.GetFeatures: those that the reader has, FeatureID or unknown numbers."""
    fields = _Fields("Sys.GetFeatures", data)
    found = frozenset(fields.number(2) for _ in range(fields.number(1)))
    fields.take(2)  # the highest number that the firmware knows
    fields.end()
    return found


def part_number(data: bytes) -> tuple[str, str]:
    """The answer to Sys.GetPartNumber: part number, hardware revision."""
    return _two_texts("Sys.GetPartNumber", data)


def cfg_id(data: bytes) -> tuple[str, str]:
    """The answer to Sys.CfgGetId or Sys.CfgGetDeviceSettingsId: id, name."""
    return _two_texts("Sys.CfgGetId", data)


def _two_texts(command: str, data: bytes) -> tuple[str, str]:
    fields = _Fields(command, data)
    texts = fields.text(), fields.text()
    fields.end()
    return texts


def value(data: bytes) -> bytes:
    """The answer to Sys.CfgGetValue: the content."""
    fields = _Fields("Sys.CfgGetValue", data)
    content = fields.counted()
    fields.end()
    return content


def value_list(data: bytes) -> tuple[int, ...]:
    """The answer to Sys.CfgGetValueList: the ids in the reader's order."""
    fields = _Fields("Sys.CfgGetValueList", data)
    ids = tuple(fields.counted())
    fields.end()
    return ids


def message(data: bytes) -> Message:
    """The answer to AR.GetMessage."""
    fields = _Fields("AR.GetMessage", data)
    found = Message(fields.number(1), fields.counted())
    fields.end()
    return found


def sensed(data: bytes) -> bool:
    """The answer to UI.Sense: whether the port is high."""
    fields = _Fields("UI.Sense", data)
    state = fields.number(1)
    fields.end()
    if state > 1:
        raise ProtocolError(f"the answer to UI.Sense is neither 0 nor 1: {state}")
    return state == 1


def ac_mask(data: bytes) -> int:
    """The answer to Sec.GetCurAcMask: bits of AccessConditions."""
    fields = _Fields("Sec.GetCurAcMask", data)
    mask = fields.number(4)
    fields.end()
    return mask
