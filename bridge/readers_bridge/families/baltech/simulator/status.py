"""How a command ends (docs.baltech.de, refman/cmds/genstatuscodes and the pages of the groups)."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """Codes that mean the same in every group."""

    OK = 0x00
    CmdWork = 0x40
    ErrInvalidCmd = 0x41
    ErrAccessDenied = 0x42
    ErrTimeout = 0x81
    ErrFrame = 0x82
    ErrResponseTooLong = 0x83
    ErrChecksum = 0x84


# Sys
ERR_CFG_FULL = 0x01
ERR_CFG_NOT_FOUND = 0x03
ERR_CFG_ACCESS_DENIED = 0x05

# AR
ERR_NO_MESSAGE = 0x01
ERR_SCRIPT_RUNTIME = 0x02
ERR_SCRIPT_SYNTAX = 0x03
ERR_SCRIPT_NOT_IMPLEMENTED = 0x04
ERR_AR_DISABLED = 0x10

# UI
ERR_INVALID_PORT = 0x01

# Sec
ERR_CRYPTO = 0x01
ERR_TUNNEL = 0x02

# VHL
ERR_NO_TAG = 0x01


class Refused(Exception):  # noqa: N818 - the vendor's word for it is a status, not an error
    """The command fails with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status:02X}")
        self.status = status
