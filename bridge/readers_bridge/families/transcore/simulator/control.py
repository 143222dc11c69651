"""The control interface: a line of text, or a JSON object, for people and tests that steer simulated readers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from readers_bridge.families.transcore.simulator import report
from readers_bridge.families.transcore.simulator.faults import FAULTS
from readers_bridge.families.transcore.simulator.reader import SimulatedReader
from readers_bridge.families.transcore.simulator.values import frequency, seconds

HELP = """\
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
_REST_OF_LINE = frozenset({"tag", "report", "raw"})
_LEVELS = {"on": True, "high": True, "off": False, "low": False, True: True, False: False}
_REPORTS: dict[str, Callable[[SimulatedReader], dict[str, Any]]] = {
    "list": report.listed,
    "state": report.state,
    "tags": report.tags,
    "messages": report.messages,
    "commands": report.commands,
}


def help_text() -> str:
    """What can be done, for people."""
    return HELP.format(faults="\n".join(f"    {name:14} {what}" for name, what in FAULTS.items()))


class Control:
    """Executes lines for some readers."""

    def __init__(self, readers: Sequence[SimulatedReader]) -> None:
        self._readers = {reader.name: reader for reader in readers}

    def execute(self, line: str) -> str:
        """Do what the line says; the answer is text for text and JSON for JSON, and tells what is wrong with the line."""
        line = line.strip()
        if line.startswith("{"):
            try:
                return json.dumps({"ok": True, **self._do(_object(line))})
            except ValueError as error:
                return json.dumps({"ok": False, "error": str(error)})
        try:
            return "\n".join(_as_text(self._do(_words(line))))
        except ValueError as error:
            return f"error: {error}"

    def _do(self, request: Mapping[str, Any]) -> dict[str, Any]:
        do = request.get("do")
        readers = self._chosen(request.get("reader"))
        if do == "help":
            return {"help": help_text()}
        if isinstance(do, str) and do in _REPORTS:
            return {"readers": [_REPORTS[do](reader) for reader in readers]}
        action = _action(str(do), request)
        for reader in readers:
            action(reader)
        return {}

    def _chosen(self, name: object) -> list[SimulatedReader]:
        if name is None:
            return list(self._readers.values())
        if not isinstance(name, str) or name not in self._readers:
            raise ValueError(f"there is no reader {name!r}; the readers are {', '.join(self._readers)}")
        return [self._readers[name]]


def _action(do: str, request: Mapping[str, Any]) -> Callable[[SimulatedReader], object]:
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
            text = _latin(_text(request, "text"))
            return lambda reader: reader.report(text)
        case "error":
            code = _text(request, "code")
            if not re.fullmatch(r"\d\d", code):
                raise ValueError(f"the code of an error has two digits, as 07, unlike {code!r}")
            return lambda reader: reader.error(code)
        case "frequency":
            chosen = frequency(_text(request, "frequency"))
            return lambda reader: reader.set_frequency(chosen)
        case "raw":
            data = _bytes(request)
            return lambda reader: reader.send(data)
        case "power":
            return _power(request)
        case "fault":
            return _fault(request)
    raise ValueError(f"cannot do {do!r}; type help for what can be done")


def _object(line: str) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError('not JSON; write {"do": "help"}') from None
    return dict(request)


def _words(line: str) -> dict[str, Any]:
    words = line.split()
    reader = words.pop(0)[1:] if words and words[0].startswith("@") else None
    do, *rest = words or [""]
    keys = _KEYS.get(do, ())
    if do in _REST_OF_LINE and rest:
        rest = [line.split(maxsplit=1 if reader is None else 2)[-1]]
        if do == "tag" and rest[0].startswith('"'):
            return {"do": do, "reader": reader, **_quoted(rest[0])}
    if len(rest) > len(keys):
        raise ValueError(f"{do} does not take {' '.join(rest)!r}; type help for what can be done")
    return {"do": do, "reader": reader, **dict(zip(keys, rest, strict=False))}


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


def _tag(request: Mapping[str, Any]) -> Callable[[SimulatedReader], object]:
    tag = _latin(_text(request, "tag"))
    antenna = _number(request, "antenna", 15) if "antenna" in request else 0
    reads = _number(request, "reads", 0xFFFF) if "reads" in request else 4
    strength = None if request.get("strength") is None else _latin(_text(request, "strength"))
    return lambda reader: reader.present(tag, antenna=antenna, reads=reads, strength=strength)


def _latin(text: str) -> str:
    if any(not 0x20 <= ord(character) <= 0xFF for character in text):
        raise ValueError(f"{text!r} has characters that a reader cannot send")
    return text


def _power(request: Mapping[str, Any]) -> Callable[[SimulatedReader], object]:
    power = _text(request, "power")
    time = seconds(str(request["time"])) if request.get("time") is not None else None
    match power:
        case "off":
            return SimulatedReader.power_off
        case "on":
            return SimulatedReader.power_on
        case "cycle":
            return lambda reader: reader.power_cycle(time)
    raise ValueError(f"power is off, on or cycle, not {power!r}")


def _text(request: Mapping[str, Any], name: str) -> str:
    value = request.get(name)
    if value is None or value == "":
        raise ValueError(f"{request.get('do')} needs a {name}; type help for what can be done")
    return str(value)


def _number(request: Mapping[str, Any], name: str, highest: int) -> int:
    text = _text(request, name)
    number = int(text) if text.isascii() and text.isdecimal() else -1
    if not 0 <= number <= highest:
        raise ValueError(f"{name} must be a number from 0 to {highest}, not {text!r}")
    return number


def _level(request: Mapping[str, Any]) -> bool:
    level = request.get("level")
    if not isinstance(level, str | bool) or level not in _LEVELS:
        raise ValueError(f"the level must be on or off, not {level!r}")
    return _LEVELS[level]


def _bytes(request: Mapping[str, Any]) -> bytes:
    try:
        data = bytes.fromhex(str(request.get("hex", "")))
    except ValueError:
        data = b""
    if not data:
        raise ValueError(f"{request.get('do')} needs bytes in hex, two digits each")
    return data


def _fault(request: Mapping[str, Any]) -> Callable[[SimulatedReader], object]:
    name, value = _text(request, "name"), request.get("share")
    try:
        share = None if value in {None, "-"} else float(value)
    except (TypeError, ValueError):
        raise ValueError(f"the share of a fault is a number, not {value!r}") from None
    count = _number(request, "count", 1_000_000) if "count" in request else 1
    return lambda reader: reader.fault(name, share, count)


def _as_text(answer: Mapping[str, Any]) -> Iterator[str]:
    if "help" in answer:
        yield answer["help"]
    elif "readers" in answer:
        for each in answer["readers"]:
            yield "  ".join(f"{key} {_shown(value)}" for key, value in each.items())
    else:
        yield "ok"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(each)}" for key, each in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or "-"
    return {True: "on", False: "off", None: "-"}[value] if value is None or isinstance(value, bool) else str(value)
