"""What a printer in ESC/POS mode tells: the automatic status of GS a, and the answers to DLE EOT and GS r.

The fixed bits tell them apart: ``0xx1xx00`` begins an automatic status of four bytes, ``0xx1xx10`` is an answer to DLE EOT,
``0xx0xxxx`` one to GS r, 11 and 13 are XON and XOFF, which may even stand within an automatic status.

Sources: Epson TM-T88III programming guide 10.01, "GS a" and "DLE EOT"; Epson TM-U220 specification, "GS a"; Citizen CT-D150
command reference, 5.3 (identification of send status).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from readers_bridge.errors import ProtocolError
from readers_bridge.families.star.bits import Bit

AUTOMATIC_STATUS_ON = bytes.fromhex("1D 61 0F")
"""GS a: drawer pin, online, errors and paper sensors; the printer sends one at once, then one at each change."""

AUTOMATIC_STATUS_OFF = bytes.fromhex("1D 61 00")

PAPER_SENSOR_REQUEST = bytes.fromhex("1D 72 01")
"""GS r 1: executed after everything that was sent before it; a printer that is offline does not answer."""

_SIZE = 4
_FLOW_CONTROL = (0x11, 0x13)

_STOPS_PRINTING = (
    "cover_open",
    "paper_end",
    "cutter_error",
    "non_recoverable_error",
    "mechanical_error",
    "auto_recoverable_error",
    "offline",
)


@dataclass(frozen=True, slots=True)
class EscPosStatus:
    """The automatic status of GS a; ``raw``: its four bytes."""

    raw: bytes

    drawer_pin = Bit(0, 2)
    """Pin 3 of the drawer's connector is high; drawers differ in what it means."""
    offline = Bit(0, 3)
    cover_open = Bit(0, 5)
    feeding = Bit(0, 6)
    """Somebody feeds paper with the button."""

    waiting_for_recovery = Bit(1, 0)
    feed_button = Bit(1, 1)
    mechanical_error = Bit(1, 2)
    cutter_error = Bit(1, 3)
    non_recoverable_error = Bit(1, 5)
    auto_recoverable_error = Bit(1, 6)
    """The print head is too hot, or the cover was opened while printing; it ends by itself."""

    @property
    def paper_near_end(self) -> bool:
        """Always False where the sensor is not fitted."""
        return bool(self.raw[2] & 0x03)

    @property
    def paper_end(self) -> bool:
        """No paper at the paper end sensor."""
        return bool(self.raw[2] & 0x0C)

    @property
    def errors(self) -> tuple[str, ...]:
        """Codes of what stops printing, the cause before ``offline``, which goes with most of them."""
        return tuple(code for code in _STOPS_PRINTING if getattr(self, code))


class RealTimeRequest(IntEnum):
    """What DLE EOT can ask for."""

    PRINTER = 1
    OFFLINE = 2
    ERROR = 3
    PAPER = 4


@dataclass(frozen=True, slots=True)
class RealTimeAnswer:
    """An answer to DLE EOT; what it says depends on what was asked."""

    byte: int


@dataclass(frozen=True, slots=True)
class InOrderAnswer:
    """An answer to GS r or GS I, which the printer executes after everything that was sent before."""

    byte: int


EscPosEvent = EscPosStatus | RealTimeAnswer | InOrderAnswer

_REAL_TIME: dict[RealTimeRequest, dict[str, int]] = {
    RealTimeRequest.PRINTER: {"drawer_pin": 0x04, "offline": 0x08},
    RealTimeRequest.OFFLINE: {"cover_open": 0x04, "feeding": 0x08, "paper_end": 0x20, "error": 0x40},
    RealTimeRequest.ERROR: {
        "mechanical_error": 0x04,
        "cutter_error": 0x08,
        "non_recoverable_error": 0x20,
        "auto_recoverable_error": 0x40,
    },
    RealTimeRequest.PAPER: {"paper_near_end": 0x0C, "paper_end": 0x20},
}


def real_time_request(asked: RealTimeRequest) -> bytes:
    """DLE EOT, which the printer executes as soon as it comes, even when it is offline."""
    return bytes([0x10, 0x04, asked])


def real_time_status(asked: RealTimeRequest, byte: int) -> frozenset[str]:
    """The codes of what is so, in the words of ``EscPosStatus``.

    Raises:
        ProtocolError: the fixed bits say that this is no answer to DLE EOT.
    """
    if not _is_real_time(byte):
        raise ProtocolError(f"{byte:02X} is no answer to DLE EOT: its fixed bits must be 0xx1xx10")
    return frozenset(code for code, mask in _REAL_TIME[asked].items() if byte & mask)


def _is_real_time(byte: int) -> bool:
    return byte & 0x93 == 0x12


class EscPosStatusStream:
    """Turns what the printer sends into events, and finds its way back after anything else. Never raises.

    ``noise`` counts the bytes that belonged to nothing, XON and XOFF among them.
    """

    def __init__(self) -> None:
        self._status = bytearray()
        self.noise = 0

    @property
    def partial(self) -> bool:
        """Whether an automatic status has begun and is not complete."""
        return bool(self._status)

    def feed(self, data: bytes) -> list[EscPosEvent]:
        """What these bytes complete, in order."""
        return [event for byte in data if (event := self._take(byte)) is not None]

    def flush(self) -> list[EscPosEvent]:
        """Expect no more bytes of what has begun."""
        self._give_up()
        return []

    def _give_up(self) -> None:
        self.noise += len(self._status)
        self._status.clear()

    def _take(self, byte: int) -> EscPosEvent | None:
        if byte in _FLOW_CONTROL:
            self.noise += 1
            return None
        if self._status and not byte & 0x90:
            self._status.append(byte)
            if len(self._status) < _SIZE:
                return None
            status = EscPosStatus(bytes(self._status))
            self._status.clear()
            return status
        self._give_up()
        if byte & 0x93 == 0x10:
            self._status.append(byte)
        elif _is_real_time(byte):
            return RealTimeAnswer(byte)
        elif not byte & 0x90:
            return InOrderAnswer(byte)
        else:
            self.noise += 1
        return None
