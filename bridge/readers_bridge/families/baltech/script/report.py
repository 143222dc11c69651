"""Findings for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from readers_bridge.families.baltech.script.finding import Finding, Severity

if TYPE_CHECKING:
    from readers_bridge.model import JsonObject


def findings_json(findings: Iterable[Finding]) -> JsonObject:
    """``valid``, ``errors`` and ``warnings``; each of these with ``code``, ``line``, ``column`` and ``text``."""
    told: JsonObject = {"valid": True, "errors": [], "warnings": []}
    for finding in findings:
        is_error = finding.severity is Severity.ERROR
        told["valid"] = told["valid"] and not is_error
        told["errors" if is_error else "warnings"].append(
            {"code": finding.code, "line": finding.at.line, "column": finding.at.column, "text": finding.text}
        )
    return told
