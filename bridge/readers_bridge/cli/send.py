"""``readers-bridge send``: one command to a device, and its result."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

import orjson

from readers_bridge.cli.broker_options import TOPIC_LEVEL, target_of
from readers_bridge.cli.remote import add_broker_and_timeout, add_device, exit_code_of, send
from readers_bridge.commands import MAX_BYTES, parse, transaction_of
from readers_bridge.errors import CommandError, ConfigError
from readers_bridge.model import JsonObject


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "send",
        help="send a command to a device and wait for its result",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Send one command to a device of a running bridge, over MQTT, and print its\n"
        "result as one line of JSON. Which commands a device has is in its description:\n"
        "readers-bridge monitor --json --device DEVICE\n\n"
        "Exit codes: 0 done or sent, 1 refused or failed, 2 wrong arguments, 3 no broker,\n"
        "5 no answer from the bridge or the device.",
        epilog="example: readers-bridge send --config config.yaml front-door beep '{\"ms\": 200}'\n"
        "         echo '{\"ms\": 200}' | readers-bridge send --host broker front-door beep -",
    )
    add_device(parser)
    parser.add_argument("command", type=TOPIC_LEVEL, metavar="COMMAND", help="the command, as its description names it")
    parser.add_argument(
        "arguments",
        metavar="JSON",
        nargs="?",
        default="{}",
        help="its arguments, a JSON object (default: {}); - reads them from standard input",
    )
    add_broker_and_timeout(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Send, wait, print; the exit code."""
    target = target_of(args)
    answer = send(args, target, args.command, _body(args.arguments))
    print(orjson.dumps(answer).decode())
    return exit_code_of(answer)


def _body(text: str) -> JsonObject:
    payload = sys.stdin.buffer.read(MAX_BYTES + 1) if text == "-" else os.fsencode(text)
    if text == "-" and not payload.strip():
        raise ConfigError("nothing came on standard input; a JSON object is needed, {} for a command without arguments")
    try:
        body = parse(payload)
        transaction_of(body)
    except CommandError as error:
        hint = "" if text == "-" else "; in a shell it stands in single quotes, '{\"ms\": 200}'"
        raise ConfigError(f"{error}{hint}") from None
    return body
