"""The keys of a device's entry that are BALTECH's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import voluptuous as vol

from readers_bridge.families.baltech.channel import Mode
from readers_bridge.families.baltech.typedefs import OUTPUTS, IoPort
from readers_bridge.model import DeviceConfig
from readers_bridge.validation import Refusal

_KEY = re.compile(r"(?:[0-9A-Fa-f]{2}[ :]?){15}[0-9A-Fa-f]{2}")
_DELIMITER = re.compile(r"(?:[0-9A-Fa-f]{2} ?){1,8}")

BRP_ONLY = ("checksum", "key", "enable_autoread", "ports")
"""Options without a meaning for a reader that only sends."""


MOST_PORTS = 12
"""As many as fit into a description of 16 kB."""


class Protocol(StrEnum):
    """How the reader talks to us."""

    BRP = "brp"
    RAW_SERIAL = "raw_serial"
    """It sends what it reads, with no protocol around, and takes no commands."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one device. ``ports``: outputs that the configuration names, None: those that the reader tells of.

    ``delimiter`` ends a raw message; empty: a carriage return, a line feed, or both.
    """

    protocol: Protocol = Protocol.BRP
    crc: bool = False
    key: bytes | None = field(default=None, repr=False)
    key_level: int = 1
    channel: Mode = Mode.STANDARD
    enable_autoread: bool = False
    ports: tuple[IoPort, ...] | None = None
    delimiter: bytes = b""

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Options:
        """The options of a DeviceConfig; a key that is missing has its default."""
        key = options.get("key")
        ports = options.get("ports")
        return cls(
            protocol=Protocol(options.get("protocol", "brp")),
            crc=options.get("checksum", "none") == "crc16",
            key=None if key is None else bytes.fromhex(key.replace(":", "")),
            key_level=options.get("key_level", 1),
            channel=Mode(options.get("channel", "standard")),
            enable_autoread=options.get("enable_autoread", False),
            ports=None if ports is None else tuple(IoPort[name] for name in ports),
            delimiter=bytes.fromhex(options.get("delimiter", "")),
        )


def key(value: Any) -> str:
    """An AES-128 key, for the schema; the text of a problem never shows it."""
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        expected = "expected an AES-128 key: 16 bytes as 32 hexadecimal digits, in quotes"
        raise Refusal(expected, code="invalid_value", blind=expected)
    return value


def delimiter(value: Any) -> str:
    """The end of a raw message, for the schema."""
    if not isinstance(value, str) or not _DELIMITER.fullmatch(value):
        raise vol.Invalid('expected 1 to 8 bytes in hexadecimal digits, in quotes, as "0D0A"')
    return value


SCHEMA: Mapping[Any, Any] = {
    vol.Optional("protocol", default="brp"): vol.In([*map(str, Protocol)]),
    vol.Optional("checksum", default="none"): vol.In(["none", "crc16"]),
    vol.Optional("key"): key,
    vol.Optional("key_level", default=1): vol.In([1, 2, 3]),
    vol.Optional("channel", default="standard"): vol.In([*map(str, Mode)]),
    vol.Optional("enable_autoread", default=False): bool,
    vol.Optional("ports"): vol.All([vol.In([port.name for port in OUTPUTS])], vol.Length(max=MOST_PORTS)),
    vol.Optional("delimiter"): delimiter,
}


def problems(config: DeviceConfig) -> list[str]:
    """What of a device's entry contradicts itself, each text beginning with the key at fault."""
    given, scheme = config.options, config.address.scheme
    found = []
    if given.get("protocol", "brp") == "raw_serial":
        if scheme not in {"serial", "tcp"}:
            found.append(f"protocol: raw_serial comes over serial:// or tcp:// (a device server), not {scheme}://")
        found += [
            f"{name}: a reader that speaks raw_serial takes no commands; leave it out"
            for name in BRP_ONLY
            if given.get(name, False) not in (False, "none")
        ]
    elif "delimiter" in given:
        found.append("delimiter: only raw_serial messages have one; set protocol: raw_serial, or leave it out")
    if "key" not in given:
        found += [
            f"{name}: it belongs to a key; add key: !secret ..., or leave it out"
            for name, default in (("key_level", 1), ("channel", "standard"))
            if given.get(name, default) != default
        ]
    if given.get("ports") is not None and len(set(given["ports"])) < len(given["ports"]):
        found.append("ports: a port stands there twice; name each once")
    return found
