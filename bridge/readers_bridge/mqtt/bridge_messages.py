"""The payloads of the bridge itself and those between it and Home Assistant: schema and example of each."""

from __future__ import annotations

from readers_bridge import CONTRACT
from readers_bridge.mqtt.messages import CONTRACT_VERSION, ID, JOURNAL, STATE_WORD, TIME, Payload
from readers_bridge.mqtt.schema import array, boolean, integer, mapping, number, obj, or_null, text, time, word

_version = text("version of the bridge")
_bridge = text("the bridge's id", pattern=f"^{ID}$")

ANNOUNCEMENT = Payload(
    obj(
        {
            "contract": CONTRACT_VERSION,
            "version": _version,
            "prefix": text("first level of this bridge's topics"),
            "bridge": _bridge,
        }
    ),
    {"contract": CONTRACT, "version": "0.1.0", "prefix": "readers", "bridge": "home"},
)

BRIDGE_STATE = Payload(obj({"state": STATE_WORD}), {"state": "online"})

CLAIM = Payload(
    obj(
        {
            "instance": text("which Home Assistant"),
            "component": text("version of the component"),
            "since": text("when it claimed the bridge, RFC 3339"),
        },
        optional=("instance", "component", "since"),
    ),
    {"instance": "b0c6f2a49d3e", "component": "0.1.0", "since": TIME},
)

BRIDGE_INFO = Payload(
    obj(
        {
            "contract": CONTRACT_VERSION,
            "version": _version,
            "prefix": text(),
            "bridge": _bridge,
            "instance": text("this run of the bridge"),
            "started": time("when this run began"),
            "journal": text("id of the journal; a message's `id` begins with it"),
            "durability": word(("process", "power"), "what journalled messages survive"),
            "mqtt": obj(
                {
                    "version": text("5 or 3.1.1"),
                    "tls": boolean(),
                    "authenticated": boolean("whether the bridge gives the broker a user name"),
                    "window": integer("reads and results that may wait for an acknowledgement", minimum=1),
                    "largest_packet": or_null(integer("bytes that the broker takes, where it says so", minimum=1)),
                },
                description="how the bridge is connected",
            ),
            "discovery": obj(
                {
                    "mode": word(("auto", "on", "off")),
                    "active": boolean("whether discovery payloads are published now"),
                },
                description="Home Assistant discovery",
            ),
            "claims": array(CLAIM.schema, "who claims the bridge"),
            "limits": mapping(True, "limits that a client may run into"),
        }
    ),
    {
        "contract": CONTRACT,
        "version": "0.1.0",
        "prefix": "readers",
        "bridge": "home",
        "instance": "9f2c4b7d10aa53e6",
        "started": TIME,
        "journal": JOURNAL,
        "durability": "process",
        "mqtt": {"version": "5", "tls": True, "authenticated": True, "window": 20, "largest_packet": None},
        "discovery": {"mode": "auto", "active": True},
        "claims": [],
        "limits": {"command_bytes": 4194304, "replay_page_bytes": 256000, "lane": 16},
    },
)

BRIDGE_HEALTH = Payload(
    obj(
        {
            "time": time("when it was measured"),
            "uptime_s": number("seconds since the bridge started"),
            "memory_bytes": integer("resident memory", minimum=0),
            "reads": integer("accepted since the start", minimum=0),
            "reads_per_second": number("since the last health message", minimum=0),
            "devices": obj({"online": integer(minimum=0), "configured": integer(minimum=0)}),
            "mqtt": mapping(True, "the connection to the broker"),
            "delivery": mapping(True, "messages on their way to the broker"),
            "journal": obj(
                {
                    "problem": or_null(text("why it cannot be written")),
                    "depth": integer("messages that the broker has not acknowledged yet", minimum=0),
                    "bytes": integer("size of what is kept", minimum=0),
                    "set_aside": integer("messages that the broker refused", minimum=0),
                    "dropped_undelivered": integer("messages lost because the journal was full", minimum=0),
                },
            ),
        }
    ),
    {
        "time": TIME,
        "uptime_s": 86400,
        "memory_bytes": 41943040,
        "reads": 129600,
        "reads_per_second": 1.5,
        "devices": {"online": 6, "configured": 6},
        "mqtt": {"online": True, "broker": "localhost:1883", "version": "5", "connects": 1},
        "delivery": {
            "live": True,
            "queued": 0,
            "in_flight": 0,
            "delivered": 129600,
            "refused": 0,
            "unjournaled": 0,
            "lost": 0,
        },
        "journal": {"problem": None, "depth": 0, "bytes": 1048576, "set_aside": 0, "dropped_undelivered": 0},
    },
)

HOME_ASSISTANT_CONFIG = Payload(
    {
        **obj({"device": mapping(True), "origin": mapping(True), "components": mapping(mapping(True))}),
        "description": "device-based discovery, as Home Assistant documents it",
    },
    {
        "device": {
            "identifiers": ["readers:home:front-door"],
            "name": "Front door",
            "manufacturer": "SpringCard",
            "model": "SpringCore Smart Reader",
            "via_device": "readers:home:bridge",
        },
        "origin": {"name": "readers-bridge", "sw_version": "0.1.0"},
        "availability": [
            {"topic": "readers/home/bridge/state", "value_template": "{{ value_json.state }}"},
            {"topic": "readers/home/front-door/availability", "value_template": "{{ value_json.state }}"},
        ],
        "availability_mode": "all",
        "qos": 1,
        "components": {
            "event_read": {
                "platform": "event",
                "unique_id": "readers:home:front-door:read",
                "name": "Card",
                "state_topic": "readers/home/front-door/read",
                "event_types": ["read", "late_read"],
            }
        },
    },
)

HOME_ASSISTANT_BIRTH = Payload(word(("online", "offline"), "plain text, not JSON"), "online")
