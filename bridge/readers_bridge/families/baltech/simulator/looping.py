"""Execution modes Continuous and Repeat (docs.baltech.de, developers/exec-modes)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

CMD_WORK_AFTER = 0.05
"""Seconds until the host of a command in Continuous mode is told that the reader is at work."""
TRY_EVERY = 0.05
REPEAT_EVERY = 0.1


class Looping:
    """At most one command that is executed again and again, until it succeeds or is aborted."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        """The command is aborted, or the connection ended."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def continuous(self, attempt: Callable[[], bool], at_work: Callable[[], None]) -> None:
        """Call ``attempt`` until it gives True; ``at_work`` once, if that takes long."""

        def again(*, first: bool) -> None:
            self._timer = None
            if attempt():
                return
            if first:
                at_work()
            self._later(TRY_EVERY, lambda: again(first=False))

        if not attempt():
            self._later(CMD_WORK_AFTER, lambda: again(first=True))

    def repeat(self, do: Callable[[], None]) -> None:
        """Call ``do`` for ever."""
        self._later(REPEAT_EVERY, lambda: self.repeat(do))
        do()

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, do)
