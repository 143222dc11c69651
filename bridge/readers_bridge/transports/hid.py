"""USB HID devices through Linux's /dev/hidraw: plain file I/O, one report per read and per write.

Source: Linux kernel documentation, "HIDRAW - Raw Access to USB and Bluetooth Human Interface Devices". The first byte of a
report is its number, where the device numbers its reports; in what is written it is 0 where it does not.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import stat
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from io import FileIO
from pathlib import Path

from readers_bridge.errors import TransportError
from readers_bridge.model import Address
from readers_bridge.transports.stream import CLOSE_TIMEOUT, Stream

REPORT_BYTES = 1024
"""More than the longest report of a full speed or high speed device."""

WAITING_REPORTS = 64
"""Reports that may wait for a device that does not take them."""


class HidStream(Stream):
    """An open HID device: ``received`` is called with one report at a time, ``write`` takes one.

    The kernel keeps 64 reports for a paused stream. A write waits in the kernel until the device has taken the report, so it is
    done in a thread of the stream's own: a device that hangs holds up no other.
    """

    def __init__(self, peer: str, file: FileIO, received: Callable[[bytes], None]) -> None:
        super().__init__(peer, received)
        self._file = file
        self._loop = asyncio.get_running_loop()
        self._writer = ThreadPoolExecutor(1, "hid-write")
        self._waiting = 0
        self._released: Future[None] | None = None
        self._loop.add_reader(file.fileno(), self._readable)

    def _readable(self) -> None:
        try:
            report = self._file.read(REPORT_BYTES)
        except OSError as error:
            self.connection_lost(error)
            return
        if report:
            self._received(report)
        elif report is not None:
            self.connection_lost(OSError(errno.ENODEV, os.strerror(errno.ENODEV)))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._ended.done():
            return
        super().connection_lost(exc)
        self._loop.remove_reader(self._file.fileno())
        self._released = self._writer.submit(self._file.close)  # behind a write that hangs: it must not write elsewhere
        self._writer.shutdown(wait=False)

    def _lost(self, exc: Exception) -> TransportError:
        if isinstance(exc, OSError) and exc.errno in {errno.ENODEV, errno.EIO, errno.ENXIO, errno.ESHUTDOWN}:
            return TransportError(f"{self.peer} is gone; was the device unplugged, or did it restart?")
        return super()._lost(exc)

    def write(self, data: bytes) -> None:
        """Send one report, without waiting.

        Raises:
            TransportError: the device is closed, or takes nothing and too many reports wait already.
        """
        if self._ended.done() or self._closing:
            raise TransportError(f"{self.peer} is closed")
        if self._waiting >= WAITING_REPORTS:
            raise TransportError(f"{self.peer} takes no data; {WAITING_REPORTS} reports wait", code="write_blocked")
        self._waiting += 1
        self._drained.clear()
        self._loop.run_in_executor(self._writer, self._put, data).add_done_callback(self._written)

    def _put(self, report: bytes) -> None:
        if self._ended.done():
            return
        if (taken := self._file.write(report)) != len(report):
            raise OSError(f"it took {taken or 0} of the {len(report)} bytes of a report")

    def _written(self, future: asyncio.Future[None]) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._drained.set()
        if (error := future.exception()) is not None:
            self.connection_lost(error if isinstance(error, Exception) else None)

    async def drain(self) -> None:
        """Wait until the device has taken all reports, or is gone."""
        await self._drained.wait()

    async def close(self) -> None:
        """Give the reports that wait a second to leave; then the device can be opened again, unless it hangs."""
        self._closing = True
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._drained.wait()
        except TimeoutError:
            pass
        finally:
            self.connection_lost(None)
        if self._released is not None:
            await asyncio.wait([asyncio.wrap_future(self._released)], timeout=CLOSE_TIMEOUT)

    def pause(self) -> None:
        """Stop receiving."""
        if not self._ended.done():
            self._loop.remove_reader(self._file.fileno())

    def resume(self) -> None:
        """Receive again."""
        if not self._ended.done():
            self._loop.add_reader(self._file.fileno(), self._readable)


async def open_hid(address: Address, received: Callable[[bytes], None]) -> Stream:
    """Open ``hid:///dev/hidraw0``; the device is locked against other bridges.

    Raises:
        TransportError: with a code that tells why.
    """
    try:
        file = await asyncio.get_running_loop().run_in_executor(None, _open, address.path)
    except OSError as error:
        raise _refusal(address.path, error) from error
    try:
        return HidStream(address.path, file, received)
    except OSError as error:
        file.close()
        raise _not_hid(address.path) from error


def _open(path: str) -> FileIO:
    if not stat.S_ISCHR(Path(path).stat().st_mode):
        raise _not_hid(path)
    file = FileIO(path, "r+b", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK | os.O_NOCTTY))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file


def _not_hid(path: str) -> TransportError:
    return TransportError(f"{path} is not a HID device; look for the reader's /dev/hidraw…", code="bad_address")


def _refusal(path: str, error: OSError) -> TransportError:
    match error.errno:
        case errno.ENOENT | errno.ENODEV | errno.ENXIO | errno.ENOTDIR:
            return TransportError(f"there is no {path}; is the device plugged in?", code="no_such_port")
        case errno.EACCES | errno.EPERM:
            return TransportError(
                f"no permission for {path}; allow the bridge's user to use the device with a udev rule, "
                'as KERNEL=="hidraw*", ATTRS{idVendor}=="13ad", GROUP="dialout", MODE="0660"',
                code="permission_denied",
            )
        case errno.EAGAIN | errno.EBUSY:
            return TransportError(f"another program uses {path}; stop it", code="port_busy")
        case _:
            return TransportError(f"cannot open {path}: {error.strerror or error}", code="connection_failed")
