"""Connection URLs: ``scheme://host:port/path?key=value``, taken apart and checked.

Nothing is percent-decoded: what stands in the file is what is used, so that ``str(address)`` gives the same text back.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple

from readers_bridge.errors import TransportError
from readers_bridge.model import Address

NETWORK_SCHEMES = frozenset({"tcp", "udp", "tcp-listen"})
"""Their address is a host."""

PATH_SCHEMES = frozenset({"serial", "hid"})
"""Their address is a path on this machine."""

_HOST_NAME = re.compile(r"(?=.{1,253}\.?$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?")
_ONLY_DIGITS = re.compile(r"[0-9.]+")
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>[^:]*))?")

_KNOWN_PARAMS: Mapping[str, tuple[str, ...]] = {
    "serial": ("baudrate", "bytesize", "parity", "stopbits", "xonxoff", "rtscts"),
    "udp": ("bind",),
    "tcp-listen": ("serial",),
}

_SERIAL = re.compile(r"[0-9]{1,10}")
_EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104  to compare, not to bind


def parse_address(text: str, schemes: Mapping[str, int | None]) -> Address:
    """The address that ``text`` names; ``schemes`` are the accepted ones, each with its default port (None: no port).

    Host names come out in lower case, IP addresses in their canonical form.

    Raises:
        ValueError: the text says what is wrong, as the rest of a sentence that begins with the URL.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise ValueError(f"has no scheme; {_meant(text, schemes)}")
    if scheme not in schemes:
        close = difflib.get_close_matches(scheme.lower(), schemes, 1)
        meant = f"; did you mean {close[0]}://?" if close else ""
        raise ValueError(f"begins with a scheme that this family does not know; it takes {_list(schemes)}{meant}")
    if any(char.isspace() or not char.isprintable() for char in rest):
        raise ValueError("contains a blank or a control character")
    body, _, query = rest.partition("?")
    authority, slash, path = body.partition("/")
    params = _params(scheme, query)
    if scheme in PATH_SCHEMES:
        return _path_address(scheme, authority, slash + path, params)
    if scheme in NETWORK_SCHEMES and path:
        raise ValueError(f"has a path, /{path}, that means nothing here; leave it out")
    if not authority and (scheme in NETWORK_SCHEMES or not (path or params)):
        raise ValueError(f"names no host; write it like {example(scheme, schemes[scheme])}")
    host, port = _authority(authority, scheme, schemes[scheme])
    return Address(scheme, host, port, f"/{path}" if path else "", params)


def parse_host_port(text: str, default: int | None) -> tuple[str, int]:
    """``name:port``, ``[IPv6]:port``, or either without port.

    Raises:
        ValueError: as for ``parse_address``; also when there is no port and no default.
    """
    bare_ipv6 = text.count(":") > 1 and not text.startswith("[")
    host, port = (text, None) if bare_ipv6 else _split_authority(text)
    if port is None:
        port = default
    if port is None:
        raise ValueError("names no port; add one, as 127.0.0.1:9464")
    return parse_host(host), port


def parse_host(text: str) -> str:
    """A host name or an IP address (IPv6 with or without brackets), in its normal form.

    Raises:
        ValueError: it is neither.
    """
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if ":" in bare or bare != text:
        try:
            return str(ipaddress.IPv6Address(bare))
        except ValueError:
            raise ValueError(f"names a host, {text}, that is not an IPv6 address") from None
    if _ONLY_DIGITS.fullmatch(bare):
        try:
            return str(ipaddress.IPv4Address(bare))
        except ValueError:
            raise ValueError(f"names a host, {text}, that is not an IPv4 address") from None
    if not _HOST_NAME.fullmatch(bare.lower()):
        raise ValueError(f"names a host, {text or 'empty'}, that is neither a host name nor an IP address")
    return bare.lower()


class Exclusive(NamedTuple):
    """What only one device can use, as a key to compare, and in words."""

    key: Hashable
    words: str


class _Listening:
    """A claim on a listening port. Two are equal when only one device can have them, so this is no equivalence relation.

    On one local address that is: the same serial number, or a claim without one, which takes any reader. Of two addresses one
    of which is all of them, only one can be listened on. Leading zeros of a serial number do not count.
    """

    def __init__(self, address: Address) -> None:
        self._host = address.host
        self._port = address.port
        serial = address.params.get("serial")
        self._serial = None if serial is None else int(serial)

    def __hash__(self) -> int:
        return hash(self._port)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Listening) or self._port != other._port:
            return False
        if self._host != other._host:
            return _overlap(self._host, other._host)
        return self._serial == other._serial or None in {self._serial, other._serial}


