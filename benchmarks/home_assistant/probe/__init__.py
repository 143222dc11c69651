"""Looks from inside Home Assistant at what arrives, and at how late its event loop is.

``readers_probe: {port: PORT, entities: N}`` in ``configuration.yaml``. It listens on PORT of 127.0.0.1: every connection gets one
line of JSON with all that was seen since the connection before, and is closed.
"""

# mypy: ignore-errors

from __future__ import annotations

import asyncio
import json
import time
from array import array
from collections.abc import Iterable
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED, EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.typing import ConfigType

DOMAIN = "readers_probe"
PERIOD = 0.01  # seconds between two looks at the clock


class Probe:
    """Counts the states of event entities."""

    def __init__(self, hass: HomeAssistant, expected: int) -> None:
        self._loop = hass.loop
        self._expected = expected
        self._available: set[str] = set()
        self._due = 0.0
        self.started = 0.0
        self.available = 0.0
        self.reset()
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STARTED, self._has_started)

    def reset(self) -> None:
        """Begin anew."""
        self._ids: dict[str, int] = {}
        self._delays = array("d")
        self._lags = array("d")
        self._newest: dict[str, int] = {}
        self._disordered = 0
        self._states = 0

    @callback
    def _has_started(self, _event: Event) -> None:
        self.started = time.monotonic()

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        self._states += 1
        state = event.data["new_state"]
        if state is None or not state.entity_id.startswith("event.") or state.state == STATE_UNAVAILABLE:
            return
        self._available.add(state.entity_id)
        if not self.available and len(self._available) == self._expected:
            self.available = time.monotonic()
        identity = state.attributes.get("id")
        if identity is None:
            return
        self._ids[identity] = self._ids.get(identity, 0) + 1
        seq = state.attributes["seq"]
        self._disordered += seq < self._newest.get(state.entity_id, 0)
        self._newest[state.entity_id] = seq
        self._delays.append((time.monotonic_ns() - state.attributes["data"]["sent_ns"]) / 1e6)

    @callback
    def tick(self) -> None:
        """The loop is late by what has passed since this was due."""
        now = self._loop.time()
        if self._due:
            self._lags.append((now - self._due) * 1000)
        self._due = now + PERIOD
        self._loop.call_at(self._due, self.tick)

    def report(self) -> dict[str, Any]:
        """What was seen."""
        return {
            "started": self.started,
            "available": self.available,
            "entities": len(self._available),
            "arrived": len(self._ids),
            "repeated": sum(self._ids.values()) - len(self._ids),
            "disordered": self._disordered,
            "states": self._states,
            "delays": percentiles(self._delays),
            "lags": percentiles(self._lags),
        }


def percentiles(values: Iterable[float]) -> list[float]:
    """p50, p99 and the most, in milliseconds."""
    ordered = sorted(values)
    return (
        [ordered[min(int(len(ordered) * share), len(ordered) - 1)] for share in (0.5, 0.99, 1)] if ordered else [0] * 3
    )


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Begin to look."""
    probe = Probe(hass, config[DOMAIN]["entities"])
    probe.tick()

    async def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(json.dumps(probe.report()).encode() + b"\n")
        probe.reset()
        writer.close()

    await asyncio.start_server(connected, "127.0.0.1", config[DOMAIN]["port"])
    return True
