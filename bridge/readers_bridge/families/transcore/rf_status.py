"""What a reader says of its radio: the answer to 527 and 528, and the heartbeat that 831 switches on.

Sources: MPRX User Guide (2020), page 69; Encompass 4 System Guide, command 527.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from readers_bridge.families.transcore.reply_fields import after, flag, number

_UNIQUENESS_S = {1: 120, 2: 15, 3: 30}
_HEX = re.compile(r"[0-9A-F]+")
_LAST_STEP = 0x118
_LAST_LEGACY_STEP = 0x34


@dataclass(frozen=True, slots=True)
class RfStatus:
    """The radio; ``host_control`` False: RF is switched by the presence input.

    ``uniqueness_timeout_s``: 120, 15 or 30 seconds. ``frequency_mhz``: None if it is not set (``XXX``), or not told;
    ``frequency`` is what the reader wrote. Ranges are the codes 00 to 1F, attenuations in dB.
    """

    host_control: bool | None
    rf_on: bool | None
    uniqueness_timeout_s: int | None
    frequency: str | None
    frequency_mhz: float | None
    ata_range: int | None
    sego_range: int | None
    attenuation_db: int | None
    iag_attenuation_db: int | None


def rf_status(text: str) -> RfStatus | None:
    """From ``RFST C1 O1 T1 F20 R1F G1F A00 I04 E1F``; None: it is another text."""
    found = after("RFST", text)
    return None if found is None else rf_status_of(found)


def rf_status_of(fields: Mapping[str, str]) -> RfStatus:
    """The same from the fields by letter, digits in upper case."""
    presence = flag(fields, "C")
    return RfStatus(
        None if presence is None else not presence,
        flag(fields, "O"),
        _UNIQUENESS_S.get(number(fields, "T", 3) or 0),
        fields.get("F"),
        _frequency(fields.get("F", "")),
        number(fields, "R"),
        number(fields, "G"),
        number(fields, "A"),
        number(fields, "I"),
    )


def _frequency(value: str) -> float | None:
    """Three digits, as set by 647, are steps of 0.25 MHz from 860 MHz; two, as set by the older 642, of 0.5 MHz from 902 MHz.

    Source: Encompass 4 Quick Start Guide, page 10 with table 5 (912.50 MHz is 15 or 0D2).
    """
    if not _HEX.fullmatch(value):
        return None
    steps = int(value, 16)
    if len(value) == 3:
        return 860 + steps * 0.25 if steps <= _LAST_STEP else None
    return 902 + steps * 0.5 if len(value) == 2 and steps <= _LAST_LEGACY_STEP else None
