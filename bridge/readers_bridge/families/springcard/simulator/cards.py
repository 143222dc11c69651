"""Cards and tags, as a reader sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

LONGEST_DATA = 65_536
"""Characters of TagData and of TagDetails: a host must be ready for messages of 64 kB ($SCRDR Message)."""

_BYTE = re.compile(r"[0-9A-Fa-f]{2}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_TEXT_FIELDS = ("data", "details", "interface", "protocol", "interface_name", "protocol_name")
_NUMBER_FIELDS = ("template", "rssi")


class Move(StrEnum):
    """The Move field of a $SCRDR Message."""

    NONE = ""
    INSERTED = "I"
    REMOVED = "R"
    TAPPED = "IR"
    """Inserted and removed: a short appearance."""


@dataclass(frozen=True, slots=True)
class Card:
    """One card or tag: the fields of a $SCRDR Message that depend on it.

    ``interface`` and ``protocol`` are the two hex digits of $SCRDR, ``interface_name`` and ``protocol_name`` the texts of
    the READER EVENT Message (JSON) for the same; ``rssi`` is the raw byte, 0 to 255, or None.

    Raises:
        ValueError: a field that no reader would send.
    """

    tag_id: str = ""
    data: str = ""
    details: str = ""
    interface: str = "13"
    protocol: str = "01"
    template: int = 1
    rssi: int | None = None
    interface_name: str = "13.56"
    protocol_name: str = "NFC-A"

    def __post_init__(self) -> None:
        for name in ("interface", "protocol"):
            if not _BYTE.fullmatch(getattr(self, name)):
                raise ValueError(f"{name} must be two hex digits, not {getattr(self, name)!r}")
        for name in ("template", "rssi"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 0xFF:
                raise ValueError(f"{name} must be 0 to 255, not {value!r}")
        for name in ("data", "details"):
            if len(getattr(self, name)) > LONGEST_DATA:
                raise ValueError(f"{name} must have at most {LONGEST_DATA} characters, not {len(getattr(self, name))}")


def parse_card(text: str) -> Card:
    """The card that a person wrote: a TagId in hex, then ``,key=value`` for other fields, as in ``0401,data=42,rssi=196``.

    Raises:
        ValueError: what is wrong with it.
    """
    tag_id, *pairs = text.strip().split(",")
    values: dict[str, Any] = {"tag_id": tag_id}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"{pair!r} is not key=value; a card is TAGID[,key=value...]")
        values[key.strip()] = value
    return card_from(values)


def card_from(values: Mapping[str, Any]) -> Card:
    """The card with these fields (texts or numbers, by the names of ``Card``).

    Raises:
        ValueError: what is wrong with them.
    """
    unknown = set(values) - {field.name for field in fields(Card)}
    if unknown:
        raise ValueError(f"unknown {min(unknown)!r}; a card has {', '.join(field.name for field in fields(Card))}")
    tag_id = values.get("tag_id", "")
    if not isinstance(tag_id, str) or not _HEX.fullmatch(tag_id):
        raise ValueError(f"the TagId must be hex, two digits per byte, as 047DAE02C84080, not {tag_id!r}")
    clean: dict[str, Any] = {"tag_id": tag_id.upper()}
    for name in _TEXT_FIELDS:
        if name in values:
            clean[name] = str(values[name])
    for name in _NUMBER_FIELDS:
        if name in values:
            try:
                clean[name] = int(values[name])
            except (TypeError, ValueError):
                raise ValueError(f"{name} must be a number from 0 to 255, not {values[name]!r}") from None
    return Card(**clean)


def numbered_id(reader: int, number: int) -> str:
    """A seven-byte TagId that no other ``reader`` (0 to 65535) and ``number`` (0 to 2^32-1) has."""
    return f"04{reader:04X}{number:08X}"


def numbered_cards(reader: int) -> Iterator[Card]:
    """Cards without end, no two alike."""
    number = 0
    while True:
        yield Card(tag_id=numbered_id(reader, number))
        number = (number + 1) & 0xFFFF_FFFF
