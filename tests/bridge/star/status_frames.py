"""Frames as a printer writes them, for the tests of what reads them."""

from __future__ import annotations

from itertools import pairwise

GOOD = bytes.fromhex("23 86 00 00 00 00 00 00 00")
GOOD_FRAME = GOOD + b"\0\0"
WRAPPED_ENQ = bytes.fromhex("23 86 00 00 00 00 00 00 00 00 08 30 31 3A 42 00 01 20 3B")


def header(size: int) -> int:
    """The first byte of an ASB of so many bytes: bits 6, 5, 3, 2, 1 are the number, bit 0 is 1."""
    return (size & 0x18) << 2 | (size & 0x07) << 1 | 0x01


def asb_of(size: int, *, lan: bool, tail: int = 0) -> bytes:
    """An ASB without anything to tell; ``tail`` fills the bytes that are not documented."""
    return (bytes([header(size), 0x86 if lan else 0x06]) + bytes(7) + bytes([tail]) * max(size - 9, 0))[:size]


def expanded(kind: str, answer: bytes) -> bytes:
    """The expanded status that carries an answer."""
    return kind.encode() + b":B" + len(answer).to_bytes(2, "big") + answer + b";"


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """The data, cut at these places."""
    at = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[begin:end] for begin, end in pairwise(at)]
