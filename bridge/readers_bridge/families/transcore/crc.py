"""The two CRCs that ECP messages may carry, and which of them a reader uses.

The example in the MPRX User Guide (page 52; Encompass 4 System Guide, page 98) shifts the message in at the low end of the
register and ends without the two flushing zero bytes, so it gives M(x) mod P(x), P = 0x11021, where CRC-16/XMODEM gives
M(x) * x^16 mod P(x). No guide shows a message with its digits, so a reader's messages decide which of the two is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import crcmod

from readers_bridge.families.transcore.parity import with_parity
from readers_bridge.families.transcore.typedefs import CrcVariant, Parity

if TYPE_CHECKING:
    from collections.abc import Callable

WILD_CARD = b"````"
"""What readers take for any CRC; they never send it (MPRX System Guide, chapter 6)."""

DIGITS = 4
_HEXADECIMAL = frozenset(b"0123456789ABCDEFabcdef")

xmodem: Callable[[bytes], int] = crcmod.mkCrcFun(0x11021, initCrc=0, rev=False, xorOut=0)


def vendor(data: bytes) -> int:
    """The manufacturer's routine; the last two bytes stay unflushed in its register."""
    return xmodem(data[:-2]) ^ int.from_bytes(data[-2:], "big")


class Crc:
    """Checks what a reader sends with either variant, and gives the digits for what is sent to it.

    A configured variant is what is sent, whatever the reader uses; ``AUTO`` sends what the reader was heard to use, and the
    wild card before.
    """

    def __init__(self, variant: CrcVariant, parity: Parity = Parity.NONE) -> None:
        self._variant = variant
        self._parity = parity
        self.settled = variant if variant in (CrcVariant.VENDOR, CrcVariant.XMODEM) else None
        """The variant which the reader uses: the one its last telling message had, before that the configured one."""

    def verify(self, body: bytes, digits: bytes) -> bool:
        """Whether these are the digits, in either case, for what stands between ``#`` and them.

        A message that one variant alone explains settles it, also when the other was settled before.
        """
        if len(digits) != DIGITS or not _HEXADECIMAL.issuperset(digits):
            return False
        claimed = int(digits, 16)
        covered = with_parity(body, self._parity)
        is_vendor, is_xmodem = vendor(covered) == claimed, xmodem(covered) == claimed
        if is_vendor != is_xmodem:
            self.settled = CrcVariant.VENDOR if is_vendor else CrcVariant.XMODEM
        return is_vendor or is_xmodem

    def digits(self, body: bytes) -> bytes:
        """Four upper-case hexadecimal digits, high one first, or the wild card."""
        variant = self.settled if self._variant is CrcVariant.AUTO else self._variant
        covered = with_parity(body, self._parity)
        if variant is CrcVariant.VENDOR:
            return b"%04X" % vendor(covered)
        if variant is CrcVariant.XMODEM:
            return b"%04X" % xmodem(covered)
        return WILD_CARD
