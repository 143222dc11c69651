"""Bytes in, bytes out, nothing else: TCP, serial, HID and UDP links to devices."""

from __future__ import annotations

from collections.abc import Callable

from readers_bridge.errors import TransportError
from readers_bridge.model import Address
from readers_bridge.transports.stream import Stream

__all__ = ["Stream", "open_stream"]


async def open_stream(address: Address, received: Callable[[bytes], None]) -> Stream:
    """Open ``tcp://host:port``, ``serial:///dev/tty…?baudrate=…`` or ``hid:///dev/hidraw…``.

    ``received`` is called with whatever one receive brought, at most a few kilobytes, so that one device cannot hold up the
    others.

    Raises:
        TransportError: it could not be opened; the code tells why (``connection_refused``, ``timeout``, ``no_route``,
            ``name_not_found``, ``no_such_port``, ``port_busy``, ``permission_denied``, ``bad_address``).
    """
    match address.scheme:
        case "tcp":
            from readers_bridge.transports.tcp import open_tcp  # noqa: PLC0415

            return await open_tcp(address, received)
        case "serial":
            from readers_bridge.transports.serial import open_serial  # noqa: PLC0415

            return await open_serial(address, received)
        case "hid":
            from readers_bridge.transports.hid import open_hid  # noqa: PLC0415

            return await open_hid(address, received)
        case scheme:
            raise TransportError(f"there is no stream transport for {scheme}://", code="bad_address")
