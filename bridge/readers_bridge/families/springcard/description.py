"""What a SpringCore Smart Reader is and can do, as the bridge describes it."""

from __future__ import annotations

from readers_bridge.families.springcard.commands import LONGEST, LONGEST_BEEP
from readers_bridge.families.springcard.messages import Dialect
from readers_bridge.families.springcard.options import Options
from readers_bridge.model import Arg, CommandSpec, Description, EntitySpec, EventSpec

MANUFACTURER = "SpringCard"
MODEL = "SpringCore Smart Reader"

_BEEP = f"milliseconds; more than {LONGEST_BEEP} are cut to {LONGEST_BEEP}"

_COMMANDS = (
    CommandSpec("wink", "Show which reader this is: play the sequence 0E", answer=False),
    CommandSpec("accept", "Show that access is granted: play the sequence 60", answer=False),
    CommandSpec("deny", "Show that access is denied: play the sequence 61", answer=False),
    CommandSpec(
        "play_sequence",
        "Play one of the reader's sequences of lights and sounds",
        {
            "sequence": Arg(
                "hex", "code of the sequence, as 60; see PLAY SEQUENCE in the vendor's pages", 1, 1, required=True
            )
        },
        answer=False,
    ),
    CommandSpec(
        "set_leds",
        "Drive the four LEDs directly",
        {
            "leds": Arg("hex", "one byte for each LED, first to fourth, as 92929292", 4, 4, required=True),
            "beep_ms": Arg("integer", f"beep at the same time: {_BEEP}", 1, 65535),
        },
        answer=False,
    ),
    CommandSpec("beep", "Beep", {"ms": Arg("integer", _BEEP, 1, 65535, required=True)}, answer=False),
)

_SEND_RAW = CommandSpec(
    "send_raw",
    "Send a line to the reader as it stands; CR LF is added",
    {"line": Arg("string", "printable ASCII, as $SCCMD;SEQ=60", 1, LONGEST, required=True)},
    answer=False,
)

_JSON_COMMANDS = (
    CommandSpec(
        "set_relay",
        "Switch a relay (JSON dialect only)",
        {
            "on": Arg("boolean", "true: activate, false: release", required=True),
            "relay": Arg("integer", "number of the relay, for a reader with several", 1, 8),
        },
        answer=False,
    ),
    CommandSpec(
        "set_rgb",
        "Set the colour of the RGB LED (JSON dialect only)",
        {"rgb": Arg("rgb", "red, green, blue, 0 to 255 each", required=True)},
        answer=False,
    ),
)

_EVENTS = (
    EventSpec("read", ("read", "late_read"), "Read", "mdi:card-account-details-outline"),
    EventSpec("activity", ("removed", "restarted"), "Activity", "mdi:card-bulleted-outline"),
)

_BUTTONS = (
    EntitySpec("wink", "button", "Wink", "mdi:alarm-light-outline", category="diagnostic", command="wink"),
    EntitySpec("accept", "button", "Accept", "mdi:check-circle-outline", command="accept"),
    EntitySpec("deny", "button", "Deny", "mdi:close-circle-outline", command="deny"),
)

_JSON_ENTITIES = (
    EntitySpec(
        "relay",
        "switch",
        "Relay",
        "mdi:electric-switch",
        command="set_relay",
        args={"on": {"on": True}, "off": {"on": False}},
    ),
    EntitySpec("rgb", "light", "RGB LED", "mdi:led-on", command="set_rgb", args={"value": "rgb"}),
)

_PRESENT = EntitySpec(
    "present",
    "binary_sensor",
    "Card present",
    "mdi:card-account-details",
    state_key="present",
    device_class="occupancy",
    enabled=False,
)

_DIAGNOSTICS = (
    EntitySpec(
        "last_seen",
        "sensor",
        "Last message",
        "mdi:clock-outline",
        state_key="last_seen",
        device_class="timestamp",
        category="diagnostic",
        enabled=False,
    ),
    EntitySpec(
        "dialect", "sensor", "Dialect", "mdi:translate", state_key="dialect", category="diagnostic", enabled=False
    ),
    EntitySpec(
        "checksum", "sensor", "Checksum", "mdi:sigma", state_key="checksum", category="diagnostic", enabled=False
    ),
    EntitySpec(
        "startups", "sensor", "Start-ups", "mdi:restart", state_key="startups", category="diagnostic", enabled=False
    ),
)


def describe(options: Options) -> Description:
    """The description of a reader with these options. Presence, and some diagnostics, are not known for all readers."""
    commands: tuple[CommandSpec, ...] = _COMMANDS
    buttons: tuple[EntitySpec, ...] = () if options.dialect is Dialect.MK1 else _BUTTONS
    if options.raw_commands:
        commands += (_SEND_RAW,)
    if options.json_outputs:
        commands += _JSON_COMMANDS
        buttons += _JSON_ENTITIES
    return Description(
        MANUFACTURER,
        MODEL,
        "springcard",
        entities=(*buttons, _PRESENT, *_DIAGNOSTICS),
        events=_EVENTS,
        commands=commands,
    )
