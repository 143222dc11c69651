"""Where the answers to commands and requests go: our own topics, and the response topic that a client names (MQTT 5)."""

from __future__ import annotations

import logging
from collections.abc import Callable

from readers_bridge.commands import Incoming, parse, result_payload, transaction_of
from readers_bridge.errors import CommandError
from readers_bridge.model import JsonObject, Status
from readers_bridge.mqtt.session import Message
from readers_bridge.mqtt.topics import Topics

log = logging.getLogger(__name__)

NAMED = 10
"""Devices that an error names at most."""

COMPLAINTS = 100
"""Response topics that the log names at most."""

Publish = Callable[[str, bytes, int, bytes | None], None]
"""Topic, payload, QoS, correlation data."""


class Answers:
    """``discovery_prefix``: of Home Assistant's discovery."""

    def __init__(self, topics: Topics, discovery_prefix: str, publish: Publish) -> None:
        self._topics = topics
        self._publish = publish
        self._own = (f"{topics.prefix}/", f"{discovery_prefix}/", topics.announcement, "$")
        self._complained: set[str] = set()

    def to_command(self, incoming: Incoming, payload: bytes) -> None:
        """Beside the result itself, where the command names a response topic."""
        self._respond(incoming.response_topic, payload, incoming.correlation)

    def to_request(self, request: Message, verb: str, payload: bytes) -> None:
        """The response, on our topic and on the one that the request names."""
        self._publish(self._topics.response(verb), payload, 1, request.correlation)
        self._respond(request.response_topic, payload, request.correlation)

    def _respond(self, topic: str | None, payload: bytes, correlation: bytes | None) -> None:
        if not topic:
            return
        if not self._is_open(topic):
            if topic not in self._complained and len(self._complained) < COMPLAINTS:
                self._complained.add(topic)
                log.warning(
                    "a client wants its answer on %s; no answer is sent to topics of the bridge or with wild cards",
                    topic,
                )
            return
        self._publish(topic, payload, 1, correlation)

    def _is_open(self, topic: str) -> bool:
        """Never let a client write, through us, where it may not write itself."""
        return not topic.startswith(self._own) and "+" not in topic and "#" not in topic


def nobodys_result(incoming: Incoming, device: str, known: list[str], stamp: str) -> JsonObject:
    """The result of a command for a device that is not configured; ``stamp``: the time as RFC 3339."""
    if incoming.retained:
        error = CommandError(
            "a retained command is never executed; publish it without the retain flag",
            status=Status.REFUSED,
            code="retained",
        )
    else:
        names = ", ".join(known[:NAMED]) + (f" and {len(known) - NAMED} more" if len(known) > NAMED else "")
        error = CommandError(
            f"there is no device {device}; there is {names or 'none'}", status=Status.INVALID, code="unknown_device"
        )
    return result_payload(device, incoming.name, transaction_in(incoming.payload), error, stamp)


def transaction_in(payload: bytes) -> str | None:
    """The transaction of what is not executed, whatever else is wrong with it."""
    try:
        return transaction_of(parse(payload))
    except CommandError:
        return None
