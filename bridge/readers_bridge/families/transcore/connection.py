"""Connections to a reader: serial lines, and TCP to a device server in front of one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from readers_bridge.errors import DeviceError, TransportError
from readers_bridge.families.transcore.typedefs import Parity
from readers_bridge.model import Address
from readers_bridge.transports import Stream, open_stream

BAUDRATE = 9600
"""8 data bits, no parity, 1 stop bit, as the reader leaves the factory (MPRX User Guide, page 68)."""

BITS_PER_BYTE = 10
"""With parity too: then the eighth bit is the parity bit (MPRX System Guide, chapter 6)."""

SILENCE = 0.3
"""Seconds without a message, beyond what one takes on the line, that mean that the reader has none; twice as many over TCP."""

LONGEST_MESSAGE = 96
"""Bytes on the line: 72 of data, what is appended, and the frame."""

_IN_USE = "a device server takes one connection at a time, so another host may have it; else check address and port"


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection. ``byte_time``: seconds that a byte takes on the reader's line."""

    stream: Stream
    parity: Parity
    byte_time: float
    network: bool

    @property
    def patience(self) -> float:
        """Seconds within which a reader that has a message sends it after it was asked, or after the last was acknowledged."""
        return SILENCE + LONGEST_MESSAGE * self.byte_time + (SILENCE if self.network else 0.0)


@asynccontextmanager
async def connected(address: Address, received: Callable[[bytes], None]) -> AsyncIterator[Connection]:
    """Connect, and close at the end.

    ``received`` takes what arrives; it may be called before this gives the connection.

    Raises:
        DeviceError: with a code that tells why.
    """
    params = line_settings(address)
    try:
        stream = await open_stream(replace(address, params=params), received)
    except TransportError as error:
        if error.code == "connection_refused":
            text = f"{address.host}:{address.port} refuses the connection; {_IN_USE}"
            raise DeviceError(text, code=error.code) from error
        raise
    try:
        byte_time = BITS_PER_BYTE / max(1, int(params.get("baudrate", BAUDRATE)))
        yield Connection(stream, parity(address), byte_time, network=address.scheme != "serial")
    finally:
        await stream.close()


def line_settings(address: Address) -> Mapping[str, str]:
    """The settings of a serial line, completed.

    Flow control by XON and XOFF stays with the reader alone: what the operating system would make of these bytes is not wanted
    inside data.
    """
    if address.scheme != "serial":
        return address.params
    bytesize = "8" if parity(address) is Parity.NONE else "7"
    return {"baudrate": str(BAUDRATE), "bytesize": bytesize, "xonxoff": "false", **address.params}


def parity(address: Address) -> Parity:
    """The parity of the reader's line; behind a device server it is told in the same way, ``tcp://…?parity=E``."""
    return Parity(address.params.get("parity", "N").upper())
