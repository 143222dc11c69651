"""How a simulated reader behaves."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from readers_bridge.families.baltech.typedefs import BOOT_ERRORS, AccessConditions, AutoReadMode, FeatureID, IoPort

ALL_RIGHTS = (1 << len(AccessConditions)) - 1

CUSTOM_VLEDS = frozenset(port for port in IoPort if port.name.startswith("CustomVled"))

PORTS = frozenset(range(IoPort.Gpio0)) | CUSTOM_VLEDS
"""LEDs, beeper, relay, both inputs and the tamper switch, and the virtual LEDs; no GPIO."""

FEATURES = tuple(
    int(feature)
    for feature in FeatureID
    if feature not in {FeatureID.PkiHostProtocolEncryption, FeatureID.RgbLedLimited}
)

FIRMWARE = "1100 IDE Z     1.14.00 12/18/19"


class Security(StrEnum):
    """What a host may do without authentication."""

    OPEN = "open"
    """Everything, as on most interfaces."""
    LOCKED = "locked"
    """Nothing, as over TCP by default; and there is no key."""
    AES = "aes"
    """Nothing without the AES key of a security level."""


class Activation(StrEnum):
    """When a configuration value that was stored takes effect; the vendor names Sys.Reset as the way to apply changes."""

    STRICT = "strict"
    """After a reset."""
    LENIENT = "lenient"
    """At once."""


class Keep(StrEnum):
    """When a reader that connects to its host does so."""

    DEMAND = "demand"
    """At power-up, after a reset, and when a card is presented."""
    OPEN = "open"
    """Again and again, so that a connection is always open."""


class Buffer(NamedTuple):
    """The answer to Sys.GetBufferSize, in bytes of whole frames."""

    max_send: int
    """A command."""
    max_receive: int
    """A response."""
    total: int
    """Both together."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a simulated reader behaves, whatever its link. Times are in seconds.

    Raises:
        ValueError: settings that make no sense, or not together.
    """

    serial_number: int = 43_893_126
    firmware: str = FIRMWARE
    """Firmware id (4 digits), name (9 characters), release and date, as in the answer to Sys.GetInfo."""
    part_number: tuple[str, str] = ("10121-200", "03")
    """Part number and hardware revision."""
    config_id: tuple[str, str] = ("99999-0001-0001-01", "Simulation")
    """Id and name of the configuration; an empty id: there is none."""
    device_settings_id: tuple[str, str] = ("99999-0001-0002-01", "Simulated device")
    features: tuple[int, ...] | None = FEATURES
    """The answer to Sys.GetFeatures; None: firmware that does not know the command."""
    ports: frozenset[int] = PORTS
    """The ports that exist."""
    boot_status: int = 0
    critical: bool = False
    """Set CriticalBootStatus in every response, whatever the boot status."""
    security: Security = Security.OPEN
    keys: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    """AES-128 keys by security level, 1 to 3."""
    rights: int = ALL_RIGHTS
    """The rights (AccessConditions) of whoever is let in."""
    stateless: bool = True
    """Whether a Tunnel without phases 1 and 2 is accepted."""
    activation: Activation = Activation.STRICT
    config: Mapping[tuple[int, int], bytes] = field(default_factory=dict)
    """Configuration values that are there from the start, by key and value id."""
    config_space: int = 4096
    """Bytes that all configuration values together may have."""
    autoread: AutoReadMode = AutoReadMode.Enabled
    """The mode at power-up, where configuration value 0x0201/0x02 does not say otherwise."""
    message_life: float = 5.0
    """Until an Autoread message expires, where value 0x0202/0x17 does not say otherwise; 0: never."""
    wait_for_removal: bool = False
    """Report the removal of cards, where value 0x0202/0x1B does not say otherwise."""
    buffer: Buffer = Buffer(512, 512, 1024)  # noqa: RUF009 - it cannot be changed
    gap: float = 0.02
    """The longest pause between two bytes of a command; 0: any."""
    idle_close: float = 60.0
    """Close a TCP connection without a command for so long; 0: never."""
    reset_time: float = 0.5
    raw_serial: bytes | None = None
    """Protocol RawSerial instead of BRP: messages are sent unasked, each followed by these bytes; there are no commands."""
    random: Callable[[int], bytes] = field(default=os.urandom, repr=False)
    """Where the reader's random numbers come from."""

    def __post_init__(self) -> None:
        if not 0 <= self.serial_number <= 99_999_999:
            raise ValueError(f"a serial number has at most 8 digits, unlike {self.serial_number}")
        if len(self.firmware) != len(FIRMWARE) or not self.firmware.isascii():
            raise ValueError(f"the firmware text must have {len(FIRMWARE)} characters, as {FIRMWARE!r}")
        for level, key in self.keys.items():
            if not 1 <= level <= 3:
                raise ValueError(f"a security level is 1, 2 or 3, not {level}")
            if len(key) != 16:
                raise ValueError(f"an AES-128 key has 16 bytes, not {len(key)}")
        if self.security is Security.AES and not self.keys:
            raise ValueError("security aes needs a key")
        if not 0 <= self.boot_status <= 0xFFFF_FFFF:
            raise ValueError("the boot status has 32 bits")
        for name in ("message_life", "gap", "idle_close", "reset_time", "config_space"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)!r}")

    @property
    def is_critical(self) -> bool:
        """Whether responses have CriticalBootStatus set."""
        return self.critical or bool(self.boot_status & BOOT_ERRORS)


def firmware_text(text: str) -> str:
    """The text of Sys.GetInfo up to the serial number, from what a person wrote: ``1100 IDE Z 1.14.00 12/18/19``.

    Raises:
        ValueError: it is not of that form.
    """
    words = text.split()
    if len(words) < 4:
        raise ValueError(f"{text!r} is not ID NAME RELEASE DATE, as 1100 IDE Z 1.14.00 12/18/19")
    name = " ".join(words[1:-2])
    made = f"{words[0]:>4} {name:9} {words[-2]:>7} {words[-1]:>8}"
    if len(made) != len(FIRMWARE) or not made.isascii():
        raise ValueError(f"in {text!r} the id has 4 characters, the name 9, the release 7 and the date 8 at most")
    return made
