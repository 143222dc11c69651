"""What a bridge says, parsed from JSON into frozen data (docs/mqtt.md, "Reference").

What is no JSON object of the right kind gives None; keys that are not known are ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from .const import LATE_READ, READ
from .description import Arg, CommandSpec, Description, EntitySpec, EventSpec
from .json_values import Json, JsonObject, as_integer, as_object, as_text

__all__ = [
    "NOT_EXECUTED",
    "Arg",
    "Availability",
    "BridgeInfo",
    "Claim",
    "CommandSpec",
    "Cursor",
    "Description",
    "EntitySpec",
    "Error",
    "EventSpec",
    "Json",
    "JsonObject",
    "ReadersEvent",
    "Response",
    "Result",
]

NOT_EXECUTED: Final = frozenset({"expired", "refused", "unavailable", "busy", "invalid"})
"""The statuses of a command that was not sent to the device."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the journal of a bridge: everything up to ``seq`` has been seen."""

    journal: str
    seq: int

    def as_json(self) -> JsonObject:
        """As requests and storage take it."""
        return {"journal": self.journal, "seq": self.seq}

    @classmethod
    def from_json(cls, value: Json) -> Cursor | None:
        """The cursor in a response or in the storage."""
        found = as_object(value)
        journal, seq = as_text(found.get("journal")), as_integer(found.get("seq"))
        return None if journal is None or seq is None else cls(journal, seq)


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a device can be used. ``assumed``: the link cannot tell."""

    online: bool
    reason: str = ""
    since: str | None = None
    assumed: bool = False

    @classmethod
    def from_json(cls, value: Json) -> Availability | None:
        """None where the state is neither online nor offline."""
        found = as_object(value)
        state = found.get("state")
        if state not in ("online", "offline"):
            return None
        return cls(
            state == "online",
            as_text(found.get("reason")) or "",
            as_text(found.get("since")),
            found.get("assumed") is True,
        )


@dataclass(frozen=True, slots=True)
class ReadersEvent:
    """A read or an event. ``replayed``: it was asked for afterwards, and is history whatever its type says."""

    device: str
    event_type: str
    is_read: bool
    id: str | None = None
    seq: int | None = None
    device_seq: int | None = None
    time: str | None = None
    late: bool = False
    credential: str | None = None
    kind: str | None = None
    data: Mapping[str, Json] = field(default_factory=dict)
    repeat: bool = False
    journaled: bool = True
    replayed: bool = False

    @property
    def live(self) -> bool:
        """Whether it may be acted on."""
        return not self.late and not self.replayed

    def as_late(self) -> ReadersEvent:
        """The same, when it is too late to act on it."""
        return replace(self, late=True, event_type=LATE_READ if self.is_read else self.event_type)

    @property
    def cursor(self) -> Cursor | None:
        """Its place in the journal; None for what is in none."""
        if self.id is None or self.seq is None or not self.journaled:
            return None
        journal, _, number = self.id.rpartition("-")
        return Cursor(journal, self.seq) if journal and number == str(self.seq) else None

    @classmethod
    def from_json(
        cls, value: Json, *, is_read: bool, device: str | None = None, replayed: bool = False
    ) -> ReadersEvent | None:
        """None without device and type. ``device``: that of the topic, which decides."""
        found = as_object(value)
        named = device or as_text(found.get("device"))
        event_type = as_text(found.get("event_type"))
        if is_read and found:
            event_type = event_type or READ  # the topic tells it
        if not named or not event_type:
            return None
        late = found.get("late") is True or event_type == LATE_READ
        if is_read:
            event_type = LATE_READ if late or replayed else READ
        return cls(
            named,
            event_type,
            is_read,
            as_text(found.get("id")),
            as_integer(found.get("seq")),
            as_integer(found.get("device_seq")),
            as_text(found.get("time")),
            late,
            as_text(found.get("credential")),
            as_text(found.get("kind")),
            as_object(found.get("data")),
            found.get("repeat") is True,
            found.get("journaled") is not False,
            replayed,
        )


@dataclass(frozen=True, slots=True)
class Error:
    """Why something went wrong. ``code`` for programs, ``message`` for people, ``path``: the key at fault."""

    code: str
    message: str
    path: str | None = None

    @classmethod
    def from_json(cls, value: Json) -> Error | None:
        """None where nothing went wrong."""
        if not isinstance(value, Mapping):
            return None
        return cls(
            as_text(value.get("code")) or "unknown",
            as_text(value.get("message")) or "",
            as_text(value.get("path")),
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a command; the statuses stand in docs/mqtt.md, "Commands"."""

    device: str
    command: str
    status: str
    transaction: str | None = None
    error: Error | None = None
    data: Mapping[str, Json] = field(default_factory=dict)
    time: str | None = None
    repeated: bool = False

    @property
    def ok(self) -> bool:
        """Whether the device did it, or was told to where it never answers."""
        return self.status in ("done", "sent")

    @classmethod
    def from_json(cls, value: Json, *, device: str) -> Result | None:
        """None without a status."""
        found = as_object(value)
        status = as_text(found.get("status"))
        if not status:
            return None
        return cls(
            device,
            as_text(found.get("command")) or "",
            status,
            as_text(found.get("transaction")),
            Error.from_json(found.get("error")),
            as_object(found.get("data")),
            as_text(found.get("time")),
            found.get("repeated") is True,
        )


