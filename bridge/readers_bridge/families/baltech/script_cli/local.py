"""The commands that need no reader: assemble, disassemble, check, simulate."""

from __future__ import annotations

import argparse
import json
import shutil

from readers_bridge.families.baltech.script import (
    Program,
    ScriptError,
    Use,
    check_text,
    encode,
    format_program,
    hex_text,
    parse_input,
)
from readers_bridge.families.baltech.script.chart import chart
from readers_bridge.families.baltech.script.given import USES
from readers_bridge.families.baltech.script.interpreter import Given
from readers_bridge.families.baltech.script.report import findings_json
from readers_bridge.families.baltech.script.timeline import simulate as run_simulation
from readers_bridge.families.baltech.script.use import LONGEST
from readers_bridge.families.baltech.script_cli.output import show
from readers_bridge.families.baltech.script_cli.source import checked, checked_bytes, read, tell

DONE, FAILED = 0, 1

WIDEST = 120
"""Columns of a chart in a wide terminal."""


def assemble(args: argparse.Namespace) -> int:
    """Print the bytes."""
    program = checked(read(args.input), USES[args.use], args.event)
    if program is None:
        return FAILED
    show(hex_text(encode(program)))
    return DONE


def disassemble(args: argparse.Namespace) -> int:
    """Print the text."""
    program = checked_bytes(read(args.input), USES[args.use])
    if program is None:
        return FAILED
    show(format_program(program))
    return DONE


def check(args: argparse.Namespace) -> int:
    """Say what is wrong."""
    text = read(args.input)
    findings = check_text(text, USES[args.use], args.event)
    report = findings_json(findings)
    length = _length(text)
    if args.json:
        show(json.dumps({**report, "length": length}))
    else:
        tell(findings)
        show(_verdict(len(report["errors"]), len(report["warnings"]), length))
    return DONE if report["valid"] else FAILED


def simulate(args: argparse.Namespace) -> int:
    """Print what the script does."""
    if args.event is None:
        program = checked(read(args.input), Use.RUN, limit=LONGEST)
    else:
        program = checked(read(args.input), Use.STORED, args.event)
    scripts = _stored(args.stored)
    if program is None or scripts is None:
        return FAILED
    given = Given(
        inputs=frozenset(args.inputs),
        variables=frozenset(args.variables),
        dip_switches=frozenset(args.dip_switches),
        protocols=frozenset(args.protocols),
        states=frozenset(args.states),
        on=frozenset(args.on),
    )
    timeline = run_simulation(program, given, scripts=scripts, event=args.event, seconds=args.seconds)
    if args.json:
        show(json.dumps(timeline.to_json()))
    else:
        show(chart(timeline, min(WIDEST, shutil.get_terminal_size().columns)))
    return DONE


def _stored(pairs: list[tuple[int, str]]) -> dict[int, Program] | None:
    scripts = {}
    fine = True
    for event, name in pairs:
        program = checked(read(name), Use.STORED, event, prefix=f"{name}:")
        if program is None:
            fine = False
        else:
            scripts[event] = program
    return scripts if fine else None


def _length(text: str) -> int | None:
    try:
        return len(encode(parse_input(text)))
    except ScriptError:
        return None


def _verdict(errors: int, warnings: int, length: int | None) -> str:
    size = "" if length is None else f", {_counted(length, 'byte')}"
    if errors or warnings:
        return f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}{size}"
    return f"no errors, no warnings{size}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
