"""Find printers by broadcasts to UDP port 22222, as the vendor's tools do. Read-only.

Source: captures of Star's own tools and of a TSP143IIILAN (github.com/SenternalTech/tsp143-bridge); a broadcast for each
interface reaches printers that one to 255.255.255.255 does not.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress

from readers_bridge.errors import ProtocolError, TransportError
from readers_bridge.families import Found
from readers_bridge.families.star.discovery_block import REQUEST, NetworkCard, parse
from readers_bridge.families.star.typedefs import MANAGEMENT_PORT

ASK_EVERY = 2.0
"""Seconds between two requests: a datagram may be lost."""

FIND_TIME = 4.0
REFRESH_TIME = 1.5
"""Seconds."""

MOST = 1024
"""Printers taken note of in one search."""

LONGEST = 4096
"""Bytes of an answer."""

EVERYWHERE = "255.255.255.255"
THIS_MACHINE = "127.0.0.1"
"""Where simulated printers are."""

_SIOCGIFBRDADDR = 0x8919


async def discover(
    seconds: float, *, targets: Sequence[str] | None = None, port: int = MANAGEMENT_PORT
) -> AsyncGenerator[Found, None]:
    """Look for printers for this many seconds; each is given once.

    Raises:
        TransportError: there is no network.
    """
    async for card, address in search(seconds, broadcast_addresses() if targets is None else targets, port):
        yield found(card, address)


def found(card: NetworkCard, address: str) -> Found:
    """An answer as a find."""
    entry = {
        "id": f"star-{card.mac.replace(':', '')[-6:].lower()}",
        "family": "star",
        "connection": f"tcp://{address}",
        "mac": card.mac,
    }
    return Found("star", f"tcp://{address}", card.mac, card.model or card.name or "Star printer", entry)


async def find(mac: str, port: int, *, targets: Sequence[str] | None = None) -> str | None:
    """The address of the printer with this MAC address; None: it does not answer."""
    with suppress(TransportError, OSError):
        async with aclosing(search(FIND_TIME, broadcast_addresses() if targets is None else targets, port)) as answers:
            async for card, address in answers:
                if card.mac == mac:
                    return address
    return None


async def refresh(address: str, port: int) -> NetworkCard | None:
    """Ask one printer; None: it does not answer."""
    with suppress(TransportError, OSError):
        async with aclosing(search(REFRESH_TIME, [address], port)) as answers:
            async for card, _ in answers:
                return card
    return None


async def search(seconds: float, targets: Sequence[str], port: int) -> AsyncGenerator[tuple[NetworkCard, str], None]:
    """Ask everybody at these addresses; gives each card once, with the address that it answered from.

    Raises:
        TransportError: no request could be sent.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    known: set[str] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.setblocking(False)
        sock.bind(("0.0.0.0", 0))  # noqa: S104  answers come from anywhere
        next_request = loop.time()
        while (now := loop.time()) < deadline and len(known) < MOST:
            if now >= next_request:
                await _ask(sock, targets, port)
                next_request = loop.time() + ASK_EVERY
            for card, address in await _heard(sock, min(next_request, deadline)):
                if card.mac not in known:
                    known.add(card.mac)
                    yield card, address


async def _heard(sock: socket.socket, until: float) -> list[tuple[NetworkCard, str]]:
    """What arrives first, with all that is there by then."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(sock, readable.set)
    try:
        async with asyncio.timeout_at(until):
            await readable.wait()
    except TimeoutError:
        return []
    finally:
        loop.remove_reader(sock)
    answers = []
    for _ in range(64):
        try:
            data, sender = sock.recvfrom(LONGEST)
        except BlockingIOError:
            break
        except OSError:
            continue  # an ICMP error for one of the requests
        with suppress(ProtocolError):
            answers.append((parse(data), str(sender[0])))
    return answers


async def _ask(sock: socket.socket, targets: Sequence[str], port: int) -> None:
    problem: OSError | None = None
    reached = False
    for target in targets:
        try:
            place = await _resolved(target)
            sock.sendto(REQUEST, (place, port))
            reached = True
        except OSError as error:
            problem = error
    if not reached and problem is not None:
        raise TransportError(
            f"cannot look for Star printers: {problem.strerror or problem}; is there a network?", code="no_route"
        )


async def _resolved(host: str) -> str:
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, None, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    return str(infos[0][4][0])


def broadcast_addresses() -> list[str]:
    """The limited broadcast, that of each interface, and this machine itself."""
    found = [EVERYWHERE]
    with suppress(ImportError, OSError):
        import fcntl  # noqa: PLC0415  not on every system

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for _, name in socket.if_nameindex():
                with suppress(OSError):
                    request = struct.pack("256s", name.encode()[:15])
                    answer = fcntl.ioctl(sock.fileno(), _SIOCGIFBRDADDR, request)
                    found.append(socket.inet_ntoa(answer[20:24]))
    usable = [address for address in dict.fromkeys(found) if address != "0.0.0.0"]  # noqa: S104  to compare
    return [*usable, THIS_MACHINE]
