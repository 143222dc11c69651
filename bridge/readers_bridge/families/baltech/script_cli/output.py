"""Results go to standard output, everything else to standard error."""

from __future__ import annotations

import sys


def show(text: str) -> None:
    """A result, in lines of its own."""
    sys.stdout.write(f"{text}\n")


def say(text: str) -> None:
    """A message, in lines of its own."""
    sys.stderr.write(f"{text}\n")
