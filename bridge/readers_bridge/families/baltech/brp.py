"""BRP, the Baltech Reader Protocol: command and response frames.

``flags(1) code(2, MSB first) length(2, LSB first) payload [CRC(2, MSB first)]``, without a start byte, an address or escaping.
Only the form that the manufacturer's host library uses is spoken: 16-bit length, 16-bit code, no checksum or CRC16.

Sources: docs.baltech.de, developers/brp-command-frame, refman/prot/brp/commandframe, refman/prot/brp/responseframe,
developers/checksum-algo; the manufacturer's C library, ``brp_protocol.c``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import crcmod

ABORT = 0xFFFF
"""Command code that ends a repeating command; no answer to it is known."""

LARGEST_PAYLOAD = 1020
"""Bytes; what the largest HID report carries. A longer frame is not believed."""

_LONG = 0x0C
_CRC16 = 0x20
_LAYOUT = 0x3C
_FAILURE = 0x80
_CRITICAL = 0x40
_PHASE = 0x03
_HEADER = struct.Struct("<BBBH")
_CHECKSUMS = {0x00: "no checksum", 0x10: "BCC8", 0x20: "CRC16", 0x30: "BCC16"}

crc16 = crcmod.mkCrcFun(0x11021, initCrc=0xFFFF, rev=False, xorOut=0)
"""CRC-16/CCITT-FALSE, from the flags to the last byte of the payload."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer of the reader: ``code`` of its command (group << 8 | command), ``status`` 0 for success.

    ``critical``: the reader has a hardware problem (Sys.GetBootStatus); this says nothing about the command.
    ``phase``: 1 the last answer of a repeated command, 2 the answer of a continuous one, otherwise 0.
    """

    code: int
    status: int = 0
    data: bytes = b""
    critical: bool = False
    phase: int = 0


def command(code: int, payload: bytes = b"", *, crc: bool = False) -> bytes:
    """A command frame in standard mode, to be sent in one write.

    Raises:
        ValueError: the code has more than 16 bits, or the payload more than ``LARGEST_PAYLOAD`` bytes.
    """
    if not 0 <= code <= 0xFFFF:
        raise ValueError(f"a BRP command code has 16 bits, {code:#x} has more")
    if len(payload) > LARGEST_PAYLOAD:
        raise ValueError(f"a BRP command carries at most {LARGEST_PAYLOAD} bytes, not {len(payload)}")
    flags = _LONG | _CRC16 if crc else _LONG
    frame = _HEADER.pack(flags, code >> 8, code & 0xFF, len(payload)) + payload
    return frame + crc16(frame).to_bytes(2, "big") if crc else frame


class Parser:
    """Turns a stream of response frames into responses.

    Without a start byte there is no way to find the next frame in a stream that is out of step: after the first thing that
    cannot be understood ``broken`` says why, and everything is dropped until ``reset``.

    ``crc``: whether commands are sent with CRC16; the reader answers with the same checksum.
    """

    def __init__(self, *, crc: bool = False) -> None:
        self._layout = _LONG | _CRC16 if crc else _LONG
        self._checksum = 2 if crc else 0
        self._received = bytearray()
        self.broken = ""

    @property
    def partial(self) -> bool:
        """Whether a frame has begun and is not complete."""
        return bool(self._received)

    def reset(self) -> None:
        """Start anew: the next byte begins a frame."""
        self._received.clear()
        self.broken = ""

    def receive(self, data: bytes) -> list[Response]:
        """The responses that these bytes complete, in order. Never raises."""
        if self.broken:
            return []
        self._received += data
        responses = []
        start = 0
        while not self.broken and start < len(self._received):
            end = self._end(start)
            if end is None:
                break
            responses.append(self._response(start, end))
            start = end
        if self.broken:
            self._received.clear()
        else:
            del self._received[:start]
        return [response for response in responses if response is not None]

    def _end(self, start: int) -> int | None:
        flags = self._received[start]
        if flags & _LAYOUT != self._layout:
            self.broken = self._wrong_layout(flags)
            return None
        if len(self._received) < start + _HEADER.size:
            return None
        length = _HEADER.unpack_from(self._received, start)[3]
        if length > LARGEST_PAYLOAD:
            self.broken = f"a frame announces {length} bytes, more than the {LARGEST_PAYLOAD} that a reader can send"
            return None
        if flags & _FAILURE and not length:
            self.broken = "a failure frame comes without a status"
            return None
        end: int = start + _HEADER.size + length + self._checksum
        return end if end <= len(self._received) else None

    def _response(self, start: int, end: int) -> Response | None:
        flags, group, number, length = _HEADER.unpack_from(self._received, start)
        first = start + _HEADER.size
        last = first + length
        if self._checksum and crc16(bytes(self._received[start:last])) != int.from_bytes(
            self._received[last:end], "big"
        ):
            self.broken = "a frame has a wrong CRC16"
            return None
        data = bytes(self._received[first:last])
        status = 0
        if flags & _FAILURE:
            status, data = data[0], data[1:]
            if not status:
                self.broken = "a failure frame has the status 0, which means success"
                return None
        return Response(group << 8 | number, status, data, bool(flags & _CRITICAL), flags & _PHASE)

    def _wrong_layout(self, flags: int) -> str:
        if flags & _LONG != _LONG:
            return f"a frame begins with {flags:#04x}, which is not the beginning of an answer"
        came, sent = _CHECKSUMS[flags & 0x30], _CHECKSUMS[self._layout & 0x30]
        return f"a frame comes with {came} where the commands are sent with {sent}"
