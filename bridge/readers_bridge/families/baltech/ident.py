"""How a reader introduces itself when it is the one that connects (the manufacturer's C SDK, appnotes/tcp_server).

``version(1) reasons(2, MSB first) serial number(8 ASCII digits)``; then it waits for commands on the same connection.
"""

from __future__ import annotations

from enum import IntFlag

from readers_bridge.errors import ProtocolError
from readers_bridge.transports.tcp_listener import Ident

SIZE = 11
VERSION = 1


class ConnectReason(IntFlag):
    """Why the reader connects."""

    PowerUp = 0x0001
    LinkChange = 0x0002
    SessionKeyTimeout = 0x0004
    CardPresented = 0x0008
    UdpIntrospection = 0x0010
    SoftwareReset = 0x0020
    TrialsFailed = 0x8000
    """Earlier attempts to connect failed."""


def identify(first: bytes) -> Ident | None:
    """Who connected, told by the first bytes; None: more are needed.

    Raises:
        ProtocolError: this is no BALTECH reader.
    """
    if first and first[0] != VERSION:
        raise ProtocolError(f"the first byte is {first[0]:02X}, and not 01, as a BALTECH reader sends when it connects")
    digits = first[3:SIZE]
    if not all(0x30 <= digit <= 0x39 for digit in digits):
        raise ProtocolError("what should be a serial number has other characters than digits")
    if len(first) < SIZE:
        return None
    return Ident(canonical(digits.decode("ascii")), SIZE)


def reasons(ident: bytes) -> ConnectReason:
    """The reasons in the bytes that ``identify`` took."""
    return ConnectReason(int.from_bytes(ident[1:3], "big"))


def canonical(serial: str) -> str:
    """A serial number as it is compared: without leading zeros."""
    return serial.strip().lstrip("0") or "0"
