"""Faults that a simulated reader can be given."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from readers_bridge.simulation import faults

FAULTS = {
    "damage_out": "a message to the host has a byte changed, lost or added",
    "damage_in": "a message from the host has a byte changed, lost or added",
    "lose_byte": "a message, either way, lacks a byte",
    "bad_crc": "a message of ECP to the host has a wrong CRC",
    "lose_data": "a tag or report is not heard by the host, though it is sent",
    "lose_ack": "an ACK of the host is not heard by the reader",
    "lose_command": "a command of the host is not heard by the reader",
    "lose_response": "a command is executed, but the response is not heard by the host",
    "duplicate": "a tag or report is sent twice",
    "no_lf": "a message to the host ends with CR alone",
    "flow_bytes": "a message to the host has XOFF and XON inside",
    "noise": "meaningless bytes come before a message to the host",
    "split": "a message to the host comes byte by byte, 1 ms apart",
    "glue": "a message to the host is kept for 0.2 s, or until the next one, and sent together with it",
    "cut": "the power is interrupted in the middle of a message to the host",
    "close": "the TCP connection is closed, now",
    "break": "the TCP connection is broken with a reset, now",
    "none": "no fault waits any more",
}
"""Every fault, and what it does. The value is the share of messages that have it (1: every one)."""

AT_ONCE = frozenset({"close", "break", "none"})
FLOW_BYTES = b"\x13\x11"


@dataclass(slots=True)
class _Armed:
    share: float
    left: int


class Faults:
    """The faults that wait for their occasion; the same ``seed`` brings each at the same ones of its occasions."""

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(f"damage {seed}")  # noqa: S311 - no secret is made of it
        self._chance = {name: Random(f"{name} {seed}") for name in FAULTS}  # noqa: S311
        self._armed: dict[str, _Armed] = {}

    @property
    def waiting(self) -> dict[str, float]:
        """Their names and shares."""
        return {name: armed.share for name, armed in self._armed.items()}

    def arm(self, name: str, share: float | None, count: int) -> None:
        """A fault for a ``share`` of the messages until it came ``count`` times (0: for ever). It replaces what waits.

        Raises:
            ValueError: as ``check``.
        """
        check(name, share, count)
        if name == "none":
            self._armed.clear()
        elif share == 0:
            self._armed.pop(name, None)
        elif name not in AT_ONCE:
            self._armed[name] = _Armed(1.0 if share is None else share, count)

    def take(self, name: str) -> bool:
        """Whether this occasion has the fault."""
        armed = self._armed.get(name)
        if armed is None or (armed.share < 1 and self._chance[name].random() >= armed.share):
            return False
        armed.left -= 1
        if armed.left == 0:
            del self._armed[name]
        return True

    def damaged(self, message: bytes) -> bytes:
        """The message with one byte changed, lost or added; none becomes XON or XOFF, which would stop a line for good."""
        how = self._random.choice(("change", "lose", "add"))
        if how == "lose":
            return self.shortened(message)
        at = self._random.randrange(len(message))
        byte = self._random.randrange(256) if how == "add" else message[at] ^ (1 << self._random.randrange(8))
        if byte in FLOW_BYTES:
            byte ^= 0x40
        return message[:at] + bytes((byte,)) + message[at + (how == "change") :]

    def shortened(self, message: bytes) -> bytes:
        """The message without one of its bytes."""
        at = self._random.randrange(len(message))
        return message[:at] + message[at + 1 :]

    def noise(self) -> bytes:
        """Some bytes that are no message."""
        size = self._random.randrange(1, 16)
        return bytes(self._random.choice(b"\x00\x7f\xfe!zZ~ 0A\x80") for _ in range(size))


def check(name: str, share: float | None = None, count: int = 1) -> None:
    """Whether there is such a fault.

    Raises:
        ValueError: there is not, or it cannot have this value.
    """
    faults.check(name, FAULTS, count)
    if share is not None and (name in AT_ONCE or not 0 <= share <= 1):
        raise ValueError(
            f"fault {name} takes no value" if name in AT_ONCE else f"a share is a number from 0 to 1, not {share:g}"
        )