def _overlap(host: str, other: str) -> bool:
    same_family = (":" in host) == (":" in other)
    return same_family and not _EVERY_ADDRESS.isdisjoint({host, other})


def exclusive(address: Address) -> Exclusive:
    """What nobody else can use while this address is used: equal for two addresses that cannot be used together.

    Two names of one serial port are the same; readers with different serial numbers share a listening port. Where the ports are
    the family's own, the query tells devices of one host apart.
    """
    match address.scheme:
        case "tcp-listen":
            return Exclusive(_Listening(address), "the listening port")
        case "tcp" if address.port is None:
            return Exclusive(("tcp", address.host, frozenset(address.params.items())), "the TCP endpoint")
        case "tcp":
            return Exclusive(("tcp", address.host, address.port), "the TCP endpoint")
        case "udp":
            return Exclusive(("udp", address.host, address.port), "the UDP endpoint")
        case scheme if address.path and not address.host:
            return Exclusive((scheme, os.path.realpath(address.path)), "the port")
        case _:
            return Exclusive(str(address), "the address")


def example(scheme: str, port: int | None) -> str:
    """A connection URL of this scheme, to show."""
    if scheme in PATH_SCHEMES:
        return f"{scheme}:///dev/{'ttyUSB0' if scheme == 'serial' else 'hidraw0'}"
    listens = scheme == "tcp-listen"
    host = "0.0.0.0" if listens else "192.0.2.10"  # noqa: S104  to show, not to bind
    return f"{scheme}://{host}" + (f":{port}" if port is not None else "") + ("?serial=43893126" if listens else "")


def _path_address(scheme: str, authority: str, path: str, params: Mapping[str, str]) -> Address:
    if authority:
        raise ValueError(f"lacks a slash; three belong before an absolute path: {scheme}:///{authority}{path}")
    if path in {"", "/"}:
        raise ValueError(f"names no port; write it like {example(scheme, None)}")
    if scheme == "serial":
        from readers_bridge.transports.serial import settings  # noqa: PLC0415  pyserial only where it is needed

        try:
            settings(params)
        except TransportError as error:
            raise ValueError(f"is wrong: {error}") from None
    return Address(scheme, "", None, path, params)


def _authority(text: str, scheme: str, default: int | None) -> tuple[str, int | None]:
    if not text:
        return "", None
    host, port = _split_authority(text)
    if port is not None and default is None:
        raise ValueError(f"names the port {port}, but the ports are the family's own; leave out :{port}")
    if scheme in NETWORK_SCHEMES:
        host = parse_host(host)
    return host, default if port is None else port


def _split_authority(text: str) -> tuple[str, int | None]:
    parts = _AUTHORITY.fullmatch(text)
    if parts is None:
        raise ValueError("has a host that cannot be read; write an IPv6 address in brackets, as [2001:db8::1]")
    port = parts["port"]
    if port is None:
        return parts["host"], None
    if not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65535):
        raise ValueError(f"has a port, {port or 'empty'}, that is not a number from 1 to 65535")
    return parts["host"], int(port)


def _params(scheme: str, query: str) -> dict[str, str]:
    params: dict[str, str] = {}
    for part in query.split("&") if query else ():
        key, separator, value = part.partition("=")
        if not (key and separator and value):
            raise ValueError(f"has something in its query, {part or 'empty'}, that is not key=value")
        if key in params:
            raise ValueError(f"gives {key} twice")
        known = _KNOWN_PARAMS.get(scheme, ())
        if key not in known and (close := difflib.get_close_matches(key.lower(), known, 1, 0.8)):
            raise ValueError(f"has an unknown parameter, {key}; did you mean {close[0]}?")
        params[key] = value
    if scheme == "udp" and "bind" in params:
        try:
            ipaddress.IPv4Address(params["bind"])
        except ValueError:
            raise ValueError(f"has a bind, {params['bind']}, that is not an IPv4 address of this machine") from None
    if scheme == "tcp-listen" and "serial" in params and not _SERIAL.fullmatch(params["serial"]):
        raise ValueError(f"has a serial, {params['serial']}, that is not a reader's serial number: 1 to 10 digits")
    return params


def _meant(text: str, schemes: Iterable[str]) -> str:
    kind = PATH_SCHEMES if text.startswith("/") else NETWORK_SCHEMES
    fitting = [scheme for scheme in schemes if scheme in kind]
    if fitting:
        return f"did you mean {' or '.join(f'{scheme}://{text}' for scheme in fitting)}?"
    return f"the family takes {_list(schemes)}"


def _list(schemes: Iterable[str]) -> str:
    return ", ".join(f"{scheme}://" for scheme in schemes)
