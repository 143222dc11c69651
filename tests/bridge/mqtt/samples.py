"""A device with everything that a Description can say, for the tests of what is derived from it."""

from __future__ import annotations

from readers_bridge.model import Address, Arg, CommandSpec, Description, DeviceConfig, EntitySpec, EventSpec
from readers_bridge.mqtt.topics import Topics

TOPICS = Topics("readers", "home")
FRONT_DOOR = DeviceConfig("front-door", "springcard", Address("tcp", "192.0.2.10", 4000), "Front door")

_ON_OFF = {"on": {"closed": True}, "off": {"closed": False}}
_SEQUENCES = {"one": {"sequence": "60"}, "two's": {"sequence": "61", "times": None}}

EVERYTHING = Description(
    manufacturer="SpringCard",
    model="Example Reader",
    family="springcard",
    serial="00A1B2C3",
    firmware="2.50",
    attributes={"antennas": 2},
    entities=(
        EntitySpec(
            "tamper", "binary_sensor", "Tamper", state_key="tamper", device_class="tamper", category="diagnostic"
        ),
        EntitySpec("mode", "sensor", "Mode", state_key="mode", options=("idle", "busy"), icon="mdi:cog"),
        EntitySpec("heat", "sensor", "Heat", state_key="heat", unit="°C", device_class="temperature", enabled=False),
        EntitySpec("wink", "button", "Wink", command="wink", device_class="identify", category="config"),
        EntitySpec("beep", "button", "Beep", command="beep", args={"ms": 200}),
        EntitySpec("relay", "switch", "Relay", state_key="relay", command="relay", args=_ON_OFF),
        EntitySpec("lamp", "switch", "Lamp", command="relay", args=_ON_OFF),
        EntitySpec("led", "light", "LED", state_key="led", command="led", args={"value": "colour", "lamp": 1}),
        EntitySpec("glow", "light", "Glow", command="led", args={"value": "colour"}),
        EntitySpec(
            "volume", "number", "Volume", state_key="volume", command="volume", args={"value": "level"}, unit="dB"
        ),
        EntitySpec("gain", "number", "Gain", command="volume", args={"value": "gain", "level": 5}, min=-1.5, max=1.5),
        EntitySpec("sequence", "select", "Sequence", state_key="sequence", command="play", args=_SEQUENCES),
        EntitySpec("tune", "select", "Tune", command="play", args=_SEQUENCES, options=("one", "two's")),
        EntitySpec(
            "paper", "notify", "Paper", command="print", args={"value": "text", "cut": True, "head": '"{{ 1 }}"'}
        ),
    ),
    events=(
        EventSpec("read", ("read", "late_read"), "Card", "mdi:card-account-details"),
        EventSpec("tamper", ("tamper", "tamper_end"), "Tamper alarm"),
        EventSpec("input", ("input_on", "input_off"), "Input"),
    ),
    commands=(
        CommandSpec("wink", "Show yourself.", answer=False),
        CommandSpec(
            "beep", "Sound the buzzer.", {"ms": Arg("integer", "How long.", min=1, max=5000, required=True)}, ttl=2.5
        ),
        CommandSpec("relay", "Switch the relay.", {"closed": Arg("boolean", required=True)}),
        CommandSpec("led", "Light up.", {"colour": Arg("rgb", required=True), "lamp": Arg("integer", default=0)}),
        CommandSpec("volume", "Set the volume.", {"level": Arg("integer", min=0, max=10), "gain": Arg("number")}),
        CommandSpec("play", "Play a sequence.", {"sequence": Arg("hex", min=1, max=255), "times": Arg("integer")}),
        CommandSpec(
            "print",
            "Print a text.",
            {
                "text": Arg("text", required=True),
                "cut": Arg("boolean"),
                "head": Arg("string"),
                "pin": Arg("string", secret=True),
            },
            lane="print",
            ttl=300,
            timeout=120,
        ),
        CommandSpec(
            "reset", "Forget all.", {"level": Arg("enum", options=("soft", "hard"), default="soft")}, confirm=True
        ),
    ),
)
