"""The commands of a BALTECH reader, with their arguments."""

from __future__ import annotations

from collections.abc import Sequence

from readers_bridge.families.baltech.typedefs import AutoReadMode, CardFamilies, IoPort
from readers_bridge.model import Arg, CommandSpec

LONGEST_TIME = 0xFFFF
"""Milliseconds that a time of a UI command can be."""

RESET_TIMEOUT = 30.0
"""Seconds for a command that may restart the reader: it takes a second, and the connection as long again."""

LEDS = {"all": 7, "single": 1, "right": 2, "left": 4}
"""LedBitMask; a bit for an LED that the reader does not have is without effect (docs.baltech.de, refman/cmds/ui/setrgbled)."""

_MS = "milliseconds"
_LEDS_ARG = Arg("enum", "which LEDs, for a reader with several", options=tuple(LEDS), default="all")
_EVENT = Arg("string", "event, as OnAccepted or OnTimer[0], or its number", 1, 64, required=True, or_number=True)
_SCRIPT = Arg(
    "text", "BaltechScript as text, a command in each line, or in hexadecimal digits", 1, 16384, required=True
)
_RESET = Arg(
    "boolean", "restart the reader afterwards, so that the change takes effect; outputs and variables are lost"
)
_MESSAGE = Arg("integer", "number of the message, as SendMsg has it", 0, 127, required=True)


def port_commands(outputs: Sequence[IoPort], inputs: Sequence[IoPort]) -> list[CommandSpec]:
    """Those that act on ports, and Autoread."""
    found = []
    if outputs:
        port = Arg("enum", "port", options=tuple(port.name for port in outputs), required=True)
        found += [
            CommandSpec(
                "set_port",
                "Switch a port on or off (UI.Enable, UI.Disable)",
                {"port": port, "on": Arg("boolean", "true: on, false: off", required=True)},
            ),
            CommandSpec(
                "toggle_port",
                "Switch a port on and off several times (UI.Toggle); set_port ends it",
                {
                    "port": port,
                    "count": Arg("integer", "how often; 255: until it is ended", 1, 255, default=1),
                    "on_ms": Arg("integer", _MS, 1, LONGEST_TIME, default=200),
                    "off_ms": Arg("integer", _MS, 1, LONGEST_TIME, default=200),
                    "inverted": Arg("boolean", "off first, and on at the end"),
                },
            ),
        ]
    if IoPort.Relay in outputs:
        found.append(
            CommandSpec(
                "pulse_relay",
                "Switch the relay on for a time",
                {"ms": Arg("integer", _MS, 1, LONGEST_TIME, required=True)},
            )
        )
    if inputs:
        options = tuple(port.name for port in inputs)
        found.append(
            CommandSpec(
                "sense",
                "Tell whether an input port is high (UI.Sense)",
                {"port": Arg("enum", "port", options=options, required=True)},
            )
        )
    return found + list(_ALWAYS)


def rgb_commands() -> list[CommandSpec]:
    """Those of readers with RGB LEDs."""
    transition = Arg("integer", f"{_MS} of the transition", 0, LONGEST_TIME, default=0)
    return [
        CommandSpec(
            "set_rgb",
            "Set the colour of the RGB LEDs; black is off (UI.SetRgbLed)",
            {"color": Arg("rgb", "colour", required=True), "transition_ms": transition, "leds": _LEDS_ARG},
        ),
        CommandSpec(
            "pulse_rgb",
            "Let the RGB LEDs pulse between two colours (UI.PulseRgbLed); set_rgb ends it",
            {
                "color": Arg("rgb", "first colour", required=True),
                "color2": Arg("rgb", "second colour", default="#000000"),
                "transition_ms": transition,
                "period_ms": Arg(
                    "integer", f"{_MS} from the first colour to the second and back", 1, LONGEST_TIME, default=2000
                ),
                "leds": _LEDS_ARG,
            },
        ),
    ]


_ALWAYS = (
    CommandSpec(
        "set_autoread",
        "Switch Autoread (AR.SetMode); messages that wait in the reader are fetched before",
        {"mode": Arg("enum", "mode", options=tuple(mode.name for mode in AutoReadMode), required=True)},
    ),
    CommandSpec(
        "restrict_card_families",
        "Let the reader look for cards of these families only, until it restarts (AR.RestrictScanCardFamilies)",
        {"families": Arg("list", f"of {', '.join(f.name or '' for f in CardFamilies)}", 1, 16, required=True)},
    ),
    CommandSpec("reset", "Restart the reader (Sys.Reset) and wait until it answers again", timeout=RESET_TIMEOUT),
)

SCRIPT_COMMANDS = (
    CommandSpec(
        "run_script",
        "Run a BaltechScript once (AR.RunScript)",
        {"script": _SCRIPT},
    ),
    CommandSpec(
        "store_script",
        "Store a BaltechScript for an event in the reader's configuration, in place of the event's default action",
        {
            "event": _EVENT,
            "script": _SCRIPT,
            "reset": _RESET,
            "confirm": Arg(
                "boolean", "true is needed for OnDetectedCard, OnBlackWhiteListDenied, OnScan and OnBrpCommand"
            ),
        },
        timeout=60.0,
    ),
    CommandSpec("read_script", "Read the script that is stored for an event", {"event": _EVENT}),
    CommandSpec(
        "delete_script",
        "Delete the script that is stored for an event, so that its default action happens again",
        {"event": _EVENT, "reset": _RESET},
        timeout=60.0,
    ),
    CommandSpec("list_scripts", "List the scripts that are stored", timeout=30.0),
    CommandSpec(
        "store_message",
        "Store a message that scripts send with SendMsg",
        {
            "message": _MESSAGE,
            "text": Arg("string", "what it holds, printable ASCII", 1, 30),
            "hex": Arg("hex", "what it holds, as bytes", 1, 30),
            "reset": _RESET,
        },
        timeout=60.0,
    ),
    CommandSpec("read_message", "Read a message that scripts send with SendMsg", {"message": _MESSAGE}),
    CommandSpec(
        "delete_message",
        "Delete a message that scripts send with SendMsg",
        {"message": _MESSAGE, "reset": _RESET},
        timeout=60.0,
    ),
)
