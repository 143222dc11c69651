"""One bit of a status that is kept as the bytes that came."""

from __future__ import annotations

from typing import Protocol, overload


class HasRaw(Protocol):
    """A status that keeps its bytes."""

    @property
    def raw(self) -> bytes: ...


class Bit:
    """An attribute that tells whether a bit of ``raw`` is 1; False where ``raw`` is too short to have it.

    ``index`` is the byte, counted from 0; ``bit`` is 0 for the lowest.
    """

    __slots__ = ("index", "mask")

    def __init__(self, index: int, bit: int) -> None:
        self.index = index
        self.mask = 1 << bit

    @overload
    def __get__(self, status: None, owner: type) -> Bit: ...

    @overload
    def __get__(self, status: HasRaw, owner: type) -> bool: ...

    def __get__(self, status: HasRaw | None, owner: type) -> Bit | bool:
        if status is None:
            return self
        return len(status.raw) > self.index and bool(status.raw[self.index] & self.mask)
