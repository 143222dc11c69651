"""What is wrong or doubtful in the order of commands: the condition stack, and commands that get in each other's way.

A branch is what is executed with the same flags: the commands between two that change the condition stack. As a script
has no jumps, the depth of the stack is known everywhere; a flag is known where it comes from IfTrue alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from readers_bridge.families.baltech.script.finding import Finding
from readers_bridge.families.baltech.script.operations import (
    AND,
    ASSIGN_VAR,
    CONDITIONS,
    DEFAULT_ACTION,
    DISABLE,
    ENABLE,
    IF_TRUE,
    NOT,
    OPERATORS,
    OR,
    RUN,
    RUN_SEQUENCE,
)
from readers_bridge.families.baltech.script.program import Instruction, Program
from readers_bridge.families.baltech.typedefs import IoPort

SENSIBLE_DEPTH = 8
"""Flags on the condition stack; how many a reader can keep is not documented."""

_NEEDS = {NOT: 1, OR: 2, AND: 2, ASSIGN_VAR: 1}


@dataclass(slots=True)
class _Branch:
    ended: Instruction | None = None
    """The DefaultAction or Run that was executed in it."""
    told: bool = False
    """Whether a command that may not be executed was reported; one is enough."""
    sequence: Instruction | None = None
    drivers: dict[int, Instruction] = field(default_factory=dict)
    """What drives a port in the background."""


class Branches:
    """The walk through a script. ``always_default``: a DefaultAction is executed whatever the conditions are."""

    def __init__(self, program: Program) -> None:
        self.always_default = False
        self._flags: list[bool | None] = []
        self._branch = _Branch()
        self._ended: Instruction | None = None
        """The DefaultAction or Run that is executed whatever the conditions are."""
        self._perhaps: Instruction | None = None
        """A DefaultAction that is executed under a condition."""
        self._too_deep = False
        self.findings = [finding for instruction in program for finding in self._instruction(instruction)]
        """Codes E301 and W301 to W305."""

    def _instruction(self, instruction: Instruction) -> Iterator[Finding]:
        operation = instruction.operation
        if operation in CONDITIONS or operation in OPERATORS or operation is ASSIGN_VAR:
            yield from self._change_flags(instruction)
            self._branch = _Branch()
            return
        if not self._branch.told:
            yield from self._execution(instruction)
        yield from self._drivers(instruction)
        if operation is DEFAULT_ACTION or operation is RUN:
            self._end(instruction)

    def _change_flags(self, instruction: Instruction) -> Iterator[Finding]:
        operation, flags = instruction.operation, self._flags
        needed = _NEEDS.get(operation, 0)
        if len(flags) < needed:
            there = ("none", "only one")[len(flags)]
            text = f"{operation.name} needs {needed} flag{'s' * (needed > 1)}, there is {there}; write an If command before it"
            yield Finding("E301", text, instruction.at())
            flags[:0] = [None] * (needed - len(flags))
        match operation:
            case _ if operation is NOT:
                flags[-1] = None if flags[-1] is None else not flags[-1]
            case _ if operation is ASSIGN_VAR:
                flags.pop()
            case _ if operation in OPERATORS:
                flags.append(_merged((flags.pop(), flags.pop()), decides=operation is OR))
            case _:
                flags.append(True if operation is IF_TRUE else None)
        if len(flags) > SENSIBLE_DEPTH and not self._too_deep:
            self._too_deep = True
            text = (
                f"more than {SENSIBLE_DEPTH} flags on the condition stack; how many a reader can keep is not documented"
            )
            yield Finding("W301", text, instruction.at())

    @property
    def _flag(self) -> bool | None:
        return self._flags[-1] if self._flags else True

    def _execution(self, instruction: Instruction) -> Iterator[Finding]:
        name = instruction.operation.name
        after = self._branch.ended or self._ended or (self._perhaps if self._flag else None)
        if self._flag is False:
            text = f"{name} is never executed: the flag above it is always false; change the condition"
            yield Finding("W303", text, instruction.at())
        elif after is None:
            return
        elif after.operation is RUN:
            text = f"{name} is never executed: Run{_line(after)} ends this script; write it before Run"
            yield Finding("W303", text, instruction.at())
        else:
            text = f"{name} may not be executed after DefaultAction{_line(after)}, which may end the script; write it before"
            yield Finding("W302", text, instruction.at())
        self._branch.told = True
        self._ended = self._perhaps = None

    def _drivers(self, instruction: Instruction) -> Iterator[Finding]:
        operation, branch = instruction.operation, self._branch
        if operation is RUN_SEQUENCE and branch.sequence is not None:
            text = (
                f"this sequence aborts the one{_line(branch.sequence)} at once: commands do not wait; make one of both"
            )
            yield Finding("W304", text, instruction.at())
        else:
            for port in sorted(instruction.switched & branch.drivers.keys()):
                other = branch.drivers[port]
                text = (
                    f"{operation.name} switches {_port(port)} while {other.operation.name}{_line(other)} still does: "
                    "commands do not wait; use one RunSequence for both"
                )
                yield Finding("W305", text, instruction.at())
        if operation is RUN_SEQUENCE:
            branch.sequence = instruction
        if operation not in (ENABLE, DISABLE):
            branch.drivers |= dict.fromkeys(instruction.switched, instruction)

    def _end(self, instruction: Instruction) -> None:
        if self._flag is False:
            return
        self._branch.ended = self._branch.ended or instruction
        is_default = instruction.operation is DEFAULT_ACTION
        if self._flag is True:
            self._ended = instruction
            self.always_default |= is_default
        elif is_default:
            self._perhaps = instruction


def _merged(flags: tuple[bool | None, bool | None], *, decides: bool) -> bool | None:
    """Or, And: a flag that ``decides`` does so alone; without one, an unknown flag leaves it open."""
    if decides in flags:
        return decides
    return None if None in flags else not decides


def _line(instruction: Instruction) -> str:
    at = instruction.at()
    return f" ({at.line}:{at.column})"


def _port(port: int) -> str:
    return IoPort(port).name if port in list(IoPort) else f"port {port}"
