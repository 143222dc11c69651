"""The expanded status that a printer on Ethernet wraps behind its ASB, and the answers that can stand in it.

Source: Star Line Mode command specifications, chapter "Ethernet status format"; ESC GS ETX, ESC # * LF NUL, ENQ and EOT there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LARGEST = 0x0200
"""Bytes of expanded status that a Length can announce."""

SMALLEST = 7
"""Bytes of the smallest one: a type of two characters, ``:B``, the two bytes of the status' length, no status, ``;``."""

PRINT_END: Final = bytes.fromhex("1B 1D 03")
PRINT_END_SIZE = 8
VERSION: Final = bytes.fromhex("1B 23 2A 2C")
VERSION_END: Final = b"\n\0"
LARGEST_VERSION = 64
"""Characters of a version text; a longer one is not believed."""

_TYPES = (2, 4)
_MARK = b":B"
_FUNCTIONS = 4
_END = ord(";")


@dataclass(frozen=True, slots=True)
class PrintEnd:
    """The answer to ESC GS ETX: ``function`` 0 tells the counter, 1 that everything before it is printed.

    ``job``: the 16-bit number that came with the command; ``counter``: print ends so far, modulo 256.
    """

    function: int
    job: int
    counter: int


@dataclass(frozen=True, slots=True)
class Version:
    """The answer to ESC # * LF NUL: model and version of the firmware, as in ``HSP7000Ver.1.0``."""

    text: str


@dataclass(frozen=True, slots=True)
class Wrapped:
    """An answer that came as expanded status: ``cause`` 01 for ENQ, 02 for EOT, 13 presenter counter, 16 PDF417, 19 QR.

    ``number`` is the parameter of the cause, or empty; ``status`` the bytes of the answer.
    """

    cause: str
    number: str
    status: bytes


def print_end(data: bytes) -> PrintEnd | None:
    """The answer to ESC GS ETX that these eight bytes are, or None."""
    if len(data) != PRINT_END_SIZE or not data.startswith(PRINT_END) or data[3] > _FUNCTIONS or data[7]:
        return None
    return PrintEnd(data[3], data[4] + 256 * data[5], data[6])


def version(data: bytes) -> Version | None:
    """The version text that these bytes are, or None."""
    if not data.startswith(VERSION) or not data.endswith(VERSION_END):
        return None
    text = data[len(VERSION) : -len(VERSION_END)]
    if len(text) > LARGEST_VERSION or not is_text(text):
        return None
    return Version(text.decode("ascii"))


def is_text(data: bytes) -> bool:
    """Whether these are printable ASCII characters."""
    return all(0x20 <= byte < 0x7F for byte in data)


def announced(field: bytes) -> int | None:
    """How much expanded status the two bytes of a Length announce; None when no byte order makes sense of them.

    Big-endian, as the card's other lengths are; the specification writes it as one number and shows no order, so that an
    impossible one is tried the other way round.
    """
    for length in (int.from_bytes(field, "big"), int.from_bytes(field, "little")):
        if length == 0 or SMALLEST <= length <= LARGEST:
            return length
    return None


def can_begin(data: bytes, length: int) -> bool:
    """Whether these bytes, of which there may be too few, can begin an expanded status of ``length`` bytes."""
    if data[:1] == PRINT_END[:1]:
        return length == PRINT_END_SIZE and data[: len(PRINT_END)] == PRINT_END[: len(data)]
    return any(_fits(data, length, characters) for characters in _TYPES)


def _fits(data: bytes, length: int, characters: int) -> bool:
    mark = data[characters : characters + len(_MARK)]
    at = characters + len(_MARK)
    counted = length - at - 3
    if counted < 0 or not is_text(data[:characters]) or mark != _MARK[: len(mark)]:
        return False
    size = data[at : at + 2]
    if len(size) == 2 and counted not in (int.from_bytes(size, "big"), int.from_bytes(size, "little")):
        return False
    return len(data) < length or data[length - 1] == _END


def answer(data: bytes) -> PrintEnd | Wrapped | Version | None:
    """What an expanded status carries; None when it is none. An echo that is not wrapped any further is understood, too."""
    unwrapped = print_end(data)
    if unwrapped is not None:
        return unwrapped
    for characters in _TYPES:
        if len(data) >= SMALLEST and _fits(data, len(data), characters):
            kind = data[:characters].decode("ascii")
            status = data[characters + len(_MARK) + 2 : -1]
            return print_end(status) or version(status) or Wrapped(kind[:2], kind[2:], status)
    return None
