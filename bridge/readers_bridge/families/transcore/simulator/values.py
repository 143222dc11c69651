"""The values of arguments, from what a person wrote. Every function here raises ValueError with what is wrong."""

from __future__ import annotations

import json
import re

from readers_bridge.families.transcore.simulator import faults
from readers_bridge.simulation.values import check_pause, fault_parts


def seconds(text: str) -> float:
    """A time as ``500ms`` or ``2s``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", text)
    if found is None:
        raise ValueError(f"{text!r} is not a time as 500ms or 2s")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


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
    name, share, every = fault_parts(text, faults.FAULTS)
    try:
        parsed = name, float(share) if share else None, float(every) if every else None
    except ValueError:
        raise ValueError(f"{text!r} must be NAME, NAME=SHARE, or one of them with @SECONDS behind") from None
    faults.check(name, parsed[1])
    if parsed[2] is None and name in faults.AT_ONCE:
        raise ValueError(f"how often? Write {name}@30 for every 30 seconds")
    if parsed[2] is not None:
        check_pause(parsed[2])
    return parsed
