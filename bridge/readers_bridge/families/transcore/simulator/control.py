"""What can be done with simulated readers through the control interface."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from readers_bridge.families.transcore.simulator import report
from readers_bridge.families.transcore.simulator.faults import FAULTS
from readers_bridge.families.transcore.simulator.reader import SimulatedReader
from readers_bridge.families.transcore.simulator.values import frequency, seconds
from readers_bridge.simulation import control
from readers_bridge.simulation.control import Request, bytes_of, fault_value_of, level_of, text_of

_HELP = """\
tag TEXT                     a tag comes by: "GJ2(P#!\\":AD        S" in quotes as in JSON, or as it is; behind quotes may
                             follow antenna=1 reads=4 strength=057
train CARS [INTERVAL]        so many vehicles pass, with a locomotive at each end; from one to the next 1000ms, or 2s; 0 CARS
                             ends it
presence on|off              a vehicle comes, or has gone
input N on|off               input 0 or 1
report TEXT                  a report that is no tag
error NN                     the message ErrorNN
frequency XXX|none           the RF frequency; without one there is Error06
raw HEX                      send these bytes
power off|on|cycle           interrupt the power, switch it on, or both; cycle may be followed by the time as 500ms
fault NAME [SHARE] [COUNT]   for a SHARE of the messages (1), COUNT times (1), 0: again and again
{faults}
list                         the readers, with their addresses and what became of the tags
state                        mode, protocol, RF, inputs, outputs, and every count
tags                         the accepted and the delivered tags, in order
messages                     every accepted message, with its times
commands                     the executed commands with their responses
help                         this text
Begin with @READER for one reader (a name of the list); without, every reader does it.
As JSON: {{"do": "tag", "tag": "KING 1302", "antenna": 0, "reads": 4, "reader": "reader-1"}}"""

_KEYS = {
    "tag": ("tag",),
    "train": ("cars", "interval"),
    "presence": ("level",),
    "input": ("input", "level"),
    "report": ("text",),
    "error": ("code",),
    "frequency": ("frequency",),
    "raw": ("hex",),
    "power": ("power", "time"),
    "fault": ("name", "share", "count"),
}
_LEVELS = {"on": True, "high": True, "off": False, "low": False}
_REPORTS = {
    "list": report.listed,
    "state": report.state,
    "tags": report.tags,
    "messages": report.messages,
    "commands": report.commands,
}


class Control(control.Control[SimulatedReader]):
    """Executes lines for some readers."""

    help_text = _HELP.format(faults="\n".join(f"    {name:14} {what}" for name, what in FAULTS.items()))
    keys = _KEYS
    rest_of_line = frozenset({"tag", "report", "raw"})
    reports = _REPORTS

    def action(self, do: object, request: Request) -> Callable[[SimulatedReader], object]:
        return _action(str(do), request)

    def rest(self, do: str, text: str) -> Request:
        return _quoted(text) if do == "tag" and text.startswith('"') else super().rest(do, text)


def _action(do: str, request: Request) -> Callable[[SimulatedReader], object]:
    match do:
        case "tag":
            return _tag(request)
        case "train":
            cars, interval = _number(request, "cars", 100_000), seconds(str(request.get("interval", "1000ms")))
            return lambda reader: reader.train(cars, interval)
        case "presence":
            there = _level(request)
            return lambda reader: reader.set_presence(there)
        case "input":
            number, level = _number(request, "input", 1), _level(request)
            return lambda reader: reader.set_input(number, level)
        case "report":
            text = _latin(text_of(request, "text"))
            return lambda reader: reader.report(text)
        case "error":
            code = text_of(request, "code")
            if not re.fullmatch(r"\d\d", code):
                raise ValueError(f"the code of an error has two digits, as 07, unlike {code!r}")
            return lambda reader: reader.error(code)
        case "frequency":
            chosen = frequency(text_of(request, "frequency"))
            return lambda reader: reader.set_frequency(chosen)
        case "raw":
            data = bytes_of(request)
            return lambda reader: reader.send(data)
        case "power":
            return _power(request)
        case "fault":
            return _fault(request)
    raise ValueError(f"cannot do {do!r}; type help for what can be done")


def _quoted(text: str) -> dict[str, Any]:
    try:
        tag, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        raise ValueError(
            f'{text} is not a tag in quotes; write \\" for a quote in it, and \\\\ for a backslash'
        ) from None
    found: dict[str, Any] = {"tag": tag}
    for word in text[end:].split():
        key, equals, value = word.partition("=")
        if not equals or key not in {"antenna", "reads", "strength"}:
            raise ValueError(f"behind a tag come antenna=, reads= or strength=, not {word!r}")
        found[key] = value
    return found


def _tag(request: Request) -> Callable[[SimulatedReader], object]:
    tag = _latin(text_of(request, "tag"))
    antenna = _number(request, "antenna", 15) if "antenna" in request else 0
    reads = _number(request, "reads", 0xFFFF) if "reads" in request else 4
    strength = None if request.get("strength") is None else _latin(text_of(request, "strength"))
    return lambda reader: reader.present(tag, antenna=antenna, reads=reads, strength=strength)


def _latin(text: str) -> str:
    if any(not 0x20 <= ord(character) <= 0xFF for character in text):
        raise ValueError(f"{text!r} has characters that a reader cannot send")
    return text


def _power(request: Request) -> Callable[[SimulatedReader], object]:
    power = text_of(request, "power")
    time = seconds(str(request["time"])) if request.get("time") is not None else None
    match power:
        case "off":
            return SimulatedReader.power_off
        case "on":
            return SimulatedReader.power_on
        case "cycle":
            return lambda reader: reader.power_cycle(time)
    raise ValueError(f"power is off, on or cycle, not {power!r}")


def _number(request: Request, name: str, highest: int) -> int:
    text = text_of(request, name)
    number = int(text) if text.isascii() and text.isdecimal() else -1
    if not 0 <= number <= highest:
        raise ValueError(f"{name} must be a number from 0 to {highest}, not {text!r}")
    return number


def _level(request: Request) -> bool:
    return level_of(request, _LEVELS, "the level must be on or off")


def _fault(request: Request) -> Callable[[SimulatedReader], object]:
    name, share = text_of(request, "name"), fault_value_of(request, "share")
    count = _number(request, "count", 1_000_000) if "count" in request else 1
    return lambda reader: reader.fault(name, share, count)
