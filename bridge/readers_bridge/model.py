"""The vocabulary that every layer shares: what a device is, says and is told.

Plain frozen data, no behaviour beyond JSON conversion. Contract: docs/mqtt.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

Json = Any
JsonObject = dict[str, Any]


class Secret(str):
    """A text that nobody should see; its ``repr`` does not show it, so that no log of an object that has it does."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class Kind(StrEnum):
    """What was read."""

    CARD = "card"
    TAG = "tag"
    KEYPAD = "keypad"
    VEHICLE = "vehicle"


class Status(StrEnum):
    """What became of a command (the ``status`` of a result)."""

    DONE = "done"
    SENT = "sent"
    """Handed to a device that never answers."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Sent, may have happened; never repeated by itself."""
    EXPIRED = "expired"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    BUSY = "busy"
    INVALID = "invalid"
    NO_ANSWER = "no_answer"


class Read(NamedTuple):
    """One credential, as the driver reports it; the bridge adds id, seq and time. (A tuple: there may be many of them.)

    ``sensitive`` names the keys of ``data`` from which the credential could be told; they are left out when the device's
    privacy setting is not ``plain``. ``buffered`` marks a read drained from the device's own buffer after a (re)connect
    whose device time does not prove it fresh.
    """

    credential: str
    kind: Kind = Kind.CARD
    data: Mapping[str, Json] = MappingProxyType({})
    sensitive: frozenset[str] = frozenset()
    buffered: bool = False
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Anything else that happened: ``event_type`` is one of those that the Description announces."""

    event_type: str
    data: Mapping[str, Json] = field(default_factory=dict)
    sensitive: frozenset[str] = frozenset()
    buffered: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """New values of sensors and outputs, by ``state_key``; never a credential. Only what changed."""

    values: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Command:
    """A command whose arguments have been validated against its CommandSpec."""

    name: str
    args: Mapping[str, Json] = field(default_factory=dict)
    transaction: str | None = None
    deadline: float | None = field(default=None, compare=False)
    """Monotonic seconds by which it must have begun; a driver that waits for its device waits no longer."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the driver says of a command it executed; refusals and failures are raised as CommandError."""

    status: Status = Status.DONE
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument of a command.

    ``type`` is one of string, text, integer, number, boolean, enum, hex, rgb, list, object, image. For ``hex``, ``min`` and
    ``max`` count bytes; for string and text, characters; for integer and number they bound the value. ``or_number``: a string
    may also come as a whole number, which is taken for its decimal digits.
    """

    type: str
    description: str = ""
    min: float | None = None
    max: float | None = None
    options: tuple[str, ...] = ()
    required: bool = False
    default: Json = None
    secret: bool = False
    or_number: bool = False


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command that the device understands.

    ``lane``: commands of one lane run one at a time. ``ttl``: seconds from receipt to the start of execution.
    ``timeout``: seconds for the execution. ``confirm``: needs ``"confirm": true``. ``answer``: whether the device answers
    (False: the best possible status is ``sent``).
    """

    name: str
    description: str
    args: Mapping[str, Arg] = field(default_factory=dict)
    lane: str = "main"
    ttl: float = 10.0
    timeout: float = 10.0
    confirm: bool = False
    answer: bool = True


@dataclass(frozen=True, slots=True)
class EntitySpec:
    """One entity: a value of the state topic to show (``state_key``), a command to send, or both.

    ``platform`` is Home Assistant's: sensor, binary_sensor, button, switch, light, number, select, notify. ``args`` holds
    the arguments of ``command``: for a button ``{...}``; for a switch ``{"on": {...}, "off": {...}}``; for a select
    ``{option: {...}}``; for a number, text, light or notify ``{"value": name_of_the_argument, ...fixed arguments}``.
    """

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


@dataclass(frozen=True, slots=True)
class EventSpec:
    """One event entity. The key ``read`` stands for the read topic, every other key for types on the event topic."""

    key: str
    event_types: tuple[str, ...]
    name: str
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """What a device is and can do, complete, as JSON data. Everything shown or validated elsewhere derives from it."""

    manufacturer: str
    model: str
    family: str
    serial: str | None = None
    firmware: str | None = None
    entities: tuple[EntitySpec, ...] = ()
    events: tuple[EventSpec, ...] = ()
    commands: tuple[CommandSpec, ...] = ()
    attributes: Mapping[str, Json] = field(default_factory=dict)

    def command(self, name: str) -> CommandSpec | None:
        """The specification of a command, or None."""
        return next((spec for spec in self.commands if spec.name == name), None)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a device is: a connection URL taken apart, ``scheme://host:port/path?key=value``."""

    scheme: str
    host: str = ""
    port: int | None = None
    path: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        query = "&".join(f"{key}={value}" for key, value in self.params.items())
        return f"{self.scheme}://{host}{port}{self.path}" + (f"?{query}" if query else "")


class Privacy(StrEnum):
    """What of a credential leaves the bridge."""

    PLAIN = "plain"
    MASKED = "masked"
    HASHED = "hashed"


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """One entry of ``devices`` in the configuration. ``options`` holds the family's own keys, defaults filled in.

    Texts of the keys that the family calls secret are ``Secret``.
    """

    id: str
    family: str
    address: Address
    name: str
    credential: Privacy | None = None
    """None: plain, but what is typed on a keypad is masked."""
    late_after: float = 10.0
    options: Mapping[str, Any] = field(default_factory=dict)
