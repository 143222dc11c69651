"""``readers-bridge send``: one command to a device, and its result."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
import uuid
from typing import Any

import aiomqtt
import orjson
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from readers_bridge.cli import FAILED, NO_ANSWER
from readers_bridge.cli.broker_options import SECONDS, TOPIC_LEVEL, Target, add_broker_options, checked, target_of
from readers_bridge.cli.conversation import FIRST_WAIT, Conversation, bridge_at, converse
from readers_bridge.clock import rfc3339
from readers_bridge.commands import MAX_BYTES, parse, transaction_of
from readers_bridge.config_schema import DEVICE_ID
from readers_bridge.errors import CommandError, ConfigError
from readers_bridge.model import JsonObject, Status

DONE = 0
PARTING = "interrupted before there was a result; look at the device before you send the command again\n"


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
    parser.add_argument("device", type=checked(DEVICE_ID), metavar="DEVICE", help="the device's id")
    parser.add_argument("command", type=TOPIC_LEVEL, metavar="COMMAND", help="the command, as its description names it")
    parser.add_argument(
        "arguments",
        metavar="JSON",
        nargs="?",
        default="{}",
        help="its arguments, a JSON object (default: {}); - reads them from standard input",
    )
    parser.add_argument(
        "--timeout",
        type=SECONDS,
        default=15.0,
        metavar="SECONDS",
        help="wait this long for the result (default: 15); a command that has not begun by then is not executed",
    )
    add_broker_options(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Send, wait, print; the exit code."""
    target = target_of(args)
    body = _body(args.arguments)
    body.setdefault("transaction", uuid.uuid4().hex)
    return converse(lambda: _send(args, target, body), parting=PARTING)


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


async def _send(args: argparse.Namespace, target: Target, body: JsonObject) -> int:
    async with bridge_at(target) as talk:
        state = f"{talk.root}/bridge/state"
        await talk.client.subscribe([(f"{talk.root}/{args.device}/result", 1), (state, 1)])
        await _see_that_it_is_online(talk, state)
        body.setdefault("issued_at", rfc3339(time.time()))
        await _publish(talk, f"{talk.root}/{args.device}/command/{args.command}", body, args.timeout)
        try:
            async with asyncio.timeout(args.timeout):
                answer = await _answer(talk.client, state, body["transaction"])
        except TimeoutError:
            raise _unanswered(f"no result within {args.timeout:g} s") from None
    print(orjson.dumps(answer).decode())
    return _exit_code(answer)


async def _see_that_it_is_online(talk: Conversation, state: str) -> None:
    """A command for a bridge that is not there is not even sent."""
    try:
        async with asyncio.timeout(FIRST_WAIT):
            async for message in talk.client.messages:
                if message.topic.value == state:
                    if _object(message).get("state") == "online":
                        return
                    raise CommandError(
                        f"the bridge {talk.root} is offline; nothing was sent. Start it, and try again",
                        status=Status.NO_ANSWER,
                        code="offline",
                    )
    except TimeoutError:
        raise CommandError(
            f"this broker knows no bridge {talk.root}, or does not let this user read {state}; nothing was sent",
            status=Status.NO_ANSWER,
            code="no_bridge",
        ) from None


async def _publish(talk: Conversation, topic: str, body: JsonObject, expiry: float) -> None:
    properties = None
    if talk.version == 5:
        properties = Properties(PacketTypes.PUBLISH)
        properties.MessageExpiryInterval = max(1, round(expiry))
    await talk.client.publish(topic, orjson.dumps(body), 1, properties=properties)


async def _answer(client: aiomqtt.Client, state: str, transaction: object) -> JsonObject:
    """The result of our command."""
    async for message in client.messages:
        answer = _object(message)
        if message.topic.value == state:
            if answer.get("state") == "offline":
                raise _unanswered("the bridge went offline")
        elif answer.get("transaction") == transaction:
            return answer
    raise AssertionError("the messages of a connection never end")


def _unanswered(why: str) -> CommandError:
    return CommandError(
        f"{why}; whether the command was executed is not known. Look at the device before you send it again; if nothing ever "
        "happens, look into the bridge's log, and whether the broker lets this user publish commands and read results",
        status=Status.NO_ANSWER,
        code="no_answer",
    )


def _exit_code(answer: JsonObject) -> int:
    match answer.get("status"):
        case "done" | "sent":
            return DONE
        case "no_answer":
            return NO_ANSWER
        case _:
            return FAILED


def _object(message: aiomqtt.Message) -> JsonObject:
    try:
        value = orjson.loads(bytes(message.payload))
    except (orjson.JSONDecodeError, TypeError):
        return {}
    return value if isinstance(value, dict) else {}
