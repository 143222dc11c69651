"""The reader's configuration: values by key and value id (docs.baltech.de, refman/cfg; the vendor's sys.h)."""

from __future__ import annotations

from collections.abc import Mapping

from readers_bridge.families.baltech.simulator.status import (
    ERR_CFG_ACCESS_DENIED,
    ERR_CFG_FULL,
    ERR_CFG_NOT_FOUND,
    Refused,
    Status,
)

LONGEST_CONTENT = 128
ALL = 0xFF
"""As a value id, or as the lower or upper byte of a key: everything there, when deleting."""
LAST_READABLE = 0x80
"""Value ids above can only be written."""


class ConfigStore:
    """Keeps its values over resets and power cycles."""

    def __init__(self, values: Mapping[tuple[int, int], bytes], space: int) -> None:
        self._values = dict(values)
        self._space = space

    def snapshot(self) -> dict[tuple[int, int], bytes]:
        """Every value, by key and value id."""
        return dict(self._values)

    def get(self, key: int, value: int) -> bytes:
        """Raises: Refused."""
        if value > LAST_READABLE:
            raise Refused(ERR_CFG_ACCESS_DENIED)
        if (key, value) not in self._values:
            raise Refused(ERR_CFG_NOT_FOUND)
        return self._values[key, value]

    def set(self, key: int, value: int, content: bytes) -> None:
        """Raises: Refused."""
        if len(content) > LONGEST_CONTENT:
            raise Refused(Status.ErrInvalidCmd)
        if ALL in {key >> 8, key & 0xFF, value}:
            raise Refused(ERR_CFG_NOT_FOUND)
        others = sum(len(kept) for place, kept in self._values.items() if place != (key, value))
        if others + len(content) > self._space:
            raise Refused(ERR_CFG_FULL)
        self._values[key, value] = content

    def delete(self, key: int, value: int) -> list[tuple[int, int]]:
        """What was deleted: FF for the value deletes the key, in its lower byte the master key, in its upper byte all.

        Raises: Refused.
        """
        master, sub = key >> 8, key & 0xFF
        gone = [
            (each, each_value)
            for each, each_value in self._values
            if master == ALL
            or (each >> 8 == master and (sub == ALL or (each & 0xFF == sub and value in {ALL, each_value})))
        ]
        if not gone:
            raise Refused(ERR_CFG_NOT_FOUND)
        for place in gone:
            del self._values[place]
        return gone

    def keys(self) -> list[int]:
        """Every key that has values."""
        return sorted({key for key, _ in self._values})

    def values(self, key: int) -> list[int]:
        """The ids of the values of a key.

        Raises: Refused.
        """
        found = sorted(value for each, value in self._values if each == key)
        if not found:
            raise Refused(ERR_CFG_NOT_FOUND)
        return found
