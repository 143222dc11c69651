"""The payloads of devices: schema and example of each, and what the payloads of the contract have in common."""

from __future__ import annotations

from dataclasses import dataclass

from readers_bridge import CONTRACT
from readers_bridge.model import Json, Kind, Status
from readers_bridge.mqtt.schema import Schema, array, boolean, integer, mapping, number, obj, or_null, text, time, word

ID = r"[a-z0-9][a-z0-9_-]{0,62}"
"""Pattern of the ids of bridges and devices."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What a message holds. ``example`` is valid under ``schema``."""

    schema: Schema
    example: Json


JOURNAL = "k3w9x2qa"
"""The journal id of the examples."""

TIME = "2026-03-01T12:00:00.000Z"

CONTRACT_VERSION = integer("version of this contract", minimum=1)
_device = text("the device's id", pattern=f"^{ID}$")
STATE_WORD = word(("online", "offline"))

TRANSACTION = text(
    "chosen by the sender and given back in the answer; one transaction is executed once", minLength=1, maxLength=128
)
ERROR = or_null(
    obj(
        {
            "code": text("a stable word for programs"),
            "message": text("for people: what is wrong, and what to do"),
            "path": or_null(text("the key at fault, where there is one")),
        },
        description="null where nothing went wrong",
    )
)
CURSOR = obj({"journal": text("id of the journal"), "seq": integer(minimum=0)}, closed=True)

AVAILABILITY = Payload(
    obj(
        {
            "state": STATE_WORD,
            "reason": text(
                "a stable word: connected, listening, starting, or why not: connection_refused, timeout, ..."
            ),
            "since": time("since when it is in this state"),
            "assumed": boolean("true where the link cannot tell (UDP)"),
        },
        optional=("assumed",),
    ),
    {"state": "online", "reason": "connected", "since": TIME},
)

DEVICE_HEALTH = Payload(
    obj(
        {
            "time": time("when it was measured"),
            "device": _device,
            "availability": AVAILABILITY.schema,
            "counters": mapping(integer(), "counted since the bridge started"),
        }
    ),
    {
        "time": TIME,
        "device": "front-door",
        "availability": AVAILABILITY.example,
        "counters": {"connects": 1, "reads": 1042, "repeats": 17},
    },
)

_facts = obj(
    {
        "key": text("unique among the entities of a platform"),
        "platform": text("sensor, binary_sensor, button, switch, light, number, select, notify"),
        "name": text("in English, without the device's name"),
        "icon": text(),
        "state_key": text("key of the state topic that it shows"),
        "device_class": text("Home Assistant's"),
        "category": text("config or diagnostic"),
        "enabled": boolean("false: hidden until somebody wants it", default=True),
        "unit": text(),
        "options": array(text(), "values that it can have"),
        "min": number(),
        "max": number(),
        "command": text("name of the command that it sends"),
        "args": mapping(True, "arguments of that command, per position or value"),
    },
    optional=(
        "icon",
        "state_key",
        "device_class",
        "category",
        "enabled",
        "unit",
        "options",
        "min",
        "max",
        "command",
        "args",
    ),
)
_announced = obj(
    {
        "key": text("read: the read topic; every other key: types on the event topic"),
        "event_types": array(text()),
        "name": text(),
        "icon": text(),
    },
    optional=("icon",),
)
ARG_TYPES = ("string", "text", "integer", "number", "boolean", "enum", "hex", "rgb", "list", "object", "image")
_arg = obj(
    {
        "type": word(ARG_TYPES),
        "description": text(),
        "min": number("of the value; of hex, bytes; of string and text, characters"),
        "max": number(),
        "options": array(text()),
        "required": boolean(default=False),
        "default": {},
        "secret": boolean("do not show or store it", default=False),
        "or_number": boolean("of a string: a whole number is taken for its digits", default=False),
    },
    optional=("description", "min", "max", "options", "required", "default", "secret", "or_number"),
)
_command = obj(
    {
        "name": text("last level of the command's topic"),
        "description": text(),
        "args": mapping(_arg),
        "lane": text("commands of one lane run one at a time", default="main"),
        "ttl": number("seconds from receipt to the start of execution", default=10),
        "timeout": number("seconds for the execution", default=10),
        "confirm": boolean('needs `"confirm": true`', default=False),
        "answer": boolean("whether the device answers; if not, the best status is `sent`", default=True),
    },
    optional=("args", "lane", "ttl", "timeout", "confirm", "answer"),
)

