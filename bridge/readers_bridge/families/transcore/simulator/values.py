"""The values of arguments, from what a person wrote. Every function here raises ValueError with what is wrong."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from readers_bridge.families.transcore.simulator import faults

T = TypeVar("T")


def checked(parse: Callable[[str], T]) -> Callable[[str], T]:
    """For argparse, which shows the text of no other error than its own."""

    def parse_argument(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parse_argument


def choice(default: StrEnum, *, without: frozenset[StrEnum] = frozenset()) -> dict[str, Any]:
    """Keywords for an argument that is one of these words."""
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


def number(least: float, most: float = 1e9) -> Callable[[str], float]:
    """A number within these limits."""

    def parse(text: str) -> float:
        given = float(text)
        if not (least <= given <= most):
            raise argparse.ArgumentTypeError(f"must be {least} to {most:g}")
        return given

    parse.__name__ = "number"
    return parse


def seconds(text: str) -> float:
    """A time as ``500ms`` or ``2s``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", text)
    if found is None:
        raise ValueError(f"{text!r} is not a time as 500ms or 2s")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


def endpoint(text: str) -> tuple[str, int]:
    """``[HOST:]PORT``."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65_535:
        raise ValueError(f"{text!r} is not [HOST:]PORT")
    return host.strip("[]") or "127.0.0.1", int(port)


def tag(text: str) -> str:
    """A tag as it is, or in quotes as in JSON."""
    try:
        found = json.loads(text) if text.startswith('"') else text
    except ValueError:
        raise ValueError(f'{text} is not a tag in quotes; write \\" for a quote in it') from None
    if not found or any(not 0x20 <= ord(character) <= 0xFF for character in found):
        raise ValueError(f"{text!r} is not a tag of characters that a reader can send")
    return str(found)


def ecp_timeout(text: str) -> float | None:
    """Milliseconds, or ``off``; gives seconds."""
    if text == "off":
        return None
    given = float(text)
    if not 1 <= given <= 1e6:
        raise ValueError(f"the ECP time-out is 1 to 1000000 ms, or off, not {text}")
    return given / 1000


def frequency(text: str) -> str | None:
    """2 or 3 hex digits as in RFST, or ``none``."""
    if text == "none":
        return None
    if not re.fullmatch(r"[0-9A-Fa-f]{2,3}", text):
        raise ValueError(f"a frequency is none, or 2 or 3 hex digits, not {text!r}")
    return text.upper()


def serial_number(text: str) -> str | None:
    """Six digits, or ``none``."""
    if text != "none" and not re.fullmatch(r"[0-9]{6}", text):
        raise ValueError(f"a serial number has six digits, or is none, unlike {text!r}")
    return None if text == "none" else text


def fault(text: str) -> tuple[str, float | None, float | None]:
    """``NAME[=SHARE][@SECONDS]``; without seconds it is there all the time."""
    what, _, every = text.partition("@")
    name, _, share = what.partition("=")
    if name not in faults.FAULTS:
        raise ValueError(f"there is no fault {name!r}; the faults are {', '.join(faults.FAULTS)}")
    try:
        parsed = name, float(share) if share else None, float(every) if every else None
    except ValueError:
        raise ValueError(f"{text!r} must be NAME, NAME=SHARE, or one of them with @SECONDS behind") from None
    faults.check(name, parsed[1])
    if parsed[2] is None and name in faults.AT_ONCE:
        raise ValueError(f"how often? Write {name}@30 for every 30 seconds")
    if parsed[2] is not None and not 0.01 <= parsed[2] <= 1e9:
        raise ValueError("a fault can come every 0.01 seconds at most")
    return parsed
