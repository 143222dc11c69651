"""Find readers: at this machine's USB ports, and by the Service Location Protocol on the network. Read-only.

Sources: docs.baltech.de, developers/ethernet/find-readers-via-slp (service type, no predicate); RFC 2608, sections 8.1 and 8.2;
docs.baltech.de, developers/usb-hid-transfer-layer-brp (vendor and product numbers).
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from serial.tools import list_ports

from readers_bridge.families import Found
from readers_bridge.families.baltech.slp import GROUP, PORT, service_request, services

VENDOR = 0x13AD
SERVICE = "service:x-proxreader"
_PRODUCT_ONE_REPORT = range(40000, 41000)


async def discover(seconds: float, *, sys_class: Path = Path("/sys/class")) -> AsyncIterator[Found]:
    """Each reader once; what is connected here comes at once, what is on the network within ``seconds``."""
    for found in (*_serial_ports(), *_hid_devices(sys_class)):
        yield found
    async for found in _network(seconds):
        yield found


def _serial_ports() -> Iterator[Found]:
    for port in list_ports.comports():
        if port.vid == VENDOR:
            yield _found(f"serial://{port.device}", port.serial_number or "", port.product or "BALTECH reader")


def _hid_devices(sys_class: Path) -> Iterator[Found]:
    """The nodes of ``/dev/hidraw*``, told by what the kernel writes of their devices."""
    for node in sorted((sys_class / "hidraw").glob("hidraw*")):
        with suppress(OSError):
            told = dict(re.findall(r"^(\w+)=(.*)$", (node / "device" / "uevent").read_text(), re.MULTILINE))
            _, vendor, product = (int(part, 16) for part in told.get("HID_ID", "0:0:0").split(":"))
            if vendor == VENDOR and product not in _PRODUCT_ONE_REPORT:
                yield _found(
                    f"hid:///dev/{node.name}", told.get("HID_UNIQ", ""), told.get("HID_NAME", "BALTECH reader")
                )


def _found(connection: str, serial: str, model: str) -> Found:
    name = f"baltech-{serial.lower()}" if re.fullmatch(r"[0-9A-Za-z]+", serial) else "baltech"
    entry = {"id": name, "family": "baltech", "connection": connection}
    return Found("baltech", connection, serial, model, entry)


async def _network(seconds: float) -> AsyncIterator[Found]:
    loop = asyncio.get_running_loop()
    heard: asyncio.Queue[tuple[bytes, str]] = asyncio.Queue(256)
    try:
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Replies(heard),
            local_addr=("0.0.0.0", 0),  # noqa: S104  answers come from anywhere
            family=socket.AF_INET,
        )
    except OSError:
        return
    seen = set()
    try:
        with suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
            transport.sendto(service_request(SERVICE), (GROUP, PORT))
        async with asyncio.timeout(seconds):
            while True:
                data, host = await heard.get()
                for url in services(data):
                    address = re.fullmatch(re.escape(SERVICE) + r"://([^/:;]+)(?::(\d+))?.*", url)
                    if address is not None and address[1] not in seen:
                        seen.add(address[1])
                        yield _found(f"tcp://{address[1]}:{address[2] or 2939}", "", f"ID-engine XE at {host}")
    except TimeoutError:
        pass
    finally:
        transport.close()


class _Replies(asyncio.DatagramProtocol):
    def __init__(self, heard: asyncio.Queue[tuple[bytes, str]]) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        with suppress(asyncio.QueueFull):
            self._heard.put_nowait((data, str(addr[0])))
