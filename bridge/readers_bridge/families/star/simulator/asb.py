"""Status that a printer tells: Star ASB, ENQ and EOT, and the forms of ESC/POS.

Star Line Mode Command Specifications, Appendix "Automatic Status"; ESC/POS: DLE EOT, GS a, GS r of Epson's reference.
"""

from __future__ import annotations

from readers_bridge.families.star.simulator.condition import Condition, Switch

_FIRST = {7: 0x0F, 9: 0x23, 12: 0x29}
_USUAL_VERSION = {7: 1, 9: 3, 12: 5}
_BITS = {
    Switch.COVER: (2, 5),
    Switch.DRAWER: (2, 2),
    Switch.HEAD_HOT: (3, 6),
    Switch.UNRECOVERABLE: (3, 5),
    Switch.CUTTER: (3, 3),
    Switch.MECHANICAL: (3, 2),
    Switch.BUFFER_OVERFLOW: (4, 6),
    Switch.BLACK_MARK: (4, 3),
    Switch.PRESENTER_JAM: (4, 2),
    Switch.HEAD_UP: (4, 1),
    Switch.PAPER_END: (5, 3),
    Switch.NEAR_END: (5, 2),
    Switch.NEAR_END_OUTER: (5, 1),
}
_OFFLINE = 0x08
_ETB_EXECUTED = 0x02
LAST_BYTE_OF_12 = 0x06
"""As a real mC-Print3 sends it; what it means is not documented."""


def frame(condition: Condition, *, length: int = 9, version: int | None = None, lan: bool = True) -> bytes:
    """The ASB, without Length."""
    number = _USUAL_VERSION[length] if version is None else version
    data = bytearray(length)
    data[0] = _FIRST[length]
    data[1] = (0x80 if lan else 0) | (number & 0x18) << 2 | (number & 7) << 1
    for switch in condition.on:
        if switch in _BITS:
            index, bit = _BITS[switch]
            data[index] |= 1 << bit
    if condition.is_offline:
        data[2] |= _OFFLINE
    if condition.etb_executed:
        data[2] |= _ETB_EXECUTED
    if length > 7:
        data[7] = etb_counter(condition.etb_counter)
    if length == 12:
        data[11] = LAST_BYTE_OF_12
    return bytes(data)


def etb_counter(count: int) -> int:
    """Bits 4 and 3 go to bits 6 and 5; 2, 1 and 0 to 3, 2 and 1."""
    return (count & 0x18) << 2 | (count & 7) << 1


def expanded(asb: bytes, kind: str = "", status: bytes = b"") -> bytes:
    """A frame with Length, and the status data that it carries."""
    data = kind.encode() + b":B" + len(status).to_bytes(2, "big") + status + b";" if kind else b""
    return asb + len(data).to_bytes(2, "big") + data


def enq(condition: Condition, *, buffer_empty: bool) -> int:
    """The answer to ENQ."""
    errors = condition.on & {Switch.UNRECOVERABLE, Switch.COVER}
    return (
        (0x80 if Switch.DRAWER in condition.on else 0)
        | (0x40 if Switch.BUFFER_OVERFLOW in condition.on else 0)
        | (0x20 if buffer_empty else 0)
        | (0x08 if Switch.PAPER_END in condition.on else 0)
        | (0x04 if errors else 0)
    )


def eot(condition: Condition) -> int:
    """The answer to EOT."""
    bits = {
        Switch.DRAWER: 0x80,
        Switch.PRESENTER_JAM: 0x40,
        Switch.NEAR_END_OUTER: 0x20,
        Switch.PAPER_END: 0x08,
        Switch.NEAR_END: 0x04,
        Switch.BLACK_MARK: 0x02,
    }
    return 0x10 | sum(bit for switch, bit in bits.items() if switch in condition.on)


_RECOVERABLE = frozenset({Switch.BLACK_MARK, Switch.PRESENTER_JAM, Switch.MECHANICAL})
_ERRORS = _RECOVERABLE | {Switch.CUTTER, Switch.UNRECOVERABLE, Switch.HEAD_HOT}
_NEAR = frozenset({Switch.NEAR_END, Switch.NEAR_END_OUTER})


def dle_eot(condition: Condition, kind: int) -> int:
    """The answer to DLE EOT 1 (printer), 2 (why it is offline), 3 (errors), 4 (paper)."""
    on = condition.on
    answer = 0x12
    if kind == 1:
        answer |= (0x04 if Switch.DRAWER in on else 0) | (0x08 if condition.is_offline else 0)
    elif kind == 2:
        answer |= 0x04 if Switch.COVER in on else 0
        answer |= 0x20 if Switch.PAPER_END in on else 0
        answer |= 0x40 if on & _ERRORS else 0
    elif kind == 3:
        answer |= 0x04 if on & _RECOVERABLE else 0
        answer |= 0x08 if Switch.CUTTER in on else 0
        answer |= 0x20 if Switch.UNRECOVERABLE in on else 0
        answer |= 0x40 if Switch.HEAD_HOT in on else 0
    else:
        answer |= (0x0C if on & _NEAR else 0) | (0x60 if Switch.PAPER_END in on else 0)
    return answer


def escpos_asb(condition: Condition) -> bytes:
    """The four bytes of GS a."""
    on = condition.on
    return bytes(
        (
            0x10
            | (0x04 if Switch.DRAWER in on else 0)
            | (0x08 if condition.is_offline else 0)
            | (0x20 if Switch.COVER in on else 0),
            (0x04 if on & _RECOVERABLE else 0)
            | (0x08 if Switch.CUTTER in on else 0)
            | (0x20 if Switch.UNRECOVERABLE in on else 0)
            | (0x40 if Switch.HEAD_HOT in on else 0),
            paper_sensor(condition),
            0,
        )
    )


def paper_sensor(condition: Condition) -> int:
    """Of GS r 1 and the third byte of GS a."""
    return (0x03 if condition.on & _NEAR else 0) | (0x0C if Switch.PAPER_END in condition.on else 0)
