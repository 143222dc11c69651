"""One dispatcher for everything that a bridge says, and the way to ask it or its devices."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from homeassistant.components import mqtt
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.util.json import JSON_DECODE_EXCEPTIONS, json_loads

from .calls import ANSWER_MARGIN, QOS, Calls
from .const import BRIDGE_DEVICE, CONTRACT, DOMAIN
from .errors import failure, mistake, raise_for_result
from .models import (
    Availability,
    BridgeInfo,
    Claim,
    CommandSpec,
    Description,
    Json,
    ReadersEvent,
    Response,
    Result,
)
from .state import BridgeState

_LOGGER = logging.getLogger(__name__)

INFO_TIMEOUT: Final = 10.0
"""Seconds to wait for the retained ``bridge/info`` when an entry is set up."""

REQUEST_TIMEOUT: Final = 10.0
LONGEST_TTL: Final = 86400.0
HELD: Final = 10_000
"""Reads and events at most that wait until the entities are there."""

LATE_AFTER: Final = 10.0
"""Seconds after which one that waited is late, and nothing acts on it any more; as at the bridge."""

REPORTED: Final = 1000
"""Topics at most whose unreadable messages are told in the log."""

# The order matters: Home Assistant subscribes to topics without wildcards last, so whoever has ``bridge/info`` has had
# the retained messages of all others.
_TOPICS: Final = (
    "+/read",
    "+/event",
    "+/result",
    "bridge/response/+",
    "+/description",
    "+/availability",
    "+/state",
    "homeassistant/claim",
    "bridge/health",
    "bridge/info",
)


class BridgeLink(BridgeState):
    """The connection to one bridge, by way of Home Assistant's MQTT."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, prefix: str, bridge: str) -> None:
        super().__init__(prefix, bridge)
        self.hass = hass
        self.entry = entry
        self._base = f"{prefix}/{bridge}/"
        self._calls = Calls(hass)
        self._reported: set[str] = set()
        self._held: list[tuple[float, ReadersEvent]] | None = []

    def topic(self, *levels: str) -> str:
        """A topic of this bridge."""
        return self._base + "/".join(levels)

    # -- life

    async def async_start(self) -> None:
        """Subscribe, and return when the bridge is known with its devices.

        Everything ends when the entry is unloaded.

        Raises:
            ConfigEntryNotReady: MQTT is not there, the bridge is unknown, or it speaks another contract.
        """
        if not await mqtt.async_wait_for_mqtt_client(self.hass):
            raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key="mqtt_unavailable")
        self.entry.async_on_unload(self._calls.cancel)
        self.connected = mqtt.is_connected(self.hass)
        self.entry.async_on_unload(mqtt.async_subscribe_connection_status(self.hass, self._connection_changed))
        for topic in _TOPICS:
            unsubscribe = await mqtt.async_subscribe(self.hass, self._base + topic, self._heard, QOS)
            self.entry.async_on_unload(unsubscribe)
        try:
            async with asyncio.timeout(INFO_TIMEOUT):
                await self._informed.wait()
        except TimeoutError:
            raise ConfigEntryNotReady(
                translation_domain=DOMAIN,
                translation_key="bridge_unknown",
                translation_placeholders={"bridge": self.bridge, "topic": self._base + "bridge/info"},
            ) from None
        if self.info is not None and self.info.contract != CONTRACT:
            raise ConfigEntryNotReady(
                translation_domain=DOMAIN,
                translation_key="unsupported_contract",
                translation_placeholders={
                    "bridge": self.bridge,
                    "contract": str(self.info.contract),
                    "supported": str(CONTRACT),
                },
            )

    @callback
    def async_open(self) -> None:
        """The entities are there: pass on the reads and events that were held for them, and all that follow."""
        held, self._held = self._held or [], None
        now = self.hass.loop.time()
        for since, event in held:
            self.async_pass_on(event if now - since <= LATE_AFTER else event.as_late())

    # -- talking

    async def async_request(
        self, verb: str, payload: Mapping[str, Json] | None = None, *, timeout: float = REQUEST_TIMEOUT
    ) -> Response:
        """Ask the bridge, and wait for its answer, whatever its status.

        Raises:
            HomeAssistantError: ``mqtt_unavailable``, ``bridge_offline`` or ``no_response``.
        """
        self._require_bridge()
        return await self._calls.request(self.topic("bridge", "request", verb), verb, payload or {}, timeout=timeout)

    async def async_command(
        self,
        device: str,
        name: str,
        args: Mapping[str, Json] | None = None,
        *,
        timeout: float | None = None,
        ttl: float | None = None,
        transaction: str | None = None,
    ) -> Result:
        """Send a command to a device, and wait for its result, whatever its status.

        Args:
            device: the id of the device.
            name: of the command.
            args: its arguments, with ``confirm`` where it is needed.
            timeout: seconds that the answer may take; by default, those that the command's description allows.
            ttl: seconds that the command may be old when its execution begins; by default as described.
            transaction: one of your own; the bridge executes each only once.

        Raises:
            ServiceValidationError: ``device_unknown`` or ``command_unknown``.
            HomeAssistantError: ``mqtt_unavailable``, ``bridge_offline`` or ``no_response``.
        """
        self._require_bridge()
        spec = self.command_spec(device, name)
        ttl = spec.ttl if ttl is None else ttl
        timeout = ttl + spec.timeout + ANSWER_MARGIN if timeout is None else timeout
        topic = self.topic(device, "command", name)
        return await self._calls.command(
            topic, name, args or {}, ttl=min(ttl, LONGEST_TTL), timeout=timeout, transaction=transaction
        )

    async def async_execute(self, device: str, name: str, args: Mapping[str, Json] | None = None) -> Result:
        """Send a command, and wait until it is done.

        Raises:
            HomeAssistantError: as ``async_command``, and for each status but ``done`` and ``sent``.
        """
        result = await self.async_command(device, name, args)
        raise_for_result(result, self.devices[device].name)
        return result

    def command_spec(self, device: str, name: str) -> CommandSpec:
        """What is known of a command.

        Raises:
            ServiceValidationError: ``device_unknown`` or ``command_unknown``.
        """
        found = self.devices.get(device)
        if found is None or found.description is None:
            raise mistake("device_unknown", device=device, bridge=self.bridge)
        spec = found.description.command(name)
        if spec is None:
            known = ", ".join(sorted(one.name for one in found.description.commands)) or "-"
            raise mistake("command_unknown", device=found.name, command=name, commands=known)
        return spec

    def _require_bridge(self) -> None:
        if not self.connected:
            raise failure("mqtt_unavailable")
        if not self.bridge_online:
            raise failure("bridge_offline", bridge=self.bridge)

    # -- what is heard

    @callback
    def _heard(self, message: mqtt.ReceiveMessage) -> None:
        levels = message.topic[len(self._base) :].split("/")
        value: Json = None
        if message.payload:
            try:
                value = json_loads(message.payload)
            except JSON_DECODE_EXCEPTIONS:
                self._unreadable(message.topic)
                return
        match levels:
            case [device, "read" | "event" as kind] if device != BRIDGE_DEVICE:
                if not message.retain:
                    self._numbered(message.topic, device, value, is_read=kind == "read")
            case [device, "result"]:
                self._result(message.topic, device, value)
            case ["bridge", "response", verb]:
                if (response := Response.from_json(value, verb=verb)) is not None:
                    self._calls.answered(response)
            case ["bridge", "state"]:
                state = Availability.from_json(value)
                self._set_bridge(online=state is not None and state.online, why="it is offline")
            case ["bridge", "info"]:
                if (info := BridgeInfo.from_json(value)) is not None:
                    self._told(info)
            case ["bridge", "health"]:
                self.health = value if isinstance(value, dict) else {}
                self._bridge.call()
            case ["homeassistant", "claim"]:
                self.claim = Claim.from_json(value)
                self._claims.call(self.claim)
            case [device, "description"]:
                description = Description.from_json(device, value)
                if description is None and value is not None:
                    self._unreadable(message.topic)
                else:
                    self._described(device, description)
            case [device, "availability"]:
                self._availability(device, Availability.from_json(value))
            case [device, "state"]:
                self._device_of(device).state = value if isinstance(value, dict) else {}
                self._tell(device)

    def _unreadable(self, topic: str) -> None:
        self.counters["unreadable"] += 1
        if topic not in self._reported and len(self._reported) < REPORTED:
            self._reported.add(topic)
            _LOGGER.warning("A message on %s cannot be read and is ignored, as are others like it", topic)

    def _numbered(self, topic: str, device: str, value: Json, *, is_read: bool) -> None:
        event = ReadersEvent.from_json(value, is_read=is_read, device=device)
        if event is None:
            self._unreadable(topic)
        elif self._held is None:
            self.async_pass_on(event)
        elif len(self._held) < HELD:
            self._held.append((self.hass.loop.time(), event))

    def _result(self, topic: str, device: str, value: Json) -> None:
        result = Result.from_json(value, device=device)
        if result is None:
            self._unreadable(topic)
            return
        result = self._calls.named(result)
        self._calls.answered(result)
        self._results.call(result)
