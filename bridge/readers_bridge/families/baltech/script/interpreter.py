"""What scripts do: one reader's ports, variables, timers and switch sequence, in virtual time.

Sources: docs.baltech.de, refman/prot/baltechscript; the BaltechScript Protocol document, "Condition Stack" and "Global State
Variables". What these leave open is decided here as follows, and might be different in a reader:

- AssignVar under a false second flag assigns nothing and removes the top flag all the same.
- DefaultAction ends the script.
- The default action belongs to the event that happened, also in a script that Run went on with.
- Run of an event without a script is like DefaultAction.
- A timer fires exactly when its time is over; a reader may be up to 100 ms early.
- A sequence and the commands for a port that it switches do not know of each other; the last one wins.
- A port that can only be read cannot be switched; nothing happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from readers_bridge.families.baltech.script.background import Background
from readers_bridge.families.baltech.script.conditions import ConditionStack, UnderflowError
from readers_bridge.families.baltech.script.happenings import (
    CardMessageSent,
    DefaultActionDone,
    Happening,
    MessageSent,
    ScriptRun,
    TimerFired,
    TimerSet,
    Traced,
    VariableChanged,
)
from readers_bridge.families.baltech.script.operations import (
    AND,
    ASSIGN_VAR,
    CLEAR_VAR,
    DEFAULT_ACTION,
    DISABLE,
    ENABLE,
    IF_DIP,
    IF_IO_PORT,
    IF_PROTOCOL_ENABLED,
    IF_STATE,
    IF_TRUE,
    IF_VAR,
    NOT,
    OR,
    RUN,
    RUN_SEQUENCE,
    SEND_CARD_MSG,
    SEND_MSG,
    SET_TIMER,
    SET_VAR,
    TOGGLE,
    TOGGLE_INVERTED,
    TRACE,
    Executes,
    Operation,
)
from readers_bridge.families.baltech.script.program import Instruction, Program

ON_TIMER = 0x68
"""The event OnTimer[0]; those of the other timers follow."""

SCRIPTS_AT_ONCE = 256
"""After so many Run the scripts go on in a circle: a runtime error."""

FIRST_SHARED_STATE = 8
"""From here on, IfState is the same as IfVar."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a script finds: what is high, set or active; everything else is not.

    ``inputs``: ports that are high; ``states``: those below 8; ``on``: output ports that are on already.
    """

    inputs: frozenset[int] = frozenset()
    variables: frozenset[int] = frozenset()
    dip_switches: frozenset[int] = frozenset()
    protocols: frozenset[int] = frozenset()
    states: frozenset[int] = frozenset()
    on: frozenset[int] = frozenset()


NOTHING = Given()


class Ending(StrEnum):
    """How a script ended; toggles, timers and a sequence may go on."""

    DONE = "done"
    DEFAULT_ACTION = "default_action"
    RUNTIME_ERROR = "runtime_error"


class Machine:
    """One reader's ports, variables, timers, toggles and switch sequence.

    Time is given with each call, in seconds since any moment, and never goes back. Commands never wait: what takes time goes
    on in ``advance``.

    Attributes:
        scripts: the stored scripts by event id, for Run and the timers; looked up whenever one is needed.
    """

    def __init__(self, given: Given = NOTHING, scripts: Mapping[int, Program] = MappingProxyType({})) -> None:
        self.scripts = scripts
        self._given = given
        self._inputs = set(given.inputs)
        self._variables = set(given.variables)
        self._timers: dict[int, int] = {}
        self._happenings: list[Happening] = []
        self._background = Background(given.on, self._happenings)
        self._now: int | None = None
        self._commands = 0

    @property
    def ports(self) -> Mapping[int, bool]:
        """The output ports that have been switched, each on or not; the others are off."""
        return MappingProxyType(self._background.ports)

    @property
    def variables(self) -> frozenset[int]:
        """The global state variables that are true."""
        return frozenset(self._variables)

    @property
    def steps(self) -> int:
        """How much was executed so far: commands, items of sequences, changes of toggles, timers."""
        return self._commands + self._background.steps

    def reset(self) -> None:
        """Begin as after Sys.Reset: everything off, cleared and stopped, without a happening; inputs stay as they are."""
        self._background.clear()
        self._variables.clear()
        self._timers.clear()

    def run(self, program: Program, now: float, event: int | None = None) -> Ending:
        """Run a script because of an event; None: a host sent it with AR.RunScript.

        For an event, DefaultAction performs the event's default action (DefaultActionDone); a host learns it from the
        ending only.
        """
        self.advance(now)
        return self._run(program, event)

    def advance(self, now: float) -> None:
        """Let toggles, timers and the sequence go on until ``now``."""
        until = round(now * 1000)
        while (due := self._due()) is not None and due <= until:
            self._now = due
            self._background.step(due)
            self._fire_timers(due)
        self._now = until if self._now is None else max(self._now, until)

    def next_due(self) -> float | None:
        """When something happens next; None: never, unless something else is called."""
        due = self._due()
        return None if due is None else due / 1000

    def happenings(self) -> list[Happening]:
        """What happened since the last call, in order of time."""
        happened = self._happenings[:]
        self._happenings.clear()
        return happened

    def switch(self, port: int, on: bool, now: float) -> None:  # noqa: FBT001  as in UI.Enable
        """UI.Enable, UI.Disable: switch a port for good."""
        self.advance(now)
        self._background.switch(port, self._at, on=on)

    def toggle(
        self,
        port: int,
        count: int,
        t1: float,
        t2: float,
        inverted: bool,  # noqa: FBT001  in the order of UI.Toggle
        now: float,
    ) -> None:
        """UI.Toggle: on for ``t1`` and off for ``t2`` seconds (inverted: off and on), ``count`` times; 255: for ever."""
        self.advance(now)
        self._background.toggle(port, count, (round(t1 * 1000), round(t2 * 1000)), self._at, inverted=inverted)

    def set_input(self, port: int, high: bool) -> None:  # noqa: FBT001  a level
        """An input port is high or low from now on."""
        (self._inputs.add if high else self._inputs.discard)(port)

    @property
    def _at(self) -> int:
        return self._now or 0

    @property
    def _time(self) -> float:
        return self._at / 1000

    def _due(self) -> int | None:
        dues = [*self._timers.values()]
        if (due := self._background.due()) is not None:
            dues.append(due)
        return min(dues, default=None)

    def _fire_timers(self, now: int) -> None:
        for timer in sorted(self._timers):
            due = self._timers.get(timer)  # the script of the one before may have set it anew
            if due is None or due > now:
                continue
            del self._timers[timer]
            self._commands += 1
            self._happenings.append(TimerFired(self._time, timer))
            event = ON_TIMER + timer
            if (program := self.scripts.get(event)) is not None:
                self._happenings.append(ScriptRun(self._time, event))
                self._run(program, event)

    def _run(self, program: Program, event: int | None) -> Ending:
        outcome = self._execute_all(program)
        for _ in range(SCRIPTS_AT_ONCE):
            if isinstance(outcome, Ending):
                break
            follower = self.scripts.get(outcome)
            if follower is None:
                outcome = Ending.DEFAULT_ACTION
                break
            self._happenings.append(ScriptRun(self._time, outcome))
            outcome = self._execute_all(follower)
        else:
            outcome = Ending.RUNTIME_ERROR
        if outcome is Ending.DEFAULT_ACTION and event is not None:
            self._happenings.append(DefaultActionDone(self._time, event))
        return outcome

    def _execute_all(self, program: Program) -> Ending | int:
        """How the script ended; a number: the script of this event goes on."""
        stack = ConditionStack()
        for instruction in program:
            self._commands += 1
            try:
                outcome = self._execute(instruction, stack)
            except UnderflowError:
                return Ending.RUNTIME_ERROR
            if outcome is not None:
                return outcome
        return Ending.DONE

    def _execute(self, instruction: Instruction, stack: ConditionStack) -> Ending | int | None:
        operation, values = instruction.operation, instruction.values
        executes = stack.executes(operation.executes)
        if operation is ASSIGN_VAR:
            flag = stack.pop()
            if executes:
                self._set_variable(values[0], value=flag)
        elif operation.executes is Executes.ALWAYS:
            self._change(stack, operation, values)
        elif executes:
            return self._act(instruction)
        return None

    def _change(self, stack: ConditionStack, operation: Operation, values: tuple[int, ...]) -> None:
        """A command that changes the condition stack."""
        if operation is NOT:
            stack.push(not stack.pop())
        elif operation is OR or operation is AND:
            first, second = stack.pop(), stack.pop()
            stack.push(first and second if operation is AND else first or second)
        else:
            stack.push(self._holds(operation, *values))

    def _holds(self, operation: Operation, value: int = 0) -> bool:
        """What an If command asks."""
        if operation is IF_VAR or (operation is IF_STATE and value >= FIRST_SHARED_STATE):
            return value in self._variables
        if operation is IF_STATE:
            return value in self._given.states
        if operation is IF_PROTOCOL_ENABLED:
            return value in self._given.protocols
        if operation is IF_DIP:
            return value in self._given.dip_switches
        if operation is IF_IO_PORT:
            return self._background.ports.get(value, value in self._inputs)
        return operation is IF_TRUE

    def _act(self, instruction: Instruction) -> Ending | int | None:
        """A command that does something."""
        operation, values = instruction.operation, instruction.values
        if operation is ENABLE or operation is DISABLE:
            self._background.switch(values[0], self._at, on=operation is ENABLE)
        elif operation is TOGGLE or operation is TOGGLE_INVERTED:
            port, count, tenths = values
            times = (100 * tenths, 100 * tenths)
            self._background.toggle(port, count, times, self._at, inverted=operation is TOGGLE_INVERTED)
        elif operation is RUN_SEQUENCE:
            if not self._background.start_sequence(instruction.sequence, self._at):
                return Ending.RUNTIME_ERROR
        elif operation is SET_VAR or operation is CLEAR_VAR:
            self._set_variable(values[0], value=operation is SET_VAR)
        elif operation is SET_TIMER:
            self._set_timer(*values)
        elif operation is DEFAULT_ACTION:
            return Ending.DEFAULT_ACTION
        elif operation is RUN:
            return values[0]
        else:
            self._tell(operation, values)
        return None

    def _tell(self, operation: Operation, values: tuple[int, ...]) -> None:
        """A command that sends something."""
        if operation is SEND_MSG:
            self._happenings.append(MessageSent(self._time, *values))
        elif operation is SEND_CARD_MSG:
            self._happenings.append(CardMessageSent(self._time))
        elif operation is TRACE:
            self._happenings.append(Traced(self._time, *values))

    def _set_variable(self, variable: int, *, value: bool) -> None:
        if (variable in self._variables) is not value:
            (self._variables.add if value else self._variables.discard)(variable)
            self._happenings.append(VariableChanged(self._time, variable, value))

    def _set_timer(self, timer: int, tenths: int) -> None:
        if tenths:
            self._timers[timer] = self._at + 100 * tenths
            self._happenings.append(TimerSet(self._time, timer, self._timers[timer] / 1000))
        else:
            self._timers.pop(timer, None)
            self._happenings.append(TimerSet(self._time, timer, None))
