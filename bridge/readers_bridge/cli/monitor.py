"""``readers-bridge monitor``: what a running bridge publishes, live."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from datetime import datetime
from typing import Any

from readers_bridge.cli.broker_options import add_broker_options, broker_of, find_bridge
from readers_bridge.demo.lines import line
from readers_bridge.mqtt.client import connect


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "monitor",
        help="show what a running bridge publishes",
        description="Show reads, events, commands, results and availability of a running bridge, over MQTT, until Ctrl-C.",
        epilog="example: readers-bridge monitor --config config.yaml --device front-door",
    )
    parser.add_argument("--device", metavar="ID", action="append", help="only this device; may be given more than once")
    parser.add_argument("--json", action="store_true", help="one JSON object a line: topic, retained, payload")
    parser.add_argument("--no-color", action="store_true", help="no colours on a terminal")
    add_broker_options(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Show messages until interrupted; the exit code."""
    return asyncio.run(_monitor(args))


async def _monitor(args: argparse.Namespace) -> int:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await _show(args)
    except asyncio.CancelledError:
        pass  # Ctrl-C is how it ends
    return 0


async def _show(args: argparse.Namespace) -> None:
    config, bridge = broker_of(args)
    colours = sys.stdout.isatty() and not args.no_color
    async with connect(config) as (client, _):
        root = await find_bridge(client, config, bridge)
        if not args.json:
            print(
                f"watching {root} at {config.hosts[0][0]}:{config.hosts[0][1]}; Ctrl-C ends",
                file=sys.stderr,
                flush=True,
            )
        for device in args.device or ["+"]:
            await client.subscribe(f"{root}/{device}/#", 1)
        if args.device:
            await client.subscribe(f"{root}/bridge/state", 1)
        async for message in client.messages:
            topic = str(message.topic)
            payload = bytes(message.payload)
            if args.json:
                print(
                    json.dumps({"topic": topic, "retained": bool(message.retain), "payload": _value(payload)}),
                    flush=True,
                )
            elif (shown := line(topic.removeprefix(f"{root}/"), payload)) is not None:
                print(shown.render(datetime.now().astimezone(), colours=colours), flush=True)


def _value(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode(errors="replace")
