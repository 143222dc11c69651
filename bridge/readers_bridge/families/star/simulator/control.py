"""What can be done with simulated printers through the control interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from readers_bridge.families.star.simulator.condition import Switch
from readers_bridge.families.star.simulator.faults import FAULTS
from readers_bridge.families.star.simulator.printer import SimulatedPrinter
from readers_bridge.families.star.simulator.report import jobs, kicks, listed, paper, state
from readers_bridge.families.star.simulator.values import fault_name
from readers_bridge.simulation import control
from readers_bridge.simulation.control import Request, fault_value_of, level_of, text_of

_HELP = """\
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
_LEVELS = {"on": True, "open": True, "off": False, "closed": False, "close": False}
_REPORTS = {
    "list": listed,
    "state": state,
    "jobs": jobs,
    "kicks": kicks,
    "transcript": paper,
}


class Control(control.Control[SimulatedPrinter]):
    """Executes lines for some printers."""

    kind = "printer"
    help_text = _HELP.format(
        faults="\n".join(f"    {name:24} {what}" for name, what in FAULTS.items()),
        switches=", ".join(Switch),
    )
    keys = _KEYS
    rest_of_line = frozenset({"png"})
    reports = _REPORTS

    def perform(self, do: object, request: Request, devices: Sequence[SimulatedPrinter]) -> dict[str, Any]:
        if do == "png":
            directory = Path(text_of(request, "directory"))
            return {"files": [str(path) for printer in devices for path in save(printer, directory)]}
        return super().perform(do, request, devices)

    def action(self, do: object, request: Request) -> Callable[[SimulatedPrinter], object]:
        return _action(str(do), request)

    def as_text(self, answer: Mapping[str, Any]) -> Iterator[str]:
        if "files" in answer:
            yield from answer["files"] or ["nothing is on the paper"]
        elif any("transcript" in each for each in answer.get("printers", ())):
            yield from (f"{each['name']}:\n{each['transcript']}" for each in answer["printers"])
        else:
            yield from super().as_text(answer)


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


def _action(do: str, request: Request) -> Callable[[SimulatedPrinter], object]:
    match do:
        case "cover":
            is_open = _level(request)
            return lambda printer: printer.cover(is_open=is_open)
        case "paper":
            lines = _paper(request)
            return lambda printer: printer.paper(lines)
        case "switch":
            switch, level = _switch(text_of(request, "name")), _level(request)
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


def _number(request: Request, name: str, highest: float) -> float:
    text = text_of(request, name)
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= highest:
        raise ValueError(f"{name} must be a number from 0 to {highest:g}, not {text!r}")
    return number


def _level(request: Request) -> bool:
    return level_of(request, _LEVELS, f"{request.get('do')} takes on or off (cover, drawer: open or closed)")


def _paper(request: Request) -> int | None:
    text = text_of(request, "lines")
    if text in {"full", "out"}:
        return None if text == "full" else 0
    return int(_number(request, "lines", 1e9))


def _switch(name: str) -> Switch:
    try:
        return Switch(name)
    except ValueError:
        raise ValueError(f"there is no switch {name!r}; the switches are {', '.join(Switch)}") from None


def _fault(request: Request) -> Callable[[SimulatedPrinter], object]:
    name, port = fault_name(text_of(request, "name"))
    number = fault_value_of(request)
    count = int(_number(request, "count", 1_000_000)) if "count" in request else 1
    return lambda printer: printer.fault(name, number, count, port)
