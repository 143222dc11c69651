"""One entity of a Description as a component of Home Assistant's discovery payload.

Source: Home Assistant 2026.11, integration ``mqtt``, the module of each platform. An event whose template renders to
nothing is passed over without a warning (``event.py``), and so several event entities can share one topic; a value that
renders to ``None`` makes the state unknown.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from readers_bridge.description import READ_TYPES, SHOWING, entity_problems
from readers_bridge.model import Arg, CommandSpec, Description, EntitySpec, EventSpec, Json, JsonObject
from readers_bridge.mqtt.topics import Topics

SMALLEST_STEP = 0.001
"""The smallest step of a number that Home Assistant accepts."""

BLACK = "#000000"
"""The colour of a light that is off."""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose components these are. ``expiry``: whether commands carry an MQTT message expiry."""

    topics: Topics
    device: str
    expiry: bool

    def unique_id(self, key: str) -> str:
        """Of one entity of the device."""
        return f"readers:{self.topics.bridge}:{self.device}:{key}"


def event_component(place: Place, event: EventSpec) -> tuple[str, JsonObject]:
    """The component of an event entity, and its name in the payload."""
    component: JsonObject = {"platform": "event", "unique_id": place.unique_id(event.key), "name": event.name}
    if event.icon is not None:
        component["icon"] = event.icon
    if event.key == "read":
        component |= {"state_topic": place.topics.read(place.device), "event_types": list(READ_TYPES)}
    else:
        types = list(event.event_types)
        component |= {
            "state_topic": place.topics.event(place.device),
            "event_types": types,
            "value_template": f"{{{{ value if {json_value('event_type')} in {literal(types)} else '' }}}}",
        }
    return f"event_{event.key}", component


def entity_component(place: Place, entity: EntitySpec, description: Description) -> tuple[str, JsonObject] | None:
    """The component of an entity, and its name in the payload; None for one that the description leaves unclear."""
    if entity_problems(description, entity):
        return None
    component: JsonObject = {
        "platform": entity.platform,
        "unique_id": place.unique_id(entity.key),
        "name": entity.name,
        "icon": entity.icon,
        "device_class": entity.device_class,
        "entity_category": entity.category,
        "unit_of_measurement": entity.unit,
    }
    component = {key: value for key, value in component.items() if value is not None}
    if not entity.enabled:
        component["enabled_by_default"] = False
    if entity.state_key is not None:
        component["state_topic"] = place.topics.state(place.device)
    spec = description.command(entity.command) if entity.command is not None else None
    if spec is not None and entity.platform not in SHOWING:
        component["command_topic"] = place.topics.command(place.device, spec.name)
        if place.expiry:
            component["message_expiry_interval"] = max(1, math.ceil(spec.ttl))
        if entity.state_key is None and entity.platform in _STATEFUL:
            component["optimistic"] = True
    return f"{entity.platform}_{entity.key}", component | _MAKERS[entity.platform](component, entity, spec)


