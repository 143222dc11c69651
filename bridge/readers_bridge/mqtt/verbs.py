"""The bridge requests: what each verb takes and answers (docs/mqtt.md, "Requests")."""

from __future__ import annotations

from dataclasses import dataclass

from readers_bridge.model import JsonObject, Status
from readers_bridge.mqtt.messages import CURSOR, ERROR, EVENT, ID, JOURNAL, READ, TRANSACTION
from readers_bridge.mqtt.schema import Schema, array, boolean, integer, mapping, number, obj, or_null, text, word


@dataclass(frozen=True, slots=True)
class Verb:
    """A request. ``takes`` and ``gives`` are the properties of request and response beside the common ones."""

    name: str
    summary: str
    takes: dict[str, Schema]
    gives: dict[str, Schema]
    request: JsonObject
    response: JsonObject
    required: tuple[str, ...] = ()
    """Those of ``takes`` that must be there."""

    @property
    def request_schema(self) -> Schema:
        """Closed: what is not known is invalid."""
        optional = ("transaction", *(name for name in self.takes if name not in self.required))
        return obj({**self.takes, "transaction": TRANSACTION}, optional=optional, closed=True)

    @property
    def response_schema(self) -> Schema:
        """Open; the verb's own properties are there when ``status`` is ``done``."""
        return obj({**_COMMON, **self.gives}, optional=tuple(self.gives))


_COMMON: dict[str, Schema] = {
    "transaction": or_null(TRANSACTION),
    "status": word((Status.DONE, Status.FAILED, Status.INVALID, Status.REFUSED, Status.BUSY)),
    "error": ERROR,
}

ANY_REQUEST = obj({"transaction": TRANSACTION}, optional=("transaction",))
ANY_RESPONSE = obj(_COMMON)

_device = text("id of a configured device", pattern=f"^{ID}$")
_devices = array(text(pattern=f"^{ID}$"))


def _answer(transaction: str, **fields: object) -> JsonObject:
    return {"transaction": transaction, "status": "done", "error": None, **fields}


VERBS: tuple[Verb, ...] = (
    Verb(
        "replay",
        "Reads and events that were missed, page by page. They are never published again on their own topics.",
        takes={
            "after": or_null(
                {**CURSOR, "description": "the last message that was seen; without it, from the oldest kept"}
            ),
            "devices": or_null({**_devices, "description": "only these devices"}),
            "limit": integer("messages of one page", minimum=1, maximum=1000, default=1000),
        },
        gives={
            "reads": array(READ.schema),
            "events": array(EVENT.schema),
            "next": {**CURSOR, "description": "ask again with this as `after`"},
            "complete": boolean("nothing is left; false: ask again"),
            "oldest": or_null(integer("`seq` of the oldest message that is still kept", minimum=1)),
            "reset": boolean(
                "the page does not follow `after`: that is of another journal, or what came next is not kept any more"
            ),
        },
        request={"after": {"journal": JOURNAL, "seq": 1041}, "limit": 500, "transaction": "a1"},
        response=_answer(
            "a1",
            reads=[{**READ.example, "event_type": "late_read", "late": True}],
            events=[{**EVENT.example, "late": True}],
            next={"journal": JOURNAL, "seq": 1043},
            complete=True,
            oldest=17,
            reset=False,
        ),
    ),
    Verb(
        "reload",
        "Apply the changed configuration file. Unchanged devices are not touched; a wrong file changes nothing.",
        takes={},
        gives={
            "added": _devices,
            "changed": _devices,
            "removed": _devices,
            "restart_required": array(text(), "sections that only a restart of the bridge applies"),
        },
        request={"transaction": "a2"},
        response=_answer("a2", added=["dock"], changed=[], removed=[], restart_required=[]),
    ),
    Verb(
        "restart_device",
        "End the connection to one device and connect anew.",
        takes={"device": _device},
        required=("device",),
        gives={"device": _device},
        request={"device": "front-door", "transaction": "a3"},
        response=_answer("a3", device="front-door"),
    ),
    Verb(
        "log_level",
        "Set the level of the log, of the whole bridge or of one device, until the next start.",
        takes={"level": word(("debug", "info", "warning", "error")), "device": _device},
        required=("level",),
        gives={"level": text()},
        request={"level": "debug", "device": "front-door", "transaction": "a4"},
        response=_answer("a4", level="debug"),
    ),
    Verb(
        "discover",
        "Look for devices on the network. Changes nothing; a find comes with a ready entry for the configuration.",
        takes={"seconds": number("how long to look", minimum=1, maximum=60, default=5)},
        gives={
            "found": array(
                obj({"family": text(), "address": text(), "identity": text(), "model": text(), "entry": mapping(True)})
            ),
            "problems": array(text(), "why a family could not look"),
        },
        request={"seconds": 5, "transaction": "a5"},
        response=_answer(
            "a5",
            found=[
                {
                    "family": "springcard",
                    "address": "192.0.2.10",
                    "identity": "00A1B2C3",
                    "model": "SpringCore Smart Reader",
                    "entry": {"id": "reader-00a1b2c3", "family": "springcard", "connection": "tcp://192.0.2.10:4000"},
                }
            ],
            problems=[],
        ),
    ),
    Verb(
        "diagnostics",
        "Everything that helps to find a fault, without passwords and credentials.",
        takes={},
        gives={"diagnostics": mapping(True)},
        request={"transaction": "a6"},
        response=_answer("a6", diagnostics={"info": {"version": "0.1.0"}, "health": {"reads": 129600}, "devices": {}}),
    ),
    Verb(
        "clear_claim",
        "Forget the claim of a Home Assistant that is gone for good, so that discovery is published again.",
        takes={},
        gives={},
        request={"transaction": "a7"},
        response=_answer("a7"),
    ),
)
