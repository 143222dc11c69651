"""Every topic once: routing, the validation of payloads, and the reference docs derive from ``TOPICS``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from readers_bridge.model import Json
from readers_bridge.mqtt import bridge_messages, messages
from readers_bridge.mqtt.messages import ID, Payload
from readers_bridge.mqtt.schema import Schema
from readers_bridge.mqtt.verbs import ANY_REQUEST, ANY_RESPONSE, VERBS

if TYPE_CHECKING:
    from readers_bridge.config import HomeAssistantConfig

RESERVED_DEVICES = frozenset({"bridge", "homeassistant"})
RESERVED_BRIDGES = frozenset({"discovery"})

RETAINED_LIMIT = 4096
DESCRIPTION_LIMIT = 16384
COMMAND_LIMIT = 4 * 1024 * 1024
PAGE_LIMIT = 256 * 1024
"""Bytes of a payload."""


class Direction(StrEnum):
    """Seen from the bridge."""

    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic of the contract. ``limit``: bytes that a payload may have, where there is a limit of our own."""

    name: str
    address: str
    direction: Direction
    qos: int
    retain: bool
    summary: str
    schema: Schema
    example: Json
    limit: int | None = None


def _spec(
    name: str, address: str, direction: Direction, qos: int, payload: Payload, summary: str, *, retain: bool = False
) -> TopicSpec:
    limit = _LIMITS.get(name, RETAINED_LIMIT if retain and direction is Direction.OUT else None)
    return TopicSpec(name, address, direction, qos, retain, summary, payload.schema, payload.example, limit)


_LIMITS = {
    "description": DESCRIPTION_LIMIT,
    "home_assistant_config": DESCRIPTION_LIMIT,
    "command": COMMAND_LIMIT,
    "request": COMMAND_LIMIT,
    "response": PAGE_LIMIT,
}
_BRIDGE = "{prefix}/{bridge}/bridge"
_DEVICE = "{prefix}/{bridge}/{device}"

TOPICS: tuple[TopicSpec, ...] = (
    _spec(
        "announcement",
        "readers/discovery/{bridge}",
        Direction.OUT,
        1,
        bridge_messages.ANNOUNCEMENT,
        "Here is a bridge. The first level is always `readers`, whatever the prefix.",
        retain=True,
    ),
    _spec(
        "bridge_state",
        f"{_BRIDGE}/state",
        Direction.OUT,
        1,
        bridge_messages.BRIDGE_STATE,
        "Whether the bridge is connected. Its last will says `offline`.",
        retain=True,
    ),
    _spec(
        "bridge_info",
        f"{_BRIDGE}/info",
        Direction.OUT,
        1,
        bridge_messages.BRIDGE_INFO,
        "What this bridge is.",
        retain=True,
    ),
    _spec(
        "bridge_health", f"{_BRIDGE}/health", Direction.OUT, 0, bridge_messages.BRIDGE_HEALTH, "How it is, every 60 s."
    ),
    _spec(
        "request",
        f"{_BRIDGE}/request/{{verb}}",
        Direction.IN,
        1,
        Payload(ANY_REQUEST, VERBS[0].request),
        "Ask the bridge to do something.",
    ),
    _spec(
        "response",
        f"{_BRIDGE}/response/{{verb}}",
        Direction.OUT,
        1,
        Payload(ANY_RESPONSE, VERBS[0].response),
        "The answer to a request; also sent to the MQTT 5 response topic of the request.",
    ),
    _spec(
        "description",
        f"{_DEVICE}/description",
        Direction.OUT,
        1,
        messages.DESCRIPTION,
        "What the device is and can do. While it is offline: the last that is known.",
        retain=True,
    ),
    _spec(
        "availability",
        f"{_DEVICE}/availability",
        Direction.OUT,
        1,
        messages.AVAILABILITY,
        "Whether the device can be used, and why not.",
        retain=True,
    ),
    _spec(
        "state",
        f"{_DEVICE}/state",
        Direction.OUT,
        1,
        messages.STATE,
        "Current values of its sensors and outputs. Never a credential.",
        retain=True,
    ),
    _spec("read", f"{_DEVICE}/read", Direction.OUT, 1, messages.READ, "A card, tag, badge or PIN was read."),
    _spec("event", f"{_DEVICE}/event", Direction.OUT, 1, messages.EVENT, "Anything else that happened."),
    _spec(
        "command",
        f"{_DEVICE}/command/{{command}}",
        Direction.IN,
        1,
        messages.COMMAND,
        "Tell the device to do something. An empty payload stands for `{}`.",
    ),
    _spec(
        "result",
        f"{_DEVICE}/result",
        Direction.OUT,
        1,
        messages.RESULT,
        "The answer to every command, refused ones too; also sent to the MQTT 5 response topic of the command.",
    ),
    _spec(
        "health",
        f"{_DEVICE}/health",
        Direction.OUT,
        0,
        messages.DEVICE_HEALTH,
        "The counters of the device, every 60 s.",
    ),
    _spec(
        "claim",
        "{prefix}/{bridge}/homeassistant/claim",
        Direction.IN,
        1,
        bridge_messages.CLAIM,
        "The Home Assistant component owns the devices of this bridge. An empty payload releases them.",
        retain=True,
    ),
    _spec(
        "home_assistant_config",
        "{discovery_prefix}/device/{prefix}_{bridge}/{device}/config",
        Direction.OUT,
        1,
        bridge_messages.HOME_ASSISTANT_CONFIG,
        "Home Assistant's discovery payload of a device; `bridge` stands for the bridge itself.",
        retain=True,
    ),
    _spec(
        "home_assistant_birth",
        "{birth_topic}",
        Direction.IN,
        1,
        bridge_messages.HOME_ASSISTANT_BIRTH,
        "Home Assistant has started: the bridge publishes what the broker has lost.",
    ),
)


