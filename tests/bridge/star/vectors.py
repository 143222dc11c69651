"""Published bytes of Star's network card, that several tests take as their truth."""

from __future__ import annotations

_FIELDS = {
    0x000: "53 54 52 5F 42 43 41 53 54",
    0x010: "52 53 31 2E 30 2E 31",
    0x018: "01 2E 00 22 00 74 00 8A 01 2C",
    0x022: "00 52",
    0x024: "54 53 50 31 30 30 4C 41 4E",
    0x034: "56 32 2E 32",
    0x03C: "56 32 2E 32",
    0x044: "20",
    0x04C: "31",
    0x04E: "00 11 62 13 DE EF",
    0x058: "C0 A8 00 84",
    0x05C: "44 48 43 50",
    0x06C: "FF FF FF 00",
    0x070: "C0 A8 00 01",
    0x074: "00 16",
    0x076: "31",
    0x084: "30",
    0x086: "31",
    0x088: "31",
    0x08A: "00 A2",
    0x08C: "53 74 61 72",
    0x0AC: "53 54 41 52",
    0x0CC: "54 53 50 31 34 33 49 49 49 4C 41 4E 20 28 53 54 52 5F 54 2D 30 30 31 29",
    0x10C: "50 52 49 4E 54 45 52",
    0x12C: "00 02",
}


def written(block: bytes, changes: dict[int, bytes]) -> bytes:
    """The block with some bytes replaced."""
    changed = bytearray(block)
    for at, field in changes.items():
        changed[at : at + len(field)] = field
    return bytes(changed)


CAPTURED = written(bytes(302), {at: bytes.fromhex(field) for at, field in _FIELDS.items()})
"""What a TSP100LAN answers to a search: a block of the communication charts (IFBD-HE07/08/BE07 user's manual, 3.1.5)."""
