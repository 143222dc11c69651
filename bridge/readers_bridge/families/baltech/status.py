"""What the reader's status codes mean, and what to do about them.

Sources: docs.baltech.de, refman/cmds/genstatuscodes, refman/cmds/ar, sys, ui, sec; baltech-sdk 5.2026.10, ``err``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Status:
    name: str
    error: str
    text: str


_GENERAL: Mapping[int, _Status] = {
    0x00: _Status("OK", "ok", "the command was executed"),
    0x40: _Status("CmdWork", "still_running", "the command is still running; wait for its answer"),
    0x41: _Status(
        "ErrInvalidCmd",
        "not_supported",
        "the reader does not know this command, or not with these values; its firmware may be too old, or the part missing",
    ),
    0x42: _Status(
        "ErrAccessDenied",
        "access_denied",
        "this connection is not allowed to do that; configure the AES key of a security level that is",
    ),
    0x81: _Status(
        "ErrTimeout",
        "line_disturbed",
        "the reader received only a part of the command; check the line, and that no device server delays it",
    ),
    0x82: _Status(
        "ErrFrame",
        "line_disturbed",
        "the reader received a command with an invalid frame; check the line and its speed",
    ),
    0x83: _Status(
        "ErrResponseTooLong", "response_too_long", "the answer does not fit the reader's buffer; ask for less at once"
    ),
    0x84: _Status(
        "ErrChecksum",
        "line_disturbed",
        "the reader received a command with a wrong checksum; check the line and its speed",
    ),
}

_AR = 0x05
_SYS = 0x00
_UI = 0x0A
_SEC = 0x07

_BY_GROUP: Mapping[int, Mapping[int, _Status]] = {
    _AR: {
        0x01: _Status("ErrNoMessage", "no_message", "no message waits in the reader; nothing is wrong"),
        0x02: _Status(
            "ErrScriptRuntime",
            "script_runtime",
            "the script failed while it ran; check that each condition command finds the flags it needs",
        ),
        0x03: _Status(
            "ErrScriptSyntax",
            "script_syntax",
            "the reader does not understand the script; check it, and whether the firmware knows all of its commands",
        ),
        0x04: _Status(
            "ErrScriptNotImplemented",
            "default_action",
            "the script ran DefaultAction, which does nothing when a script is run by a command; this is no failure",
        ),
        0x10: _Status("ErrArDisabled", "autoread_disabled", "Autoread is off; switch it on to read cards"),
    },
    _SYS: {
        0x01: _Status(
            "ErrCfgFull", "configuration_full", "the reader's configuration is full; delete something, or store less"
        ),
        0x02: _Status(
            "ErrCfgAccess",
            "configuration_memory",
            "the reader's memory cannot be read or written; the reader may be defective, ask its manufacturer",
        ),
        0x03: _Status("ErrCfgNotFound", "not_found", "nothing is stored there, or the reader does not know this id"),
        0x04: _Status("ErrInvalidCfgBlock", "invalid_configuration", "the format of the configuration file is invalid"),
        0x05: _Status(
            "ErrCfgAccessDenied", "write_only", "this value can be written, but not read (its id is above 0x80)"
        ),
        0x06: _Status("ErrRegAccess", "register_access", "the register does not exist or cannot be changed"),
        0x07: _Status("ErrInvalidProtocol", "invalid_protocol", "the firmware does not have this protocol"),
        0x08: _Status(
            "ErrNotSupportedByHardware", "not_supported_by_hardware", "the hardware of this reader cannot do that"
        ),
        0x09: _Status("ErrFactsetRestore", "factory_settings", "the factory settings could not be restored"),
        0x0A: _Status(
            "ErrCfgConfigSecurityCode",
            "wrong_security_code",
            "the configuration belongs to another project: its Config Security Code is a different one",
        ),
        0x0B: _Status(
            "ErrCfgVersion", "configuration_too_old", "the configuration is older than the one in the reader"
        ),
        0x0C: _Status(
            "ErrCfgLoadWrongState",
            "wrong_state",
            "loading a configuration must be prepared first, and finished at the end",
        ),
    },
    _UI: {
        0x01: _Status(
            "ErrInvalidPort",
            "invalid_port",
            "the reader does not have this port, or the port cannot do that; see which ports the reader has",
        ),
    },
    _SEC: {
        0x01: _Status(
            "ErrCrypto",
            "wrong_key",
            "the reader could not verify what was sent; check the AES key and its security level",
        ),
        0x02: _Status("ErrTunnel", "not_in_channel", "this command cannot be sent through the AES channel"),
    },
}


def _find(code: int, status: int) -> _Status | None:
    return _GENERAL.get(status) or _BY_GROUP.get(code >> 8, {}).get(status)


def status_name(code: int, status: int) -> str:
    """The manufacturer's name of a status in the answer to the command ``code``; ``status 0x7A`` when it is not known."""
    found = _find(code, status)
    return found.name if found is not None else f"status 0x{status:02X}"


def explain(code: int, status: int) -> str:
    """For people: what the status says, and what to do; without a full stop, to stand in a longer text."""
    found = _find(code, status)
    if found is None:
        return (
            f"the reader answers with status {status:02X}, which is not documented for this command; "
            "ask the manufacturer with the firmware's number"
        )
    return f"{found.text} (status {status:02X}, {found.name})"


def error_code(code: int, status: int) -> str:
    """A snake_case word for programs: what went wrong; ``status_7a`` when it is not known."""
    found = _find(code, status)
    return found.error if found is not None else f"status_{status:02x}"
