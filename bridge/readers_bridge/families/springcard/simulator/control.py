"""What can be done with simulated readers through the control interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from readers_bridge.families.springcard.simulator.cards import Card, card_from, parse_card
from readers_bridge.families.springcard.simulator.faults import FAULTS
from readers_bridge.families.springcard.simulator.reader import SimulatedReader
from readers_bridge.simulation import control
from readers_bridge.simulation.control import Request, bytes_of

LONGEST_LINE = 1 << 18
"""Bytes of a line; enough for a message of 64 kB in hex."""

_HELP = """\
present CARD          lay a card on the reader: TAGID in hex[,key=value...], keys data details interface protocol
                      template rssi interface_name protocol_name
tap CARD              hold a card to the reader for a moment
remove [CARD]         take a card, or all cards, away
raw HEX               send these bytes
fault NAME [VALUE]    {faults}
reboot                the same as fault reboot
list                  the readers, with their addresses, cards and counters
help                  this text
Begin with @READER for one reader (a name of the list); without, every reader does it.
As JSON: {{"do": "present", "card": "0401" or {{"tag_id": "0401", "data": "42"}}, "reader": "reader-1"}}"""


def _listed(reader: SimulatedReader) -> dict[str, Any]:
    return {
        "name": reader.name,
        "address": reader.address,
        "connected": reader.connected,
        "cards": [card.tag_id for card in reader.cards],
        "reads": reader.reads,
        "lost": reader.lost,
        "commands": len(reader.commands),
        "discarded": len(reader.discarded),
        "uptime": reader.uptime,
    }


_KEYS = {
    "present": ("card",),
    "tap": ("card",),
    "remove": ("card",),
    "raw": ("hex",),
    "fault": ("name", "value"),
}
_REPORTS = {"list": _listed}


class Control(control.Control[SimulatedReader]):
    """Executes lines for some readers."""

    help_text = _HELP.format(faults=", ".join(FAULTS))
    longest_line = LONGEST_LINE
    keys = _KEYS
    rest_of_line = frozenset({"raw"})
    reports = _REPORTS

    def perform(self, do: object, request: Request, devices: Sequence[SimulatedReader]) -> dict[str, Any]:
        if do == "raw":
            data = bytes_of(request)
            sent = [reader.send(data) for reader in devices]
            if not all(sent):
                raise ValueError("not sent: no host is connected")
            return {}
        return super().perform(do, request, devices)

    def action(self, do: object, request: Request) -> Callable[[SimulatedReader], object]:
        match do:
            case "present" | "tap":
                card = _card(request)
                return lambda reader: (reader.place if do == "present" else reader.tap)(card)
            case "remove":
                gone = _card(request) if request.get("card") else None
                return lambda reader: reader.remove(gone)
            case "fault":
                name, value = _name(request), _value(request)
                return lambda reader: reader.fault(name, value)
            case "reboot":
                return SimulatedReader.reboot
        raise ValueError(f"cannot do {do!r}; type help for what can be done")

    def rest(self, do: str, text: str) -> Request:
        return super().rest(do, "".join(text.split()))

    def shown(self, value: object) -> str:
        return ", ".join(value) if isinstance(value, list) else str(value)


def _card(request: Request) -> Card:
    match request.get("card"):
        case str(text) if text:
            return parse_card(text)
        case dict(values):
            return card_from(values)
    raise ValueError("which card? Give its TagId in hex, as 047DAE02C84080")


def _name(request: Request) -> str:
    name = str(request.get("name", ""))
    if name not in FAULTS:
        raise ValueError(f"which fault? One of {', '.join(FAULTS)}")
    return name


def _value(request: Request) -> float | None:
    value = request.get("value")
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        raise ValueError(f"the value of a fault is a number, not {value!r}") from None
