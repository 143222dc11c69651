"""What a script does from its start on: every happening with its time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from readers_bridge.families.baltech.script.events import EVENTS
from readers_bridge.families.baltech.script.happenings import (
    CardMessageSent,
    DefaultActionDone,
    Happening,
    MessageSent,
    PortChanged,
    ScriptRun,
    TimerFired,
    TimerSet,
    Traced,
    VariableChanged,
)
from readers_bridge.families.baltech.script.interpreter import NOTHING, Ending, Given, Machine
from readers_bridge.families.baltech.script.program import Program
from readers_bridge.families.baltech.typedefs import IoPort, MessageType, ProtocolID

if TYPE_CHECKING:
    from readers_bridge.model import JsonObject

HAPPENINGS = 10_000
"""After so many happenings a simulation ends, whatever time it has reached."""

STEPS = 200_000
"""After so many commands, items and changes of toggles a simulation ends, so that endless scripts do not keep us for ever."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a script did; times in seconds since its start.

    Attributes:
        happenings: in order of time.
        ending: how the script itself ended, at 0 s.
        variables: those that are true in the end.
        on: the ports that were on before.
        truncated: something would have happened after the last happening; the simulation was ended before.
    """

    happenings: tuple[Happening, ...]
    ending: Ending
    variables: frozenset[int] = frozenset()
    on: frozenset[int] = frozenset()
    truncated: bool = False

    @property
    def ports(self) -> Mapping[int, tuple[PortChanged, ...]]:
        """The changes of each port that changes, by port."""
        changes = [happening for happening in self.happenings if isinstance(happening, PortChanged)]
        ports = sorted({change.port for change in changes})
        return {port: tuple(change for change in changes if change.port == port) for port in ports}

    @property
    def default_action(self) -> bool:
        """Whether the reader was told to perform the default action; when a host ran the script, there is none."""
        return self.ending is Ending.DEFAULT_ACTION or any(
            isinstance(happening, DefaultActionDone) for happening in self.happenings
        )

    def to_json(self) -> JsonObject:
        """As JSON: ports, events, protocols and message types by their names."""
        return {
            "ending": str(self.ending),
            "default_action": self.default_action,
            "ports": {
                name(IoPort, port): [{"time": change.time, "on": change.on} for change in changes]
                for port, changes in self.ports.items()
            },
            "happenings": [_json(happening) for happening in self.happenings],
            "variables": sorted(self.variables),
            "truncated": self.truncated,
        }


def simulate(
    program: Program,
    given: Given = NOTHING,
    *,
    scripts: Mapping[int, Program] = MappingProxyType({}),
    event: int | None = None,
    seconds: float = 60.0,
    limit: int = HAPPENINGS,
) -> Timeline:
    """Run a script and what it starts for this long, or up to ``limit`` happenings. Ends soon, whatever the script is.

    Args:
        program: the script.
        given: what it finds.
        scripts: the stored scripts by event, for Run and timers.
        event: the event because of which it runs; None: a host sent it.
        seconds: the horizon, since the start.
        limit: the most happenings.
    """
    machine = Machine(given, scripts)
    ending = machine.run(program, 0.0, event)
    happenings = machine.happenings()
    while (due := machine.next_due()) is not None and due <= seconds:
        if len(happenings) >= limit or machine.steps >= STEPS:
            break
        machine.advance(due)
        happenings += machine.happenings()
    return Timeline(
        happenings=tuple(happenings[:limit]),
        ending=ending,
        variables=machine.variables,
        on=given.on,
        truncated=due is not None or len(happenings) > limit,
    )


def name(names: type[IntEnum], value: int) -> str:
    """The manufacturer's name of a value, or its number in hexadecimal."""
    try:
        return names(value).name
    except ValueError:
        return f"{value:#04x}"


def event_name(event: int) -> str:
    """The manufacturer's name of an event, or its number in hexadecimal."""
    return EVENTS[event].name if event in EVENTS else f"{event:#04x}"


def _json(happening: Happening) -> JsonObject:
    return {"time": happening.time, **_told(happening)}


def _told(happening: Happening) -> JsonObject:
    match happening:
        case PortChanged(_, port, on):
            return {"what": "port_changed", "port": name(IoPort, port), "on": on}
        case MessageSent(_, message_type, message, protocol):
            return {
                "what": "message_sent",
                "type": name(MessageType, message_type),
                "id": message,
                "protocol": name(ProtocolID, protocol),
            }
        case CardMessageSent():
            return {"what": "card_message_sent"}
        case DefaultActionDone(_, event):
            return {"what": "default_action_done", "event": event_name(event)}
        case Traced(_, code):
            return {"what": "traced", "code": f"{code:02X}"}
        case TimerSet(_, timer, due):
            return {"what": "timer_set", "timer": timer, "due": due}
        case TimerFired(_, timer):
            return {"what": "timer_fired", "timer": timer}
        case VariableChanged(_, variable, value):
            return {"what": "variable_changed", "variable": variable, "value": value}
        case ScriptRun(_, event):
            return {"what": "script_run", "event": event_name(event)}
