"""A command to a device of a running bridge, over MQTT: what ``send`` and the commands of families have in common."""

from __future__ import annotations

import argparse
import asyncio
import time
import uuid

import aiomqtt
import orjson
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from readers_bridge.cli import FAILED, NO_ANSWER
from readers_bridge.cli.broker_options import SECONDS, Target, add_broker_options, checked, target_of
from readers_bridge.cli.conversation import FIRST_WAIT, Conversation, bridge_at, converse
from readers_bridge.clock import rfc3339
from readers_bridge.config_schema import DEVICE_ID
from readers_bridge.errors import CommandError
from readers_bridge.model import JsonObject, Status

DONE = 0

TIMEOUT = 15.0
"""Seconds to wait for a result."""

PARTING = "interrupted before there was a result; look at the device before you send the command again\n"


class RunningBridge:
    """What a family's command needs in order to talk to a device; see ``families.Remote``."""

    def add_arguments(self, parser: argparse.ArgumentParser, timeout: float = TIMEOUT) -> None:
        """Add DEVICE, and the options; for a parser with raw descriptions."""
        add_device(parser)
        add_broker_and_timeout(parser, timeout)

    def send(self, args: argparse.Namespace, command: str, arguments: JsonObject) -> JsonObject:
        """Send, and wait for the result."""
        return send(args, target_of(args), command, arguments)

    def exit_code(self, result: JsonObject) -> int:
        """0 done or sent, 1 failed or refused, 5 no answer."""
        return exit_code_of(result)


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add DEVICE."""
    parser.add_argument("device", type=checked(DEVICE_ID), metavar="DEVICE", help="the device's id")


def add_broker_and_timeout(parser: argparse.ArgumentParser, timeout: float = TIMEOUT) -> None:
    """Add ``--timeout``, and which broker and bridge; for a parser with raw descriptions."""
    parser.add_argument(
        "--timeout",
        type=SECONDS,
        default=timeout,
        metavar="SECONDS",
        help=f"wait this long for the result (default: {timeout:g}); a command that has not begun by then is not executed",
    )
    add_broker_options(parser)


def send(args: argparse.Namespace, target: Target, command: str, body: JsonObject) -> JsonObject:
    """Send a command to ``args.device``; its result.

    A signal ends the process.

    Raises:
        BrokerError, ConfigError: see ``bridge_at``.
        CommandError: the bridge is not there, or there is no result within ``args.timeout`` seconds (``no_answer``).
    """
    body = {"transaction": uuid.uuid4().hex, **body}
    return converse(lambda: _send(args, target, command, body), parting=PARTING)


def exit_code_of(answer: JsonObject) -> int:
    """The exit code that tells how a command ended."""
    match answer.get("status"):
        case "done" | "sent":
            return DONE
        case "no_answer":
            return NO_ANSWER
        case _:
            return FAILED


async def _send(args: argparse.Namespace, target: Target, command: str, body: JsonObject) -> JsonObject:
    async with bridge_at(target) as talk:
        state = f"{talk.root}/bridge/state"
        await talk.client.subscribe([(f"{talk.root}/{args.device}/result", 1), (state, 1)])
        await _see_that_it_is_online(talk, state)
        body.setdefault("issued_at", rfc3339(time.time()))
        await _publish(talk, f"{talk.root}/{args.device}/command/{command}", body, args.timeout)
        try:
            async with asyncio.timeout(args.timeout):
                return await _answer(talk.client, state, body["transaction"])
        except TimeoutError:
            raise _unanswered(f"no result within {args.timeout:g} s") from None


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


def _object(message: aiomqtt.Message) -> JsonObject:
    try:
        value = orjson.loads(bytes(message.payload))
    except (orjson.JSONDecodeError, TypeError):
        return {}
    return value if isinstance(value, dict) else {}
