"""The commands of a reader that act at once: ports, lights, inputs, card families."""

from __future__ import annotations

from readers_bridge.errors import CommandError
from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.command_specs import LEDS
from readers_bridge.families.baltech.commands import Request
from readers_bridge.families.baltech.typedefs import CardFamilies, IoPort
from readers_bridge.model import Command, Json, Status

RELAY_REST = 100
"""Milliseconds of rest after a relay pulse; what 0 means is not documented."""


def request(command: Command) -> Request | None:
    """What to send for a command that needs one question only; None: it is none of these.

    Raises:
        CommandError: ``invalid``, an argument cannot be.
    """
    args = command.args
    match command.name:
        case "set_port":
            port = IoPort[args["port"]]
            return commands.enable(port) if args["on"] else commands.disable(port)
        case "toggle_port":
            inverted = bool(args.get("inverted"))
            on, off = args["on_ms"], args["off_ms"]
            first, second = (off, on) if inverted else (on, off)
            return commands.toggle(IoPort[args["port"]], args["count"], first, second, inverted)
        case "pulse_relay":
            return commands.toggle(IoPort.Relay, 1, args["ms"], RELAY_REST, False)
        case "set_rgb":
            return commands.set_rgb(LEDS[args["leds"]], _colour(args["color"]), args["transition_ms"])
        case "pulse_rgb":
            first, second = _colour(args["color"]), _colour(args["color2"])
            return commands.pulse_rgb(LEDS[args["leds"]], first, second, args["transition_ms"], args["period_ms"])
        case "sense":
            return commands.sense(IoPort[args["port"]])
        case "restrict_card_families":
            return commands.restrict_card_families(card_families(args["families"]))
        case _:
            return None


def card_families(names: Json) -> CardFamilies:
    """The families of these names.

    Raises:
        CommandError: ``invalid``, naming the entry at fault.
    """
    mask = CardFamilies(0)
    for index, name in enumerate(names):
        if not isinstance(name, str) or name not in CardFamilies.__members__:
            raise CommandError(
                f"families[{index}]: expected one of {', '.join(CardFamilies.__members__)}, not {name!r}",
                status=Status.INVALID,
                code="not_an_option",
                path=f"families[{index}]",
            )
        mask |= CardFamilies[name]
    return mask


def _colour(text: str) -> int:
    return int(text.removeprefix("#"), 16)
