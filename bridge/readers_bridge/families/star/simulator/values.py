"""The values of arguments, from what a person wrote. Every function here raises ValueError with what is wrong."""

from __future__ import annotations

from readers_bridge.families.star.simulator import faults
from readers_bridge.simulation.values import check_pause


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
    check_pause(parsed[3])
    return parsed
