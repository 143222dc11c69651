"""What the bridge tells about itself: ``bridge/info`` and the request ``diagnostics`` (docs/mqtt.md)."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from readers_bridge import CONTRACT, __version__
from readers_bridge.clock import rfc3339
from readers_bridge.commands import LANE_LIMIT, MAX_BYTES
from readers_bridge.model import JsonObject
from readers_bridge.requests import PAGE_BYTES

if TYPE_CHECKING:
    from readers_bridge.bridge import Bridge

LIBRARIES = ("aiomqtt", "paho-mqtt", "orjson", "voluptuous")


def info(bridge: Bridge) -> JsonObject:
    """The payload of ``bridge/info``."""
    config, link, announcements = bridge.config, bridge.link, bridge.announcements
    return {
        "contract": CONTRACT,
        "version": __version__,
        "prefix": config.mqtt.prefix,
        "bridge": config.bridge.id,
        "instance": bridge.instance,
        "started": rfc3339(bridge.started),
        "journal": bridge.journal.id,
        "durability": config.journal.durability,
        "mqtt": {
            "version": link.version,
            "tls": config.mqtt.tls is not None,
            "authenticated": config.mqtt.username is not None,
            "window": link.window,
            "largest_packet": link.largest_packet,
        },
        "discovery": {"mode": config.home_assistant.discovery, "active": announcements.discovery_active},
        "claims": [announcements.claim] if announcements.claim is not None else [],
        "limits": {"command_bytes": MAX_BYTES, "replay_page_bytes": PAGE_BYTES, "lane": LANE_LIMIT},
    }


def diagnostics(bridge: Bridge) -> JsonObject:
    """Everything that helps to find a fault, without secrets and credentials."""
    return {
        "info": info(bridge),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "system": platform.platform(),
        "health": bridge.health.bridge(),
        "devices": {
            name: {**device.health(), "family": device.config.family, "model": device.description.model}
            for name, device in bridge.devices.items()
        },
    }
