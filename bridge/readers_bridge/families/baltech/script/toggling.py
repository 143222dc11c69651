"""A port that goes on and off by itself: Toggle and ToggleInverted of a script, UI.Toggle of a host.

Sources: docs.baltech.de, refman/prot/baltechscript (Toggle, ToggleInverted) and refman/cmds/ui/toggle.
"""

from __future__ import annotations

from dataclasses import dataclass

FOREVER = 255
"""The count with which UI.Toggle never ends. That a script's Toggle has the same count is inferred."""


@dataclass(slots=True)
class Toggle:
    """What is still to come. ``due``: when the port goes to ``on``; ``times``: how long it stays so, and then the other way.

    All times are in milliseconds. ``changes``: how many are left; None: it never ends.
    """

    due: int
    on: bool
    times: tuple[int, int]
    changes: int | None

    def step(self) -> bool:
        """The state to which the port goes now."""
        state = self.on
        self.on = not state
        self.due += self.times[0]
        self.times = self.times[::-1]
        if self.changes is not None:
            self.changes -= 1
        return state


def toggling(now: int, count: int, times: tuple[int, int], *, inverted: bool) -> Toggle:
    """A toggle that begins now: ``count`` times on and off, each for its time; inverted: off and on.

    A count of 0, or two times of 0, are not defined; the port goes to the state in which it would end, at once.
    """
    if not count or not any(times):
        return Toggle(now, inverted, times, 1)
    return Toggle(now, not inverted, times, None if count == FOREVER else 2 * count)
