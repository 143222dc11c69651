"""What happens on a bridge's topics, one readable line each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

LONGEST = 160
"""Characters of a message that are shown."""


class Colour(Enum):
    """Escape sequences of a terminal (ECMA-48, Select Graphic Rendition)."""

    PLAIN = ""
    READ = "\x1b[1;36m"
    COMMAND = "\x1b[33m"
    GOOD = "\x1b[32m"
    BAD = "\x1b[31m"
    EVENT = "\x1b[35m"


RESET = "\x1b[0m"
DIM = "\x1b[2m"


@dataclass(frozen=True, slots=True)
class Line:
    """Who, what kind of thing, and the thing itself."""

    who: str
    what: str
    text: str
    colour: Colour = Colour.PLAIN

    def render(self, at: datetime, *, width: int = 12, colours: bool = False) -> str:
        """The line as text; ``width`` is the room for the name of the device."""
        time = f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"
        what = f"{self.what:<8}"
        if colours:
            time = f"{DIM}{time}{RESET}"
            what = f"{self.colour.value}{what}{RESET}"
        return f"{time}  {self.who:<{width}}  {what}  {self.text}".rstrip()


def line(topic: str, payload: bytes) -> Line | None:
    """The line for a message; ``topic`` without the prefix and the bridge. None: nothing to show."""
    match _printable(topic).split("/"):
        case ["bridge", "state"]:
            state = _object(payload).get("state")
            return Line("bridge", _printable(state), "", Colour.GOOD if state == "online" else Colour.BAD)
        case [device, "availability"]:
            return _availability(device, _object(payload))
        case [device, "read"]:
            return _read(device, _object(payload))
        case [device, "event"]:
            return _event(device, _object(payload))
        case [device, "command", name]:
            return Line(
                device, "command", f"{name} {_printable(payload.decode(errors='replace'))}".rstrip(), Colour.COMMAND
            )
        case [device, "result"]:
            return _result(device, _object(payload))
    return None


class Changes:
    """The lines of a stream of messages, without those that only say again how the bridge or a device is."""

    def __init__(self) -> None:
        self._last: dict[str, bytes] = {}

    def line(self, topic: str, payload: bytes) -> Line | None:
        """The line for a message, see ``line``; None when it says nothing new."""
        if topic.endswith(("/state", "/availability")):
            if self._last.get(topic) == payload:
                return None
            self._last[topic] = payload
        return line(topic, payload)


def _availability(device: str, message: dict[str, Any]) -> Line:
    if message.get("state") == "online":
        return Line(device, "online", "assumed; the link cannot tell" if message.get("assumed") else "", Colour.GOOD)
    return Line(device, "offline", _printable(message.get("reason")), Colour.BAD)


def _read(device: str, message: dict[str, Any]) -> Line:
    marks = [mark for mark in ("late", "repeat") if message.get(mark)]
    return Line(
        device,
        "read",
        " ".join([_printable(message.get("kind")), _printable(message.get("credential")), *marks]),
        Colour.READ,
    )


def _event(device: str, message: dict[str, Any]) -> Line:
    data = message.get("data")
    details = [f"{key}={_printable(value)}" for key, value in data.items()] if isinstance(data, dict) else []
    return Line(device, "event", _printable(" ".join([_printable(message.get("event_type")), *details])), Colour.EVENT)


def _result(device: str, message: dict[str, Any]) -> Line:
    status = message.get("status")
    text = f"{_printable(message.get('command'))} {_printable(status)}"
    error = message.get("error")
    if isinstance(error, dict):
        text += f": {_printable(error.get('message') or error.get('code'))}"
    return Line(device, "result", text, Colour.GOOD if status in ("done", "sent") else Colour.BAD)


def _object(payload: bytes) -> dict[str, Any]:
    """The JSON object of a payload; empty when it is none."""
    try:
        message = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def _printable(value: object) -> str:
    """A value as text that cannot upset a terminal, cut when it is long."""
    if value is None:
        return "-"
    try:
        text = value if isinstance(value, str) else json.dumps(value)
    except RecursionError:
        text = "…"
    text = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text[: LONGEST + 1])
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
