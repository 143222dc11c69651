"""The values of arguments, from what a person wrote."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")


def checked(parse: Callable[[str], T]) -> Callable[[str], T]:
    """For argparse, which shows the text of no other error than its own."""

    def parse_argument(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parse_argument


def choice(default: StrEnum, *, without: Collection[StrEnum] = ()) -> dict[str, Any]:
    """Keywords for an argument that is one of the words that the default is one of."""
    words = [word for word in type(default) if word not in without]

    def parse(text: str) -> StrEnum:
        for word in words:
            if word.value == text:
                return word
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(words)}, not {text!r}")

    return {"type": parse, "default": default, "metavar": "|".join(words)}


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """A whole number within these limits."""

    def parse(text: str) -> int:
        given = int(text)
        if given < least or (most is not None and given > most):
            raise argparse.ArgumentTypeError(f"must be {least}" + (" or more" if most is None else f" to {most}"))
        return given

    parse.__name__ = "whole number"
    return parse


def number(least: float, most: float = 1e9, *, limits: str | None = None) -> Callable[[str], float]:
    """A number within these limits, which are told as ``limits``."""

    def parse(text: str) -> float:
        given = float(text)
        if not (least <= given <= most):
            raise argparse.ArgumentTypeError(f"must be {limits or f'{least} to {most:g}'}")
        return given

    parse.__name__ = "number"
    return parse


def endpoint(text: str) -> tuple[str, int]:
    """``[HOST:]PORT``.

    Raises:
        ValueError: it is not.
    """
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65_535:
        raise ValueError(f"{text!r} is not [HOST:]PORT")
    return host.strip("[]") or "127.0.0.1", int(port)


def fault_parts(text: str, faults: Collection[str]) -> tuple[str, str, str]:
    """``NAME[=VALUE][@SECONDS]``: the three, the last two may be empty.

    Raises:
        ValueError: there is no such fault.
    """
    what, _, seconds = text.partition("@")
    name, _, value = what.partition("=")
    if name not in faults:
        raise ValueError(f"there is no fault {name!r}; the faults are {', '.join(faults)}")
    return name, value, seconds


def check_pause(seconds: float) -> None:
    """Whether a fault can come so often.

    Raises:
        ValueError: it cannot.
    """
    if not 0.01 <= seconds <= 1e9:
        raise ValueError("a fault can come every 0.01 seconds at most")