@dataclass(frozen=True, slots=True)
class Response:
    """The answer of the bridge to a request. ``payload``: all of it."""

    verb: str
    status: str
    transaction: str | None
    error: Error | None
    payload: Mapping[str, Json]

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.status == "done"

    @classmethod
    def from_json(cls, value: Json, *, verb: str) -> Response | None:
        """None for nothing. Without a status it was done, unless there is an error."""
        found = as_object(value)
        if not found:
            return None
        error = Error.from_json(found.get("error"))
        status = as_text(found.get("status")) or ("done" if error is None else "failed")
        return cls(verb, status, as_text(found.get("transaction")), error, found)


@dataclass(frozen=True, slots=True)
class BridgeInfo:
    """What a bridge is. ``authenticated`` is None where the bridge does not tell."""

    contract: int
    version: str
    prefix: str | None
    bridge: str | None
    instance: str | None = None
    journal: str | None = None
    authenticated: bool | None = None
    discovery_mode: str | None = None
    discovery_active: bool = False
    limits: Mapping[str, Json] = field(default_factory=dict)
    raw: Mapping[str, Json] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: Json) -> BridgeInfo | None:
        """Of ``bridge/info``, and of the announcement, which holds the first four. Without a contract it is the first one."""
        found = as_object(value)
        contract = as_integer(found.get("contract", 1))
        if contract is None or not found:
            return None
        authenticated = as_object(found.get("mqtt")).get("authenticated")
        discovery = as_object(found.get("discovery"))
        return cls(
            contract,
            as_text(found.get("version")) or "",
            as_text(found.get("prefix")),
            as_text(found.get("bridge")),
            as_text(found.get("instance")),
            as_text(found.get("journal")),
            authenticated if isinstance(authenticated, bool) else None,
            as_text(discovery.get("mode")),
            discovery.get("active") is True,
            as_object(found.get("limits")),
            found,
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """Which Home Assistant owns the devices of a bridge, and since when."""

    instance: str
    component: str | None = None
    since: str | None = None

    def as_json(self) -> JsonObject:
        """As it is published."""
        return {"instance": self.instance, "component": self.component, "since": self.since}

    @classmethod
    def from_json(cls, value: Json) -> Claim | None:
        """None where no instance is named."""
        found = as_object(value)
        instance = as_text(found.get("instance"))
        return None if not instance else cls(instance, as_text(found.get("component")), as_text(found.get("since")))
