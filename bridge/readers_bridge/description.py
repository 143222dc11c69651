"""A Description as JSON, on the wire and on disk (docs/mqtt.md, "Descriptions").

What has its default value is left out; the defaults stand in the schema of the ``description`` topic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

from readers_bridge import CONTRACT
from readers_bridge.model import Arg, CommandSpec, Description, EntitySpec, EventSpec, Json, JsonObject

T = TypeVar("T")

PLATFORMS = ("sensor", "binary_sensor", "button", "switch", "light", "number", "select", "notify")
"""What an entity can be."""

SHOWING = frozenset({"sensor", "binary_sensor"})
"""The platforms that only show a value."""

READ_TYPES = ("read", "late_read")
"""The event types of the read topic."""


def to_json(description: Description, *, device: str, name: str, contract: int = CONTRACT) -> JsonObject:
    """The payload of the description topic of the device with this id and name."""
    return {
        "contract": contract,
        "device": device,
        "name": name,
        "family": description.family,
        "manufacturer": description.manufacturer,
        "model": description.model,
        **_given(description, "serial", "firmware"),
        "entities": [_packed(entity) for entity in description.entities],
        "events": [_packed(event) for event in description.events],
        "commands": [_command(command) for command in description.commands],
        **_given(description, "attributes"),
    }


def from_json(value: Json) -> Description | None:
    """The Description in a payload of any age, or None where there is none.

    Keys that are not known are ignored, and so is each entity, event or command that lacks what it needs.
    """
    if not isinstance(value, Mapping):
        return None
    facts = {name: value[name] for name in ("manufacturer", "model", "family") if isinstance(value.get(name), str)}
    if len(facts) < 3:
        return None
    attributes = value.get("attributes")
    return Description(
        **facts,
        serial=_text(value.get("serial")),
        firmware=_text(value.get("firmware")),
        entities=_all(EntitySpec, value.get("entities")),
        events=_all(EventSpec, value.get("events")),
        commands=_all(CommandSpec, value.get("commands")),
        attributes=dict(attributes) if isinstance(attributes, Mapping) else {},
    )


def _given(spec: Any, *names: str) -> JsonObject:
    return {name: _plain(value) for name in names if (value := getattr(spec, name)) not in (None, {})}


def _packed(spec: Any) -> JsonObject:
    packed: JsonObject = {}
    for item in fields(spec):
        value = getattr(spec, item.name)
        if value != _default(item):
            packed[item.name] = _plain(value)
    return packed


def _default(item: Field[Any]) -> Any:
    return item.default if item.default_factory is MISSING else item.default_factory()


def _command(spec: CommandSpec) -> JsonObject:
    packed = _packed(spec)
    if spec.args:
        packed["args"] = {name: _packed(arg) for name, arg in spec.args.items()}
    return packed


def _plain(value: Any) -> Json:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _all(kind: type[T], values: Json) -> tuple[T, ...]:
    if not isinstance(values, list):
        return ()
    found = (_unpacked(kind, value) for value in values)
    return tuple(spec for spec in found if spec is not None)


def _unpacked(kind: type[T], value: Json) -> T | None:
    if not isinstance(value, Mapping):
        return None
    known = fields(kind)  # type: ignore[arg-type]
    given = {item.name: value[item.name] for item in known if item.name in value}
    if any(_default(item) is MISSING and item.name not in given for item in known):
        return None
    if not all(_fits(item.type, given[item.name]) for item in known if item.name in given):
        return None
    for name, one in given.items():
        if isinstance(one, list) and name in {"options", "event_types"}:
            given[name] = tuple(one)
        elif kind is CommandSpec and name == "args":
            args = {key: _unpacked(Arg, arg) for key, arg in one.items()}
            given[name] = {key: arg for key, arg in args.items() if arg is not None}
    return kind(**given)


def _fits(annotation: object, value: Json) -> bool:
    match annotation:
        case "str":
            return isinstance(value, str)
        case "str | None":
            return value is None or isinstance(value, str)
        case "bool":
            return isinstance(value, bool)
        case "float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "float | None":
            return value is None or _fits("float", value)
        case "tuple[str, ...]":
            return isinstance(value, list) and all(isinstance(one, str) for one in value)
        case "Json":
            return True
        case _:
            return isinstance(value, Mapping)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def problems(description: Description) -> tuple[str, ...]:
    """What of a description contradicts itself, each as a sentence; for the tests of a family and for a log."""
    found: list[str] = []
    keys = [(entity.platform, entity.key) for entity in description.entities]
    found += [
        f"{platform} {key} is described twice" for platform, key in sorted(set(keys)) if keys.count((platform, key)) > 1
    ]
    for names, what in (
        ([event.key for event in description.events], "event"),
        ([command.name for command in description.commands], "command"),
    ):
        found += [f"{what} {name} is described twice" for name in sorted(set(names)) if names.count(name) > 1]
    for event in description.events:
        if not event.event_types:
            found.append(f"event {event.key} has no event types")
        if event.key == "read" and event.event_types != READ_TYPES:
            found.append(
                f"event read has the types {', '.join(event.event_types)}; it must have {', '.join(READ_TYPES)}"
            )
    for entity in description.entities:
        found += [f"{entity.platform} {entity.key}: {problem}" for problem in entity_problems(description, entity)]
    return tuple(found)


_VALUED = frozenset({"number", "light", "notify"})


def entity_problems(description: Description, entity: EntitySpec) -> list[str]:
    """What is wrong with one entity; such an entity cannot be shown."""
    if entity.platform not in PLATFORMS:
        return [f"there is no such platform; there are {', '.join(PLATFORMS)}"]
    if entity.platform in SHOWING:
        found = [] if entity.state_key is not None else ["it needs a state_key"]
        if entity.category == "config":
            found.append("what only shows a value cannot have the category config; use diagnostic")
        return found
    spec = description.command(entity.command) if entity.command is not None else None
    if spec is None:
        return [f"it sends the command {entity.command}, which is not described"]
    args = entity.args
    if entity.platform in _VALUED and args.get("value") not in spec.args:
        return [f"its args must name, as value, the argument of {spec.name} that takes the value"]
    if entity.platform == "switch" and set(args) != {"on", "off"}:
        return ["its args must be those of on and of off"]
    if entity.platform == "select" and (not args or set(entity.options or args) != set(args)):
        return ["its args must be those of each of its options"]
    if entity.platform in {"switch", "select"} and not all(isinstance(one, Mapping) for one in args.values()):
        return ["its args must be one object for each position"]
    return [problem for given in _given_args(entity) for problem in _arg_problems(spec, given)]


def _given_args(entity: EntitySpec) -> list[set[str]]:
    if entity.platform in {"switch", "select"}:
        return [set(args) for args in entity.args.values()]
    if entity.platform in _VALUED:
        return [{entity.args["value"], *(name for name in entity.args if name != "value")}]
    return [set(entity.args)]


def _arg_problems(spec: CommandSpec, given: set[str]) -> list[str]:
    needed = {name for name, arg in spec.args.items() if arg.required} | ({"confirm"} if spec.confirm else set())
    found = [f"the command {spec.name} has no argument {name}" for name in sorted(given - {*spec.args, "confirm"})]
    return found + [f"the command {spec.name} needs the argument {name}" for name in sorted(needed - given)]
