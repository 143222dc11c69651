"""The stored scripts, and the machine that runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from readers_bridge.families.baltech.script.events import EVENTS_KEY
from readers_bridge.families.baltech.script.happenings import Happening, PortChanged
from readers_bridge.families.baltech.script.interpreter import Ending, Given, Machine
from readers_bridge.families.baltech.script.program import Program
from readers_bridge.families.baltech.simulator.status import (
    ERR_SCRIPT_NOT_IMPLEMENTED,
    ERR_SCRIPT_RUNTIME,
    ERR_SCRIPT_SYNTAX,
    Refused,
)
from readers_bridge.families.baltech.simulator.syntax import parse

_STATUS = {Ending.RUNTIME_ERROR: ERR_SCRIPT_RUNTIME, Ending.DEFAULT_ACTION: ERR_SCRIPT_NOT_IMPLEMENTED}


class PortLogged(NamedTuple):
    """A port went on or off; ``time`` in seconds of the reader's clock."""

    time: float
    port: int
    on: bool


class Scripting:
    """Runs scripts of events and of the host; ``happened`` is told what they do.

    Attributes:
        machine: the ports, variables, timers, toggles and sequence; a new one after each start.
        log: every change of a port since the reader was made.
    """

    def __init__(self, happened: Callable[[Happening], None]) -> None:
        self.machine = Machine()
        self.log: list[PortLogged] = []
        self._happened = happened
        self._scripts: dict[int, Program | None] = {}

    @property
    def stored(self) -> frozenset[int]:
        """The events that have a script in effect, with or without syntax errors."""
        return frozenset(self._scripts)

    def start(self, inputs: Iterable[int], protocol: int, now: float) -> None:
        """The reader starts: everything is off and cleared."""
        self.log += [PortLogged(now, port, on=False) for port, on in self.machine.ports.items() if on]
        self.machine = Machine(Given(inputs=frozenset(inputs), protocols=frozenset({protocol})))
        self._offer()

    def load(self, config: Mapping[tuple[int, int], bytes]) -> None:
        """The configuration takes effect."""
        self._scripts = {value: parse(script) for (key, value), script in config.items() if key == EVENTS_KEY}
        self._offer()

    def _offer(self) -> None:
        self.machine.scripts = {event: program for event, program in self._scripts.items() if program is not None}

    def event(self, event: int, now: float) -> bool:
        """Run the script of an event; gives whether the reader performs the default action."""
        if event not in self._scripts:
            return True
        program = self._scripts[event]
        ending = Ending.RUNTIME_ERROR if program is None else self.machine.run(program, now, event)
        self.collect()
        return ending is Ending.DEFAULT_ACTION

    def host(self, script: bytes, now: float) -> None:
        """AR.RunScript.

        Raises: Refused.
        """
        program = parse(script)
        if program is None:
            raise Refused(ERR_SCRIPT_SYNTAX)
        ending = self.machine.run(program, now)
        self.collect()
        if ending in _STATUS:
            raise Refused(_STATUS[ending])

    def advance(self, now: float) -> None:
        """Let toggles, timers and the sequence go on."""
        self.machine.advance(now)
        self.collect()

    def collect(self) -> None:
        """Tell what the machine did."""
        for happening in self.machine.happenings():
            if isinstance(happening, PortChanged):
                self.log.append(PortLogged(happening.time, happening.port, happening.on))
            self._happened(happening)
