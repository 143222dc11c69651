"""BRP frames as the reader sees them (docs.baltech.de, developers/brp-command-frame, refman/prot/brp/commandframe)."""

from __future__ import annotations

from dataclasses import dataclass

from crcmod.predefined import mkPredefinedCrcFun

from readers_bridge.families.baltech.simulator.status import Status

FAILURE = 0x80
CRITICAL_BOOT_STATUS = 0x40
CHECKSUM = 0x30
CRC16 = 0x20
UNCOMPRESSED = 0x0C
CONTINUOUS = 0x02
REPEAT = 0x01
MODE = 0x03

HEADER = 5
"""Bytes: flags, command code, length."""

crc16 = mkPredefinedCrcFun("crc-ccitt-false")


@dataclass(frozen=True, slots=True)
class Command:
    """A whole command. ``size``: bytes of its frame."""

    flags: int
    code: int
    payload: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What was no command: how the reader answers, and what came."""

    flags: int
    code: int
    status: Status
    reason: str
    raw: bytes


class Inbox:
    """Cuts what arrives into commands; any chunking.

    After something that is no BRP frame nothing is taken until ``silence``: a reader cannot know where the next frame
    begins.
    """

    def __init__(self, longest: int) -> None:
        """``longest``: bytes of a frame that the reader can hold."""
        self._longest = longest
        self._data = bytearray()
        self.lost = False
        """Whether it waits for silence."""

    @property
    def partial(self) -> bool:
        """Whether the reader waits for more, or for silence."""
        return bool(self._data) or self.lost

    def receive(self, data: bytes) -> list[Command | Unreadable]:
        """What these bytes complete."""
        self._data += data
        found = []
        while not self.lost and (item := self._next()) is not None:
            found.append(item)
        if self.lost:
            self._data.clear()
        return found

    def silence(self) -> Unreadable | None:
        """Nothing came for too long: what had begun is dropped, and answered."""
        raw, lost = bytes(self._data), self.lost
        self.clear()
        if lost or not raw:
            return None
        return Unreadable(UNCOMPRESSED, 0, Status.ErrFrame, "a pause within the frame", raw)

    def clear(self) -> None:
        """Forget everything."""
        self._data.clear()
        self.lost = False

    def _next(self) -> Command | Unreadable | None:
        data = self._data
        if not data:
            return None
        flags = data[0]
        if flags & (FAILURE | CRITICAL_BOOT_STATUS):
            return self._give_up("flags 0x80 and 0x40 must be 0 in a command")
        if flags & UNCOMPRESSED != UNCOMPRESSED:
            return self._give_up("compressed frames are not supported")
        if flags & CHECKSUM not in {0, CRC16}:
            return self._give_up("BCC checksums are not supported")
        if len(data) < HEADER:
            return None
        end = HEADER + int.from_bytes(data[3:5], "little")
        checksum = 2 if flags & CRC16 else 0
        if len(data) < end + checksum:
            return None
        raw = bytes(data[: end + checksum])
        del data[: end + checksum]
        code = int.from_bytes(raw[1:3], "big")
        if checksum and crc16(raw) != 0:
            return Unreadable(flags, code, Status.ErrChecksum, "wrong CRC", raw)
        if len(raw) > self._longest:
            return Unreadable(flags, code, Status.ErrFrame, "longer than the reader's buffer", raw)
        return Command(flags, code, raw[HEADER:end], len(raw))

    def _give_up(self, reason: str) -> Unreadable:
        raw = bytes(self._data)
        self.lost = True
        return Unreadable(UNCOMPRESSED, 0, Status.ErrFrame, reason, raw)


def response(flags: int, code: int, status: int, data: bytes, *, critical: bool, phase: int = 0) -> bytes:
    """A response to a command with these flags."""
    made = (flags & CRC16) | UNCOMPRESSED | phase | (CRITICAL_BOOT_STATUS if critical else 0)
    if status:
        made |= FAILURE
        data = bytes((status,))
    return with_checksum(bytes((made,)) + code.to_bytes(2, "big") + len(data).to_bytes(2, "little") + data)


def with_checksum(frame: bytes) -> bytes:
    """The frame with a CRC, if its flags announce one."""
    return frame + crc16(frame).to_bytes(2, "big") if frame[0] & CRC16 else frame
