"""How a simulated reader is configured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """The output format, byte 3 (network) or 1 (serial) of register 02A0."""

    SCRDR = "scrdr"
    JSON = "json"
    MK1 = "mk1"


class Checksum(StrEnum):
    """How the checksum of a $SCRDR Message is made.

    The vendor's pages contradict each other: "$SCRDR Messages, index" leaves the delimiters out, "$SCRDR Message" counts
    them in.
    """

    EXCLUDED = "excluded"
    INCLUDED = "included"
    WRONG = "wrong"
    ABSENT = "absent"


class Verify(StrEnum):
    """Which checksum of a $SCCMD Message is accepted."""

    BOTH = "both"
    EXCLUDED = "excluded"
    INCLUDED = "included"


class Hello(StrEnum):
    """What a host is told when it connects: nothing, or the empty message of older firmware (MK1: the start-up line)."""

    NONE = "none"
    EMPTY = "empty"


class Commands(StrEnum):
    """Which commands are understood: those of the own format, or $SCCMD and JSON at any time (as over MQTT)."""

    OWN = "own"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a simulated reader behaves, whatever its link.

    Raises:
        ValueError: settings that make no sense, or not together.
    """

    format: Format = Format.SCRDR
    checksum: Checksum = Checksum.EXCLUDED
    terminator: bytes = b"\r\n"
    """Ends every message; may be empty for JSON."""
    tracking: bool = False
    """Report movement: inserted, removed (register 02A0, byte 0, bit 4)."""
    removal_id: bool = True
    """Whether the message of a removal carries the TagId."""
    repeat: float | None = 3.0
    """Seconds until a card that stays is read again (register 02A1); None: never."""
    hello: Hello = Hello.NONE
    activate_on_startup: bool = False
    """Read from the start (register 02A0, byte 0, bit 0), not only while a host is connected; such reads are lost."""
    commands: Commands = Commands.OWN
    verify: Verify = Verify.BOTH
    old_firmware: bool = False
    """Ignore every command, as firmware that takes none on this link."""
    fragment: int = 0
    """Bytes per write, on a stream; 0: whole messages."""
    coalesce: int = 1
    """Messages per write, or per datagram; the last ones wait 0.1 s at most."""
    direct_frames: int = 0
    """On a serial line: a frame of the Direct protocol before every so many messages; 0: none."""
    startups: int = 1
    """The start-up counter in Uptime."""
    boot_time: float = 0.5
    """Seconds that a reboot takes."""

    def __post_init__(self) -> None:
        if self.terminator not in {b"\r\n", b"\n", b"\r", b""}:
            raise ValueError(f"the terminator must be CR LF, LF, CR or nothing, not {self.terminator!r}")
        if not self.terminator and self.format is not Format.JSON:
            raise ValueError(f"{self.format} needs a terminator; only JSON can do without")
        if self.repeat is not None and not (0 < self.repeat < math.inf):
            raise ValueError(f"repeat must be more than 0 seconds, not {self.repeat!r}")
        for name, least in (("fragment", 0), ("coalesce", 1), ("direct_frames", 0), ("startups", 0), ("boot_time", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be {least} or more, not {getattr(self, name)!r}")
