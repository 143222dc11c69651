"""The parity bit in bit 7, as it is on the line; a serial port takes it away before a program sees the bytes."""

from __future__ import annotations

from readers_bridge.families.transcore.typedefs import Parity

_EVEN = bytes(byte & 0x7F | (byte & 0x7F).bit_count() % 2 << 7 for byte in range(256))
_ODD = bytes(byte ^ 0x80 for byte in _EVEN)


def with_parity(data: bytes, parity: Parity) -> bytes:
    """The bytes as they travel; with a parity bit they are 7-bit characters, and what was in bit 7 is replaced.

    The CRC covers them in this form (MPRX System Guide, chapter 6, "CRC").
    """
    match parity:
        case Parity.EVEN:
            return data.translate(_EVEN)
        case Parity.ODD:
            return data.translate(_ODD)
        case Parity.NONE:
            return data


def without_parity(data: bytes) -> bytes:
    """The 7-bit characters of a line that was received with its parity bits; a line without them is as it was.

    Taken away are parity bits which fit every byte. A stray bit 7 is damage, and stays to be seen.
    """
    if data.isascii() or data not in (data.translate(_EVEN), data.translate(_ODD)):
        return data
    return bytes(byte & 0x7F for byte in data)
