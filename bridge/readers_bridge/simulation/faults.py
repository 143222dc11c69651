"""Faults that wait for their occasion."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Armed(Generic[T]):
    """A fault for the next ``left`` occasions (0: for all), of all kinds or of the kind ``only``."""

    name: str
    value: float | None
    left: int
    only: T | None


class ArmedFaults(Generic[T]):
    """The faults that wait, in the order in which they were given."""

    def __init__(self, at_once: Collection[str]) -> None:
        self._at_once = at_once
        self._armed: list[Armed[T]] = []

    @property
    def armed(self) -> Sequence[Armed[T]]:
        """All of them."""
        return self._armed

    def add(self, fault: Armed[T]) -> None:
        """Let this one wait too, unless it is done at once; with ``none`` none waits any more."""
        if fault.name == "none":
            self._armed.clear()
        elif fault.name not in self._at_once:
            self._armed.append(fault)

    def take(self, name: str, *kinds: T) -> Armed[T] | None:
        """The fault, if one with this name waits for an occasion of one of these kinds."""
        for fault in self._armed:
            if fault.name == name and (fault.only is None or fault.only in kinds):
                fault.left -= 1
                if fault.left == 0:
                    self._armed.remove(fault)
                return fault
        return None


def check(name: str, faults: Collection[str], count: int = 1) -> None:
    """Whether there is such a fault.

    Raises:
        ValueError: there is not, or it cannot happen so often.
    """
    if name not in faults:
        raise ValueError(f"there is no fault {name!r}; the faults are {', '.join(faults)}")
    if count < 0:
        raise ValueError("a fault happens COUNT times, or with 0 again and again")


def check_value(name: str, value: float | None, highest: Mapping[str, float]) -> None:
    """Whether the fault can have this value; ``highest`` holds those that can have any.

    Raises:
        ValueError: it cannot.
    """
    if value is not None and not 0 < value <= highest.get(name, 0):
        raise ValueError(f"fault {name} cannot have the value {value:g}")
