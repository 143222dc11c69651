"""What Home Assistant 2026.11 accepts as a device-based discovery payload, written down from its integration ``mqtt``.

Source: ``schemas.py`` (DEVICE_DISCOVERY_SCHEMA and what it is made of), ``discovery.py`` (shared options, removal), and the
discovery schema of each platform module. Keys are the full names; Home Assistant replaces abbreviations before it looks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import voluptuous as vol

Json = dict[str, Any]
Rules = dict[Any, Any]


def _text(value: Any) -> str:
    if value is None or isinstance(value, list | dict):
        raise vol.Invalid("expected a text")
    return str(value)


def _subscribe_topic(value: Any) -> str:
    topic = _text(value)
    if not topic or re.search(r"[\x00-\x1f]|[^/]\+|\+[^/]|#.|[^/]#", topic):
        raise vol.Invalid("not a topic filter")
    return topic


def _publish_topic(value: Any) -> str:
    topic = _subscribe_topic(value)
    if "+" in topic or "#" in topic:
        raise vol.Invalid("no wild cards in a topic to publish on")
    return topic


def _template(value: Any) -> str:
    text = _text(value)
    if ("{{" in text) != ("}}" in text) or ("{%" in text) != ("%}" in text):
        raise vol.Invalid("not a template")
    return text


def _expiry(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise vol.Invalid("expected seconds")
    return value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_AVAILABILITY: Rules = {
    "payload_available": _text,
    "payload_not_available": _text,
    "availability_topic": _subscribe_topic,
    "availability_template": _template,
    "availability_mode": vol.In(["all", "any", "latest"]),
    "availability": vol.All(
        _listed,
        [
            {
                vol.Required("topic"): _subscribe_topic,
                "payload_available": _text,
                "payload_not_available": _text,
                "value_template": _template,
            }
        ],
    ),
}


def _identified(device: Json) -> Json:
    if not device.get("identifiers") and not device.get("connections"):
        raise vol.Invalid("a device needs identifiers or connections")
    return device


_DEVICE = vol.All(
    {
        "identifiers": vol.All(_listed, [_text]),
        "connections": [[_text]],
        **dict.fromkeys(
            ("manufacturer", "model", "model_id", "name", "hw_version", "serial_number", "sw_version", "via_device"),
            _text,
        ),
        **dict.fromkeys(("suggested_area", "configuration_url"), _text),
    },
    _identified,
)
_ORIGIN = {vol.Required("name"): _text, "sw_version": _text, "support_url": vol.Url()}

_ENTITY: Rules = {
    **_AVAILABILITY,
    "device": _DEVICE,
    "origin": _ORIGIN,
    "entity_picture": vol.Url(),
    "enabled_by_default": bool,
    "visible_by_default": bool,
    "entity_category": vol.In(["config", "diagnostic"]),
    "icon": vol.All(_text, vol.Match(r".*:")),
    "json_attributes_topic": _subscribe_topic,
    "json_attributes_template": _template,
    "default_entity_id": _text,
    "message_expiry_interval": _expiry,
    "unique_id": _text,
    "name": vol.Any(None, _text),
}
_BASE: Rules = {"qos": vol.In([0, 1, 2]), "encoding": _text, "group": vol.All(_listed, [_text])}
_SHOWS: Rules = {**_BASE, **_ENTITY, vol.Required("state_topic"): _subscribe_topic, "value_template": _template}
_SENDS: Rules = {
    **_BASE,
    **_ENTITY,
    vol.Required("command_topic"): _publish_topic,
    "command_template": _template,
    "retain": bool,
}
_BOTH: Rules = {**_SENDS, "optimistic": bool, "state_topic": _subscribe_topic, "value_template": _template}
_ONLY_DIAGNOSTIC: Rules = {"entity_category": vol.In(["diagnostic"])}

_MEASURES = """
    absolute_humidity apparent_power aqi area atmospheric_pressure battery blood_glucose_concentration carbon_dioxide
    carbon_monoxide conductivity current data_rate data_size distance duration energy energy_distance energy_storage
    frequency gas humidity illuminance irradiance moisture monetary nitrogen_dioxide nitrogen_monoxide nitrous_oxide ozone
    ph pm1 pm10 pm25 pm4 power power_factor precipitation precipitation_intensity pressure radon reactive_energy
    reactive_power signal_strength sound_pressure speed sulphur_dioxide temperature temperature_delta
    volatile_organic_compounds volatile_organic_compounds_parts voltage volume volume_flow_rate volume_storage water weight
    wind_direction wind_speed"""
_DEVICE_CLASSES = {
    "sensor": f"{_MEASURES} date enum timestamp uptime",
    "number": _MEASURES,
    "binary_sensor": """
    battery battery_charging carbon_monoxide cold connectivity door garage_door gas glass_break heat light lock moisture
    motion moving occupancy opening plug power presence problem running safety smoke sound tamper update vibration window""",
    "button": "identify restart update",
    "switch": "outlet switch",
    "event": "button doorbell motion",
}


def _class_of(platform: str) -> Rules:
    return {"device_class": vol.Any(None, vol.In(_DEVICE_CLASSES[platform].split()))}


def _sensor_rules(config: Json) -> Json:
    if config.get("options") is not None:
        if not config["options"] or config.get("device_class") != "enum":
            raise vol.Invalid("options are for the device class enum, and not empty")
        if config.get("state_class") or config.get("unit_of_measurement"):
            raise vol.Invalid("options exclude state_class and unit_of_measurement")
    return config


def _number_rules(config: Json) -> Json:
    if config.get("min", 1) > config.get("max", 100):
        raise vol.Invalid("max must be >= min")
    return config


_LIGHT_COLOURS = ("rgb", "rgbw", "rgbww", "hs", "xy", "color_temp", "effect", "brightness")
_PLATFORMS: Mapping[str, Any] = {
    "event": {**_SHOWS, **_class_of("event"), vol.Required("event_types"): vol.All(_listed, [_text])},
    "sensor": vol.All(
        vol.Schema(
            {
                **_SHOWS,
                **_class_of("sensor"),
                **_ONLY_DIAGNOSTIC,
                "expire_after": _expiry,
                "force_update": bool,
                "last_reset_value_template": _template,
                "options": list,
                "suggested_display_precision": _expiry,
                "state_class": vol.In(["measurement", "measurement_angle", "total", "total_increasing"]),
                "unit_of_measurement": vol.Any(None, _text),
            },
            extra=vol.REMOVE_EXTRA,
        ),
        _sensor_rules,
    ),
    "binary_sensor": {
        **_SHOWS,
        **_class_of("binary_sensor"),
        **_ONLY_DIAGNOSTIC,
        "expire_after": _expiry,
        "force_update": bool,
        "off_delay": _expiry,
        "payload_off": _text,
        "payload_on": _text,
    },
    "button": {**_SENDS, **_class_of("button"), "payload_press": _text},
    "switch": {
        **_BOTH,
        **_class_of("switch"),
        **dict.fromkeys(("payload_off", "payload_on", "state_off", "state_on"), _text),
    },
    "select": {**_BOTH, vol.Required("options"): vol.All(_listed, list)},
    "number": vol.All(
        vol.Schema(
            {
                **_BOTH,
                **_class_of("number"),
                "min": vol.Coerce(float),
                "max": vol.Coerce(float),
                "mode": vol.In(["auto", "box", "slider"]),
                "payload_reset": _text,
                "step": vol.All(vol.Coerce(float), vol.Range(min=1e-3)),
                "unit_of_measurement": vol.Any(None, _text),
            },
            extra=vol.REMOVE_EXTRA,
        ),
        _number_rules,
    ),
    "light": {
        **{key: check for key, check in _BOTH.items() if key not in {"command_template", "value_template"}},
        "schema": vol.In(["basic"]),
        "on_command_type": vol.In(["first", "last", "brightness"]),
        "payload_off": _text,
        "payload_on": _text,
        "state_value_template": _template,
        **{f"{colour}_command_topic": _publish_topic for colour in _LIGHT_COLOURS},
        **{f"{colour}_state_topic": _subscribe_topic for colour in _LIGHT_COLOURS},
        **{f"{colour}_command_template": _template for colour in _LIGHT_COLOURS},
        **{f"{colour}_value_template": _template for colour in _LIGHT_COLOURS},
    },
    "notify": _SENDS,
    "tag": {**_BASE, "device": _DEVICE, vol.Required("topic"): _subscribe_topic, "value_template": _template},
}
_NOT_ENTITIES = {"tag", "device_automation"}

_SHARED = (
    "availability",
    "availability_mode",
    "availability_template",
    "availability_topic",
    "command_topic",
    "encoding",
    "message_expiry_interval",
    "payload_available",
    "payload_not_available",
    "state_topic",
    "qos",
)


def _has_unique_id(component: Json) -> Json:
    if component["platform"] not in _NOT_ENTITIES and len(component) > 1 and "unique_id" not in component:
        raise vol.Invalid("required key not provided", path=["unique_id"])
    return component


_ROOT = vol.Schema(
    {
        **_AVAILABILITY,
        vol.Required("device"): _DEVICE,
        vol.Required("origin"): _ORIGIN,
        vol.Required("components"): {
            str: vol.All(
                vol.Schema({vol.Required("platform"): vol.In([*_PLATFORMS])}, extra=vol.ALLOW_EXTRA), _has_unique_id
            )
        },
        "state_topic": _subscribe_topic,
        "command_topic": _publish_topic,
        "message_expiry_interval": _expiry,
        "qos": vol.In([0, 1, 2]),
        "encoding": _text,
    }
)


@dataclass
class Accepted:
    """What Home Assistant makes of a payload that it accepts.

    ``components``: those set up, with the keys that it keeps; ``refused``: those that it refuses one by one, with the
    reason; ``removed``: those that it removes.
    """

    components: dict[str, Json] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)


def accept(payload: Json) -> Accepted:
    """Look at a payload as Home Assistant does.

    Raises:
        vol.Invalid: it refuses the whole payload.
    """
    root = _ROOT(payload)
    accepted = Accepted()
    for name, given in root["components"].items():
        component = {key: value for key, value in given.items() if key != "platform"}
        if not component:
            accepted.removed.add(name)
            continue
        base = component.pop("~", "")
        component = {
            key: value.replace("~", base) if key.endswith("topic") else value for key, value in component.items()
        }
        component = {key: root[key] for key in _SHARED if key in root} | component
        try:
            accepted.components[name] = vol.Schema(_PLATFORMS[given["platform"]], extra=vol.REMOVE_EXTRA)(component)
        except vol.Invalid as error:
            accepted.refused[name] = str(error)
    return accepted
