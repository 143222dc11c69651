"""``readers-bridge script``: BaltechScript on files, and on the readers of a running bridge."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from typing import Any, TypeVar

from readers_bridge.families import Remote
from readers_bridge.families.baltech.script import EVENTS, ScriptEvent, event_named
from readers_bridge.families.baltech.script.given import (
    DIP_SWITCHES,
    STATES,
    USES,
    VARIABLES,
    input_port,
    output_port,
    protocol,
)
from readers_bridge.families.baltech.script_cli import local
from readers_bridge.families.baltech.script_cli.on_reader import OnReader
from readers_bridge.families.baltech.script_cli.source import STDIN

T = TypeVar("T")

LONGEST = 86400
"""Seconds that can be simulated."""


EXIT_CODES = """\
Exit codes: 0 done; 1 the script has errors, or the reader refused or failed; 2 wrong
arguments, or a file that cannot be read; 3 no broker; 5 no answer from the bridge or
the reader."""

NOTATION = """\
A script is text, one command in a line or separated by ;, with # before comments, or
its bytes as pairs of hexadecimal digits:

  IfIoPort Input0
  DefaultAction
  IfIoPort Input0 Not
  Toggle Beeper 3 5              # 3 times, 0.5 s on, 0.5 s off
  ToggleInverted GreenLed 1 30

