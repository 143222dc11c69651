"""Refusals in the words of the command's arguments."""

from __future__ import annotations

from readers_bridge.errors import CommandError
from readers_bridge.families.star.printing.paper import Paper
from readers_bridge.model import Status
from readers_bridge.validation import Keys


def invalid(message: str, code: str, path: str | None) -> CommandError:
    """An argument is wrong."""
    return CommandError(message, status=Status.INVALID, code=code, path=path)


def not_supported(paper: Paper, what: str, remedy: str, path: str | None) -> CommandError:
    """The printer's command set has no such thing."""
    where = f"{path}: " if path else ""
    return CommandError(
        f"{where}a printer in the emulation {paper.emulation} prints no {what}; {remedy}",
        status=Status.REFUSED,
        code="not_supported",
        path=path,
    )


def dotted(keys: Keys) -> str:
    """``("lines", 3, "align")`` as ``lines.3.align``."""
    return ".".join(map(str, keys))
