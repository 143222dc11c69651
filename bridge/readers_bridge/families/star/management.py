"""Commands to TCP port 22222 of the interface card; one command for each connection, which the card then closes.

Never to be sent to the print port: there the first byte of two of them opens the cash drawer.

Sources: IFBD-HE07X/08X/BE07X user's manual, 3.1.5 (authentication reset, get settings information, TCP#9100 forced release).
The code of the authentication reset is ``1C 30``, as its name FS '0' and the overview say; ``1F 30`` in its detail table is a
misprint.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from readers_bridge.errors import ProtocolError

LARGEST_DISCOVERY_DATA = 4096
"""Bytes; a card sends some 300. More is not believed."""

LARGEST_STATUS_SETTING = 256
"""Bytes; three are documented. More is not believed."""

_DISCOVERY_DATA = bytes.fromhex("1D 30 00")
_STATUS_SETTING = bytes.fromhex("1D 31 00")
_LENGTH = 2


class Reply(StrEnum):
    """The card's answer to a command that it executes or not."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class StatusSetting:
    """How the printer sends its status: ``raw`` is all parameters as hex, ``extra`` those that are not documented.

    ``expanded``: ASB and expanded status, otherwise the status only; ``nsb``, ``asb``: whether it sends them by itself.
    """

    expanded: bool
    nsb: bool
    asb: bool
    raw: str
    extra: str = ""


def authentication_reset(password: str, user: str = "user") -> bytes:
    """FS '0': reset whatever the printer is doing. The card's user name is always ``user``.

    Raises:
        ValueError: the card cannot be told such a name or password; the text does not show it.
    """
    for what, text in (("user name", user), ("password", password)):
        if not text.isascii() or "\0" in text:
            raise ValueError(
                f"the {what} of the interface card must be ASCII characters without NUL; configure another"
            )
    return b"\x1c0" + user.encode("ascii") + b"\0" + password.encode("ascii") + b"\0"


def discovery_data() -> bytes:
    """GS '0': get the discovery data of the interface card."""
    return _DISCOVERY_DATA


def status_setting() -> bytes:
    """GS '1': get the printer's status setting."""
    return _STATUS_SETTING


def forced_release(port: int) -> bytes:
    """FS '3': cut the session on port 9100 that this host holds from its own port ``port``.

    Raises:
        ValueError: that is no TCP port.
    """
    if not 1 <= port <= 0xFFFF:
        raise ValueError(f"a TCP port is a number from 1 to 65535, not {port}")
    return b"\x1c3" + port.to_bytes(2, "little") + b"\0"


def reset_reply(data: bytes) -> Reply | None:
    """The answer to an authentication reset: ``00`` accepted, ``01`` rejected; None when nothing has come.

    Raises:
        ProtocolError: this begins no such answer.
    """
    return _reply(data, accepted=0x00, rejected=0x01, command="an authentication reset")


def release_reply(data: bytes) -> Reply | None:
    """The answer to a forced release: ``01`` released, ``00`` no such session of this host; None when nothing has come.

    Raises:
        ProtocolError: this begins no such answer.
    """
    return _reply(data, accepted=0x01, rejected=0x00, command="a forced release")


def discovery_reply(data: bytes) -> bytes | None:
    """The discovery data; None when more bytes are needed.

    Raises:
        ProtocolError: this begins no such answer.
    """
    return _counted(data, _DISCOVERY_DATA, LARGEST_DISCOVERY_DATA, "the discovery data")


def status_setting_reply(data: bytes) -> StatusSetting | None:
    """The status setting; None when more bytes are needed.

    Raises:
        ProtocolError: this begins no such answer, or says something that is not documented.
    """
    parameters = _counted(data, _STATUS_SETTING, LARGEST_STATUS_SETTING, "the status setting")
    if parameters is None:
        return None
    if len(parameters) < 3:
        raise ProtocolError(f"the card's status setting has {len(parameters)} parameters where three are documented")
    for name, value in zip(("status format", "NSB", "ASB"), parameters, strict=False):
        if value not in b"01":
            raise ProtocolError(
                f"the card's status setting says {value:02X} for {name}, where 30 and 31 are documented"
            )
    status_format, nsb, asb = parameters[:3]
    return StatusSetting(
        expanded=status_format == ord("0"),
        nsb=nsb == ord("1"),
        asb=asb == ord("1"),
        raw=parameters.hex(),
        extra=parameters[3:].hex(),
    )


def _reply(data: bytes, *, accepted: int, rejected: int, command: str) -> Reply | None:
    if not data:
        return None
    if data[0] == accepted:
        return Reply.ACCEPTED
    if data[0] == rejected:
        return Reply.REJECTED
    raise ProtocolError(f"the card answers {command} with {data[0]:02X}, where 00 and 01 are documented")


def _counted(data: bytes, code: bytes, largest: int, what: str) -> bytes | None:
    begin = data[: len(code)]
    if not code.startswith(begin):
        raise ProtocolError(
            f"the card answers {begin.hex(' ').upper()} where {what} begins with {code.hex(' ').upper()}"
        )
    first = len(code) + _LENGTH
    if len(data) < first:
        return None
    length = int.from_bytes(data[len(code) : first], "big")
    if length > largest:
        raise ProtocolError(f"the card announces {length} bytes for {what}, more than the {largest} that are believed")
    return data[first : first + length] if len(data) >= first + length else None
