"""What the host sends: the reader's side of the framing (MPRX System Guide, pages 66 to 82)."""

from __future__ import annotations

from dataclasses import dataclass

SOM, CR, LF, CTRL_E, XON, XOFF = 0x23, 0x0D, 0x0A, 0x05, 0x11, 0x13

LONGEST = 64
"""Bytes of a message of the host; what is longer is none."""


@dataclass(frozen=True, slots=True)
class Message:
    """What stands between som and eom."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Poll:
    """CTRL-E."""


@dataclass(frozen=True, slots=True)
class Flow:
    """XON or XOFF."""

    on: bool


class HostLine:
    """Finds messages in what arrives. A partial one is dropped after the ECP time-out, and at a second som."""

    def __init__(self) -> None:
        self.aborted = 0
        self._partial: bytearray | None = None
        self._began = 0.0

    def reset(self) -> None:
        """Forget what came."""
        self._partial = None

    def feed(self, data: bytes, now: float, timeout: float, *, flow: bool) -> list[Message | Poll | Flow]:
        """What these bytes complete. ``flow``: XON and XOFF are for the flow, and no part of messages."""
        if self._partial is not None and now > self._began + timeout:
            self._abort()
        found: list[Message | Poll | Flow] = []
        for byte in data:
            if flow and byte in {XON, XOFF}:
                found.append(Flow(byte == XON))
            elif byte == SOM:
                if self._partial is not None:
                    self._abort()
                self._partial, self._began = bytearray(), now
            elif self._partial is None:
                if byte == CTRL_E:
                    found.append(Poll())
            elif byte == CR:
                found.append(Message(bytes(self._partial)))
                self._partial = None
            elif byte != LF:
                self._partial.append(byte)
                if len(self._partial) > LONGEST:
                    self._abort()
        return found

    def _abort(self) -> None:
        self.aborted += 1
        self._partial = None
