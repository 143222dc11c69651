"""What goes on in a reader while its scripts have ended long ago: toggles and the switch sequence, and the ports they switch.

All times are in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from readers_bridge.families.baltech.script.happenings import Happening, PortChanged
from readers_bridge.families.baltech.script.program import Program
from readers_bridge.families.baltech.script.sequence_run import SequenceRun
from readers_bridge.families.baltech.script.toggling import Toggle, toggling
from readers_bridge.families.baltech.typedefs import INPUTS


class Background:
    """The output ports, and what switches them by itself.

    Attributes:
        ports: those that have been switched, each on or not.
        steps: how many items of sequences and changes of toggles were executed.
    """

    def __init__(self, on: Iterable[int], happenings: list[Happening]) -> None:
        self.ports = dict.fromkeys(on, True)
        self.steps = 0
        self._happenings = happenings
        self._now = 0
        self._toggles: dict[int, Toggle] = {}
        self._sequence: SequenceRun | None = None

    def clear(self) -> None:
        """Everything is off and stopped."""
        self.ports.clear()
        self._toggles.clear()
        self._sequence = None

    def due(self) -> int | None:
        """When something happens next."""
        return min(self._dues(), default=None)

    def _dues(self) -> Iterator[int]:
        yield from (toggle.due for toggle in self._toggles.values())
        if self._sequence is not None and self._sequence.due is not None:
            yield self._sequence.due

    def step(self, now: int) -> None:
        """Do what is due now, once each: toggles first, then the sequence."""
        self._now = now
        for port, toggle in list(self._toggles.items()):
            if toggle.due <= now:
                self._step_toggle(port, toggle)
        if self._sequence is not None and self._sequence.due is not None and self._sequence.due <= now:
            self._step_sequence(self._sequence)

    def switch(self, port: int, now: int, *, on: bool) -> None:
        """Switch a port for good; a toggle on it ends."""
        self._now = now
        self._toggles.pop(port, None)
        self._drive(port, on)

    def toggle(self, port: int, count: int, times: tuple[int, int], now: int, *, inverted: bool) -> None:
        """Begin to toggle a port, instead of what toggled it before."""
        self._now = now
        toggle = toggling(now, count, times, inverted=inverted)
        self._toggles[port] = toggle
        self._step_toggle(port, toggle)

    def start_sequence(self, items: Program, now: int) -> bool:
        """Begin a sequence; one that is running is aborted, and cleans up. False: the new one stalled at once."""
        self._now = now
        if (running := self._sequence) is not None:
            before = running.executed
            running.abort(self._drive)
            self.steps += running.executed - before
        sequence = SequenceRun(items, now)
        self._sequence = sequence
        self._step_sequence(sequence)
        return not sequence.stalled

    def _step_toggle(self, port: int, toggle: Toggle) -> None:
        self.steps += 1
        self._drive(port, toggle.step())
        if toggle.changes == 0:
            del self._toggles[port]

    def _step_sequence(self, sequence: SequenceRun) -> None:
        before = sequence.executed
        sequence.step(self._drive)
        self.steps += sequence.executed - before
        if sequence.due is None:
            self._sequence = None

    def _drive(self, port: int, on: bool | None) -> None:  # noqa: FBT001  see Switch
        if port in INPUTS:
            return
        before = self.ports.get(port)
        state = not before if on is None else on
        if state is not before:
            self.ports[port] = state
            self._happenings.append(PortChanged(self._now / 1000, port, state))