@dataclass(frozen=True, slots=True)
class CommandRoute:
    """A command for a device; neither needs to exist."""

    device: str
    command: str


@dataclass(frozen=True, slots=True)
class RequestRoute:
    """A request to the bridge; the verb needs not exist."""

    verb: str


@dataclass(frozen=True, slots=True)
class ClaimRoute:
    """The component's claim."""


@dataclass(frozen=True, slots=True)
class BirthRoute:
    """Home Assistant's birth message, or its will."""


Route = CommandRoute | RequestRoute | ClaimRoute | BirthRoute
_ROUTES: dict[str, type[Route]] = {
    "command": CommandRoute,
    "request": RequestRoute,
    "claim": ClaimRoute,
    "home_assistant_birth": BirthRoute,
}
_RETAINED_OF_DEVICE = ("description", "availability", "state")
_LEVELS = {"device": ID, "command": "[^/]+", "verb": "[^/]+"}


class Subscription(NamedTuple):
    """A topic filter and the QoS to ask for."""

    filter: str
    qos: int


def is_id(text: str) -> bool:
    """Whether this may be the id of a bridge or device, reserved words aside."""
    return re.fullmatch(ID, text) is not None


class Topics:
    """The topics of one bridge, filled in."""

    def __init__(self, prefix: str, bridge: str, birth_topic: str = "homeassistant/status") -> None:
        self.prefix = prefix
        self.bridge = bridge
        fixed = {"prefix": prefix, "bridge": bridge, "birth_topic": birth_topic}
        self._addresses = {spec.name: _fill(spec.address, **fixed) for spec in TOPICS}
        self._routes = [(_regex(self._addresses[name]), route) for name, route in _ROUTES.items()]
        self._retained = [_regex(self._addresses[name]) for name in _RETAINED_OF_DEVICE]
        self.announcement = self._addresses["announcement"]
        self.bridge_state = self._addresses["bridge_state"]
        self.bridge_info = self._addresses["bridge_info"]
        self.bridge_health = self._addresses["bridge_health"]
        self.claim = self._addresses["claim"]

    def request(self, verb: str) -> str:
        """Where a client asks."""
        return _fill(self._addresses["request"], verb=verb)

    def response(self, verb: str) -> str:
        """Where the bridge answers."""
        return _fill(self._addresses["response"], verb=verb)

    def description(self, device: str) -> str:
        """What the device is."""
        return self._of("description", device)

    def availability(self, device: str) -> str:
        """Whether it can be used."""
        return self._of("availability", device)

    def state(self, device: str) -> str:
        """Its current values."""
        return self._of("state", device)

    def read(self, device: str) -> str:
        """What it read."""
        return self._of("read", device)

    def event(self, device: str) -> str:
        """What else happened."""
        return self._of("event", device)

    def health(self, device: str) -> str:
        """Its counters."""
        return self._of("health", device)

    def result(self, device: str) -> str:
        """What became of a command."""
        return self._of("result", device)

    def command(self, device: str, name: str) -> str:
        """Where a client tells it to do something."""
        return _fill(self._addresses["command"], device=device, command=name)

    def home_assistant_config(self, discovery_prefix: str, device: str) -> str:
        """Its discovery payload; ``bridge`` for the bridge's own."""
        return _fill(self._addresses["home_assistant_config"], discovery_prefix=discovery_prefix, device=device)

    def _of(self, name: str, device: str) -> str:
        return self._addresses[name].replace("{device}", device)

    # -- what the bridge listens to

    def subscriptions(self, home_assistant: HomeAssistantConfig) -> tuple[Subscription, ...]:
        """What to subscribe to for good."""
        wanted = (
            spec
            for spec in TOPICS
            if spec.direction is Direction.IN
            and (spec.name != "home_assistant_birth" or home_assistant.discovery != "off")
        )
        return tuple(Subscription(_filter(self._addresses[spec.name]), spec.qos) for spec in wanted)

    def route(self, topic: str) -> Route | None:
        """Whose message this is; None: not one for the bridge."""
        for pattern, route in self._routes:
            match = pattern.fullmatch(topic)
            if match and match.groupdict().get("device") not in RESERVED_DEVICES:
                return route(**match.groupdict())
        return None

    # -- what the bridge left at the broker

    def retained_filters(self, discovery_prefix: str) -> tuple[str, ...]:
        """What to subscribe to in order to see everything of our devices that the broker keeps."""
        config = self.home_assistant_config(discovery_prefix, "{device}")
        return tuple(_filter(address) for address in (*map(self._addresses.__getitem__, _RETAINED_OF_DEVICE), config))

    def device_of_retained(self, topic: str, discovery_prefix: str) -> str | None:
        """The device of one of our retained topics; None: somebody else's, or not of a device.

        ``bridge`` is given for the bridge's own discovery payload only.
        """
        config = _regex(self.home_assistant_config(discovery_prefix, "{device}")).fullmatch(topic)
        if config:
            return config["device"] if config["device"] != "homeassistant" else None
        matches = (pattern.fullmatch(topic) for pattern in self._retained)
        device = next((match["device"] for match in matches if match), None)
        return None if device in RESERVED_DEVICES else device


def _fill(address: str, **values: str) -> str:
    for name, value in values.items():
        address = address.replace(f"{{{name}}}", value)
    return address


def _filter(address: str) -> str:
    return re.sub(r"\{\w+\}", "+", address)


def _regex(address: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", address)
    texts = (re.escape(part) if index % 2 == 0 else f"(?P<{part}>{_LEVELS[part]})" for index, part in enumerate(parts))
    return re.compile("".join(texts))
