"""The retained claim: this Home Assistant owns the devices of a bridge, which then withdraws its own discovery.

One claim is retained for each bridge. Ours is published once the entry is set up, and again when the broker has lost it, or when
somebody took it away; it stays over restarts, and is released when the entry is removed. The claim of another Home Assistant
is never overwritten by itself: two that did so would never come to rest. It becomes a repair issue, whose repair takes over.
"""

import json
import logging
from typing import Final

from homeassistant.components import mqtt
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import instance_id
from homeassistant.loader import async_get_integration
from homeassistant.util.json import JSON_DECODE_EXCEPTIONS, json_loads

from .calls import QOS, now
from .const import DOMAIN
from .issues import async_create_issue, async_delete_issue
from .link import BridgeLink
from .models import Claim
from .retained import async_retained

_LOGGER = logging.getLogger(__name__)

RELEASE_TIMEOUT: Final = 2.0
"""Seconds to wait for the retained claim before it is released."""

FOREIGN_CLAIM: Final = "foreign_claim"


class Ownership:
    """Who owns the devices of a bridge: we, or another Home Assistant."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, link: BridgeLink) -> None:
        self._hass = hass
        self._entry = entry
        self._link = link
        self._instance = ""
        self._component = ""
        self._since = now()
        self._left = False

    @property
    def foreign(self) -> Claim | None:
        """The claim of another Home Assistant, where there is one."""
        claim = self._link.claim
        return None if claim is None or claim.instance == self._instance else claim

    async def async_start(self) -> None:
        """Claim the bridge unless another Home Assistant has; look after the claim until the entry is unloaded."""
        self._instance = await instance_id.async_get(self._hass)
        self._component = str((await async_get_integration(self._hass, DOMAIN)).version)
        self._entry.async_on_unload(self._link.async_listen_claims(self._heard))
        self._entry.async_on_unload(self._link.async_listen_ready(self._renew))
        self._heard(self._link.claim)

    async def async_take_over(self) -> None:
        """Claim the bridge, whoever has it.

        Raises:
            HomeAssistantError: MQTT is not set up.
        """
        claim = Claim(self._instance, self._component, self._since)
        topic = self._link.topic("homeassistant", "claim")
        await mqtt.async_publish(self._hass, topic, json.dumps(claim.as_json()), qos=QOS, retain=True)

    async def async_leave(self) -> None:
        """Release the bridge for good: it is looked for under another prefix from now on."""
        self._left = True
        await async_release(self._hass, self._link.prefix, self._link.bridge)

    @callback
    def _heard(self, claim: Claim | None) -> None:
        if claim is not None and claim.instance == self._instance:
            self._since = claim.since or self._since
            async_delete_issue(self._hass, self._entry, FOREIGN_CLAIM)
            if claim.component == self._component:
                return
        if claim is not None and claim.instance != self._instance:
            async_create_issue(
                self._hass,
                self._entry,
                FOREIGN_CLAIM,
                fixable=True,
                placeholders={"instance": claim.instance, "since": claim.since or "?"},
            )
            return
        async_delete_issue(self._hass, self._entry, FOREIGN_CLAIM)
        self._publish()

    @callback
    def _renew(self) -> None:
        if self._link.claim is None:
            self._publish()

    def _publish(self) -> None:
        if self._link.connected and not self._left:
            self._entry.async_create_background_task(
                self._hass, self._try_to_publish(), "readers claim", eager_start=True
            )

    async def _try_to_publish(self) -> None:
        try:
            await self.async_take_over()
        except HomeAssistantError as error:
            _LOGGER.debug("The bridge %s could not be claimed: %s", self._link.bridge, error)


async def async_release(hass: HomeAssistant, prefix: str, bridge: str) -> None:
    """Release our claim, so that the bridge publishes its discovery again. The claim of another Home Assistant stays."""
    topic = f"{prefix}/{bridge}/homeassistant/claim"
    try:
        text = await async_retained(hass, topic, RELEASE_TIMEOUT)
        claim = _parsed(text)
        if claim is None or claim.instance == await instance_id.async_get(hass):
            await mqtt.async_publish(hass, topic, "", qos=QOS, retain=True)
    except HomeAssistantError as error:
        _LOGGER.warning(
            "The claim on %s could not be released; send the bridge the request clear_claim: %s", topic, error
        )


def _parsed(text: str | None) -> Claim | None:
    try:
        return Claim.from_json(json_loads(text)) if text else None
    except JSON_DECODE_EXCEPTIONS:
        return None
