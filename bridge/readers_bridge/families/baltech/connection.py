"""Connections to a reader: TCP, serial lines, USB-HID, and TCP connections that the reader opens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from readers_bridge.errors import DeviceError, TransportError
from readers_bridge.families.baltech.hid_reports import Reports, report
from readers_bridge.families.baltech.ident import ConnectReason, canonical, identify, reasons
from readers_bridge.model import Address
from readers_bridge.transports import Stream, open_stream
from readers_bridge.transports.tcp_listener import AcceptedStream, Stranger, listen

PORT = 2939
BAUDRATE = "115200"
"""8 data bits, no parity, 1 stop bit, no flow control, as the reader leaves the factory."""

BITS_PER_BYTE = 10

UNTOLD = ConnectReason(0)
"""We connected, and not the reader."""

_IN_USE = (
    "a reader serves one connection at a time, so another host may have it; "
    "over Ethernet a reader closes a connection that stays without a command for 60 s"
)


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection: ``stream`` with frames written by ``write``. ``reasons``: why the reader connected, if it did."""

    stream: Stream
    write: Callable[[bytes], None]
    network: bool
    byte_time: float = 0.0
    """Seconds that a byte takes on the line."""
    reasons: ConnectReason = UNTOLD


@asynccontextmanager
async def connected(
    address: Address, received: Callable[[bytes], None], strange: Callable[[Stranger], None]
) -> AsyncIterator[Connection]:
    """Connect, or wait until the reader does, and close at the end.

    ``received`` takes the bytes of BRP frames; it may be called before this gives the connection. ``strange`` hears of readers
    that connect to us and that no device wants.

    Raises:
        TransportError: with a code that tells why.
    """
    if address.scheme == "tcp-listen":
        serial = address.params.get("serial")
        key = None if serial is None else canonical(serial)
        async with await listen(address.host, address.port or PORT, key, identify, strange) as listener:
            accepted: AcceptedStream = await listener.accept(received)
            async with _closing(accepted):
                why = reasons(accepted.ident_bytes)
                yield Connection(accepted, accepted.write, network=True, reasons=why)
        return
    stream, connection = await _open(address, received)
    async with _closing(stream):
        yield connection


async def _open(address: Address, received: Callable[[bytes], None]) -> tuple[Stream, Connection]:
    match address.scheme:
        case "serial":
            address = replace(address, params={"baudrate": BAUDRATE, **address.params})
            stream = await open_stream(address, received)
            byte_time = BITS_PER_BYTE / int(address.params["baudrate"])
            return stream, Connection(stream, stream.write, network=False, byte_time=byte_time)
        case "hid":
            reports = Reports()

            def unwrap(data: bytes) -> None:
                for frame in reports.receive(data):
                    received(frame)
                if reports.broken:
                    reports.reset()  # the next report begins with its id again

            stream = await open_stream(address, unwrap)
            return stream, Connection(stream, lambda frame: stream.write(report(frame)), network=False)
        case _:
            try:
                stream = await open_stream(address, received)
            except TransportError as error:
                if error.code == "connection_refused":
                    text = f"{address.host}:{address.port} refuses the connection; {_IN_USE}"
                    raise DeviceError(text, code=error.code) from error
                raise
            return stream, Connection(stream, stream.write, network=True)


@asynccontextmanager
async def _closing(stream: Stream) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await stream.close()
