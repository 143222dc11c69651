"""Names that the protocols of TransCore readers share, and the values they travel as."""

from __future__ import annotations

from enum import StrEnum


class Protocol(StrEnum):
    """How reader and host talk (MPRX System Guide, chapter 6)."""

    BASIC = "basic"
    DATA_INQUIRY = "data_inquiry"
    ECP = "ecp"


class Profile(StrEnum):
    """What the reader understands beyond what all share."""

    MPRX = "mprx"
    ENCOMPASS = "encompass"


class CrcVariant(StrEnum):
    """Which CRC stands in ECP messages.

    ``VENDOR``: the routine of the manufacturer's example (MPRX User Guide, page 52), which leaves out the flushing zero
    bytes. ``XMODEM``: the same polynomial with them. ``WILDCARD``: four backquotes, which readers take for any CRC.
    ``AUTO``: the wild card until a message of the reader has told which it is.
    """

    AUTO = "auto"
    VENDOR = "vendor"
    XMODEM = "xmodem"
    WILDCARD = "wildcard"


class Parity(StrEnum):
    """The parity bit in bit 7 of each byte on the line; values as in a serial line's settings."""

    NONE = "N"
    EVEN = "E"
    ODD = "O"
