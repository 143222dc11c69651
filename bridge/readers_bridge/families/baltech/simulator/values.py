"""The values of arguments, from what a person wrote. Every function here raises ValueError with what is wrong."""

from __future__ import annotations

import re

from readers_bridge.families.baltech.simulator import faults
from readers_bridge.families.baltech.simulator.config_store import LONGEST_CONTENT
from readers_bridge.families.baltech.simulator.settings import Buffer
from readers_bridge.families.baltech.typedefs import AutoReadMode, IoPort
from readers_bridge.simulation.values import check_pause, fault_parts


def hexadecimal(text: str) -> int:
    """Up to 32 bits."""
    if not re.fullmatch(r"(0x)?[0-9A-Fa-f]{1,8}", text):
        raise ValueError(f"{text!r} is not 1 to 8 hex digits")
    return int(text, 16)


def key(text: str) -> bytes:
    """An AES-128 key; the text of the error does not show it."""
    if not re.fullmatch(r"[0-9A-Fa-f]{32}", text):
        raise ValueError("an AES-128 key has 32 hex digits")
    return bytes.fromhex(text)


def feature_list(text: str) -> tuple[int, ...] | None:
    """Numbers with commas between; ``none``; or ``unknown``."""
    if text == "unknown":
        return None
    if text == "none":
        return ()
    numbers = tuple(int(word) if word.strip().isdecimal() else -1 for word in text.split(","))
    if not all(0 <= each <= 0xFFFF for each in numbers):
        raise ValueError(f"{text!r} is not feature numbers with commas between, none, or unknown")
    return numbers


def port_list(text: str) -> frozenset[int]:
    """Names with commas between."""
    names = [word.strip() for word in text.split(",")]
    unknown = [name for name in names if name not in IoPort.__members__]
    if unknown:
        raise ValueError(f"there is no port {unknown[0]!r}; the ports are {', '.join(IoPort.__members__)}")
    return frozenset(int(IoPort[name]) for name in names)


def buffer(text: str) -> Buffer:
    """One number for all three, or three."""
    numbers = [int(word) if word.isdecimal() else 0 for word in text.split(",")]
    if len(numbers) not in {1, 3} or not all(16 <= each <= 0xFFFF for each in numbers):
        raise ValueError(f"{text!r} is not SEND,RECEIVE,TOTAL or one number, 16 to 65535")
    return Buffer(*(numbers * 3 if len(numbers) == 1 else numbers))


def config_value(text: str) -> tuple[tuple[int, int], bytes]:
    """``KEY/ID=HEX``."""
    found = re.fullmatch(r"(?:0x)?([0-9A-Fa-f]{4})/(?:0x)?([0-9A-Fa-f]{2})=([0-9A-Fa-f ]*)", text)
    if found is None:
        raise ValueError(f"{text!r} is not KEY/ID=BYTES in hex, as 0501/44=04")
    try:
        content = bytes.fromhex(found[3])
    except ValueError:
        raise ValueError(f"{found[3]!r} is not two hex digits per byte") from None
    if len(content) > LONGEST_CONTENT:
        raise ValueError(f"a configuration value has at most {LONGEST_CONTENT} bytes")
    return (int(found[1], 16), int(found[2], 16)), content


def autoread_mode(text: str) -> AutoReadMode:
    """By name."""
    if text not in AutoReadMode.__members__:
        raise ValueError(f"must be one of {', '.join(AutoReadMode.__members__)}, not {text!r}")
    return AutoReadMode[text]


def fault(text: str) -> tuple[str, float | None, float]:
    """``NAME[=VALUE]@SECONDS``."""
    name, value, seconds = fault_parts(text, faults.FAULTS)
    if not seconds:
        raise ValueError(f"how often? Write {name}@30 for every 30 seconds")
    try:
        parsed = name, float(value) if value else None, float(seconds)
    except ValueError:
        raise ValueError(f"{text!r} must be NAME@SECONDS or NAME=NUMBER@SECONDS") from None
    check_pause(parsed[2])
    return parsed
