"""Everything that can be told about a script before a reader sees it."""

from __future__ import annotations

from collections.abc import Iterator

from readers_bridge.families.baltech.script.branch_rules import Branches
from readers_bridge.families.baltech.script.events import EVENTS, ScriptEvent
from readers_bridge.families.baltech.script.finding import START, Finding
from readers_bridge.families.baltech.script.operations import DEFAULT_ACTION, RUN, SEND_CARD_MSG, SEND_MSG
from readers_bridge.families.baltech.script.program import Program
from readers_bridge.families.baltech.script.sequence_rules import sequence_findings
from readers_bridge.families.baltech.script.use import LONGEST, Use
from readers_bridge.families.baltech.script.value_rules import value_findings


def check(program: Program, use: Use = Use.STORED, event: int | None = None, limit: int | None = None) -> list[Finding]:
    """All findings, in the order of their places.

    Args:
        program: the script.
        use: how it reaches the reader.
        event: the event for which it is stored, where that is known.
        limit: the most bytes that this reader takes, where it told: for AR.RunScript the least of 255, MaxSendSize - 6 and
            TotalBufferSize - 12 (docs.baltech.de, Sys.GetBufferSize).
    """
    fitting, findings = _fitting(program, use, use.limit if limit is None else limit)
    branches = Branches(fitting)
    findings += value_findings(fitting)
    findings += branches.findings
    findings += sequence_findings(fitting)
    findings += _use_findings(fitting, use)
    if event is not None:
        findings += _event_findings(fitting, event, always_default=branches.always_default)
    return sorted(findings, key=lambda finding: finding.at)


def _fitting(program: Program, use: Use, limit: int) -> tuple[Program, list[Finding]]:
    """The commands that a reader could ever take, so that the work is bounded, and what there is to say on the length."""
    if not program:
        return program, [Finding("E501", "the script is empty; write a command, as Enable GreenLed", START)]
    length = fits = 0
    too_long = None
    for instruction in program:
        length += instruction.length
        fits += length <= max(LONGEST, limit)
        if length > limit and too_long is None:
            too_long = instruction
    if too_long is None:
        return program, []
    verb = "run" if use.by_host else "stored"
    where = " in a secure channel" if use is Use.SECURE_RUN else ""
    text = f"the script has {length} bytes, {limit} at most can be {verb}{where}; shorten it from here on"
    return program[:fits], [Finding("E502", text, too_long.at())]


def _use_findings(program: Program, use: Use) -> Iterator[Finding]:
    defaults = [instruction for instruction in program if instruction.operation is DEFAULT_ACTION]
    if use.by_host and defaults:
        text = "DefaultAction does nothing when the host runs the script: there is no event; the reader answers with status 04"
        yield Finding("W503", text, defaults[0].at())


def _event_findings(program: Program, event: int, *, always_default: bool) -> Iterator[Finding]:
    known = EVENTS.get(event)
    if known is None:
        yield Finding("E503", f"there is no event {event:#04x}; see the list of events", START)
        return
    operations = {instruction.operation for instruction in program}
    if known.danger:
        yield Finding("W501", _risk(known, DEFAULT_ACTION in operations, always_default), START)
    elif known.default_action and not operations & {DEFAULT_ACTION, SEND_MSG, SEND_CARD_MSG, RUN}:
        text = f"at {known.name} the reader by itself {known.default_action}; the script replaces that, DefaultAction keeps it"
        yield Finding("W502", text, START)


def _risk(event: ScriptEvent, has_default: bool, always_default: bool) -> str:  # noqa: FBT001
    text = f"{event.name} is a risky event: {event.danger}"
    if not event.default_action:
        return text
    if always_default:
        return f"{text}; this script always executes it"
    return f"{text}; this script {'executes it under a condition only' if has_default else 'has none'}"
