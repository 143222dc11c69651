"""Rail tags: what stands in them, by the AAR's standard S-918 as far as it is public."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

RAILCAR, LOCOMOTIVE = 19, 5
_AAR = 0x33
_LETTERS = " ABCDEFGHIJKLMNOPQRSTUVWXYZ"

LENGTH = 20
"""Characters of a tag ID: 120 bits, six in each."""


def encode(
    group: int,
    mark: str,
    number: int,
    *,
    right: bool = False,
    length: int = 160,
    axles: int = 4,
    bearing: int = 1,
    platform: int = 0,
    security: int = 0,
    tag_type: int = 2,
) -> str:
    """The 20 characters of a tag. ``length`` in decimetres, ``tag_type`` 1 to 4 (2: not dynamic), the rest as in the tag.

    Raises:
        ValueError: a value has no room in its field.
    """
    tag = _Bits()
    tag.put(0, 5, group)
    tag.put(5, 2, tag_type - 1)
    tag.put(7, 19, _initial(mark))
    tag.put(26, 20, number)
    tag.put(46, 1, int(right))
    tag.put(47, 9, length & 0x1FF)
    tag.put(56, 5, axles - 1)
    tag.put(61, 3, bearing)
    if group == RAILCAR:
        tag.put(64, 4, platform)
        tag.put(90, 3, length >> 9)
    elif length >= 1 << 9:
        raise ValueError(f"only the tag of a railcar has room for {length} dm")
    tag.put(102, 12, security)
    tag.put(114, 6, _AAR)
    return tag.text()


class _Bits:
    """120 bits, the first one the most significant."""

    def __init__(self) -> None:
        self._value = 0

    def put(self, at: int, width: int, value: int) -> None:
        if not 0 <= value < 1 << width:
            raise ValueError(f"{value} does not fit into {width} bits")
        self._value |= value << (120 - at - width)

    def text(self) -> str:
        return "".join(chr(0x20 + (self._value >> shift & 0x3F)) for shift in range(114, -1, -6))


def _initial(mark: str) -> int:
    if not 1 <= len(mark) <= 4 or any(letter not in _LETTERS[1:] for letter in mark):
        raise ValueError(f"an equipment initial has 1 to 4 letters A to Z, unlike {mark!r}")
    padded = f"{mark:4}"
    value = ord(padded[0]) - ord("A")
    for letter in padded[1:]:
        value = value * 27 + _LETTERS.index(letter)
    return value


def plain(text: str) -> str:
    """A tag with six-bit text, padded to its 20 characters; the last one, the data format code, is a space."""
    return f"{text[: LENGTH - 1]:{LENGTH}}"


_MARKS = ("GATX", "DBUX", "IOCC", "UTLX", "TTX", "BNSF", "CN", "NOKL")
_ENGINES = ("UP", "CSXT", "BNSF")


def train(cars: int, random: Random) -> Iterator[str]:
    """The tags of a train with so many vehicles, a locomotive at each end; no two are alike."""
    numbers = random.sample(range(1, 1_000_000), cars)
    engines = random.choice(_ENGINES)
    for place, number in enumerate(numbers):
        right = random.random() < 0.5
        if place in {0, cars - 1}:
            yield encode(
                LOCOMOTIVE, engines, (5000 if place else 1000) + number % 4000, right=right, length=225, axles=6
            )
        else:
            length, axles = random.choice(((106, 4), (157, 4), (192, 4), (271, 4), (813, 12)))
            yield encode(RAILCAR, random.choice(_MARKS), number, right=right, length=length, axles=axles)
