"""What ECP messages are checked by, bit by bit as in the manufacturer's example (MPRX User Guide, page 52)."""

from __future__ import annotations

from functools import lru_cache

from readers_bridge.families.transcore.typedefs import CrcVariant, Parity

WILD_CARD = b"\x60\x60\x60\x60"
"""What a host may send in place of the four digits."""

_POLYNOMIAL = 0x1021


def crc(message: bytes, variant: CrcVariant = CrcVariant.VENDOR) -> int:
    """The CRC of these bytes, as it goes out of the shift register; XMODEM shifts two more zero bytes in."""
    register = 0
    for byte in message + (b"\0\0" if variant is CrcVariant.XMODEM else b""):
        for bit in range(7, -1, -1):
            carry = register & 0x8000
            register = ((register << 1) & 0xFFFF) | (byte >> bit & 1)
            if carry:
                register ^= _POLYNOMIAL
    return register


@lru_cache(maxsize=4096)
def digits(body: bytes, variant: CrcVariant, parity: Parity) -> bytes:
    """The four digits behind ``body`` (7-bit bytes), each byte counted with its parity bit (MPRX System Guide, page 73)."""
    return b"%04X" % crc(with_parity(body, parity), variant)


def with_parity(data: bytes, parity: Parity) -> bytes:
    """The bytes as they are on the line: with a parity, bit 7 makes the number of ones even or odd."""
    if parity is Parity.NONE:
        return data
    wanted = 0 if parity is Parity.EVEN else 1
    return bytes(byte & 0x7F | ((((byte & 0x7F).bit_count() & 1) ^ wanted) << 7) for byte in data)


def without_parity(data: bytes, parity: Parity) -> bytes:
    """What a UART gives for these bytes of the line; it drops those with the wrong parity."""
    if parity is Parity.NONE:
        return data
    return bytes(byte & 0x7F for byte in data if with_parity(bytes((byte,)), parity)[0] == byte)