def literal(value: Json) -> str:
    """A JSON value as a literal of Home Assistant's templates."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, str) and value.isprintable() and not {"'", "\\"} & set(value):
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=dict)


def json_value(*path: str) -> str:
    """The expression of a value in a JSON payload: none where it is missing, or where the topic was cleared."""
    *objects, last = map(literal, path)
    return "(value_json | default({}))" + "".join(f".get({key}, {{}})" for key in objects) + f".get({last})"


def _value(entity: EntitySpec) -> str:
    return json_value(entity.state_key or "")


def _command_template(args: Mapping[str, Json], value: str = "value") -> str:
    """The template of a command whose argument ``args["value"]`` takes what Home Assistant gives."""
    fixed = [f"{literal(name)}: {literal(arg)}" for name, arg in args.items() if name != "value"]
    return "{{ {" + ", ".join([f"{literal(args['value'])}: {value}", *fixed]) + "} | to_json }}"


def _on_off(entity: EntitySpec) -> str:
    return f"{{{{ {_value(entity)} | iif('ON', 'OFF', 'None') }}}}"


def _sensor(_base: JsonObject, entity: EntitySpec, _spec: CommandSpec | None) -> JsonObject:
    component: JsonObject = {"value_template": f"{{{{ {_value(entity)} }}}}"}
    if entity.options:
        component |= {"device_class": "enum", "options": list(entity.options)}
    return component


def _binary_sensor(_base: JsonObject, entity: EntitySpec, _spec: CommandSpec | None) -> JsonObject:
    return {"value_template": _on_off(entity)}


def _button(_base: JsonObject, entity: EntitySpec, _spec: CommandSpec | None) -> JsonObject:
    return {"payload_press": _json(entity.args)}


def _switch(_base: JsonObject, entity: EntitySpec, _spec: CommandSpec | None) -> JsonObject:
    component: JsonObject = {"payload_on": _json(entity.args["on"]), "payload_off": _json(entity.args["off"])}
    if entity.state_key is not None:
        component |= {"value_template": _on_off(entity), "state_on": "ON", "state_off": "OFF"}
    return component


def _select(_base: JsonObject, entity: EntitySpec, _spec: CommandSpec | None) -> JsonObject:
    component: JsonObject = {
        "options": list(entity.options or entity.args),
        "command_template": f"{{{{ {literal(entity.args)}[value] | to_json }}}}",
    }
    if entity.state_key is not None:
        component["value_template"] = f"{{{{ {_value(entity)} }}}}"
    return component


def _number(_base: JsonObject, entity: EntitySpec, spec: CommandSpec | None) -> JsonObject:
    arg = spec.args[entity.args["value"]] if spec is not None else Arg("number")
    bounds = {
        "min": arg.min if entity.min is None else entity.min,
        "max": arg.max if entity.max is None else entity.max,
        "step": SMALLEST_STEP if arg.type == "number" else None,
    }
    component: JsonObject = {"command_template": _command_template(entity.args), "mode": "box"}
    component |= {key: value for key, value in bounds.items() if value is not None}
    if entity.state_key is not None:
        component["value_template"] = f"{{{{ {_value(entity)} }}}}"
    return component


def _light(base: JsonObject, entity: EntitySpec, _spec: CommandSpec | None) -> JsonObject:
    """Colours only, ``#RRGGBB``: every command, also the one that switches on or off, is a colour."""
    fixed = {name: arg for name, arg in entity.args.items() if name != "value"}
    off = _json({entity.args["value"]: BLACK, **fixed})
    component: JsonObject = {
        "on_command_type": "brightness",
        "payload_off": off,
        "rgb_command_topic": base["command_topic"],
        "rgb_command_template": _command_template(entity.args, "'#%02X%02X%02X' | format(red, green, blue)"),
    }
    if entity.state_key is not None:
        lit = f"'None' if rgb is none else {literal(off)} if rgb == '{BLACK}' else 'ON'"
        parts = ",".join(f"{{{{ rgb[{at}:{at + 2}] | int(base=16) }}}}" for at in (1, 3, 5))
        rgb = f"{{% set rgb = {_value(entity)} %}}"
        component |= {
            "state_value_template": f"{rgb}{{{{ {lit} }}}}",
            "rgb_state_topic": base["state_topic"],
            "rgb_value_template": f"{rgb}{{% if rgb %}}{parts}{{% endif %}}",
        }
    return component


def _notify(_base: JsonObject, entity: EntitySpec, _spec: CommandSpec | None) -> JsonObject:
    return {"command_template": _command_template(entity.args)}


_STATEFUL = frozenset({"switch", "select", "number", "light"})
_MAKERS: Mapping[str, Callable[[JsonObject, EntitySpec, CommandSpec | None], JsonObject]] = {
    "sensor": _sensor,
    "binary_sensor": _binary_sensor,
    "button": _button,
    "switch": _switch,
    "select": _select,
    "number": _number,
    "light": _light,
    "notify": _notify,
}
