"""A switch sequence while it runs (docs.baltech.de, refman/prot/baltechscript/runsequence)."""

from __future__ import annotations

from collections.abc import Callable

from readers_bridge.families.baltech.script.operations import (
    DISABLE_PORT,
    ENABLE_PORT,
    END_OF_SEQUENCE,
    ON_STOP,
    REPEAT_LOOP,
    START_LOOP,
    WAIT_MS,
    WAIT_SEC,
)
from readers_bridge.families.baltech.script.program import Instruction, Program

ITEMS_AT_ONCE = 65_536
"""So many items without a wait between them: the sequence would keep the reader from everything else, and is aborted."""

Switch = Callable[[int, bool | None], None]
"""Switches a port on or off; None: to the other state."""


class SequenceRun:
    """One run of the items of a RunSequence.

    Inferred, as the manufacturer does not tell: a sequence that reaches OnStop by itself executes the clean-up block, too;
    a count of 0 is like 1; a wait in the clean-up block does not wait.

    Attributes:
        due: when it goes on, in milliseconds; None: it is over.
        executed: how many items it executed.
        stalled: it was aborted after ITEMS_AT_ONCE.
    """

    def __init__(self, items: Program, now: int) -> None:
        self.due: int | None = now
        self.executed = 0
        self.stalled = False
        self._items = items
        self._next = 0
        self._loops: list[tuple[int, int]] = []
        self._cleaning = False

    def step(self, switch: Switch) -> None:
        """Execute the items that are due, up to the next wait or the end."""
        assert self.due is not None
        limit = self.executed + ITEMS_AT_ONCE
        while self._next < len(self._items):
            if self.executed == limit:
                self.stalled = True
                break
            item = self._items[self._next]
            self._next += 1
            self.executed += 1
            if item.operation is END_OF_SEQUENCE:
                break
            if item.operation is ON_STOP:
                self._cleaning = True
            wait = self._execute(item, switch)
            if wait and not self._cleaning:
                self.due += wait
                return
        if self.stalled and not self._cleaning:
            self.abort(switch)
        self.due = None

    def abort(self, switch: Switch) -> None:
        """End it: execute the items after OnStop, if there are any."""
        codes = [item.operation for item in self._items]
        self._next = codes.index(ON_STOP) if ON_STOP in codes else len(codes)
        self._loops.clear()
        self._cleaning = True
        self.step(switch)

    def _execute(self, item: Instruction, switch: Switch) -> int:
        """How many milliseconds to wait then."""
        code, values = item.operation.code, item.values
        match code:
            case ENABLE_PORT.code | DISABLE_PORT.code:
                switch(values[0], code == ENABLE_PORT.code)
            case START_LOOP.code:
                self._loops.append((self._next, 0))
            case REPEAT_LOOP.code:
                self._repeat(values[0])
            case WAIT_MS.code:
                return values[0]
            case WAIT_SEC.code:
                return 1000 * values[0]
            case _ if code >> 4 == 0x5:
                self._repeat(code & 0x0F)
            case _ if code >> 4 in (0x1, 0x2, 0x3):
                switch(code & 0x0F, (True, False, None)[(code >> 4) - 1])
            case _ if 0x80 <= code <= 0xBF:
                return 100 * (code - 0x80)
        return 0

    def _repeat(self, count: int) -> None:
        """Go back to the begin of the innermost loop until it was executed ``count`` times; without a loop, go on."""
        if not self._loops:
            return
        begin, executions = self._loops.pop()
        if executions + 1 < count:
            self._loops.append((begin, executions + 1))
            self._next = begin
