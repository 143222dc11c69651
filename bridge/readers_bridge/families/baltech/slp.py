"""The Service Location Protocol, version 2: as much as finding readers takes (RFC 2608, sections 8, 8.1 and 8.2)."""

from __future__ import annotations

import struct

GROUP = "239.255.255.253"
PORT = 427

VERSION = 2
SERVICE_REQUEST = 1
SERVICE_REPLY = 2
MULTICAST = 0x2000

_HEADER = struct.Struct(">BB3sH3sHH")
_LANGUAGE = b"en"


def service_request(service: str, *, scope: str = "DEFAULT", transaction: int = 1) -> bytes:
    """A multicast request for a service type, without predicate and without responders that answered before."""
    body = b"".join(_counted(part) for part in ("", service, scope, "", ""))
    length = _HEADER.size + len(_LANGUAGE) + len(body)
    header = _HEADER.pack(
        VERSION, SERVICE_REQUEST, length.to_bytes(3, "big"), MULTICAST, bytes(3), transaction, len(_LANGUAGE)
    )
    return header + _LANGUAGE + body


def services(datagram: bytes) -> list[str]:
    """The URLs in a reply; nothing for whatever is not a reply without an error. Never raises."""
    try:
        version, function, *_, language = _HEADER.unpack_from(datagram)
        if (version, function) != (VERSION, SERVICE_REPLY):
            return []
        at = _HEADER.size + language
        error, count = struct.unpack_from(">HH", datagram, at)
        at += 4
        urls = []
        for _ in range(0 if error else count):
            length = struct.unpack_from(">xHH", datagram, at)[1]
            url = datagram[at + 5 : at + 5 + length]
            authentications = datagram[at + 5 + length]
            if len(url) < length or authentications:
                break  # authentication blocks are not taken apart
            urls.append(url.decode("ascii"))
            at += 6 + length
    except (struct.error, IndexError, UnicodeDecodeError):
        return []
    return urls


def _counted(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode("ascii")
