"""Words of a description as Home Assistant wants them."""

import re
from enum import StrEnum


def member[E: StrEnum](kind: type[E], value: str | None) -> E | None:
    """The member of an enumeration, or None for a word that this Home Assistant does not know."""
    try:
        return None if value is None else kind(value)
    except ValueError:
        return None


def snake_case(word: str) -> str:
    """A word as a key of translations: ``EnableOnce`` as ``enable_once``, ``Paper out`` as ``paper_out``."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", word)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
