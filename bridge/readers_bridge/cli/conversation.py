"""A command's conversation with a running bridge: it finds the bridge, and ends at once when it is interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import aiomqtt
import orjson

from readers_bridge.cli.broker_options import Target
from readers_bridge.errors import CommandError, ConfigError
from readers_bridge.model import Status
from readers_bridge.mqtt.client import connect
from readers_bridge.mqtt.messages import ID

T = TypeVar("T")

FIRST_WAIT = 2.0
"""Seconds in which a broker delivers what it keeps."""

NEXT_WAIT = 0.3
"""Seconds without a further announcement after which no other bridge is expected."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A connection, and the beginning of the bridge's topics: ``prefix/bridge``. ``version``: 5, or 4 for 3.1.1."""

    client: aiomqtt.Client
    version: int
    root: str


def converse(work: Callable[[], Coroutine[Any, Any, T]], *, interrupted: int | None = None, parting: str = "") -> T:
    """Do the work; what it gives.

    SIGINT and SIGTERM end the process at once, whatever it waits for. There is nothing to tidy up: the broker drops what
    belongs to a connection that is gone.

    Args:
        work: what to do.
        interrupted: the exit code after a signal (default: 128 and the signal's number, as shells have it).
        parting: what to say then.
    """

    def leave(number: int, _frame: object) -> None:
        with contextlib.suppress(OSError):
            os.write(2, f"\n{parting}".encode() if number == signal.SIGINT else parting.encode())
        os._exit(128 + number if interrupted is None else interrupted)

    before = [(number, signal.signal(number, leave)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        return asyncio.run(work())
    finally:
        for number, handler in before:
            signal.signal(number, handler)


@asynccontextmanager
async def bridge_at(target: Target) -> AsyncIterator[Conversation]:
    """Talk to the bridge.

    Raises:
        BrokerError: the broker cannot be reached, refuses us, or the connection broke.
        CommandError: no such bridge announces itself (``no_answer``).
        ConfigError: several do, and none was named.
    """
    logging.getLogger("mqtt").disabled = True  # what the library notices comes back as an error, too
    async with connect(target.broker) as (client, version):
        if target.prefix is not None and target.bridge is not None:
            root = f"{target.prefix}/{target.bridge}"
        else:
            root = _chosen(await _announced(client, target), target)
        yield Conversation(client, version, root)


async def _announced(client: aiomqtt.Client, target: Target) -> dict[str, str]:
    """The prefix of each bridge that announces itself; no more than the wanted one, once that is found."""
    found: dict[str, str] = {}
    await client.subscribe("readers/discovery/+", 1)
    try:
        async with asyncio.timeout(FIRST_WAIT) as limit:
            async for message in client.messages:
                if (told := _announcement(message)) is None or target.prefix not in (None, told[1]):
                    continue
                found[told[0]] = told[1]
                if told[0] == target.bridge:
                    break
                limit.reschedule(asyncio.get_running_loop().time() + NEXT_WAIT)
    except TimeoutError:
        pass
    await client.unsubscribe("readers/discovery/+")
    return found


def _announcement(message: aiomqtt.Message) -> tuple[str, str] | None:
    try:
        told = orjson.loads(bytes(message.payload))
        bridge, prefix = told["bridge"], told["prefix"]
        valid = re.fullmatch(ID, bridge) and re.fullmatch(ID, prefix)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return (bridge, prefix) if valid else None


def _chosen(found: dict[str, str], target: Target) -> str:
    names = ", ".join(sorted(found))
    if target.bridge is not None and target.bridge not in found:
        text = f"no bridge {target.bridge} announces itself at this broker; "
        text += (
            f"there is {names}" if found else "is it running, and with this broker? If so, name it with --prefix, too"
        )
        raise CommandError(text, status=Status.NO_ANSWER, code="no_bridge")
    if not found:
        raise CommandError(
            "no bridge announces itself at this broker; is it running, and with this broker? If so, name it with --prefix "
            "and --bridge",
            status=Status.NO_ANSWER,
            code="no_bridge",
        )
    if target.bridge is None and len(found) > 1:
        raise ConfigError(f"there are several bridges ({names}); choose one with --bridge")
    bridge = target.bridge or next(iter(found))
    return f"{found[bridge]}/{bridge}"
