"""What is wrong, or risky, in a script: findings with a place, a stable code and a remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from readers_bridge.errors import ReadersError


class Position(NamedTuple):
    """A place in what was given, text or hex; both count from 1."""

    line: int = 1
    column: int = 1


START = Position()


class Severity(StrEnum):
    """An error keeps a script from being assembled and sent; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``code``: E and three digits for an error, W and three for a warning; it never changes its meaning."""

    code: str
    text: str
    at: Position = START

    @property
    def severity(self) -> Severity:
        """Told by the first letter of the code."""
        return Severity.ERROR if self.code.startswith("E") else Severity.WARNING

    def __str__(self) -> str:
        return f"{self.at.line}:{self.at.column}: {self.code}: {self.text}"


class ScriptError(ReadersError):
    """The script cannot be used; ``findings`` holds every error, in the order of their places."""

    code = "script"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = tuple(findings)
