"""Home Assistant's device-based discovery payloads, built from a Description.

Source: Home Assistant 2026.11, integration ``mqtt``: documentation, "Discovery payload"; ``schemas.py``, ``discovery.py``.
Only the payload is retained, and it holds no credential; commands are never retained.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from readers_bridge import __version__
from readers_bridge.errors import ReadersError
from readers_bridge.model import Description, DeviceConfig, JsonObject
from readers_bridge.mqtt.components import Place, entity_component, event_component, json_value
from readers_bridge.mqtt.topics import DESCRIPTION_LIMIT, Topics

_STATE = f"{{{{ {json_value('state')} }}}}"
_ORIGIN = {"name": "readers-bridge", "sw_version": __version__}


def device_payload(
    topics: Topics, device: DeviceConfig, description: Description, *, expiry: bool = True
) -> JsonObject:
    """The discovery payload of a device; the bridge's own must have been published before.

    ``expiry``: whether Home Assistant is to send commands with an MQTT message expiry, so that the broker drops what is
    too old. It refuses to when its connection speaks MQTT 3.1.1; False is for a broker that knows no other.
    """
    place = Place(topics, device.id, expiry=expiry)
    components = [event_component(place, event) for event in description.events]
    for entity in description.entities:
        component = entity_component(place, entity, description)
        if component is not None:
            components.append(component)
    about = {
        "identifiers": [_identifier(topics, device.id)],
        "name": device.name,
        "manufacturer": description.manufacturer,
        "model": description.model,
        "serial_number": description.serial,
        "sw_version": description.firmware,
        "via_device": _identifier(topics, "bridge"),
    }
    return {
        "device": {key: value for key, value in about.items() if value is not None},
        "origin": _ORIGIN,
        "availability": [_available(topics.bridge_state), _available(topics.availability(device.id))],
        "availability_mode": "all",
        "qos": 1,
        "components": dict(components),
    }


_DIAGNOSTICS: Mapping[str, tuple[tuple[str, ...], JsonObject]] = {
    "waiting": (("journal", "depth"), {"name": "Waiting messages", "icon": "mdi:tray-full"}),
    "reads_per_second": (("reads_per_second",), {"name": "Reads per second", "icon": "mdi:speedometer"}),
    "memory": (("memory_bytes",), {"name": "Memory", "device_class": "data_size", "unit_of_measurement": "B"}),
}
"""What of the bridge's health becomes a sensor: where it stands, and how it is shown."""


def bridge_payload(topics: Topics) -> JsonObject:
    """The discovery payload of the bridge itself, to which its devices refer."""
    identifier = _identifier(topics, "bridge")
    connection = {
        "platform": "binary_sensor",
        "unique_id": f"{identifier}:state",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
        "state_topic": topics.bridge_state,
        "value_template": _STATE,
        "payload_on": "online",
        "payload_off": "offline",
    }
    diagnostics = {
        f"sensor_{key}": {
            "platform": "sensor",
            "unique_id": f"{identifier}:{key}",
            **shown,
            "entity_category": "diagnostic",
            "enabled_by_default": False,
            "state_class": "measurement",
            "availability": [_available(topics.bridge_state)],
            "state_topic": topics.bridge_health,
            "value_template": f"{{{{ {json_value(*path)} }}}}",
        }
        for key, (path, shown) in _DIAGNOSTICS.items()
    }
    return {
        "device": {
            "identifiers": [identifier],
            "name": f"Readers bridge {topics.bridge}",
            "manufacturer": "readers",
            "model": "readers-bridge",
            "sw_version": __version__,
        },
        "origin": _ORIGIN,
        "qos": 1,
        "components": {"binary_sensor_state": connection, **diagnostics},
    }


def removals(earlier: JsonObject, payload: JsonObject) -> JsonObject | None:
    """The payload to publish first when a component of the earlier payload is gone; None when none is.

    Home Assistant keeps a component that a new payload only omits; it goes when its platform alone is given.
    """
    kept = payload["components"]
    gone = {
        name: {"platform": component["platform"]}
        for name, component in earlier.get("components", {}).items()
        if name not in kept
    }
    return {**payload, "components": {**kept, **gone}} if gone else None


def encode(payload: JsonObject) -> bytes:
    """The payload as it is published.

    Raises:
        ReadersError: it is too large (code ``too_large``).
    """
    encoded = orjson.dumps(payload, default=dict)
    if len(encoded) > DESCRIPTION_LIMIT:
        raise ReadersError(
            f"the discovery payload of {payload['device'].get('name')} has {len(encoded)} bytes; brokers and clients are"
            f" promised at most {DESCRIPTION_LIMIT}. Its family must describe fewer entities.",
            code="too_large",
        )
    return encoded


def _identifier(topics: Topics, device: str) -> str:
    return f"readers:{topics.bridge}:{device}"


def _available(topic: str) -> JsonObject:
    return {"topic": topic, "value_template": _STATE}
