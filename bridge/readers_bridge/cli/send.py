"""``readers-bridge send``: one command to a device, and its result."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import uuid
from typing import Any

import orjson
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from readers_bridge.cli.broker_options import add_broker_options, broker_of, find_bridge
from readers_bridge.clock import rfc3339
from readers_bridge.errors import ConfigError
from readers_bridge.mqtt.client import connect

DONE, FAILED, NO_ANSWER = 0, 1, 5


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "send",
        help="send a command to a device and wait for its result",
        description="Send one command to a device of a running bridge, over MQTT, and print its result as JSON. "
        "Exit codes: 0 done or sent, 1 refused or failed, 3 no broker, 5 no answer.",
        epilog="example: readers-bridge send --config config.yaml front-door beep '{\"ms\": 200}'",
    )
    parser.add_argument("device", metavar="DEVICE", help="the device's id")
    parser.add_argument("command", metavar="COMMAND", help="the command, as its description names it")
    parser.add_argument(
        "arguments", metavar="JSON", nargs="?", default="{}", help="its arguments; - reads them from stdin"
    )
    parser.add_argument("--timeout", type=float, default=15.0, metavar="SECONDS", help="wait this long (default: 15)")
    add_broker_options(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Send, wait, print; the exit code."""
    text = sys.stdin.read() if args.arguments == "-" else args.arguments
    try:
        body = json.loads(text or "{}")
    except ValueError as error:
        raise ConfigError(f"the arguments are not JSON ({error}); write them like '{{\"ms\": 200}}'") from error
    if not isinstance(body, dict):
        raise ConfigError("the arguments must be a JSON object, like '{\"ms\": 200}'")
    for word in (args.device, args.command):
        if not word or any(char in word for char in "/+#"):
            raise ConfigError(f"{word!r} cannot be the name of a device or command")
    return asyncio.run(_send(args, body))


async def _send(args: argparse.Namespace, body: dict[str, Any]) -> int:
    config, bridge = broker_of(args)
    transaction = body.setdefault("transaction", uuid.uuid4().hex)
    async with connect(config) as (client, version):
        root = await find_bridge(client, config, bridge)
        await client.subscribe([(f"{root}/{args.device}/result", 1), (f"{root}/bridge/state", 1)])
        body.setdefault("issued_at", rfc3339(time.time()))
        properties = None
        if version == 5:
            properties = Properties(PacketTypes.PUBLISH)
            properties.MessageExpiryInterval = max(1, round(args.timeout))
        await client.publish(
            f"{root}/{args.device}/command/{args.command}", orjson.dumps(body), 1, properties=properties
        )
        try:
            async with asyncio.timeout(args.timeout):
                async for message in client.messages:
                    answer = _object(message.payload)
                    if str(message.topic).endswith("/bridge/state"):
                        if answer.get("state") == "offline":
                            print(f"the bridge {root} is offline; nothing was done", file=sys.stderr)
                            return NO_ANSWER
                    elif answer.get("transaction") == transaction:
                        print(json.dumps(answer, ensure_ascii=False))
                        return _exit_code(answer)
        except TimeoutError:
            pass
    print(f"no result within {args.timeout:g} s; is the bridge {root} running?", file=sys.stderr)
    return NO_ANSWER


def _exit_code(answer: dict[str, Any]) -> int:
    match answer.get("status"):
        case "done" | "sent":
            return DONE
        case "no_answer":
            return NO_ANSWER
        case _:
            return FAILED


def _object(payload: Any) -> dict[str, Any]:
    try:
        value = orjson.loads(bytes(payload))
    except (orjson.JSONDecodeError, TypeError):
        return {}
    return value if isinstance(value, dict) else {}
