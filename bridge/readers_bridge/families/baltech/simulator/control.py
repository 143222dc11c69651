"""What can be done with simulated readers through the control interface."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from readers_bridge.families.baltech.simulator.faults import FAULTS
from readers_bridge.families.baltech.simulator.reader import SimulatedReader
from readers_bridge.families.baltech.simulator.report import listed, port_log, state
from readers_bridge.families.baltech.typedefs import CardFamilies, IoPort, MessageType
from readers_bridge.simulation import control
from readers_bridge.simulation.control import Request, bytes_of, fault_value_of, level_of, text_of

_HELP = """\
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
_LEVELS = {"on": True, "high": True, "off": False, "low": False}
_REPORTS = {"list": listed, "state": state, "ports": port_log}


class Control(control.Control[SimulatedReader]):
    """Executes lines for some readers."""

    help_text = _HELP.format(faults="\n".join(f"    {name:12} {what}" for name, what in FAULTS.items()))
    keys = _KEYS
    rest_of_line = frozenset({"card", "place", "invalid", "log", "raw"})
    reports = _REPORTS

    def action(self, do: object, request: Request) -> Callable[[SimulatedReader], object]:
        return _action(str(do), request)


def _action(do: str, request: Request) -> Callable[[SimulatedReader], object]:
    match do:
        case "card" | "place" | "invalid":
            content = card_content(text_of(request, "card"))
            stay = do == "place" or bool(request.get("stay"))
            valid = do != "invalid" and bool(request.get("valid", True))
            family = _family(request.get("family", "Iso14443A"))
            return lambda reader: reader.present(content, family=family, valid=valid, stay=stay)
        case "remove":
            return SimulatedReader.remove
        case "pin":
            digits = text_of(request, "digits")
            return lambda reader: reader.pin(digits)
        case "key":
            code = _number(request, "code", 255)
            return lambda reader: reader.key(code)
        case "tamper":
            level = _level(request)
            return lambda reader: reader.tamper(level)
        case "input":
            port, level = _input(text_of(request, "input")), _level(request)
            return lambda reader: reader.set_input(port, level)
        case "log":
            text = text_of(request, "text")
            return lambda reader: reader.log_message(text)
        case "message":
            kind, data = _message_type(request), bytes_of(request) if request.get("hex") else b""
            return lambda reader: reader.message(kind, data)
        case "raw":
            data = bytes_of(request)
            return lambda reader: _send(reader, data)
        case "fault":
            return _fault(request)
        case "lock" | "unlock":
            return lambda reader: reader.lock(do == "lock")
        case "reset":
            return SimulatedReader.power_cycle
    raise ValueError(f"cannot do {do!r}; type help for what can be done")


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


def _number(request: Request, name: str, highest: int) -> int:
    text = text_of(request, name)
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if not 0 <= number <= highest:
        raise ValueError(f"{name} must be a number from 0 to {highest}, not {text!r}")
    return number


def _level(request: Request) -> bool:
    return level_of(request, _LEVELS, "the level must be high or low (tamper: on or off)")


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


def _message_type(request: Request) -> int:
    name = text_of(request, "type")
    return MessageType[name] if name in MessageType.__members__ else _number(request, "type", 255)


def _send(reader: SimulatedReader, data: bytes) -> None:
    if not reader.send(data):
        raise ValueError("not sent: no host is connected")


def _fault(request: Request) -> Callable[[SimulatedReader], object]:
    name, at, code = text_of(request, "name").partition("@")
    if at and not re.fullmatch(r"[0-9A-Fa-f]{4}", code):
        raise ValueError(f"the code of a command is 4 hex digits, as 0503, not {code!r}")
    number = fault_value_of(request, parse=_fault_number)
    count = _number(request, "count", 1_000_000) if "count" in request else 1
    return lambda reader: reader.fault(name, number, count, int(code, 16) if code else None)


def _fault_number(value: Any) -> float:
    return float(int(value, 0) if str(value).startswith("0x") else value)
