"""The command line: one module for each command, imported only when it is asked for.

A module offers ``add(subparsers)``, which adds its parser and sets ``func``, a function of the parsed arguments that gives the
exit code. To add a command: write ``cli/<name>.py`` and a line in COMMANDS. Families add theirs through ``Family.add_cli``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from readers_bridge import __version__
from readers_bridge.errors import (
    BrokerRefusedError,
    BrokerUnreachableError,
    CommandError,
    ConfigError,
    ReadersError,
    TakenOverError,
)
from readers_bridge.model import Status

COMMANDS = {
    "run": "run the bridge",
    "check": "say everything that is wrong with a configuration",
    "init": "ask a few questions and write a configuration",
    "demo": "try everything on this machine, without a reader or a broker",
    "discover": "look for devices on the network",
    "monitor": "show what a running bridge publishes",
    "send": "send a command to a device and wait for its result",
    "simulate": "run simulated devices",
}

FAILED, BAD_INPUT, NO_BROKER, ID_TAKEN, NO_ANSWER = 1, 2, 3, 4, 5


def build_parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser for a command line; of our own commands, only the one that ``words`` asks for is imported."""
    parser = argparse.ArgumentParser(
        prog="readers-bridge",
        description="Card readers, railway tag readers and receipt printers, as citizens of MQTT and Home Assistant.",
        epilog="Try it without any hardware: readers-bridge demo. Then: init, check, run. `readers-bridge COMMAND --help` tells "
        "all about a command. Exit codes: 0 done, 1 failed or refused, 2 configuration or arguments, 3 broker "
        "unreachable, 4 id taken, 5 no answer.",
    )
    parser.add_argument("--version", action="version", version=f"readers-bridge {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    wanted = next((word for word in words if not word.startswith("-")), None)
    if wanted in COMMANDS:
        import_module(f"{__name__}.{wanted}").add(subparsers)
        return parser
    for name, text in COMMANDS.items():
        subparsers.add_parser(name, help=text)
    from readers_bridge.cli.remote import RunningBridge  # noqa: PLC0415  not needed by our own commands
    from readers_bridge.families import families  # noqa: PLC0415

    for family in families().values():
        if family.add_cli is not None:
            family.add_cli(subparsers, RunningBridge())
    return parser


def report(error: ReadersError) -> None:
    """Say on stderr what is wrong."""
    print(f"readers-bridge: {error}", file=sys.stderr)
    if isinstance(error, ConfigError):
        for problem in error.problems:
            print(f"  {problem}", file=sys.stderr)


def exit_code(error: ReadersError) -> int:
    """The exit code that tells a script what kind of error it was."""
    match error:
        case ConfigError():
            return BAD_INPUT
        case BrokerUnreachableError() | BrokerRefusedError(code="tls"):
            return NO_BROKER
        case TakenOverError():
            return ID_TAKEN
        case CommandError(status=Status.NO_ANSWER):
            return NO_ANSWER
        case _:
            return FAILED
