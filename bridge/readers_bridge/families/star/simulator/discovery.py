"""UDP port 22222: the answer to a search, a block that the card also gives over TCP."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable

from readers_bridge.families.star.simulator.settings import Settings

MAGIC = b"STR_BCAST"
_LONGEST = 65_535
_DATAGRAMS_AT_ONCE = 64


def block(settings: Settings, ip: str, *, version: str = "RS1.0.1") -> bytes:
    """The discovery data: a header with the offsets of four sections, each of which begins with its length."""
    ipv4 = ipaddress.IPv4Address(ip).packed
    mask, gateway = (ipaddress.IPv4Address(each).packed for each in (settings.netmask, settings.gateway))
    network = (
        _text(settings.name, 16)
        + _text(settings.firmware, 8)
        + _text(settings.firmware, 8)
        + _text(" ", 8)
        + _text("1", 2)
        + bytes.fromhex(settings.mac.replace(":", ""))
        + bytes(4)
        + ipv4
        + _text("DHCP" if settings.dhcp else "MANUAL", 16)
        + mask
        + gateway
    )
    chosen = bytes(12) if settings.dhcp else ipv4 + mask + gateway
    flags = _text("1", 2) + chosen + _text("0", 2) + _text("1" if settings.dhcp else "0", 2) + _text("1", 2)
    device = _text("Star", 32) + _text("STAR", 32) + _text(settings.device_model, 64) + _text("PRINTER", 32)
    contents = [network, flags, device, b""]
    if version.startswith("RS4"):
        contents.append(bytes(32))
    sections = [(2 + len(each)).to_bytes(2, "big") + each for each in contents]
    at = 26 + 2 * len(sections)
    offsets = b""
    for section in sections:
        offsets += at.to_bytes(2, "big")
        at += len(section)
    return _text(MAGIC.decode(), 16) + _text(version, 8) + at.to_bytes(2, "big") + offsets + b"".join(sections)


def _text(text: str, size: int) -> bytes:
    return text.encode("ascii", "replace")[:size].ljust(size, b"\0")


def is_search(data: bytes) -> bool:
    """Whether a datagram is a request whose length field is right."""
    return data.startswith(MAGIC) and len(data) >= 26 and int.from_bytes(data[24:26], "big") == len(data)


class DiscoveryPort:
    """Answers searches, whoever sends them, to where they came from."""

    def __init__(self, host: str, answers: Callable[[tuple[str, int]], list[bytes]]) -> None:
        self.host = host
        self._answers = answers
        self._socket: socket.socket | None = None

    def up(self, port: int) -> None:
        """Begin to listen.

        Raises:
            OSError: the address cannot be had.
        """
        if self._socket is not None:
            return
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.bind((self.host, port))
        except OSError:
            sock.close()
            raise
        self._socket = sock
        asyncio.get_running_loop().add_reader(sock, self._readable)

    def down(self) -> None:
        """Answer nobody any more."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _readable(self) -> None:
        for _ in range(_DATAGRAMS_AT_ONCE):
            if self._socket is None:
                return
            try:
                data, (address, port, *_rest) = self._socket.recvfrom(_LONGEST)
            except OSError:  # nothing more to read
                return
            if not is_search(data):
                continue
            for answer in self._answers((address, port)):
                try:
                    self._socket.sendto(answer, (address, port))
                except OSError:  # whoever asked cannot be reached
                    return
