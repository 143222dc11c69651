"""Timers by name: setting one anew cancels it first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Timers:
    """The timers of one device, in the time of the running loop."""

    def __init__(self) -> None:
        self._handles: dict[str, asyncio.TimerHandle] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._handles

    def set(self, name: str, seconds: float, do: Callable[[], None]) -> None:
        """Call ``do`` in this many seconds, instead of what was set under this name before."""
        self.cancel(name)

        def due() -> None:
            del self._handles[name]
            do()

        self._handles[name] = asyncio.get_running_loop().call_later(max(0.0, seconds), due)

    def cancel(self, *names: str) -> None:
        """Forget these."""
        for name in names:
            handle = self._handles.pop(name, None)
            if handle is not None:
                handle.cancel()
