"""The control interface: a line of text, or a JSON object, for people and tests that steer simulated printers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from readers_bridge.families.star.simulator.condition import Switch
from readers_bridge.families.star.simulator.faults import FAULTS
from readers_bridge.families.star.simulator.printer import SimulatedPrinter
from readers_bridge.families.star.simulator.report import jobs, kicks, listed, paper, state
from readers_bridge.families.star.simulator.values import fault_name

HELP = """\
cover open|closed            open the cover, or close it
paper LINES|full|out         so many lines are left, paper without end, or none
switch NAME on|off           {switches}
drawer open|closed           the contact of the drawer (closed: the bit is on)
busy on|off                  take data and never finish
slow LINES [BYTES]           print so many lines, take so many bytes, per second (0: as fast as possible)
power on|off                 off: connections hang, ports refuse
cycle [SECONDS]              power off, and on again (after 1 s)
hold PORT [IP]               a host that crashed holds a print session from this port (and 127.0.0.1)
fault NAME [VALUE] [COUNT]   COUNT times (1), 0: again and again; NAME@PORT: management, print or status only; VALUE -:
                             the usual one
{faults}
transcript                   what is on the paper, as text
png DIRECTORY                save what is on the paper as pictures, one for each piece that was cut off
tear                         take the paper away
jobs                         the print sessions: bytes, print ends, unknown commands
kicks                        every time a drawer was opened
list                         the printers, with their addresses and counters
state                        condition, counters, connections
help                         this text
Begin with @PRINTER for one printer (a name of the list); without, every printer does it.
As JSON: {{"do": "cover", "level": "open", "printer": "printer-1"}}"""

_KEYS = {
    "cover": ("level",),
    "paper": ("lines",),
    "switch": ("name", "level"),
    "drawer": ("level",),
    "busy": ("level",),
    "slow": ("lines", "bytes"),
    "power": ("level",),
    "cycle": ("seconds",),
    "hold": ("port", "ip"),
    "fault": ("name", "value", "count"),
    "png": ("directory",),
}
_LEVELS = {"on": True, "open": True, "off": False, "closed": False, "close": False, True: True, False: False}
_REPORTS: dict[str, Callable[[SimulatedPrinter], dict[str, Any]]] = {
    "list": listed,
    "state": state,
    "jobs": jobs,
    "kicks": kicks,
    "transcript": paper,
}


def help_text() -> str:
    """What can be done, for people."""
    return HELP.format(
        faults="\n".join(f"    {name:24} {what}" for name, what in FAULTS.items()),
        switches=", ".join(Switch),
    )


class Control:
    """Executes lines for some printers."""

    def __init__(self, printers: Sequence[SimulatedPrinter]) -> None:
        self._printers = {printer.name: printer for printer in printers}

    def execute(self, line: str) -> str:
        """Do what the line says; the answer is text for text and JSON for JSON, and tells what is wrong with the line."""
        line = line.strip()
        if line.startswith("{"):
            try:
                return json.dumps({"ok": True, **self._do(_object(line))})
            except (ValueError, OSError, RuntimeError) as error:
                return json.dumps({"ok": False, "error": str(error)})
        try:
            return "\n".join(_as_text(self._do(_words(line))))
        except OSError as error:
            return f"error: {error.filename}: {error.strerror}" if error.filename else f"error: {error}"
        except (ValueError, RuntimeError) as error:
            return f"error: {error}"

    def _do(self, request: Mapping[str, Any]) -> dict[str, Any]:
        do = request.get("do")
        printers = self._chosen(request.get("printer"))
        if do == "help":
            return {"help": help_text()}
        if do in _REPORTS:
            return {"printers": [_REPORTS[do](printer) for printer in printers]}
        if do == "png":
            directory = Path(_text(request, "directory"))
            return {"files": [str(path) for printer in printers for path in save(printer, directory)]}
        action = _action(str(do), request)
        for printer in printers:
            action(printer)
        return {}

    def _chosen(self, name: object) -> list[SimulatedPrinter]:
        if name is None:
            return list(self._printers.values())
        if not isinstance(name, str) or name not in self._printers:
            raise ValueError(f"there is no printer {name!r}; the printers are {', '.join(self._printers)}")
        return [self._printers[name]]


def save(printer: SimulatedPrinter, directory: Path) -> Iterator[Path]:
    """Write each piece of paper as a PNG; the directory is made where it is missing.

    Raises:
        OSError: the directory cannot be made or written.
        RuntimeError: Pillow is not installed.
    """
    from readers_bridge.families.star.simulator.drawing import draw  # noqa: PLC0415 - it needs Pillow

    for number, piece in enumerate(printer.roll.receipts(), start=1):
        path = directory / f"{printer.name}-{number}.png"
        directory.mkdir(parents=True, exist_ok=True)
        path.write_bytes(draw(piece, printer.settings))
        yield path


def _action(do: str, request: Mapping[str, Any]) -> Callable[[SimulatedPrinter], object]:
    match do:
        case "cover":
            is_open = _level(request)
            return lambda printer: printer.cover(is_open=is_open)
        case "paper":
            lines = _paper(request)
            return lambda printer: printer.paper(lines)
        case "switch":
            switch, level = _switch(_text(request, "name")), _level(request)
            return lambda printer: printer.switch(switch, on=level)
        case "drawer":
            is_closed = not _level(request)
            return lambda printer: printer.switch(Switch.DRAWER, on=is_closed)
        case "busy":
            is_busy = _level(request)
            return lambda printer: printer.busy(on=is_busy)
        case "slow":
            lines_per_second = _number(request, "lines", 1e6)
            bytes_per_second = _number(request, "bytes", 1e9) if "bytes" in request else 0.0
            return lambda printer: printer.slow(lines_per_second, bytes_per_second)
        case "power":
            is_on = _level(request)
            return lambda printer: printer.power(on=is_on)
        case "cycle":
            seconds = _number(request, "seconds", 86_400) if "seconds" in request else 1.0
            return lambda printer: printer.power_cycle(seconds)
        case "hold":
            port, ip = int(_number(request, "port", 65_535)), str(request.get("ip", "127.0.0.1"))
            return lambda printer: printer.hold(port, ip)
        case "fault":
            return _fault(request)
        case "tear":
            return SimulatedPrinter.tear
    raise ValueError(f"cannot do {do!r}; type help for what can be done")


def _object(line: str) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError('not JSON; write {"do": "help"}') from None
    return dict(request)


def _words(line: str) -> dict[str, Any]:
    words = line.split()
    printer = words.pop(0)[1:] if words and words[0].startswith("@") else None
    do, *rest = words or [""]
    keys = _KEYS.get(do, ())
    if do == "png" and rest:
        rest = [line.split(maxsplit=1 if printer is None else 2)[-1]]
    if len(rest) > len(keys):
        raise ValueError(f"{do} does not take {' '.join(rest)!r}; type help for what can be done")
    return {"do": do, "printer": printer, **dict(zip(keys, rest, strict=False))}


def _text(request: Mapping[str, Any], name: str) -> str:
    value = request.get(name)
    if value is None or value == "":
        raise ValueError(f"{request.get('do')} needs a {name}; type help for what can be done")
    return str(value)


def _number(request: Mapping[str, Any], name: str, highest: float) -> float:
    text = _text(request, name)
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= highest:
        raise ValueError(f"{name} must be a number from 0 to {highest:g}, not {text!r}")
    return number


def _level(request: Mapping[str, Any]) -> bool:
    level = request.get("level")
    if not isinstance(level, str | bool) or level not in _LEVELS:
        raise ValueError(f"{request.get('do')} takes on or off (cover, drawer: open or closed), not {level!r}")
    return _LEVELS[level]


def _paper(request: Mapping[str, Any]) -> int | None:
    text = _text(request, "lines")
    if text in {"full", "out"}:
        return None if text == "full" else 0
    return int(_number(request, "lines", 1e9))


def _switch(name: str) -> Switch:
    try:
        return Switch(name)
    except ValueError:
        raise ValueError(f"there is no switch {name!r}; the switches are {', '.join(Switch)}") from None


def _fault(request: Mapping[str, Any]) -> Callable[[SimulatedPrinter], object]:
    name, port = fault_name(_text(request, "name"))
    value = request.get("value")
    try:
        number = None if value in {None, "-"} else float(value)
    except (TypeError, ValueError):
        raise ValueError(f"the value of a fault is a number, not {value!r}") from None
    count = int(_number(request, "count", 1_000_000)) if "count" in request else 1
    return lambda printer: printer.fault(name, number, count, port)


def _as_text(answer: Mapping[str, Any]) -> Iterator[str]:
    if "help" in answer:
        yield answer["help"]
    elif "printers" in answer:
        for each in answer["printers"]:
            if "transcript" in each:
                yield f"{each['name']}:\n{each['transcript']}"
            else:
                yield "  ".join(f"{key} {_shown(value)}" for key, value in each.items())
    elif "files" in answer:
        yield from answer["files"] or ["nothing is on the paper"]
    else:
        yield "ok"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(each)}" for key, each in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or "-"
    return {True: "on", False: "off", None: "-"}[value] if value is None or isinstance(value, bool) else str(value)
