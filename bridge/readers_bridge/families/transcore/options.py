"""The keys of a device's entry that are TransCore's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import voluptuous as vol

from readers_bridge.families.transcore.report_rules import ReportRule, report_rules, rules_of
from readers_bridge.families.transcore.typedefs import CrcVariant, Profile, Protocol
from readers_bridge.model import DeviceConfig

LONGEST_ECP_TIMEOUT = 12.75
"""Seconds; the reader counts FF steps of 50 ms at most (MPRX User Guide, #612NN), and FE is what it leaves the factory with."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one device.

    ``idle_interval``: seconds between two questions to an empty buffer. ``ecp_timeout``: seconds, as set in the reader.
    ``heartbeat``: seconds without a byte after which the reader counts as gone; None: silence says nothing.
    ``synced``: an ECP acknowledgement waits until the read is on the disk for good.
    """

    protocol: Protocol = Protocol.BASIC
    profile: Profile = Profile.MPRX
    crc: CrcVariant = CrcVariant.AUTO
    listen_only: bool = False
    idle_interval: float = 1.0
    ecp_timeout: float = 12.7
    synced: bool = True
    heartbeat: float | None = None
    query_on_connect: bool = False
    allow_configuration: bool = False
    reports: tuple[ReportRule, ...] = ()

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Options:
        """The options of a DeviceConfig; a key that is missing has its default."""
        heartbeat = options.get("heartbeat")
        return cls(
            protocol=Protocol(options.get("protocol", "basic")),
            profile=Profile(options.get("profile", "mprx")),
            crc=CrcVariant(options.get("crc", "auto")),
            listen_only=options.get("listen_only", False),
            idle_interval=float(options.get("idle_interval", 1.0)),
            ecp_timeout=float(options.get("ecp_timeout", 12.7)),
            synced=options.get("durability", "power") == "power",
            heartbeat=None if heartbeat is None else float(heartbeat),
            query_on_connect=options.get("query_on_connect", False),
            allow_configuration=options.get("allow_configuration", False),
            reports=rules_of(options.get("reports", {})),
        )


SCHEMA: Mapping[Any, Any] = {
    vol.Optional("protocol", default="basic"): vol.In([*map(str, Protocol)]),
    vol.Optional("profile", default="mprx"): vol.In([*map(str, Profile)]),
    vol.Optional("crc", default="auto"): vol.In([*map(str, CrcVariant)]),
    vol.Optional("listen_only", default=False): bool,
    vol.Optional("idle_interval", default=1.0): vol.All(float, vol.Range(0.05, 60)),
    vol.Optional("ecp_timeout", default=12.7): vol.All(float, vol.Range(0.05, LONGEST_ECP_TIMEOUT)),
    vol.Optional("durability", default="power"): vol.In(["power", "process"]),
    vol.Optional("heartbeat"): vol.All(float, vol.Range(1, 86400)),
    vol.Optional("query_on_connect", default=False): bool,
    vol.Optional("allow_configuration", default=False): bool,
    vol.Optional("reports", default=dict): report_rules,
}

_OF_ONE_PROTOCOL = {
    "idle_interval": (Protocol.DATA_INQUIRY, 1.0),
    "crc": (Protocol.ECP, "auto"),
    "ecp_timeout": (Protocol.ECP, 12.7),
    "durability": (Protocol.ECP, "power"),
}

_COMMANDING = ("query_on_connect", "allow_configuration")


def problems(config: DeviceConfig) -> list[str]:
    """What of a device's entry contradicts itself, each text beginning with the key at fault."""
    given, options = config.options, Options.of(config.options)
    found = [
        f"{name}: only the protocol {protocol} has it; set protocol: {protocol}, or leave it out"
        for name, (protocol, default) in _OF_ONE_PROTOCOL.items()
        if protocol is not options.protocol and given.get(name, default) != default
    ]
    if options.listen_only:
        if options.protocol is Protocol.DATA_INQUIRY:
            found.append(
                "listen_only: a reader in data inquiry sends nothing unless it is asked; use the protocol basic or ecp, or "
                "leave listen_only out"
            )
        found += [
            f"{name}: listen_only sends no command; leave one of them out" for name in _COMMANDING if given.get(name)
        ]
    params = config.address.params
    if config.address.scheme == "serial" and params.get("parity", "N").upper() != "N" and params.get("bytesize") == "8":
        found.append("connection: with parity the reader sends 7 data bits; write bytesize=7, or leave bytesize out")
    if config.address.scheme == "tcp" and config.address.port == SETUP_PORT:
        found.append(f"connection: {SETUP_PORT} is the port of a device server's setup; 10001 is usual for data")
    return found


SETUP_PORT = 9999
"""Lantronix device servers are configured here (XPort Direct guide); nothing must ever connect to it."""
