"""What the answers to the reading commands say: one parser each, from the text between ``#`` and the line's end.

Every parser gives None for a text that is not the answer it is for, and raises nothing. A field that the text does not have, or
with a value that no guide knows, is None. The answer to 527, which is the heartbeat too, is in ``rf_status``.

Sources: MPRX User Guide (2020), pages 39 and 68 to 73; Encompass 4 System Guide, its command reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from readers_bridge.families.transcore.reply_fields import after, flag, letters, number
from readers_bridge.families.transcore.typedefs import Parity, Protocol

BAUD_RATES = {"2": 1200, "3": 2400, "4": 4800, "5": 9600, "6": 19200, "7": 38400}
FLOW_CONTROLS = ("none", "xon_xoff", "hardware")
PULSES_MS = (4, 8, 12, 16, 20, 24, 32, 40, 48, 60, 76, 152, 228, 300, 376, 752)
RF_TIMEOUTS_MS = (0, 4, 8, 12, 20, 24, 32, 48, 60, 92, 152, 300, 452, 600, 752, None)
"""None: RF stays on."""

_PROTOCOLS = {"0": Protocol.BASIC, "1": Protocol.ECP, "2": Protocol.DATA_INQUIRY}
_PARITIES = {"0": Parity.NONE, "1": Parity.EVEN, "2": Parity.ODD}
_HEX = re.compile(r"[0-9A-Fa-f]+")
_SERIAL = re.compile(r"\bSN\s*([0-9A-Za-z]+)")
_VERSION = re.compile(r"\bVer\.?\s+(\S+)")
_NUMBERED = re.compile(r"[0-9]+\.[0-9]\S*")
_CLOCK = re.compile(r"([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)\s+([0-9]{2}/[0-9]{2}/[0-9]{2})")


@dataclass(frozen=True, slots=True)
class Version:
    """505 and 63: ``serial`` None if it was never programmed (000000) or is not told.

    ``boot``: the reader runs its boot program only, for its flash is damaged (MPRX System Guide, page 69).
    """

    model: str
    version: str
    serial: str | None
    boot: bool
    text: str


@dataclass(frozen=True, slots=True)
class Port:
    """522: the serial port; ``end_of_line_delay`` is a code."""

    baud_rate: int | None
    stop_bits: int | None
    parity: Parity | None
    end_of_line_delay: int | None


@dataclass(frozen=True, slots=True)
class Appended:
    """524: what the reader appends to its messages."""

    time: bool | None
    date: bool | None
    auxiliary: bool | None


@dataclass(frozen=True, slots=True)
class ProtocolStatus:
    """525: ``timeout_ms`` is the ECP time-out, None if it is off or not told; ``flow_control``: none, xon_xoff or hardware."""

    protocol: Protocol | None
    timeout_ms: int | None
    flow_control: str | None
    start_of_message: str | None


@dataclass(frozen=True, slots=True)
class IoStatus:
    """526: outputs and inputs with bit 0 for the first; ``host_control`` False: the outputs do what is predefined.

    ``pulse_ms``: how long a predefined output is on.
    """

    host_control: bool | None
    outputs: int | None
    inputs: int | None
    pulse_ms: int | None


@dataclass(frozen=True, slots=True)
class Presence:
    """529: reports of presence without a tag, when RF goes off (``algorithm`` 0: time-out; 1: time-out or tag; 2: time-out or no
    presence), after how long (``timeout_ms`` None: never, or not told), and whether the inputs are inverted.
    """

    reports: bool | None
    algorithm: int | None
    timeout_ms: int | None
    inverted: bool | None


@dataclass(frozen=True, slots=True)
class IdFilter:
    """530: how many IDs must lie between two reports of one (``separation`` 1 to 4), and how many reads make one (``reads``)."""

    separation: int | None
    reads: int | None


@dataclass(frozen=True, slots=True)
class InputReports:
    """560: whether changes of the inputs are reported, and of which (bit 0 is the first)."""

    enabled: bool | None
    inputs: int | None


def version(text: str) -> Version | None:
    """505, and what 63 answers: ``Model E4 Series Ver 1.12 SN081234``; ``Ver`` may be missing."""
    if not text.startswith("Model "):
        return None
    rest = text[len("Model ") :].strip()
    serial = _SERIAL.search(rest)
    named = _VERSION.search(rest) or _NUMBERED.search(rest)
    ends = [match.start() for match in (serial, named) if match]
    found = "" if named is None else named[1] if named.re is _VERSION else named[0]
    programmed = serial[1] if serial and serial[1].strip("0") else None
    model = rest[: min(ends, default=len(rest))].strip(" []")
    return Version(model, found, programmed, boot=found.startswith("0.00") and serial is None, text=text)


def power_failed(text: str) -> bool | None:
    """520: ``PWRB P1 R0`` or ``PWRB 1``."""
    match = re.match(r"PWRB P?([01])", text)
    return match[1] == "1" if match else None


def reader_id(text: str) -> str | None:
    """521: ``RDID 0A``, two hexadecimal digits."""
    match = re.match(r"RDID ([0-9A-Fa-f]{2})\b", text)
    return match[1].upper() if match else None


def port(text: str) -> Port | None:
    """522: ``MAIN B5 S0 P0 D0``."""
    found = after("MAIN", text)
    if found is None:
        return None
    stop = number(found, "S", 1)
    return Port(
        BAUD_RATES.get(found.get("B", "")),
        None if stop is None else stop + 1,
        _PARITIES.get(found.get("P", "")),
        number(found, "D"),
    )


def appended(text: str) -> Appended | None:
    """524: ``IDAP T1 D1 X0``."""
    found = after("IDAP", text)
    return None if found is None else Appended(flag(found, "T"), flag(found, "D"), flag(found, "X"))


def protocol_status(text: str) -> ProtocolStatus | None:
    """525: ``ECPS P0 TFE X1 S0``; the time-out in steps of 50 ms, FF is off."""
    found = after("ECPS", text)
    if found is None:
        return None
    steps = number(found, "T", 0xFF)
    flow = number(found, "X", 2)
    return ProtocolStatus(
        _PROTOCOLS.get(found.get("P", "")),
        None if steps in {None, 0, 0xFF} else steps * 50,
        None if flow is None else FLOW_CONTROLS[flow],
        "#" if number(found, "S") == 0 else None,
    )


def io_status(text: str) -> IoStatus | None:
    """526: ``IOST C1 O0 I3 D4``; one table of the guide leaves ``IOST`` out."""
    found = after("IOST", text)
    if found is None:
        found = letters(text)
        if not {"C", "O", "I"} <= found.keys() or re.match(r"[A-Za-z]{2}", text):
            return None
    pulse = number(found, "D", 0xF)
    host = flag(found, "C")
    return IoStatus(
        None if host is None else not host,
        number(found, "O", 3),
        number(found, "I", 3),
        None if pulse is None else PULSES_MS[pulse],
    )


def presence(text: str) -> Presence | None:
    """529: ``PRST P0 D0 A2 T8 I0``."""
    found = after("PRST", text)
    if found is None:
        return None
    code = number(found, "T", 0xF)
    return Presence(
        flag(found, "P"),
        number(found, "A", 2),
        None if code is None else RF_TIMEOUTS_MS[code],
        flag(found, "I"),
    )


def id_filter(text: str) -> IdFilter | None:
    """530: ``RF0S U0 V0``."""
    found = after("RF0S", text)
    if found is None:
        return None
    separation, reads = number(found, "U", 3), number(found, "V", 3)
    return IdFilter(None if separation is None else separation + 1, None if reads is None else reads + 1)


def wiegand_on(text: str) -> bool | None:
    """532: ``T0F 1``."""
    match = re.match(r"T0F ([01])\b", text)
    return match[1] == "1" if match else None


def wiegand_interval(text: str) -> int | None:
    """533: ``WTI 05``, in seconds."""
    match = re.match(r"WTI ([0-9A-Fa-f]{1,2})\b", text)
    return int(match[1], 16) if match else None


def echo(text: str) -> bool | None:
    """537: ``ECHO 1``."""
    match = re.match(r"ECHO ([01])\b", text)
    return match[1] == "1" if match else None


def checksum(text: str) -> str | None:
    """540 and 543: ``PCKS I0000 E1A2B`` or ``BCKS 1A2B``; the checksum of the flash, or of its boot part, as four digits."""
    match = re.match(r"(?:PCKS (?:\S+ )*?E|BCKS )([0-9A-Fa-f]{4})\b", text)
    return match[1].upper() if match else None


def gse_filter(text: str) -> tuple[bytes, ...] | None:
    """549: ``A4 0A 0005014202024133``, the groups as bytes."""
    groups = text.split()
    if not groups or any(not _HEX.fullmatch(group) or len(group) % 2 for group in groups):
        return None
    return tuple(bytes.fromhex(group) for group in groups)


def multiplexing(text: str) -> int | None:
    """552: ``MUX 2 MPRX``, 0 to 3."""
    match = re.match(r"MUX ([0-3])\b", text)
    return int(match[1]) if match else None


def input_reports(text: str) -> InputReports | None:
    """560: ``SSTC E1 M3``."""
    found = after("SSTC", text)
    return None if found is None else InputReports(flag(found, "E"), number(found, "M", 3))


def tag_protocols(text: str) -> dict[str, str] | None:
    """570: ``ATA:E eGo:D SeGo:I IAG:D Sort:E TMM0`` as protocol to E (enabled), D (disabled), I (ID only) or F (full)."""
    found = dict(re.findall(r"([A-Za-z]+):\s*([A-Z])\b", text))
    return found if "ATA" in found else None


def handshakes(text: str) -> tuple[int, ...] | None:
    """577: the handshakes of each channel, ``HDSH C0 0A C1 00 C2 00 C3 00``, or of the only one, ``0A``."""
    if re.fullmatch(r"[0-9A-Fa-f]{2} *", text):
        return (int(text, 16),)
    if not text.startswith("HDSH "):
        return None
    return tuple(int(count, 16) for count in re.findall(r"\bC[0-9]\s+([0-9A-Fa-f]+)\b", text)) or None


def clock(text: str) -> datetime | None:
    """22: ``13:20:42.05 04/22/91`` (month first), without a zone; years 69 to 99 are those of the last century."""
    match = _CLOCK.match(text)
    if match is None:
        return None
    time = match[1] if "." in match[1] else match[1] + ".0"
    try:
        return datetime.strptime(f"{time} {match[2]}", "%H:%M:%S.%f %m/%d/%y")  # noqa: DTZ007  the reader tells no zone
    except ValueError:
        return None