DESCRIPTION = Payload(
    obj(
        {
            "contract": CONTRACT_VERSION,
            "device": _device,
            "name": text("the device's name"),
            "family": text(),
            "manufacturer": text(),
            "model": text(),
            "serial": text(),
            "firmware": text(),
            "entities": array(_facts, "what can be shown and operated"),
            "events": array(_announced, "what it reports"),
            "commands": array(_command, "what it can be told"),
            "attributes": mapping(True, "more facts of this family"),
        },
        optional=("serial", "firmware", "attributes"),
    ),
    {
        "contract": CONTRACT,
        "device": "front-door",
        "name": "Front door",
        "family": "springcard",
        "manufacturer": "SpringCard",
        "model": "SpringCore Smart Reader",
        "entities": [
            {"key": "wink", "platform": "button", "name": "Wink", "icon": "mdi:lightbulb-on", "command": "wink"}
        ],
        "events": [
            {"key": "read", "event_types": ["read", "late_read"], "name": "Card", "icon": "mdi:card-account-details"}
        ],
        "commands": [
            {"name": "wink", "description": "Show yourself.", "answer": False},
            {
                "name": "beep",
                "description": "Sound the buzzer.",
                "args": {"ms": {"type": "integer", "min": 1, "max": 5000, "required": True}},
                "answer": False,
            },
        ],
    },
)

STATE = Payload(
    mapping(True, "values by `state_key` of the description; null: not known"),
    {"tamper": False, "led": "#00FF00", "firmware": "2.50"},
)

_numbered = {
    "id": text("`<journal>-<seq>`, unique; two messages with one id are the same one", pattern="^.+-[0-9]+$"),
    "seq": integer("grows by one per bridge, over reads and events", minimum=1),
    "device_seq": integer("grows by one per device, over reads and events", minimum=1),
    "time": time("when the bridge accepted it"),
    "device": _device,
}
_journaled = boolean("false: could not be stored, and was sent from memory", default=True)

READ = Payload(
    obj(
        {
            **_numbered,
            "event_type": word(("read", "late_read")),
            "late": boolean("true: too old to act on; then `event_type` is `late_read`"),
            "credential": text("what was read; leading zeros and spaces are significant"),
            "kind": word(tuple(Kind)),
            "data": mapping(True, "fields of this family, raw values included"),
            "repeat": boolean("true: the same card again within the repeat window (`repeats: mark`)", default=False),
            "journaled": _journaled,
        },
        optional=("repeat", "journaled"),
    ),
    {
        "id": f"{JOURNAL}-1042",
        "seq": 1042,
        "device_seq": 311,
        "time": TIME,
        "device": "front-door",
        "event_type": "read",
        "late": False,
        "credential": "0004A1B2C3",
        "kind": "card",
        "data": {"protocol": "0A", "raw": "0004A1B2C3"},
    },
)

EVENT = Payload(
    obj(
        {
            **_numbered,
            "event_type": text("one of those that the description announces"),
            "late": boolean("true: too old to act on"),
            "data": mapping(True, "fields of this family"),
            "journaled": _journaled,
        },
        optional=("journaled",),
    ),
    {
        "id": f"{JOURNAL}-1043",
        "seq": 1043,
        "device_seq": 312,
        "time": TIME,
        "device": "front-door",
        "event_type": "tamper",
        "late": False,
        "data": {"cover": "open"},
    },
)

COMMAND = Payload(
    {
        **obj(
            {
                "transaction": TRANSACTION,
                "issued_at": {
                    "type": ["string", "number"],
                    "description": "when it was sent; RFC 3339 with a zone, or seconds since 1970",
                },
                "ttl": number(
                    "seconds that it may be old when its execution begins", exclusiveMinimum=0, maximum=86400
                ),
                "confirm": boolean("must be true where the description says `confirm`"),
            },
            optional=("transaction", "issued_at", "ttl", "confirm"),
        ),
        "additionalProperties": True,
        "description": "the arguments of the command, as the description lists them, beside these reserved keys",
    },
    {"ms": 200, "transaction": "6f1c", "issued_at": TIME, "ttl": 5},
)

RESULT = Payload(
    obj(
        {
            "transaction": or_null(TRANSACTION),
            "command": text("name of the command"),
            "status": word(tuple(Status)),
            "error": ERROR,
            "data": mapping(True, "what the device answered"),
            "device": _device,
            "time": time("when the result was known"),
            "repeated": boolean("true: the first result of a transaction that came again", default=False),
            "journaled": _journaled,
        },
        optional=("repeated", "journaled"),
    ),
    {
        "transaction": "6f1c",
        "command": "beep",
        "status": "sent",
        "error": None,
        "data": {},
        "device": "front-door",
        "time": TIME,
    },
)
