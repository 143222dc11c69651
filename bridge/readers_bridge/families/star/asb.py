"""The Star ASB (automatic status back), bit by bit.

Sources: Star Line Mode command specifications, chapter "ASB status"; TSP700 series programmer's manual, chapter "ASB";
the status tests of Star webPRNT's ``StarWebPrintTrader.js``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from readers_bridge.families.star.bits import Bit

SHORTEST = 7
"""Bytes of the shortest ASB: the header and the five status bytes that every printer has."""

CHECKED = 9
"""Bytes from the beginning that are documented, and have fixed bits."""

_FIXED = 0x91
_LENGTH_FOLLOWS = 0x80
_ETB_COUNTER = 7
_PRESENTER = 8

_STOPS_PRINTING = (
    "cover_open",
    "paper_end",
    "cutter_error",
    "non_recoverable_error",
    "head_hot",
    "mechanical_error",
    "head_up",
    "presenter_jam",
    "black_mark_error",
    "offline",
)


def _number(byte: int) -> int:
    """The number in bits 6, 5, 3, 2, 1; bits 7, 4 and 0 are fixed."""
    return (byte >> 2 & 0x18) + (byte >> 1 & 0x07)


def can_begin(data: Sequence[int]) -> bool:
    """Whether these bytes, of which there may be too few, can be the beginning of an ASB.

    The bytes from the ninth on are not documented and may have any value.
    """
    for index, byte in enumerate(data[:CHECKED]):
        if index == 0:
            fits = byte & _FIXED == 0x01 and _number(byte) >= SHORTEST
        elif index == 1:
            fits = not byte & 0x11
        else:
            fits = index >= size(data[0]) or not byte & _FIXED
        if not fits:
            return False
    return True


def size(first: int) -> int:
    """Bytes of the ASB that begins with this byte, the two of the header included."""
    return _number(first)


def length_follows(second: int) -> bool:
    """Whether the two bytes of a Length follow the ASB, as they do on Ethernet and WLAN; ``second`` is its second byte."""
    return bool(second & _LENGTH_FOLLOWS)


@dataclass(frozen=True, slots=True)
class Asb:
    """A printer's state. ``raw``: the ASB itself, 7 bytes or more; ``data``: the expanded status that came with it.

    Each attribute for one bit is True when the bit is 1, and False where the ASB is too short to have it.
    """

    raw: bytes
    data: bytes = b""

    switch_offline = Bit(2, 6)
    """Offline by the switch input."""
    cover_open = Bit(2, 5)
    offline = Bit(2, 3)
    drawer_switch = Bit(2, 2)
    """The compulsion switch is closed: an electrical contact, and drawers differ in what it means."""
    etb = Bit(2, 1)
    """ETB executed; the printer clears it after sending it, so the counter is the better witness."""

    head_hot = Bit(3, 6)
    """Printing has stopped until the print head is cooler."""
    non_recoverable_error = Bit(3, 5)
    cutter_error = Bit(3, 3)
    mechanical_error = Bit(3, 2)

    receive_buffer_overflow = Bit(4, 6)
    page_mode_error = Bit(4, 5)
    black_mark_error = Bit(4, 3)
    presenter_jam = Bit(4, 2)
    head_up = Bit(4, 1)

    black_mark_seen = Bit(5, 5)
    """On dot impact printers; on newer thermal printers the same bit is ``roll_position_error``."""
    roll_position_error = Bit(5, 5)
    paper_end = Bit(5, 3)
    paper_near_end_inner = Bit(5, 2)
    paper_near_end_outer = Bit(5, 1)

    paper_present = Bit(6, 1)
    """Paper at the exit, presenter or peeler."""

    @property
    def version(self) -> int:
        """Version of the status; a hint only: 1 and 3 are older printers, 4 to 7 StarPRNT ones."""
        return _number(self.raw[1])

    @property
    def paper_near_end(self) -> bool:
        """Either sensor; both stay silent where they are not fitted or not enabled."""
        return self.paper_near_end_inner or self.paper_near_end_outer

    @property
    def slip_state(self) -> int:
        """Bits 6 and 5 of the seventh byte, 0 to 3: slip or validation state of hybrid printers."""
        return self.raw[6] >> 5 & 0x03

    @property
    def slip_sensors(self) -> int:
        """Bits 3 and 2 of the seventh byte, 0 to 3: slip sensors of hybrid printers."""
        return self.raw[6] >> 2 & 0x03

    @property
    def etb_counter(self) -> int | None:
        """How many ETB were executed, modulo 32; None when the ASB is too short to tell."""
        return _number(self.raw[_ETB_COUNTER]) if len(self.raw) > _ETB_COUNTER else None

    @property
    def presenter(self) -> int | None:
        """Position of the presenter: 0 no paper, 1 loop, 3 discharged, 6 recovered, 7 pulled out; None without the byte."""
        return self.raw[_PRESENTER] >> 1 & 0x07 if len(self.raw) > _PRESENTER else None

    @property
    def errors(self) -> tuple[str, ...]:
        """Codes of what stops printing, the cause before ``offline``, which goes with most of them."""
        return tuple(code for code in _STOPS_PRINTING if getattr(self, code))
