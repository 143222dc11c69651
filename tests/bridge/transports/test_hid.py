from __future__ import annotations

import asyncio
import errno
import os
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from readers_bridge.errors import TransportError
from readers_bridge.model import Address
from readers_bridge.transports import Stream, hid, open_stream
from tests.conftest import eventually

# A pseudo-terminal in raw mode stands for /dev/hidraw0: a character device whose reads and writes are taken apart here as there.


class Device:
    def __init__(self) -> None:
        self.handle, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.path = os.ttyname(self._theirs)
        self.reports: list[bytes] = []

    async def open(self) -> Stream:
        return await open_stream(Address("hid", path=self.path), self.reports.append)

    async def take(self, size: int) -> bytes:
        return await asyncio.to_thread(os.read, self.handle, size)

    def unplug(self) -> None:
        for name in ("handle", "_theirs"):
            if (handle := getattr(self, name)) >= 0:
                os.close(handle)
                setattr(self, name, -1)


@pytest.fixture
def device() -> Iterator[Device]:
    device = Device()
    yield device
    device.unplug()


async def test_reports_go_both_ways_one_at_a_time(device: Device) -> None:
    stream = await device.open()
    assert stream.peer == device.path
    report = bytes([1, 6, 0]) + bytes(range(12))
    os.write(device.handle, report)
    await eventually(lambda: device.reports == [report], "the report")
    stream.write(report)
    assert await device.take(100) == report
    await stream.close()
    await stream.closed()


async def test_what_is_written_keeps_its_order(device: Device) -> None:
    stream = await device.open()
    for number in range(40):
        stream.write(bytes([number]) * 15)
    await stream.drain()
    taken = await device.take(1000)
    while len(taken) < 600:
        taken += await device.take(1000)
    assert taken == b"".join(bytes([number]) * 15 for number in range(40))
    await stream.close()


async def test_a_paused_device_is_silent(device: Device) -> None:
    stream = await device.open()
    stream.pause()
    os.write(device.handle, b"wait")
    for _ in range(20):
        await asyncio.sleep(0)
    assert device.reports == []
    stream.resume()
    await eventually(lambda: device.reports == [b"wait"], "the report")
    await stream.close()
    stream.pause()
    stream.resume()


async def test_an_unplugged_device_ends_the_stream(device: Device) -> None:
    stream = await device.open()
    device.unplug()
    with pytest.raises(TransportError, match="unplugged") as caught:
        await stream.closed()
    assert caught.value.code == "connection_lost"
    with pytest.raises(TransportError):
        stream.write(b"too late")
    await stream.close()


async def test_a_write_to_a_device_that_is_gone_ends_the_stream(device: Device) -> None:
    stream = await device.open()
    stream.pause()
    device.unplug()
    stream.write(b"anybody?")
    with pytest.raises(TransportError, match="unplugged") as caught:
        await stream.closed()
    assert caught.value.code == "connection_lost"


async def test_a_report_that_is_taken_in_part_is_an_error(device: Device) -> None:
    stream = await device.open()
    stream.write(b"x" * 1_000_000)
    with pytest.raises(TransportError, match="of the 1000000 bytes of a report") as caught:
        await stream.closed()
    assert caught.value.code == "connection_lost"


class Hung:
    """The kernel's side of a device that takes no report until it is released."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stream: Stream) -> None:
        assert isinstance(stream, hid.HidStream)
        self.released = threading.Event()
        self.file = stream._file
        self.taken: list[bytes] = []
        monkeypatch.setattr(stream, "_put", self._put)

    def _put(self, report: bytes) -> None:
        assert self.released.wait(30)
        self.taken.append(report)


async def test_a_device_that_hangs_holds_up_no_other(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Device()
    stream, second = await device.open(), await other.open()
    hung = Hung(monkeypatch, stream)
    for _ in range(hid.WAITING_REPORTS):
        stream.write(b"x")
    with pytest.raises(TransportError) as caught:
        stream.write(b"one too many")
    assert caught.value.code == "write_blocked"
    second.write(b"hello")
    assert await other.take(100) == b"hello"
    await second.close()
    hung.released.set()
    await stream.drain()
    assert len(hung.taken) == hid.WAITING_REPORTS
    await stream.close()
    other.unplug()


async def test_a_device_that_hangs_does_not_hold_up_the_close(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hid, "CLOSE_TIMEOUT", 0.01)
    stream = await device.open()
    hung = Hung(monkeypatch, stream)
    stream.write(b"x")
    await stream.close()
    await stream.closed()
    assert not hung.file.closed, "the kernel still has it"
    hung.released.set()
    await eventually(lambda: hung.file.closed, "the end of the write")


async def test_what_was_written_leaves_before_the_close(device: Device) -> None:
    stream = await device.open()
    stream.write(b"last words")
    await stream.close()
    assert await device.take(100) == b"last words"


async def test_a_device_is_opened_once(device: Device) -> None:
    stream = await device.open()
    with pytest.raises(TransportError, match="another program") as caught:
        await device.open()
    assert caught.value.code == "port_busy"
    await stream.close()
    await (await device.open()).close()


async def test_a_missing_device_is_named() -> None:
    with pytest.raises(TransportError, match="plugged in") as caught:
        await open_stream(Address("hid", path="/dev/hidrawNOWHERE"), print)
    assert caught.value.code == "no_such_port"


@pytest.mark.parametrize("kind", ["file", "folder", "null"])
async def test_what_is_no_hid_device_is_refused(kind: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = {"file": str(tmp_path / "file"), "folder": str(tmp_path), "null": "/dev/null"}[kind]
    with pytest.raises(TransportError, match="not a HID device") as caught:
        await open_stream(Address("hid", path=path), print)
    assert caught.value.code == "bad_address"


async def test_a_device_without_permission_tells_of_udev(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")  # root is never refused

    monkeypatch.setattr(hid, "_open", refuse)
    with pytest.raises(TransportError, match="udev") as caught:
        await device.open()
    assert caught.value.code == "permission_denied"