Findings are LINE:COLUMN: CODE: TEXT on standard error. E is an error, such a script is
not assembled and not sent; W is a warning."""


class _Parser(argparse.ArgumentParser):
    """One that takes FILE after options, too: ``store door OnAccepted --reset door.script``."""

    _inside = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self._inside:
            return super().parse_known_args(args, namespace)
        self._inside = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._inside = False


def add(subparsers: Any, remote: Remote) -> None:
    """Add the command, with its own sub-commands."""
    script = subparsers.add_parser(
        "script",
        help="write, check, try and store scripts for BALTECH readers",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=f"BaltechScript: what a reader does at an event, or once when a host says so.\n\n{NOTATION}",
        epilog=f"events of a reader:\n{_events()}\n\n{EXIT_CODES}\n\n"
        "example: readers-bridge script assemble door.script",
    )
    commands = script.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    _add_local(commands)
    _add_on_reader(commands, remote)


def _add_local(commands: Any) -> None:
    assemble = _add(commands, "assemble", "turn a script into its bytes", "door.script", local.assemble)
    _add_input(assemble)
    _add_purpose(assemble)

    disassemble = _add(
        commands,
        "disassemble",
        "turn bytes, as hexadecimal digits, into the script's text",
        "bytes.hex",
        local.disassemble,
    )
    _add_input(disassemble)
    _add_use(disassemble)

    check = _add(
        commands, "check", "say what is wrong or risky in a script", "--event OnAccepted door.script", local.check
    )
    _add_input(check)
    _add_purpose(check)
    check.add_argument("--json", action="store_true", help="print the findings as one JSON object instead")

    simulate = _add(
        commands,
        "simulate",
        "show what a script does, as a chart over time",
        "--event OnAccepted --input Input0 door.script",
        local.simulate,
    )
    _add_input(simulate)
    _add_given(simulate)


def _add_on_reader(commands: Any, remote: Remote) -> None:
    on_reader = OnReader(remote)

    run = _add(commands, "run", "run a script on a reader, once", "turnstile hello.script", on_reader.run)
    remote.add_arguments(run)
    _add_input(run)

    store = _add(
        commands,
        "store",
        "store a script in a reader for an event",
        "turnstile OnAccepted door.script --reset",
        on_reader.store,
    )
    remote.add_arguments(store)
    _add_event(store)
    _add_input(store)
    _add_reset(store)
    store.add_argument(
        "--confirm", action="store_true", help="store it also for an event at which a wrong script does harm"
    )

    read = _add(
        commands,
        "read",
        "print the script that a reader has stored for an event",
        "turnstile OnAccepted",
        on_reader.read,
    )
    remote.add_arguments(read)
    _add_event(read)

    delete = _add(
        commands,
        "delete",
        "delete the script that is stored for an event",
        "turnstile OnAccepted --reset",
        on_reader.delete,
    )
    remote.add_arguments(delete)
    _add_event(delete)
    _add_reset(delete)

    listing = _add(commands, "list", "list the scripts that a reader has stored", "turnstile", on_reader.list)
    remote.add_arguments(listing)

    for parser in (run, store, read, delete, listing):
        parser.add_argument("--json", action="store_true", help="print the result as one line of JSON")


def _add(
    commands: Any, name: str, text: str, example: str, func: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=f"{text[0].upper()}{text[1:]}.",
        epilog=f"{EXIT_CODES}\n\nexample: readers-bridge script {name} {example}",
    )
    parser.set_defaults(func=func)
    return parser


def _add_input(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "input", metavar="FILE", nargs="?", default=STDIN, help="the script; - or nothing reads standard input"
    )


def _add_event(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("event", type=_taken(event_named), metavar="EVENT", help="as OnAccepted or 0x44")


def _add_reset(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--reset", action="store_true", help="restart the reader, so that it works by the change; outputs go off"
    )


def _add_use(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--use",
        choices=tuple(USES),
        default="stored",
        help="stored in the reader (the default), run by the host, or run through the secure channel: how long it may be",
    )


def _add_purpose(parser: argparse.ArgumentParser) -> None:
    _add_use(parser)
    parser.add_argument(
        "--event", type=_event_id, metavar="EVENT", help="the event for which it will be stored, to hear of its risks"
    )


def _add_given(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--event", type=_event_id, help="run it because of this event (default: because a host says so)"
    )
    parser.add_argument(
        "--stored",
        type=_stored,
        action="append",
        default=[],
        metavar="EVENT=FILE",
        help="another script that is stored, for Run and timers",
    )
    parser.add_argument("--seconds", type=_seconds, default=60.0, help="how long to look on (default: 60)")
    parser.add_argument("--json", action="store_true", help="print the timeline as one JSON object instead")
    group = parser.add_argument_group(
        "what the script finds", "Each may be given several times; the rest is low, off or false."
    )
    for option, target, take, text in (
        ("--input", "inputs", _taken(input_port), "an input port that is high, as Input0"),
        ("--on", "on", _taken(output_port), "an output port that is on, as GreenLed"),
        ("--var", "variables", _among(VARIABLES), "a global state variable that is true, 0 to 15"),
        ("--dip", "dip_switches", _among(DIP_SWITCHES), "a DIP switch that is on"),
        ("--protocol", "protocols", _taken(protocol), "a protocol that is enabled, as BrpTcp"),
        ("--state", "states", _among(STATES), "a state of the firmware that is true, 0 to 7"),
    ):
        metavar = "N" if target in ("variables", "dip_switches", "states") else "NAME"
        group.add_argument(option, dest=target, type=take, action="append", default=[], metavar=metavar, help=text)


def _taken(convert: Callable[[str], T]) -> Callable[[str], T]:
    """A type for argparse that repeats what the conversion complains of."""

    def take(text: str) -> T:
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return take


def _among(allowed: range) -> Callable[[str], int]:
    def number(text: str) -> int:
        if text.isascii() and text.isdecimal() and len(text) < 9 and int(text) in allowed:
            return int(text)
        raise ValueError(f"{text!r} is no number from {allowed.start} to {allowed.stop - 1}")

    return _taken(number)


def _event(text: str) -> ScriptEvent:
    return _taken(event_named)(text)


def _event_id(text: str) -> int:
    return _event(text).id


def _stored(text: str) -> tuple[int, str]:
    event, separator, name = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form EVENT=FILE, as OnTimer[0]=close.script")
    return _event_id(event), name


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to {LONGEST}")
    return seconds


def _events() -> str:
    names = "  ".join(event.name for event in EVENTS.values())
    return textwrap.fill(names, 86, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
