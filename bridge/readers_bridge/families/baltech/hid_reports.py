"""BRP frames in USB-HID reports: ``id(1) frame length(2, LSB first) frame zeros``, one frame in each report.

The ids 1 to 4 stand for reports with room for 12, 60, 252 and 1020 bytes. The kernel hands over one report with each read of
``/dev/hidraw*``.

Sources: docs.baltech.de, developers/usb-hid-transfer-layer-brp; the manufacturer's C library, ``usb_hid_protocol.c``.
"""

from __future__ import annotations

SIZES = {1: 12, 2: 60, 3: 252, 4: 1020}
"""Bytes of BRP frame that a report carries, by its id."""

_HEADER = 3


def report(frame: bytes) -> bytes:
    """The smallest report that carries the frame.

    Raises:
        ValueError: the frame has more than 1020 bytes, or none.
    """
    if not frame:
        raise ValueError("a HID report carries a BRP frame, there is none")
    for number, size in SIZES.items():
        if len(frame) <= size:
            return bytes([number]) + len(frame).to_bytes(2, "little") + frame.ljust(size, b"\0")
    raise ValueError(f"a HID report carries a BRP frame of at most {SIZES[4]} bytes, this one has {len(frame)}")


class Reports:
    """Takes frames out of reports, whatever the pieces in which they arrive.

    After the first thing that is no report ``broken`` says why, and everything is dropped until ``reset``.
    """

    def __init__(self) -> None:
        self._received = bytearray()
        self.broken = ""

    def reset(self) -> None:
        """Start anew: the next byte begins a report."""
        self._received.clear()
        self.broken = ""

    def receive(self, data: bytes) -> list[bytes]:
        """The frames of the reports that these bytes complete, in order. Never raises."""
        if self.broken:
            return []
        self._received += data
        frames = []
        while self._received:
            size = SIZES.get(self._received[0])
            if size is None:
                self.broken = f"a report has the id {self._received[0]}; those of BRP are 1 to 4"
                break
            if len(self._received) < _HEADER:
                break
            length = int.from_bytes(self._received[1:_HEADER], "little")
            if length > size:
                self.broken = f"a report with room for {size} bytes announces a frame of {length}"
                break
            if len(self._received) < _HEADER + size:
                break
            frames.append(bytes(self._received[_HEADER : _HEADER + length]))
            del self._received[: _HEADER + size]
        if self.broken:
            self._received.clear()
        return frames
