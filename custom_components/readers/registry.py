"""Home Assistant's registries follow the descriptions: devices come, change and go with them."""

from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_call_later

from .const import BRIDGE_DEVICE, DOMAIN
from .data import ReadersConfigEntry
from .inheritance import Heritage, device_identifier
from .link import BridgeLink
from .models import Description

SETTLED_AFTER: Final = 10.0
"""Seconds after the bridge could be asked, after which a device without description is taken as removed."""


def unique_id(bridge: str, device: str, key: str) -> str:
    """Of an entity; the same as in the bridge's own discovery, so that both can be matched."""
    return f"readers:{bridge}:{device}:{key}"


def described(description: Description) -> set[tuple[str, str]]:
    """Platform and key of each entity of a device."""
    events = {("event", event.key) for event in description.events}
    return events | {(entity.platform, entity.key) for entity in description.entities}


@callback
def async_bridge_and_device(hass: HomeAssistant, device_id: str) -> tuple[str, str] | None:
    """The ids of bridge and device (``bridge`` for the bridge itself) of a device in the registry, or None."""
    registered = dr.async_get(hass).async_get(device_id)
    if isinstance(registered, dr.DeviceEntry):
        for domain, identifier in registered.identifiers:
            bridge, colon, device = identifier.partition(":")
            if domain == DOMAIN and colon:
                return bridge, device
    return None


@callback
def async_reserve(hass: HomeAssistant, entry: ReadersConfigEntry, link: BridgeLink, heritage: Heritage) -> None:
    """Register the entities of a heritage before they are made, so that they begin with the entity ids that they had."""
    entities, devices = er.async_get(hass), dr.async_get(hass)
    wanted = {("binary_sensor", unique_id(link.bridge, BRIDGE_DEVICE, "state")): BRIDGE_DEVICE}
    for device in link.devices.values():
        if device.description is not None:
            for platform, key in described(device.description):
                wanted[(platform, unique_id(link.bridge, device.id, key))] = device.id
    for (domain, unique), old in heritage.entities.items():
        if (domain, unique) not in wanted or entities.async_get(old.entity_id) is not None:
            continue
        identifier = device_identifier(DOMAIN, link.bridge, wanted[(domain, unique)])
        registered = devices.async_get_device_by_identifier(identifier, entry.entry_id)
        entities.async_get_or_create(
            domain,
            DOMAIN,
            unique,
            config_entry=entry,
            device_id=None if registered is None else registered.id,
            suggested_object_id=old.entity_id.partition(".")[2],
            disabled_by=old.disabled_by,
        )


class Registrar:
    """Keeps the devices of an entry in the registry."""

    def __init__(self, hass: HomeAssistant, entry: ReadersConfigEntry, link: BridgeLink) -> None:
        self._hass = hass
        self._entry = entry
        self._link = link
        self._registry = dr.async_get(hass)
        self._settling: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Register the bridge and its devices, and follow their descriptions until the entry is unloaded."""
        self._register_bridge()
        for device in list(self._link.devices):
            self._changed(device)
        self._entry.async_on_unload(self._link.async_listen_devices(self._changed))
        self._entry.async_on_unload(self._link.async_listen_bridge(self._register_bridge))
        self._entry.async_on_unload(self._link.async_listen_ready(self._settle))
        self._entry.async_on_unload(self._stop)
        if self._link.ready:
            self._settle()

    @callback
    def _register_bridge(self) -> None:
        link = self._link
        self._registry.async_get_or_create(
            config_entry_id=self._entry.entry_id,
            identifiers={device_identifier(DOMAIN, link.bridge, BRIDGE_DEVICE)},
            manufacturer="readers",
            model="readers-bridge",
            name=f"Readers bridge {link.bridge}",
            sw_version=None if link.info is None else link.info.version or None,
        )

    @callback
    def _changed(self, device: str) -> None:
        found = self._link.devices.get(device)
        if found is None or found.description is None:
            self._remove(device)
        else:
            self._register(found.description)

    def _register(self, description: Description) -> None:
        bridge = device_identifier(DOMAIN, self._link.bridge, BRIDGE_DEVICE)
        via = self._registry.async_get_device_by_identifier(bridge, self._entry.entry_id)
        registered = self._registry.async_get_or_create(
            config_entry_id=self._entry.entry_id,
            identifiers={device_identifier(DOMAIN, self._link.bridge, description.device)},
            manufacturer=description.manufacturer or None,
            model=description.model or None,
            name=description.name,
            serial_number=description.serial,
            sw_version=description.firmware,
            via_device_id=None if via is None else via.id,
        )
        self._forget_entities(description, registered)

    def _forget_entities(self, description: Description, registered: dr.DeviceEntry) -> None:
        """Entities that the description does not have (any more), also those that went while we did not listen."""
        entities = er.async_get(self._hass)
        kept = described(description)
        for entity in er.async_entries_for_device(entities, registered.id, include_disabled_entities=True):
            key = entity.unique_id.removeprefix(unique_id(self._link.bridge, description.device, ""))
            if entity.platform == DOMAIN and (entity.domain, key) not in kept:
                entities.async_remove(entity.entity_id)

    def _remove(self, device: str) -> None:
        identifier = device_identifier(DOMAIN, self._link.bridge, device)
        registered = self._registry.async_get_device_by_identifier(identifier, self._entry.entry_id)
        if registered is not None:
            self._registry.async_remove_device(registered.id)

    # -- devices that went while we did not listen

    @callback
    def _settle(self) -> None:
        self._stop()
        self._settling = async_call_later(self._hass, SETTLED_AFTER, self._settled)

    @callback
    def _stop(self) -> None:
        if self._settling is not None:
            self._settling()
            self._settling = None

    @callback
    def _settled(self, _now: object) -> None:
        self._settling = None
        if not self._link.ready:
            return
        for registered in dr.async_entries_for_config_entry(self._registry, self._entry.entry_id):
            known = async_bridge_and_device(self._hass, registered.id)
            if known is not None and known[1] != BRIDGE_DEVICE and known[1] not in self._described():
                self._registry.async_remove_device(registered.id)

    def _described(self) -> set[str]:
        return {device.id for device in self._link.devices.values() if device.description is not None}
