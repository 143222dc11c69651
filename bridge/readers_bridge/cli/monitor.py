"""``readers-bridge monitor``: what a running bridge publishes, live."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from datetime import datetime
from typing import Any

import orjson

from readers_bridge.cli.broker_options import TOPIC_LEVEL, Target, add_broker_options, target_of
from readers_bridge.cli.conversation import FIRST_WAIT, bridge_at, converse
from readers_bridge.demo.lines import Changes


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "monitor",
        help="show what a running bridge publishes",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Show reads, events, commands, results and availability of a running bridge,\n"
        "over MQTT, until Ctrl-C. With --json also states, descriptions, health and the rest.\n\n"
        "Exit codes: 0 after Ctrl-C, 2 wrong arguments, 3 no broker, or it went away,\n"
        "5 no bridge.",
        epilog="example: readers-bridge monitor --config config.yaml --device front-door\n"
        "         readers-bridge monitor --host broker.local --json | jq .payload",
    )
    parser.add_argument(
        "--device",
        type=TOPIC_LEVEL,
        metavar="ID",
        action="append",
        help="only this device; may be repeated (default: all of them)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line: topic, retained, payload")
    parser.add_argument("--no-color", action="store_true", help="no colours, on a terminal too")
    add_broker_options(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Show messages until interrupted; the exit code."""
    target = target_of(args)
    return converse(lambda: _show(args, target), interrupted=0)


async def _show(args: argparse.Namespace, target: Target) -> int:
    colours = sys.stdout.isatty() and not args.no_color and not os.environ.get("NO_COLOR")
    async with bridge_at(target) as talk:
        levels = [*dict.fromkeys(args.device), "bridge/state"] if args.device else ["+"]
        for level in levels:
            await talk.client.subscribe(f"{talk.root}/{level}/#", 1)
        _say(f"watching {talk.root}; Ctrl-C ends")
        silent = {"bridge", *(args.device or ())}
        changes = Changes()
        asyncio.get_running_loop().call_later(FIRST_WAIT, _tell_silent, talk.root, silent)
        async for message in talk.client.messages:
            topic = message.topic.value
            relative = topic.removeprefix(f"{talk.root}/")
            if relative == topic:
                continue  # the announcement of another bridge
            silent.discard(relative.partition("/")[0])
            payload = bytes(message.payload)
            if args.json:
                print(_json(topic, payload, retained=message.retain), flush=True)
            elif (shown := changes.line(relative, payload)) is not None:
                print(shown.render(datetime.now().astimezone(), colours=colours), flush=True)
    return 0


def _tell_silent(root: str, silent: set[str]) -> None:
    for level in sorted(silent):
        _say(f"nothing is known of {root}/{level} at this broker; waiting for it")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _json(topic: str, payload: bytes, *, retained: bool) -> str:
    message = {"topic": topic, "retained": retained}
    try:
        return orjson.dumps({**message, "payload": orjson.loads(payload)}).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # no JSON, or nested without end
        return orjson.dumps({**message, "payload": payload.decode(errors="replace")}).decode()
