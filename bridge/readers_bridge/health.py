"""Health: what is measured while the bridge runs, for MQTT every minute and for Prometheus when asked."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from readers_bridge.clock import rfc3339
from readers_bridge.model import JsonObject

if TYPE_CHECKING:
    from readers_bridge.bridge import Bridge

INTERVAL = 60.0
"""Seconds between two health messages."""


class Health:
    """Collects the figures of the bridge."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._began = bridge.clock.monotonic()
        self._last = (self._began, 0)
        self._rate = 0.0

    async def run(self) -> None:
        """Publish every minute."""
        while True:
            await asyncio.sleep(INTERVAL)
            self._measure_rate()
            self.publish()

    def publish(self) -> None:
        """Publish the health of the bridge and of each device."""
        bridge = self._bridge
        bridge.link.publish(bridge.topics.bridge_health, orjson.dumps(self.bridge()), 0)
        for device in bridge.devices.values():
            device.publish_health()

    def _measure_rate(self) -> None:
        now = self._bridge.clock.monotonic()
        reads = sum(device.counters["reads"] for device in self._bridge.devices.values())
        then, before = self._last
        self._last = (now, reads)
        self._rate = max(0, reads - before) / max(now - then, 1.0)

    def bridge(self) -> JsonObject:
        """The payload of ``bridge/health``."""
        bridge = self._bridge
        devices = list(bridge.devices.values())  # Prometheus asks from another thread
        return {
            "time": rfc3339(bridge.clock.wall()),
            "uptime_s": round(bridge.clock.monotonic() - self._began),
            "memory_bytes": resident_bytes(),
            "reads": sum(device.counters["reads"] for device in devices),
            "reads_per_second": round(self._rate, 3),
            "devices": {"online": sum(device.is_online for device in devices), "configured": len(devices)},
            "mqtt": {
                "online": bridge.link.online,
                "broker": bridge.link.host,
                "version": bridge.link.version,
                "connects": bridge.link.connects,
                "refused": bridge.link.refused,
                "dropped": bridge.link.dropped,
            },
            "delivery": bridge.delivery.figures(),
            "journal": {"problem": bridge.journal.problem, **bridge.journal.stats()},
        }


def resident_bytes() -> int:
    """Resident memory of this process."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
