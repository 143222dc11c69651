"""Prometheus text metrics, on an address that the configuration names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from readers_bridge.config import MetricsConfig
from readers_bridge.errors import ConfigError

if TYPE_CHECKING:
    from readers_bridge.bridge import Bridge


GAUGES = frozenset(
    {"online", "live", "queued", "in_flight", "depth", "waiting", "failing", "full", "bytes", "oldest_time"}
)
"""Figures of the health that go up and down; the others only grow."""


class BridgeCollector(Collector):
    """Reads the figures when Prometheus asks."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def collect(self) -> Iterator[Metric]:
        bridge = self._bridge
        if not bridge.running:
            yield GaugeMetricFamily("readers_up", "1 while connected to the broker", value=0.0)
            return
        health = bridge.health.bridge()
        yield GaugeMetricFamily("readers_up", "1 while connected to the broker", value=float(health["mqtt"]["online"]))
        yield GaugeMetricFamily("readers_memory_bytes", "Resident memory", value=health["memory_bytes"])
        yield GaugeMetricFamily("readers_uptime_seconds", "Since the start of the bridge", value=health["uptime_s"])
        for group in ("mqtt", "delivery", "journal"):
            for name, value in health[group].items():
                if isinstance(value, int | float):
                    family = GaugeMetricFamily if name in GAUGES else CounterMetricFamily
                    yield family(f"readers_{group}_{name}", f"{group}: {name}", value=float(value))
        online = GaugeMetricFamily("readers_device_online", "1 while the device can be used", labels=["device"])
        counted = CounterMetricFamily("readers_device", "What was counted for a device", labels=["device", "what"])
        for name, device in list(bridge.devices.items()):
            online.add_metric([name], float(device.is_online))
            for what, count in list(device.counters.items()):
                counted.add_metric([name, what], count)
        yield online
        yield counted


def serve(bridge: Bridge, config: MetricsConfig) -> Callable[[], None]:
    """Answer Prometheus on the configured address; returns what ends that.

    Raises:
        ConfigError: the address cannot be used.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(BridgeCollector(bridge))
    try:
        server, thread = start_http_server(config.port, config.host, registry)
    except OSError as error:
        raise ConfigError(
            f"cannot serve metrics on {config.host}:{config.port} ({error.strerror}); choose another metrics.listen"
        ) from error

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join(2)

    return end
