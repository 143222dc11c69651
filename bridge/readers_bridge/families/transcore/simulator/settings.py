"""How a simulated reader behaves."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from readers_bridge.families.transcore.typedefs import CrcVariant, Parity, Profile, Protocol

BUFFER = 500
"""Messages in the battery-backed memory (MPRX System Guide, page 69)."""

BAUD_CODES = {1200: 2, 2400: 3, 4800: 4, 9600: 5, 19_200: 6, 38_400: 7}


class StaleAck(StrEnum):
    """What the reader does with an ACK or NAK for the message before the one that waits; the guides do not tell."""

    WAIT = "wait"
    """Nothing: the ECP time-out will come."""
    REPEAT = "repeat"
    """It takes it for a bad one, and repeats what waits at once."""


def _now() -> datetime:
    return datetime.now()  # noqa: DTZ005 - the reader's clock knows no time zone


@dataclass(frozen=True, slots=True)
class Settings:
    """How a simulated reader behaves, whatever its link. Times are in seconds.

    Raises:
        ValueError: settings that make no sense, or not together.
    """

    profile: Profile = Profile.MPRX
    protocol: Protocol = Protocol.BASIC
    model: str = "Model E4 Series Ver 1.12"
    serial_number: str | None = "081234"
    """Six digits behind ``SN``; None: no serial number, as in the sign-on of the boot ROM."""
    copyright: str = "Copyright 2008 TransCore"
    boot_rom: bool = False
    """Only the boot ROM runs: another sign-on, RF off."""
    sign_on: bool = True
    """Send the sign-on at the start; False: the reader was on before."""
    reader_id: int = 0
    crc: CrcVariant = CrcVariant.VENDOR
    """VENDOR or XMODEM."""
    parity: Parity = Parity.NONE
    """Counts in CRCs; the bytes stay 7 bit, as a UART gives them."""
    wire_parity: bool = False
    """The parity bits stand in bit 7 of every byte, both ways, as a program sees that opened the line with 8 bits."""
    ecp_timeout: float | None = 12.7
    """None: off. The reader's own settings have steps of 50 ms."""
    stale_ack: StaleAck = StaleAck.WAIT
    echo: bool = False
    echo_lf: bool = False
    """The echo of CR is CR LF."""
    flow_control: bool | None = None
    """XON/XOFF; None: on, as from the factory, but off with ECP, as the guides advise."""
    time: bool | None = None
    """Time and date behind messages; None: on where there is a clock (MPRX)."""
    auxiliary: bool = False
    all_ids: bool = True
    """Report a tag every time (command 40); False: not again while it is the last one, for 2 minutes."""
    mprx_mode: bool = False
    """Command 837: RF by Sense inputs, check tags."""
    frequency: str | None = "20"
    """Of the RF section, as in RFST; None: not set, Error06."""
    presence: bool = True
    inputs: int = 0
    """Bit 0: input 0, bit 1: input 1."""
    power_failed: bool = False
    short_pwrb: bool = False
    """Command 520 is answered ``PWRB 1`` instead of ``PWRB P1 R0``."""
    data_mode_errors: bool = True
    """Commands that need command mode are answered with Error in data mode; False: with silence."""
    empty_answer: bool = False
    """CTRL-E with an empty buffer is answered with an empty message; False: with silence."""
    presence_reports: bool = False
    input_reports: int = 0
    """Inputs whose changes are reported, bits as in ``inputs``."""
    heartbeat: bool = False
    heartbeat_interval: float = 180.0
    presence_text: str = "Presence without tag"
    input_text: str = "Input {input} {level}"
    overflow_text: str = "Error08"
    """The guides tell the texts of none of these three reports."""
    buffer: int = BUFFER
    baud: int | None = None
    """Characters leave at this rate, 10 bits each; None: at once."""
    boot_time: float = 0.2
    embedded_server: bool = False
    """The TCP server loses power together with the reader."""
    seed: int = 0
    """Of the faults."""
    clock: Callable[[], datetime] = _now
    """The reader's clock, where it has one, until it is set."""

    def __post_init__(self) -> None:
        if self.crc not in {CrcVariant.VENDOR, CrcVariant.XMODEM}:
            raise ValueError(f"a reader sends CRCs as vendor or xmodem, not {self.crc}")
        if self.ecp_timeout is not None and not 0 < self.ecp_timeout < math.inf:
            raise ValueError("the ECP time-out must be more than 0, or off")
        if self.baud is not None and self.baud <= 0:
            raise ValueError(f"the line speed must be more than 0, not {self.baud}")
        if self.wire_parity and self.parity is Parity.NONE:
            raise ValueError("wire_parity needs a parity, even or odd")
        for name, least, most in (
            ("reader_id", 0, 255),
            ("inputs", 0, 3),
            ("input_reports", 0, 3),
            ("buffer", 1, 10**6),
        ):
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} must be {least} to {most}, not {getattr(self, name)}")
        for name in ("heartbeat_interval", "boot_time"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)!r}")

    @property
    def has_clock(self) -> bool:
        """Whether there is a real-time clock."""
        return self.profile is Profile.MPRX

    @property
    def signing_on(self) -> str:
        """The first message after power-up, and the answer to command 505."""
        if self.boot_rom:
            return "Model [E4] Ver 0.001"
        return self.model + (f" SN{self.serial_number}" if self.serial_number is not None else "")
