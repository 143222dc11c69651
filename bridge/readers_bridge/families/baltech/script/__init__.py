"""BaltechScript: text and bytes into each other, and what is wrong or risky in a script. No I/O.

::

    assemble("IfIoPort Input0 Not; Toggle Beeper 3 5")   # the bytes 44 04 80 03 02 03 05
    disassemble(bytes.fromhex("0100"))                   # "Enable GreenLed"
    check_text("Enable GreenLad")                        # [Finding("E106", "... did you mean GreenLed?", at 1:8)]
"""

from __future__ import annotations

from itertools import islice

from readers_bridge.families.baltech.script.bytecode import decode, encode
from readers_bridge.families.baltech.script.checker import check
from readers_bridge.families.baltech.script.codes import CODES
from readers_bridge.families.baltech.script.events import EVENTS, EVENTS_KEY, MESSAGES_KEY, ScriptEvent, event_named
from readers_bridge.families.baltech.script.finding import Finding, Position, ScriptError, Severity
from readers_bridge.families.baltech.script.hexadecimal import hex_text, is_hex, read_hex
from readers_bridge.families.baltech.script.lexer import MAX_FINDINGS
from readers_bridge.families.baltech.script.notation import format_program
from readers_bridge.families.baltech.script.program import Instruction, Program
from readers_bridge.families.baltech.script.text import parse, parse_as_far_as_possible
from readers_bridge.families.baltech.script.use import Use
from readers_bridge.families.baltech.script.value_rules import value_findings

__all__ = [
    "CODES",
    "EVENTS",
    "EVENTS_KEY",
    "MESSAGES_KEY",
    "Finding",
    "Instruction",
    "Position",
    "Program",
    "ScriptError",
    "ScriptEvent",
    "Severity",
    "Use",
    "assemble",
    "check",
    "check_text",
    "decode",
    "disassemble",
    "encode",
    "event_named",
    "format_program",
    "hex_text",
    "parse",
    "parse_input",
]


def parse_input(text: str) -> Program:
    """The program of a text, or of pairs of hexadecimal digits: it is hexadecimal when nothing but such digits is in it.

    Raises:
        ScriptError: what cannot be understood; the values are not checked.
    """
    return _decoded(text) if is_hex(text) else parse(text)


def assemble(text: str, use: Use = Use.STORED, event: int | None = None, limit: int | None = None) -> bytes:
    """The bytes of a script given as text or in hexadecimal; see ``check`` for the other arguments.

    Raises:
        ScriptError: what cannot be understood, or what the checker calls an error; ``findings`` has no warnings.
    """
    program = parse_input(text)
    _refuse(check(program, use, event, limit))
    return encode(program)


def disassemble(data: bytes, use: Use = Use.STORED, limit: int | None = None) -> str:
    """The normal form of a script, which ``assemble`` makes the same bytes of; no line end after the last line.

    Raises:
        ScriptError: these bytes are no script, or the checker calls something in it an error.
    """
    program = decode(data)
    _refuse(check(program, use, limit=limit))
    return format_program(program)


def check_text(text: str, use: Use = Use.STORED, event: int | None = None, limit: int | None = None) -> list[Finding]:
    """All findings of a script given as text or in hexadecimal, in the order of their places.

    While something cannot be understood, the order of commands is not judged, for it would be judged wrongly.
    """
    try:
        if is_hex(text):
            return check(_decoded(text), use, event, limit)
        program, findings = parse_as_far_as_possible(text)
    except ScriptError as error:
        return list(error.findings)
    if not findings:
        return check(program, use, event, limit)
    return sorted((*findings, *islice(value_findings(program), MAX_FINDINGS)), key=lambda finding: finding.at)


def _decoded(text: str) -> Program:
    data, places = read_hex(text)
    return decode(data, places.__getitem__)


def _refuse(findings: list[Finding]) -> None:
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise ScriptError(errors)
