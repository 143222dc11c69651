"""The discovery data of an interface card: what it answers on UDP port 22222, and to GS '0' on TCP port 22222.

``STR_BCAST`` and the version of the answer, the length of all of it, a table of offsets, and there the sections, each with its
own length first; all numbers MSB first.

Sources: captures of a TSP143IIILAN with firmware V2.2 (github.com/SenternalTech/tsp143-bridge); names of fields from the logs of
Star's StarXpand SDK. The sections are derived from the captured offsets and lengths.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from readers_bridge.errors import ProtocolError

MAGIC = b"STR_BCAST"

REQUEST: Final = MAGIC.ljust(16, b"\0") + b"RQ1.0.0\0" + bytes.fromhex("00 1C") + b"d1"
"""To be sent to UDP port 22222, by broadcast or to one address; the card answers to the port it came from."""

_VERSION = 0x10
_TOTAL = 0x18
_OFFSETS = 0x1A
_SHORTEST = 0x1C
_SECTION_LENGTH = 2
_FIXED = ((0x22, 0x52), (0x74, 0x16), (0x8A, 0xA2))
_FIXED_SIZE = 0x12C
_VERSION_TEXT = re.compile(rb"RS\d{1,3}\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True, slots=True)
class NetworkCard:
    """An interface card and its printer, as they present themselves; text that did not come is empty.

    ``unknown``: sections that are not documented, as hex.
    """

    version: str
    """Of the answer, such as ``RS1.0.1``."""
    mac: str
    """In the form ``00:11:62:13:DE:EF``: the identity of the card."""
    ip: str
    name: str = ""
    """Of the interface card or the short model, such as ``TSP100LAN``."""
    firmware: tuple[str, str] = ("", "")
    pld_revision: str = ""
    ip_version: str = ""
    mode: str = ""
    """How it came by its address, such as ``DHCP``."""
    netmask: str = ""
    gateway: str = ""
    configured_ip: str = ""
    configured_netmask: str = ""
    configured_gateway: str = ""
    rarp: bool = False
    dhcp: bool = False
    flags: tuple[str, str] = ("", "")
    """The first and the last text of the section of settings, whose meaning is not documented."""
    manufacturer: str = ""
    command_set: str = ""
    model: str = ""
    """Such as ``TSP143IIILAN (STR_T-001)``."""
    device_class: str = ""
    unknown: tuple[str, ...] = ()


def parse(block: bytes) -> NetworkCard:
    """Read discovery data. Where the table of offsets makes no sense, the captured answer's fixed offsets are used.

    Raises:
        ProtocolError: these are no discovery data, they are cut off, or they do not tell the card's addresses.
    """
    version = _version(block)
    block = _whole(block)
    sections = _sections(block)
    network, settings, device = sections[:3]
    mac = network[0x2C:0x32]
    address = _address(network, 0x36)
    if len(mac) < 6 or not any(mac) or mac[0] & 0x01 or not address:
        raise ProtocolError(
            f"the discovery data ({version}) do not tell the interface card's MAC address and IP address"
        )
    return NetworkCard(
        version=version,
        mac=mac.hex(":").upper(),
        ip=address,
        name=_text(network, 0x02, 16),
        firmware=(_text(network, 0x12, 8), _text(network, 0x1A, 8)),
        pld_revision=_text(network, 0x22, 8),
        ip_version=_text(network, 0x2A, 2),
        mode=_text(network, 0x3A, 16),
        netmask=_address(network, 0x4A),
        gateway=_address(network, 0x4E),
        flags=(_text(settings, 0x02, 2), _text(settings, 0x14, 2)),
        configured_ip=_address(settings, 0x04),
        configured_netmask=_address(settings, 0x08),
        configured_gateway=_address(settings, 0x0C),
        rarp=_text(settings, 0x10, 2) == "1",
        dhcp=_text(settings, 0x12, 2) == "1",
        manufacturer=_text(device, 0x02, 32),
        command_set=_text(device, 0x22, 32),
        model=_text(device, 0x42, 64),
        device_class=_text(device, 0x82, 32),
        unknown=tuple(section.hex() for section in sections[3:] if len(section) > _SECTION_LENGTH),
    )


def _version(block: bytes) -> str:
    if not block.startswith(MAGIC):
        found = _VERSION_TEXT.search(block)
        hint = f"; {found[0].decode()} stands at byte {found.start()}" if found else ""
        raise ProtocolError(f"the discovery data do not begin with STR_BCAST{hint}")
    version = _text(block, _VERSION, 8)
    if not _VERSION_TEXT.fullmatch(version.encode()):
        raise ProtocolError(f"the discovery data have the version {version!r}, which is none of an answer (RS1.0.1)")
    return version


def _whole(block: bytes) -> bytes:
    if len(block) < _SHORTEST:
        raise ProtocolError(f"the discovery data are cut off after {len(block)} bytes, before their length")
    total = _number(block, _TOTAL)
    if len(block) < total:
        raise ProtocolError(f"the discovery data are cut off: {len(block)} bytes came where they announce {total}")
    if total < _SHORTEST or any(block[total:]):
        raise ProtocolError(f"the discovery data announce {total} bytes, but {len(block)} came")
    return block[:total]


def _sections(block: bytes) -> Sequence[bytes]:
    first = _number(block, _OFFSETS)
    if first > _OFFSETS and first % 2 == 0 and first <= len(block):
        starts = [_number(block, at) for at in range(_OFFSETS, first, 2)]
        ends = [*starts[1:], len(block)]
        lengths = [_number(block, start) for start in starts]
        if len(starts) >= len(_FIXED) and all(
            length >= _SECTION_LENGTH and start + length <= end
            for start, length, end in zip(starts, lengths, ends, strict=True)
        ):
            return [block[start : start + length] for start, length in zip(starts, lengths, strict=True)]
    if len(block) < _FIXED_SIZE:
        raise ProtocolError(
            f"the discovery data have a table of sections that makes no sense, and their {len(block)} bytes are too few"
            f" for the known fields"
        )
    return [block[start : start + length] for start, length in _FIXED]


def _number(block: bytes, at: int) -> int:
    return int.from_bytes(block[at : at + 2].ljust(2, b"\0"), "big")


def _address(section: bytes, at: int) -> str:
    field = section[at : at + 4]
    return ".".join(map(str, field)) if len(field) == 4 else ""


def _text(section: bytes, at: int, size: int) -> str:
    field = section[at : at + size].partition(b"\0")[0]
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in field).strip()
