"""The Description of a device, parsed from JSON (docs/mqtt.md, "Descriptions").

Parsing is tolerant, so that a newer bridge can be understood: keys that are not known are ignored, and so is each entity,
event or command that lacks what it needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .const import LATE_READ, READ
from .json_values import Json, as_integer, as_number, as_object, as_text, as_texts, first_of_each, parsed

SHOWING: Final = frozenset({"sensor", "binary_sensor"})
"""The platforms that only show a value of the state topic."""

VALUED: Final = frozenset({"number", "light", "notify"})
"""The platforms whose ``args["value"]`` names the argument that takes the value."""

OPERATED: Final = frozenset({"button", "switch", "select", *VALUED})


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument of a command; ``min`` and ``max`` as the type counts (docs/mqtt.md, "Descriptions")."""

    type: str
    description: str = ""
    min: float | None = None
    max: float | None = None
    options: tuple[str, ...] = ()
    required: bool = False
    default: Json = None
    secret: bool = False
    or_number: bool = False

    @classmethod
    def from_json(cls, value: Json) -> Arg | None:
        """None without a type."""
        found = as_object(value)
        kind = as_text(found.get("type"))
        if kind is None:
            return None
        return cls(
            kind,
            as_text(found.get("description")) or "",
            as_number(found.get("min")),
            as_number(found.get("max")),
            as_texts(found.get("options")),
            found.get("required") is True,
            found.get("default"),
            found.get("secret") is True,
            found.get("or_number") is True,
        )


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command that the device understands. ``ttl`` and ``timeout`` in seconds; ``answer``: whether the device answers."""

    name: str
    description: str = ""
    args: Mapping[str, Arg] = field(default_factory=dict)
    lane: str = "main"
    ttl: float = 10.0
    timeout: float = 10.0
    confirm: bool = False
    answer: bool = True

    @classmethod
    def from_json(cls, value: Json) -> CommandSpec | None:
        """None without a name."""
        found = as_object(value)
        name = as_text(found.get("name"))
        if not name:
            return None
        args = {key: Arg.from_json(arg) for key, arg in as_object(found.get("args")).items()}
        return cls(
            name,
            as_text(found.get("description")) or "",
            {key: arg for key, arg in args.items() if arg is not None},
            as_text(found.get("lane")) or "main",
            as_number(found.get("ttl")) or 10.0,
            as_number(found.get("timeout")) or 10.0,
            found.get("confirm") is True,
            found.get("answer") is not False,
        )


@dataclass(frozen=True, slots=True)
class EntitySpec:
    """One entity: a value to show (``state_key``), a command to send with ``args``, or both."""

    key: str
    platform: str
    name: str
    icon: str | None = None
    state_key: str | None = None
    device_class: str | None = None
    category: str | None = None
    enabled: bool = True
    unit: str | None = None
    options: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    command: str | None = None
    args: Mapping[str, Json] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: Json) -> EntitySpec | None:
        """None without key and platform; the key serves as name where there is none."""
        found = as_object(value)
        key, platform, name = (as_text(found.get(name)) for name in ("key", "platform", "name"))
        if not key or not platform:
            return None
        name = key if name is None else name
        return cls(
            key,
            platform,
            name,
            as_text(found.get("icon")),
            as_text(found.get("state_key")),
            as_text(found.get("device_class")),
            as_text(found.get("category")),
            found.get("enabled") is not False,
            as_text(found.get("unit")),
            as_texts(found.get("options")),
            as_number(found.get("min")),
            as_number(found.get("max")),
            as_text(found.get("command")),
            as_object(found.get("args")),
        )


@dataclass(frozen=True, slots=True)
class EventSpec:
    """One event entity. The key ``read`` stands for the read topic, every other key for types on the event topic."""

    key: str
    event_types: tuple[str, ...]
    name: str
    icon: str | None = None

    @classmethod
    def from_json(cls, value: Json) -> EventSpec | None:
        """None without key and types; the key serves as name where there is none."""
        found = as_object(value)
        key, name = as_text(found.get("key")), as_text(found.get("name"))
        types = (READ, LATE_READ) if key == READ else as_texts(found.get("event_types"))
        if not key or not types:
            return None
        return cls(key, types, key if name is None else name, as_text(found.get("icon")))


@dataclass(frozen=True, slots=True)
class Description:
    """What a device is, shows and can be told."""

    device: str
    name: str
    family: str
    manufacturer: str
    model: str
    serial: str | None = None
    firmware: str | None = None
    entities: tuple[EntitySpec, ...] = ()
    events: tuple[EventSpec, ...] = ()
    commands: tuple[CommandSpec, ...] = ()
    attributes: Mapping[str, Json] = field(default_factory=dict)
    contract: int = 1

    @classmethod
    def from_json(cls, device: str, value: Json) -> Description | None:
        """The description of the device with this id; None where nothing tells what it is."""
        found = as_object(value)
        family = as_text(found.get("family")) or ""
        if not family and not any(found.get(key) for key in ("entities", "events", "commands")):
            return None
        return cls(
            device,
            as_text(found.get("name")) or device,
            family,
            as_text(found.get("manufacturer")) or "",
            as_text(found.get("model")) or "",
            as_text(found.get("serial")),
            as_text(found.get("firmware")),
            first_of_each(parsed(EntitySpec.from_json, found.get("entities")), lambda one: (one.platform, one.key)),
            first_of_each(parsed(EventSpec.from_json, found.get("events")), lambda one: one.key),
            first_of_each(parsed(CommandSpec.from_json, found.get("commands")), lambda one: one.name),
            as_object(found.get("attributes")),
            as_integer(found.get("contract")) or 1,
        )

    def command(self, name: str | None) -> CommandSpec | None:
        """The specification of a command, or None."""
        return next((spec for spec in self.commands if spec.name == name), None)

    def shown(self, platform: str) -> tuple[EntitySpec, ...]:
        """The entities of a platform, without those that the description leaves unclear."""
        return tuple(spec for spec in self.entities if spec.platform == platform and self._is_clear(spec))

    def _is_clear(self, spec: EntitySpec) -> bool:
        if spec.platform in SHOWING:
            return spec.state_key is not None
        command = self.command(spec.command)
        if command is None or spec.platform not in OPERATED:
            return False
        if spec.platform in VALUED:
            return spec.args.get("value") in command.args
        if spec.platform == "switch":
            return all(isinstance(spec.args.get(position), Mapping) for position in ("on", "off"))
        if spec.platform == "select":
            options = spec.options or tuple(spec.args)
            return bool(options) and all(isinstance(spec.args.get(option), Mapping) for option in options)
        return True
