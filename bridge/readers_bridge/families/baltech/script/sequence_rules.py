"""What is wrong or doubtful in the order of a sequence's items (docs.baltech.de, refman/prot/baltechscript/runsequence)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readers_bridge.families.baltech.script.finding import Finding
from readers_bridge.families.baltech.script.operations import (
    END_OF_SEQUENCE,
    INVERTS,
    ON_STOP,
    REPEATS,
    RUN_SEQUENCE,
    START_LOOP,
    WAITS,
)
from readers_bridge.families.baltech.script.program import Instruction, Program

SENSIBLE_NESTING = 4
"""Loops within loops; how many a reader can keep is not documented."""


def sequence_findings(program: Program) -> Iterator[Finding]:
    """Codes E401 to E405 and W402 to W404."""
    for instruction in program:
        if instruction.operation is RUN_SEQUENCE:
            yield from _Sequence(instruction).findings()


@dataclass(slots=True)
class _Loop:
    start: Instruction
    waits: bool = False


class _Sequence:
    def __init__(self, command: Instruction) -> None:
        self._command = command
        self._loops: list[_Loop] = []
        self._cleaning = False

    def findings(self) -> Iterator[Finding]:
        items = self._command.sequence
        for item in items:
            operation = item.operation
            if operation is START_LOOP:
                yield from self._start(item)
            elif operation in REPEATS:
                yield from self._repeat(item)
            elif operation is ON_STOP:
                yield from self._on_stop(item)
            elif operation in WAITS:
                yield from self._wait(item)
            elif operation in INVERTS and self._cleaning:
                text = f"{operation.name} after OnStop: the block may be executed once or twice; use DisablePort or EnablePort"
                yield Finding("W403", text, item.at())
        yield from self._open_loops()
        if not items or items[-1].operation is not END_OF_SEQUENCE:
            yield Finding("E401", "RunSequence has no end; write EndOfSequence after its last item", self._command.at())

    def _start(self, item: Instruction) -> Iterator[Finding]:
        self._loops.append(_Loop(item))
        if len(self._loops) == SENSIBLE_NESTING + 1:
            text = f"more than {SENSIBLE_NESTING} loops within each other; how many a reader can keep is not documented"
            yield Finding("W402", text, item.at())

    def _repeat(self, item: Instruction) -> Iterator[Finding]:
        if not self._loops:
            where = " after OnStop" if self._cleaning else ""
            text = f"{item.operation.name} without a loop{where}; write StartLoop before the first item to repeat"
            yield Finding("E402", text, item.at())
            return
        loop = self._loops.pop()
        if not loop.waits:
            yield Finding(
                "W404", "the loop does not wait, and so is over at once; write a wait into it", loop.start.at()
            )
        elif self._loops:
            self._loops[-1].waits = True

    def _on_stop(self, item: Instruction) -> Iterator[Finding]:
        yield from self._open_loops()
        if self._cleaning:
            yield Finding(
                "E405", "OnStop stands here already; write one clean-up block, the last of the sequence", item.at()
            )
        self._cleaning = True

    def _wait(self, item: Instruction) -> Iterator[Finding]:
        if self._cleaning:
            yield Finding("E404", f"{item.operation.name} after OnStop; the clean-up block must not wait", item.at())
        for loop in self._loops[-1:]:
            loop.waits = True

    def _open_loops(self) -> Iterator[Finding]:
        for loop in self._loops:
            text = "the loop has no end; write RepeatLoop and a count after its last item, and before OnStop"
            yield Finding("E403", text, loop.start.at())
        self._loops.clear()
