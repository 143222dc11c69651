"""What stays retained at the broker: our announcement, Home Assistant's discovery payloads, and no ghosts.

Home Assistant shows a device once: through discovery payloads, or through the component that claims the bridge. A ghost is a
retained message of a device that is not configured any more.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from readers_bridge import CONTRACT, __version__
from readers_bridge.config import HomeAssistantConfig
from readers_bridge.device import Device
from readers_bridge.errors import BrokerError, ReadersError
from readers_bridge.model import JsonObject
from readers_bridge.mqtt import homeassistant
from readers_bridge.mqtt.link import Link
from readers_bridge.mqtt.topics import Topics

log = logging.getLogger(__name__)

BIRTH_WAIT = (2.0, 10.0)
"""Seconds between Home Assistant's birth message and our answer, drawn at random."""

CLAIM_GRACE = 30.0
"""Seconds that a claim outlives a broker that has forgotten it: so long Home Assistant may take to connect again."""

CLAIM_TEXT = 200
"""Characters of each of its values that are kept."""


class Announcements:
    """Keeps the retained topics right."""

    def __init__(
        self,
        config: HomeAssistantConfig,
        topics: Topics,
        link: Link,
        devices: Callable[[], Iterable[Device]],
        changed: Callable[[], None],
    ) -> None:
        self._config = config
        self._topics = topics
        self._link = link
        self._devices = devices
        self._changed = changed
        self._birth: asyncio.Task[None] | None = None
        self._settled = False
        self._forgotten: set[str] = set()
        self._claim_heard = False
        self._grace: asyncio.TimerHandle | None = None
        self.claim: JsonObject | None = None

    @property
    def discovery_active(self) -> bool:
        """Whether discovery payloads are published now."""
        match self._config.discovery:
            case "on":
                return True
            case "off":
                return False
            case _:
                return self.claim is None

    def begin(self) -> None:
        """Before the first connection."""
        topics = self._topics
        announcement = {"contract": CONTRACT, "version": __version__, "prefix": topics.prefix, "bridge": topics.bridge}
        self._link.retain(topics.announcement, orjson.dumps(announcement))

    async def settle(self) -> None:
        """After a connect: see what the broker holds, clear ghosts, publish discovery payloads or withdraw them."""
        found = await self._link.retained_at_broker(self._filters())
        self._settled = True
        if self.claim is not None and not self._claim_heard:
            self._grace = asyncio.get_running_loop().call_later(CLAIM_GRACE, self.claimed, b"")
        self._publish_discovery(found)
        self._clear_ghosts(found)

    def suspend(self) -> None:
        """After a disconnect: whether discovery payloads are wanted is known after the next connect only."""
        self._settled = False
        self._claim_heard = False
        self._end_grace()
        for topic in self._discovery_topics():
            self._link.withhold(topic)

    def stop(self) -> None:
        """Nothing will be published any more."""
        self._end_grace()
        if self._birth is not None:
            self._birth.cancel()

    def _end_grace(self) -> None:
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None

    # -- what is heard

    def claimed(self, payload: bytes) -> None:
        """The claim topic changed."""
        claim: JsonObject | None = None
        if payload:
            try:
                value = orjson.loads(payload)
            except orjson.JSONDecodeError:
                value = None
            if not isinstance(value, dict):
                log.warning("the claim on %s is not a JSON object; it is ignored", self._topics.claim)
                return
            claim = _tidy(value)
        self._claim_heard = claim is not None
        self._end_grace()
        earlier, self.claim = self.claim, claim
        if claim == earlier:
            return
        if claim is None:
            log.info("Home Assistant's component released its claim")
        elif earlier is None:
            log.info("Home Assistant's component claims the devices of this bridge")
        self._changed()
        if self._settled:
            self._publish_discovery({})

    def home_assistant_started(self) -> None:
        """Home Assistant's birth message: after a random wait, publish what is missing at the broker."""
        if self._birth is None or self._birth.done():
            self._birth = asyncio.create_task(self._answer_birth(), name="home assistant birth")

    async def _answer_birth(self) -> None:
        await asyncio.sleep(random.uniform(*BIRTH_WAIT))  # noqa: S311  no secret
        if not self._settled:
            return  # everything is published anyway
        try:
            found = await self._link.retained_at_broker(self._filters())
        except BrokerError:
            return  # likewise, after the next connect
        wanted = [*self._discovery_topics()] if self.discovery_active else []
        for device in self._devices():
            wanted += [self._topics.availability(device.id), self._topics.state(device.id)]
        missing = [topic for topic in wanted if self._link.owns(topic) not in {None, b"", found.get(topic)}]
        for topic in missing:
            self._link.retain(topic, self._link.owns(topic) or b"")
        self._clear_ghosts(found)
        log.debug("Home Assistant started; %d retained messages were missing", len(missing))

    # -- discovery payloads

    def device_changed(self, device: Device) -> None:
        """A device is new, or its description changed."""
        if self._settled and self.discovery_active:
            self._publish_device(device, {})

    def device_removed(self, device: str) -> None:
        """A device is gone: leave nothing of it at the broker."""
        for topic in (self._config_topic(device), *self._device_topics(device)):
            self._link.retain(topic, b"")

    def _publish_discovery(self, found: Mapping[str, bytes]) -> None:
        """``found``: what the broker holds, where we have not published ourselves."""
        if not self.discovery_active:
            for topic in self._discovery_topics():
                if self._link.owns(topic):
                    self._link.retain(topic, b"")
            return
        self._publish("bridge", homeassistant.bridge_payload(self._topics), found)
        for device in self._devices():
            self._publish_device(device, found)

    def _publish_device(self, device: Device, found: Mapping[str, bytes]) -> None:
        expiry = self._link.version != "3.1.1"
        payload = homeassistant.device_payload(self._topics, device.config, device.description, expiry=expiry)
        self._publish(device.id, payload, found)

    def _publish(self, device: str, payload: JsonObject, found: Mapping[str, bytes]) -> None:
        topic = self._config_topic(device)
        earlier = self._link.owns(topic) or found.get(topic)
        try:
            encoded = homeassistant.encode(payload)
        except ReadersError as error:
            log.error("%s", error)
            return
        if self._link.owns(topic) == encoded:
            return
        self._link.retain(topic, encoded)
        if earlier and (removal := _removal(earlier, payload)) is not None:
            self._link.publish(topic, removal, 1)

    def _discovery_topics(self) -> list[str]:
        return [self._config_topic("bridge"), *(self._config_topic(device.id) for device in self._devices())]

    def _config_topic(self, device: str) -> str:
        return self._topics.home_assistant_config(self._config.discovery_prefix, device)

    # -- ghosts

    def earlier(self, roots: Mapping[str, Any]) -> None:
        """What an earlier run kept retained (see ``roots``): under another prefix or bridge id it would stay for ever."""
        if not roots or roots == self.roots():
            return
        try:
            old = Topics(roots["prefix"], roots["bridge"])
            discovery_prefix = roots["discovery_prefix"]
            devices = list(roots["devices"])
        except (KeyError, TypeError):
            return
        for device in [*devices, "bridge"]:
            self._forgotten.add(old.home_assistant_config(discovery_prefix, device))
        if (old.prefix, old.bridge) != (self._topics.prefix, self._topics.bridge):
            for device in devices:
                self._forgotten.update((old.description(device), old.availability(device), old.state(device)))
            self._forgotten.update((old.bridge_state, old.bridge_info, old.announcement))

    def roots(self) -> JsonObject:
        """What tells the topics that we keep retained; to be given to ``earlier`` at the next start."""
        return {
            "prefix": self._topics.prefix,
            "bridge": self._topics.bridge,
            "discovery_prefix": self._config.discovery_prefix,
            "devices": sorted(device.id for device in self._devices()),
        }

    def _filters(self) -> tuple[str, ...]:
        return self._topics.retained_filters(self._config.discovery_prefix)

    def _clear_ghosts(self, found: Mapping[str, bytes]) -> None:
        configured = {device.id for device in self._devices()}
        ghosts = set()
        for topic in found:
            device = self._topics.device_of_retained(topic, self._config.discovery_prefix)
            if device is None or self._link.owns(topic):
                continue
            is_config = topic == self._config_topic(device)
            if (device not in configured and device != "bridge") or (is_config and not self.discovery_active):
                ghosts.add(topic)
        ghosts |= {topic for topic in self._forgotten if not self._link.owns(topic)}
        self._forgotten.clear()
        for topic in sorted(ghosts):
            self._link.retain(topic, b"")
        if ghosts:
            log.info("cleared %d retained messages of devices that are not configured any more", len(ghosts))

    def _device_topics(self, device: str) -> tuple[str, str, str]:
        return self._topics.description(device), self._topics.availability(device), self._topics.state(device)


def _tidy(claim: JsonObject) -> JsonObject:
    """What of a claim is shown in ``bridge/info``, which has a limit."""
    return {
        key: value
        for key in ("instance", "component", "since")
        if isinstance(value := claim.get(key), str) and len(value) <= CLAIM_TEXT
    }


def _removal(earlier: bytes, payload: JsonObject) -> bytes | None:
    """What tells Home Assistant which components of the earlier payload are gone."""
    try:
        removal = homeassistant.removals(orjson.loads(earlier), payload)
        return None if removal is None else homeassistant.encode(removal)
    except (orjson.JSONDecodeError, AttributeError, TypeError, KeyError, ReadersError):
        return None  # the earlier payload was none of this form
