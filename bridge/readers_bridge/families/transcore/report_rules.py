"""Which of the reader's texts are which event: the operator's, because the manuals do not print them all.

A pattern must be safe to match against whatever a line brings: its work is bounded by its form, and texts by their length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import voluptuous as vol

from readers_bridge.model import JsonObject

RULES_LIMIT = 16
PATTERN_LIMIT = 120
"""Characters."""

REPETITIONS_LIMIT = 3
TEXT_LIMIT = 100
"""Characters of a text that are looked at; a reader's message has 72 at most (MPRX System Guide, page 6-4)."""

OWN_TYPES = frozenset({"restarted", "error", "report", "wrong_protocol", "read", "late_read"})
"""Event types with a meaning of their own."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_ESCAPED = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPETITION = re.compile(r"[*+]|\{[0-9]*,[0-9]*\}|\{[0-9]{3,}\}")
_REPEATED_GROUP = re.compile(r"\)(?:[*+]|\{)")


@dataclass(frozen=True, slots=True)
class ReportRule:
    """Texts that begin like ``pattern`` are events of the type ``event``; its named groups become the event's data."""

    event: str
    pattern: re.Pattern[str]


def report_rules(value: Any) -> dict[str, str]:
    """A mapping from event types to regular expressions, for the schema."""
    if not isinstance(value, Mapping):
        raise vol.Invalid("expected a mapping from event types to regular expressions, as input_changed: 'INPUT'")
    if len(value) > RULES_LIMIT:
        raise vol.Invalid(f"has {len(value)} lines; {RULES_LIMIT} are allowed")
    if found := [vol.Invalid(text) for event, pattern in value.items() for text in _problems(event, pattern)]:
        raise vol.MultipleInvalid(found)
    return dict(value)


report_rules.expected = "a mapping from event types to regular expressions"  # type: ignore[attr-defined]


def _problems(event: Any, pattern: Any) -> Iterable[str]:
    if not isinstance(event, str) or not _NAME.fullmatch(event):
        yield f"has the event type {event}; write up to 32 lower-case letters, digits and _"
    elif event in OWN_TYPES:
        yield f"has the event type {event}, which has a meaning already; choose another word"
    if not isinstance(pattern, str) or not 0 < len(pattern) <= PATTERN_LIMIT:
        yield f"has a pattern for {event} that is no text of 1 to {PATTERN_LIMIT} characters"
        return
    bare = _ESCAPED.sub("x", pattern)
    if _REPEATED_GROUP.search(bare) or len(_REPETITION.findall(bare)) > REPETITIONS_LIMIT:
        yield (
            f"has a pattern for {event} that could take too long; repeat no group, and use * and + {REPETITIONS_LIMIT} times at "
            "most"
        )
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"has a pattern for {event} that is no regular expression: {error}"


def rules_of(value: Mapping[str, str]) -> tuple[ReportRule, ...]:
    """The rules of a checked mapping."""
    return tuple(ReportRule(event, re.compile(pattern)) for event, pattern in value.items())


def mapped(rules: Iterable[ReportRule], text: str) -> tuple[str, JsonObject] | None:
    """The event type of the first rule that fits, and what its named groups hold."""
    for rule in rules:
        match = rule.pattern.match(text[:TEXT_LIMIT])
        if match is not None:
            return rule.event, {name: group for name, group in match.groupdict().items() if group is not None}
    return None
