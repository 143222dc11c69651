"""Serial lines and USB virtual COM ports, through pyserial-asyncio."""

from __future__ import annotations

import asyncio
import errno
import os
import termios
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import serial
import serial_asyncio

from readers_bridge.errors import TransportError
from readers_bridge.model import Address
from readers_bridge.transports.stream import CLOSE_TIMEOUT, Stream

PARITIES = {"N": serial.PARITY_NONE, "E": serial.PARITY_EVEN, "O": serial.PARITY_ODD}
FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def settings(params: Mapping[str, str]) -> dict[str, Any]:
    """The line settings in a connection URL's query, for pyserial: baudrate, bytesize, parity, stopbits, xonxoff, rtscts.

    Raises:
        TransportError: code ``bad_address``, naming the setting.
    """
    readers: dict[str, Callable[[str], Any]] = {
        "baudrate": int,
        "bytesize": lambda text: {"7": 7, "8": 8}[text],
        "parity": lambda text: PARITIES[text.upper()],
        "stopbits": lambda text: {"1": 1, "2": 2}[text],
        "xonxoff": lambda text: FLAGS[text.lower()],
        "rtscts": lambda text: FLAGS[text.lower()],
    }
    found = {}
    for name, text in params.items():
        if name in readers:
            try:
                found[name] = readers[name](text)
            except (KeyError, ValueError):
                raise TransportError(f"{name}={text} is not a setting of a serial line", code="bad_address") from None
    return found


class SerialStream(Stream, asyncio.Protocol):
    """An open serial port."""

    def __init__(self, peer: str, received: Callable[[bytes], None]) -> None:
        super().__init__(peer, received)
        self.opened = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.opened.set()

    def data_received(self, data: bytes) -> None:
        self._received(data)

    async def close(self) -> None:
        """Give what was written a second to leave, then discard it: pyserial's own close would wait in the event loop."""
        transport: Any = self._transport
        self._closing = True
        if transport is None:
            return
        deadline = asyncio.get_running_loop().time() + CLOSE_TIMEOUT
        with suppress(OSError, serial.SerialException, AttributeError):  # it may be unplugged meanwhile
            while (transport.get_write_buffer_size() or transport.serial.out_waiting) and (
                asyncio.get_running_loop().time() < deadline
            ):
                await asyncio.sleep(0.005)
            transport.serial.reset_output_buffer()
        if self._transport is not None:
            transport.abort()
            await asyncio.wait([self._ended], timeout=CLOSE_TIMEOUT)


async def open_serial(address: Address, received: Callable[[bytes], None]) -> Stream:
    """Open ``serial:///dev/ttyUSB0?baudrate=9600&bytesize=7&parity=E``; the port is locked against other programs.

    Opening asserts DTR and RTS, where there are modem lines: some readers are held in reset without DTR.

    Raises:
        TransportError: with a code that tells why.
    """
    line = settings(address.params)
    if _is_pseudo_terminal(address.path):
        line |= {"bytesize": 8, "parity": serial.PARITY_NONE}

    def open_port() -> serial.Serial:
        return serial.Serial(address.path, exclusive=True, **line)

    loop = asyncio.get_running_loop()
    stream = SerialStream(address.path, received)
    try:
        port = await loop.run_in_executor(None, open_port)
        serial_asyncio.SerialTransport(loop, stream, port)
    except (OSError, serial.SerialException, termios.error, ValueError) as error:
        raise _refusal(address.path, error) from error
    await stream.opened.wait()
    return stream


def _is_pseudo_terminal(path: str) -> bool:
    """It carries bytes as they are; Linux refuses to give it 7 data bits or a parity."""
    return os.path.realpath(path).startswith("/dev/pts/")


def _refusal(path: str, error: Exception) -> TransportError:
    if isinstance(error, termios.error):
        return TransportError(
            f"{path} does not take these settings of the line ({error}); check baudrate, bytesize and parity",
            code="connection_failed",
        )
    number = getattr(error, "errno", None)
    if number in {errno.ENOENT, errno.ENODEV, errno.ENXIO}:
        return TransportError(f"there is no {path}; is the device plugged in?", code="no_such_port")
    if number == errno.EACCES:
        return TransportError(
            f"no permission for {path}; add the bridge's user to the group that owns it", code="permission_denied"
        )
    if number in {errno.EBUSY, errno.EAGAIN} or "lock" in str(error).lower():
        return TransportError(f"another program uses {path}; stop it", code="port_busy")
    return TransportError(f"cannot open {path}: {error}", code="connection_failed")
