"""NDDU, the vendor's Network Devices Discovery: who is there? Read-only; nothing here can change a device.

Source: SpringCard's published tool, springcard.pcsc.sdk, ``libraries/common/lib-cs/utils/nddu.cs``: a text in a UDP datagram,
``marker:verb:key=value;…``, sent from port 3999 to port 3999. The tool was written for earlier readers.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from ipaddress import IPv4Address

from readers_bridge.errors import TransportError
from readers_bridge.families import Found

PORT = 3999
BROADCAST = "255.255.255.255"
MARKER = "com.springcard.nddu.1"
LOOKUP = f"{MARKER}:lookup:info=readers-bridge".encode()

LOOKUP_EVERY = 2.0
"""Seconds between two lookups: a datagram may be lost."""

MOST = 1024
"""Devices taken note of in one search."""

LONGEST = 2048
"""Bytes of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A device's answer to a lookup. ``locked``: its address can be changed only with a password."""

    mac: str
    kind: str
    address: str
    info: str = ""
    locked: bool = False


def parse(datagram: bytes) -> Answer | None:
    """The answer in a datagram, or None. Keys that are not known are ignored. Never raises."""
    marker, _, rest = datagram[:LONGEST].decode("utf-8", "replace").strip("\r\n\0 ").partition(":")
    verb, _, fields = rest.partition(":")
    if marker != MARKER or verb != "device":
        return None
    found = dict(field.split("=", 1) for field in fields.split(";") if "=" in field)
    mac = re.sub(r"[^0-9A-F]", "", found.get("mac", "").upper())
    try:
        address = str(IPv4Address(found.get("addr", "").strip()))
    except ValueError:
        return None
    if len(mac) != 12:
        return None
    return Answer(mac, _plain(found.get("type", "")), address, _plain(found.get("info", "")), found.get("lock") == "1")


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isprintable()).strip()


def found(answer: Answer) -> Found:
    """The answer as a find. Which service the reader offers is not told; TCP is the one that can be tried."""
    identifier = f"springcard-{answer.mac[-6:].lower()}"
    name = answer.info or answer.kind or "SpringCard reader"
    address = f"tcp://{answer.address}:4000"
    entry = {"id": identifier, "name": name, "family": "springcard", "connection": address}
    return Found("springcard", address, answer.mac, answer.kind or "SpringCard", entry)


async def discover(
    seconds: float,
    *,
    target: tuple[str, int] = (BROADCAST, PORT),
    bind: tuple[str, int] = ("0.0.0.0", PORT),  # noqa: S104
) -> AsyncGenerator[Found, None]:
    """Look for readers for this many seconds; each is given once.

    Raises:
        TransportError: the port cannot be opened, or there is no network.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    known: set[str] = set()
    with _open(bind) as sock:
        next_lookup = loop.time()
        while (now := loop.time()) < deadline and len(known) < MOST:
            if now >= next_lookup:
                _look_up(sock, target)
                next_lookup = now + LOOKUP_EVERY
            try:
                async with asyncio.timeout(min(next_lookup, deadline) - now):
                    datagram = await loop.sock_recv(sock, LONGEST)
            except TimeoutError:
                continue
            except OSError:
                await asyncio.sleep(0.05)  # an ICMP error for a lookup; other devices may still answer
                continue
            answer = parse(datagram)
            if answer is not None and answer.mac not in known:
                known.add(answer.mac)
                yield found(answer)


def _open(bind: tuple[str, int]) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.setblocking(False)
        sock.bind(bind)
    except OSError as error:
        sock.close()
        raise TransportError(
            f"cannot listen on UDP port {bind[1]} for the answers of SpringCard readers: {error.strerror}; "
            "close the vendor's discovery tool and try again",
            code="port_busy",
        ) from error
    return sock


def _look_up(sock: socket.socket, target: tuple[str, int]) -> None:
    try:
        sock.sendto(LOOKUP, target)  # never waits; uvloop has no loop.sock_sendto
    except OSError as error:
        raise TransportError(
            f"cannot look for SpringCard readers: {error.strerror}; is there a network?", code="no_route"
        ) from error
