"""Stands in for the vendor's helper of this name, which the documentation does not show.

The samples call ``start``, ``wait`` (true until Ctrl-C), ``terminate`` and ``join``.
"""

from __future__ import annotations

import signal
from threading import Event, Thread


class CtrlCCatcher(Thread):
    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._stopped = Event()
        signal.signal(signal.SIGINT, lambda *_: self._stopped.set())

    def run(self) -> None:
        self._stopped.wait()

    def wait(self) -> bool:
        return not self._stopped.is_set()

    def terminate(self) -> None:
        self._stopped.set()
