"""The values of arguments, from what a person wrote. Every function here raises ValueError with what is wrong."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from readers_bridge.families.star.simulator import faults

T = TypeVar("T")


def checked(parse: Callable[[str], T]) -> Callable[[str], T]:
    """For argparse, which shows the text of no other error than its own."""

    def parse_argument(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parse_argument


def choice(words: type[StrEnum], default: StrEnum | None) -> dict[str, Any]:
    """Keywords for an argument that is one of these words."""

    def parse(text: str) -> StrEnum:
        try:
            return words(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be one of {', '.join(words)}, not {text!r}") from None

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


def number(least: float, most: float = 1e9) -> Callable[[str], float]:
    """A number within these limits."""

    def parse(text: str) -> float:
        given = float(text)
        if not (least <= given <= most):
            raise argparse.ArgumentTypeError(f"must be {least} to {most:g}")
        return given

    parse.__name__ = "number"
    return parse


def endpoint(text: str) -> tuple[str, int]:
    """``[HOST:]PORT``."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65_535:
        raise ValueError(f"{text!r} is not [HOST:]PORT")
    return host.strip("[]") or "127.0.0.1", int(port)


def hexadecimal(text: str) -> bytes:
    """Bytes."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError(f"{text!r} is not two hex digits per byte") from None


def mac(text: str) -> str:
    """Six bytes with colons."""
    try:
        is_mac = len(bytes.fromhex(text.replace(":", ""))) == 6
    except ValueError:
        is_mac = False
    if not is_mac:
        raise ValueError(f"{text!r} is not a MAC address as 00:11:62:13:DE:EF")
    return text.upper()


def fault_name(text: str) -> tuple[str, str | None]:
    """``NAME`` or ``NAME@PORT``."""
    name, at, port = text.partition("@")
    faults.check(name, port=port if at else None)
    return name, port or None


def fault(text: str) -> tuple[str, str | None, float | None, float]:
    """``NAME[@PORT][=VALUE]@SECONDS``."""
    what, _, seconds = text.rpartition("@")
    if not what or seconds.partition("=")[0] in faults.PORTS:
        fault_name(text.partition("=")[0])
        raise ValueError(f"how often? Write {text}@30 for every 30 seconds")
    full, _, value = what.partition("=")
    name, port = fault_name(full)
    try:
        parsed = name, port, float(value) if value else None, float(seconds)
    except ValueError:
        raise ValueError(f"{text!r} must be NAME@SECONDS or NAME=NUMBER@SECONDS") from None
    faults.check(name, parsed[2])
    if not 0.01 <= parsed[3] <= 1e9:
        raise ValueError("a fault can come every 0.01 seconds at most")
    return parsed
