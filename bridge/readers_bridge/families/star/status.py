"""What a printer tells about itself: the request on port 9101, the ASB, and the one-byte answers to ENQ and EOT.

Sources: IFBD-HE07X/08X/BE07X user's manual, 3.1.4 (status acquisition); Star Line Mode command specifications, chapters
"ASB status", "ENQ" and "EOT".
"""

from __future__ import annotations

from dataclasses import dataclass

from readers_bridge.errors import ProtocolError
from readers_bridge.families.star.asb import Asb
from readers_bridge.families.star.esc_pos_status import EscPosStatus, EscPosStatusStream
from readers_bridge.families.star.expanded_status import PrintEnd, Version, Wrapped
from readers_bridge.families.star.status_stream import Event, StatusStream

__all__ = [
    "ASB_OFF",
    "ASB_ON",
    "ASB_REQUEST",
    "REQUEST",
    "Asb",
    "Enq",
    "Eot",
    "EscPosStatus",
    "EscPosStatusStream",
    "Event",
    "PrintEnd",
    "StatusStream",
    "Version",
    "Wrapped",
]

REQUEST = b"2" + bytes(50)
"""For port 9101; the card answers with the ASB, some with the previous one after it, and closes."""

ASB_REQUEST = bytes.fromhex("1B 06 01")
"""ESC ACK SOH, for port 9100: send the ASB now."""

ASB_ON = bytes.fromhex("1B 1E 61 01")
ASB_OFF = bytes.fromhex("1B 1E 61 00")


@dataclass(frozen=True, slots=True)
class Enq:
    """The answer to ENQ (05)."""

    drawer_switch: bool
    receive_buffer_overflow: bool
    receive_buffer_empty: bool
    paper_end: bool
    error: bool
    """Cover open, or not recoverable."""
    framing_error: bool
    parity_error: bool

    @classmethod
    def of(cls, byte: int) -> Enq:
        """Decode it.

        Raises:
            ProtocolError: bit 4 is 1, which says that this is no answer to ENQ.
        """
        if byte & 0x10:
            raise ProtocolError(f"{byte:02X} is no answer to ENQ: its bit 4 must be 0")
        return cls(
            drawer_switch=bool(byte & 0x80),
            receive_buffer_overflow=bool(byte & 0x40),
            receive_buffer_empty=bool(byte & 0x20),
            paper_end=bool(byte & 0x08),
            error=bool(byte & 0x04),
            framing_error=bool(byte & 0x02),
            parity_error=bool(byte & 0x01),
        )


@dataclass(frozen=True, slots=True)
class Eot:
    """The answer to EOT (04)."""

    drawer_switch: bool
    presenter_jam: bool
    paper_near_end_outer: bool
    paper_end: bool
    paper_near_end_inner: bool
    black_mark_error: bool

    @classmethod
    def of(cls, byte: int) -> Eot:
        """Decode it.

        Raises:
            ProtocolError: bit 4 is 0 or bit 0 is 1, which says that this is no answer to EOT.
        """
        if byte & 0x11 != 0x10:
            raise ProtocolError(f"{byte:02X} is no answer to EOT: its bit 4 must be 1, and its bit 0 must be 0")
        return cls(
            drawer_switch=bool(byte & 0x80),
            presenter_jam=bool(byte & 0x40),
            paper_near_end_outer=bool(byte & 0x20),
            paper_end=bool(byte & 0x08),
            paper_near_end_inner=bool(byte & 0x04),
            black_mark_error=bool(byte & 0x02),
        )
