"""A helper process that is told what to do as JSON on its command line, then a word at a time on standard input."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class ChildError(Exception):
    """A helper did not do what it was told."""


class Child:
    """Runs ``python -m module TASK`` and talks with it in lines: it says words, it is told words."""

    def __init__(self, module: str, task: Any) -> None:
        self.name = module.rpartition(".")[2]
        self._heard = b""
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, json.dumps(dataclasses.asdict(task))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=ROOT,
        )

    def hear(self, word: str, seconds: float) -> str:
        """Wait for a line that begins with ``word``; the rest of it. Raises ChildError after ``seconds``."""
        assert self._process.stdout is not None
        deadline = time.monotonic() + seconds
        while True:
            while b"\n" in self._heard:
                line, _, self._heard = self._heard.partition(b"\n")
                said, _, rest = line.decode().partition(" ")
                if said == word:
                    return rest
            ready, _, _ = select.select([self._process.stdout], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                raise ChildError(f"{self.name} did not say '{word}' within {seconds:.0f} s")
            chunk = os.read(self._process.stdout.fileno(), 65536)
            if not chunk:
                raise ChildError(f"{self.name} ended before it said '{word}'")
            self._heard += chunk

    def tell(self, word: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{word}\n".encode())

    def close(self) -> None:
        """End it: by closing its standard input, else by force."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def say(text: str) -> None:
    """The helper's side: one line to the one who started it."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
