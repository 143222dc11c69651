"""Card readers, railway tag readers and receipt printers on a readers bridge, by way of MQTT."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.typing import ConfigType

from .actions import async_setup_actions
from .claim import Ownership, async_release
from .const import BRIDGE_DEVICE, CONF_BRIDGE, CONF_PREFIX, CONF_REPLAY, DOMAIN, PLATFORMS, live_signal
from .data import ReadersConfigEntry, ReadersData
from .entity import async_load_translated
from .inheritance import MQTT, Handover, async_collect, async_entities_of, async_hand_back, async_sweep
from .issues import async_delete_issues
from .link import BridgeLink
from .models import ReadersEvent
from .registry import Registrar, async_bridge_and_device, async_reserve
from .repairs import async_watch
from .replay import Replay, async_store
from .tags import async_scan_tag

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

TWINS_TIMEOUT: Final = 5.0
"""Seconds that the bridge's own discovery gets to go when the bridge is claimed."""

TWINS_STEP: Final = 0.1


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, so that automations which use them are valid before any bridge is there."""
    async_setup_actions(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ReadersConfigEntry) -> bool:
    """Set up one bridge: listen to it, claim it, show its devices, and ask for what was missed.

    Raises:
        ConfigEntryNotReady: MQTT is not there, the bridge is unknown, or it speaks another contract.
    """
    link = BridgeLink(hass, entry, entry.data[CONF_PREFIX], entry.data[CONF_BRIDGE])
    async_watch(hass, entry, link)
    await link.async_start()
    await async_load_translated(hass)
    ownership = Ownership(hass, entry, link)
    replay = Replay(hass, entry, link, enabled=entry.options.get(CONF_REPLAY, True))
    await replay.async_load()
    entry.runtime_data = ReadersData(link, ownership, replay)

    heritage = async_collect(hass, MQTT, link.bridge, [one.entry_id for one in hass.config_entries.async_entries(MQTT)])
    await ownership.async_start()
    Registrar(hass, entry, link).async_start()
    withdrawn = partial(_has_withdrawn, link)
    handover = Handover(hass, link.bridge, heritage, old=MQTT, new=DOMAIN, withdrawn=withdrawn)
    if heritage:
        await _twins_gone(hass, link)
        async_reserve(hass, entry, link, heritage)
        handover.async_give()
    entry.async_on_unload(link.async_listen_events(_acting(hass, entry, link)))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    handover.async_give()
    if not handover.complete:
        entry.async_on_unload(handover.async_wait())
    link.async_open()
    replay.async_start()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ReadersConfigEntry) -> bool:
    """Stop listening; the claim stays, so that a restart changes nothing at the bridge, unless its prefix has changed."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        data = entry.runtime_data
        await data.replay.async_close()
        if entry.data[CONF_PREFIX] != data.link.prefix:
            await data.ownership.async_leave()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: ReadersConfigEntry) -> None:
    """Release the bridge; its own discovery, if it has one, takes over with what a person gave to the devices."""
    async_hand_back(hass, entry.data[CONF_BRIDGE], entry.entry_id)
    er.async_get(hass).async_clear_config_entry(
        entry.entry_id
    )  # so that the entity ids are free when the bridge hears of it
    await async_release(hass, entry.data[CONF_PREFIX], entry.data[CONF_BRIDGE])
    async_delete_issues(hass, entry)
    await async_store(hass, entry.entry_id).async_remove()


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: ReadersConfigEntry, device: dr.DeviceEntry
) -> bool:
    """Whether a device may be deleted: not while the bridge describes it, or nobody knows whether it does."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    known = async_bridge_and_device(hass, device.id)
    return known is None or (known[1] not in entry.runtime_data.link.devices and known[1] != BRIDGE_DEVICE)


def _acting(hass: HomeAssistant, entry: ReadersConfigEntry, link: BridgeLink) -> Callable[[ReadersEvent], None]:
    """What acts on live reads and events: device triggers and tags."""

    @callback
    def act(event: ReadersEvent) -> None:
        if event.live and not event.repeat:
            async_dispatcher_send(hass, live_signal(link.bridge, event.device), event)
            async_scan_tag(hass, entry, event)

    return act


async def _twins_gone(hass: HomeAssistant, link: BridgeLink) -> None:
    """Wait until the devices of the bridge's own discovery are gone, if they are about to go."""
    if not link.ready or link.info is None or link.info.discovery_mode not in (None, "auto"):
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(TWINS_TIMEOUT):
            while async_entities_of(hass, MQTT, link.bridge):
                if _has_withdrawn(link) and async_sweep(hass, MQTT, link.bridge):
                    break
                await asyncio.sleep(TWINS_STEP)


def _has_withdrawn(link: BridgeLink) -> bool:
    """Whether the bridge says that its own discovery is not published."""
    return link.ready and link.info is not None and link.info.discovery_active is False
