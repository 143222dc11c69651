"""The control interface: a line of text, or a JSON object, for people and tests that steer simulated readers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from readers_bridge.families.baltech.simulator.faults import FAULTS
from readers_bridge.families.baltech.simulator.reader import SimulatedReader
from readers_bridge.families.baltech.simulator.report import listed, port_log, state
from readers_bridge.families.baltech.typedefs import CardFamilies, IoPort, MessageType

HELP = """\
card TEXT                    hold a card to the reader for a moment; hex:0401 for content that is no text
place TEXT                   lay it on the reader until remove
invalid TEXT                 a card that no rule of the reader accepts
remove                       take the card away
pin DIGITS                   enter a PIN
key CODE                     press a function key, 0 to 255
tamper on|off                open the housing, or close it
input N high|low             the level of input 0 or 1, or of a port by name as Gpio3
log TEXT                     a message of the reader's log
message TYPE [HEX]           a message of any type: 0 to 255, or a name as CardRemoval
raw HEX                      send these bytes
fault NAME [VALUE] [COUNT]   COUNT times (1), 0: again and again; NAME@0503: for commands with this code only; VALUE -:
                             the usual one
{faults}
lock                         refuse commands in plain text
unlock                       accept them
reset                        interrupt the power
list                         the readers, with their addresses and counters
state                        ports, inputs, variables, stored scripts and messages, Autoread mode
ports                        every change of an output port, with its time
help                         this text
Begin with @READER for one reader (a name of the list); without, every reader does it.
As JSON: {{"do": "card", "card": "0123456789", "reader": "reader-1"}}; also "family", "stay", "valid"."""

_KEYS = {
    "card": ("card",),
    "place": ("card",),
    "invalid": ("card",),
    "pin": ("digits",),
    "key": ("code",),
    "tamper": ("level",),
    "input": ("input", "level"),
    "log": ("text",),
    "message": ("type", "hex"),
    "raw": ("hex",),
    "fault": ("name", "value", "count"),
}
_REST_OF_LINE = frozenset({"card", "place", "invalid", "log", "raw"})
_LEVELS = {"on": True, "high": True, "off": False, "low": False, True: True, False: False}


def help_text() -> str:
    """What can be done, for people."""
    return HELP.format(faults="\n".join(f"    {name:12} {what}" for name, what in FAULTS.items()))


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
        reports: dict[str, Callable[[SimulatedReader], dict[str, Any]]] = {
            "list": listed,
            "state": state,
            "ports": port_log,
        }
        if do == "help":
            return {"help": help_text()}
        if do in reports:
            return {"readers": [reports[do](reader) for reader in readers]}
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
        case "card" | "place" | "invalid":
            content = card_content(_text(request, "card"))
            stay = do == "place" or bool(request.get("stay"))
            valid = do != "invalid" and bool(request.get("valid", True))
            family = _family(request.get("family", "Iso14443A"))
            return lambda reader: reader.present(content, family=family, valid=valid, stay=stay)
        case "remove":
            return SimulatedReader.remove
        case "pin":
            digits = _text(request, "digits")
            return lambda reader: reader.pin(digits)
        case "key":
            code = _number(request, "code", 255)
            return lambda reader: reader.key(code)
        case "tamper":
            level = _level(request)
            return lambda reader: reader.tamper(level)
        case "input":
            port, level = _input(_text(request, "input")), _level(request)
            return lambda reader: reader.set_input(port, level)
        case "log":
            text = _text(request, "text")
            return lambda reader: reader.log_message(text)
        case "message":
            kind, data = _message_type(request), _bytes(request) if request.get("hex") else b""
            return lambda reader: reader.message(kind, data)
        case "raw":
            data = _bytes(request)
            return lambda reader: _send(reader, data)
        case "fault":
            return _fault(request)
        case "lock" | "unlock":
            return lambda reader: reader.lock(do == "lock")
        case "reset":
            return SimulatedReader.power_cycle
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
    if len(rest) > len(keys):
        raise ValueError(f"{do} does not take {' '.join(rest)!r}; type help for what can be done")
    return {"do": do, "reader": reader, **dict(zip(keys, rest, strict=False))}


def card_content(text: str) -> bytes:
    """What a person wrote as a card: its text, or ``hex:`` and bytes.

    Raises:
        ValueError: it is neither.
    """
    if not text.startswith("hex:"):
        return text.encode()
    try:
        return bytes.fromhex(text[4:])
    except ValueError:
        raise ValueError(f"{text!r} is not hex: and two digits per byte") from None


def _text(request: Mapping[str, Any], name: str) -> str:
    value = request.get(name)
    if value is None or value == "":
        raise ValueError(f"{request.get('do')} needs a {name}; type help for what can be done")
    return str(value)


def _number(request: Mapping[str, Any], name: str, highest: int) -> int:
    text = _text(request, name)
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if not 0 <= number <= highest:
        raise ValueError(f"{name} must be a number from 0 to {highest}, not {text!r}")
    return number


def _level(request: Mapping[str, Any]) -> bool:
    level = request.get("level")
    if not isinstance(level, str | bool) or level not in _LEVELS:
        raise ValueError(f"the level must be high or low (tamper: on or off), not {level!r}")
    return _LEVELS[level]


def _input(text: str) -> int:
    if text in {"0", "1"}:
        return IoPort.Input0 + int(text)
    if text in IoPort.__members__:
        return IoPort[text]
    raise ValueError(f"an input is 0, 1, or the name of a port, as Gpio3, not {text!r}")


def _family(name: object) -> int:
    if isinstance(name, str) and name in CardFamilies.__members__:
        return CardFamilies[name]
    raise ValueError(f"the family must be one of {', '.join(CardFamilies.__members__)}, not {name!r}")


def _message_type(request: Mapping[str, Any]) -> int:
    name = _text(request, "type")
    return MessageType[name] if name in MessageType.__members__ else _number(request, "type", 255)


def _bytes(request: Mapping[str, Any]) -> bytes:
    try:
        data = bytes.fromhex(str(request.get("hex", "")))
    except ValueError:
        data = b""
    if not data:
        raise ValueError(f"{request.get('do')} needs bytes in hex, two digits each")
    return data


def _send(reader: SimulatedReader, data: bytes) -> None:
    if not reader.send(data):
        raise ValueError("not sent: no host is connected")


def _fault(request: Mapping[str, Any]) -> Callable[[SimulatedReader], object]:
    name, at, code = _text(request, "name").partition("@")
    if at and not re.fullmatch(r"[0-9A-Fa-f]{4}", code):
        raise ValueError(f"the code of a command is 4 hex digits, as 0503, not {code!r}")
    value = request.get("value")
    try:
        number = None if value in {None, "-"} else float(int(value, 0) if str(value).startswith("0x") else value)
    except (TypeError, ValueError):
        raise ValueError(f"the value of a fault is a number, not {value!r}") from None
    count = _number(request, "count", 1_000_000) if "count" in request else 1
    return lambda reader: reader.fault(name, number, count, int(code, 16) if code else None)


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
