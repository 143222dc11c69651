"""A command to a device of a running bridge, over MQTT: what ``send`` and the commands of families have in common."""

from __future__ import annotations

import argparse
import asyncio
import time
import uuid
from contextlib import suppress

import aiomqtt
import orjson
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from readers_bridge.cli import FAILED, NO_ANSWER
from readers_bridge.cli.broker_options import SECONDS, Target, add_broker_options, checked, target_of
from readers_bridge.cli.conversation import FIRST_WAIT, Conversation, bridge_at, converse
from readers_bridge.clock import rfc3339
from readers_bridge.config_schema import DEVICE_ID
from readers_bridge.description import from_json
from readers_bridge.errors import CommandError
from readers_bridge.model import JsonObject, Status

DONE = 0

TIMEOUT = 15.0
"""Seconds to wait for a result, unless the command is described as one that may take longer."""

MARGIN = 5.0
"""Seconds that a result may take to come, beyond the command's own time."""

DESCRIPTION_WAIT = 0.3
"""Seconds to wait for the device's description, which the broker keeps."""

PARTING = "interrupted before there was a result; look at the device before you send the command again\n"


class RunningBridge:
    """What a family's command needs in order to talk to a device; see ``families.Remote``."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add DEVICE, and the options; for a parser with raw descriptions."""
        add_device(parser)
        add_broker_and_timeout(parser)

    def send(self, args: argparse.Namespace, command: str, arguments: JsonObject) -> JsonObject:
        """Send, and wait for the result."""
        return send(args, target_of(args), command, arguments)

    def exit_code(self, result: JsonObject) -> int:
        """0 done or sent, 1 failed or refused, 5 no answer."""
        return exit_code_of(result)


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add DEVICE."""
    parser.add_argument("device", type=checked(DEVICE_ID), metavar="DEVICE", help="the device's id")


def add_broker_and_timeout(parser: argparse.ArgumentParser) -> None:
    """Add ``--timeout``, and which broker and bridge; for a parser with raw descriptions."""
    parser.add_argument(
        "--timeout",
        type=SECONDS,
        metavar="SECONDS",
        help=f"wait this long for the result (default: {TIMEOUT:g}, or as long as the command may take); a command that has not "
        "begun by then is not executed",
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
        timeout = args.timeout or await _time_of(talk, args.device, command)
        body.setdefault("issued_at", rfc3339(time.time()))
        await _publish(talk, f"{talk.root}/{args.device}/command/{command}", body, timeout)
        try:
            async with asyncio.timeout(timeout):
                return await _answer(talk.client, state, body["transaction"])
        except TimeoutError:
            raise _unanswered(f"no result within {timeout:g} s") from None


async def _time_of(talk: Conversation, device: str, command: str) -> float:
    """Seconds to wait for the result of a command: what its description says."""
    topic = f"{talk.root}/{device}/description"
    await talk.client.subscribe(topic, 1)
    described = None
    with suppress(TimeoutError):
        async with asyncio.timeout(DESCRIPTION_WAIT):
            async for message in talk.client.messages:
                if message.topic.value == topic:
                    described = from_json(_object(message))
                    break
    await talk.client.unsubscribe(topic)
    spec = described.command(command) if described is not None else None
    return TIMEOUT if spec is None else max(TIMEOUT, spec.ttl + spec.timeout + MARGIN)


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
