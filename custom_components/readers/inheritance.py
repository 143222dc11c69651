"""What a person gave to devices and entities is handed over when they change their owner.

The bridge's own discovery makes devices of Home Assistant's ``mqtt`` integration, the component makes its own; only one of them
shows a device at a time. Both use the unique ids ``readers:<bridge>:<device>:<key>``, so one's entity is known to be the
other's: areas, names, labels, icons, entity ids and options go along, and with the entity id the history. Automations that name a
device (rather than an entity) must be changed by hand: a device's id is Home Assistant's own.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import entity_sources
from homeassistant.helpers.event import async_call_later

from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

MQTT: Final = "mqtt"
SETTLE: Final = 2.0
"""Seconds without a change in the registry, after which entities are complete (or gone)."""

KEPT: Final = 900.0
"""Seconds for which the new owner's entities are waited for."""


@dataclass(frozen=True, slots=True)
class Heritage:
    """What was given, by device id of the bridge, and by domain and unique id of the entity."""

    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    entities: dict[tuple[str, str], er.RegistryEntry] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.devices or self.entities)


def device_identifier(owner: str, bridge: str, device: str) -> tuple[str, str]:
    """How the owner, ``mqtt`` or ``readers``, identifies a device."""
    return (owner, f"readers:{bridge}:{device}" if owner == MQTT else f"{bridge}:{device}")


@callback
def async_entities_of(hass: HomeAssistant, owner: str, bridge: str) -> list[er.RegistryEntry]:
    """The entities of a bridge and its devices that belong to the owner."""
    begin = f"readers:{bridge}:"
    return [
        entry
        for entry in er.async_get(hass).entities.values()
        if entry.platform == owner and entry.unique_id.startswith(begin)
    ]


@callback
def async_sweep(hass: HomeAssistant, owner: str, bridge: str) -> bool:
    """Forget the entities and devices that the owner no longer has, but the registry does; whether none is left.

    Older releases of Home Assistant keep entities that were disabled when discovery withdrew them, and so their device.
    """
    loaded = entity_sources(hass)
    left = async_entities_of(hass, owner, bridge)
    if any(entry.entity_id in loaded for entry in left):
        return False
    entities, devices = er.async_get(hass), dr.async_get(hass)
    for entry in left:
        entities.async_remove(entry.entity_id)
    begin = device_identifier(owner, bridge, "")[1]
    for one in hass.config_entries.async_entries(owner):
        for device in dr.async_entries_for_config_entry(devices, one.entry_id):
            if any(identifier.startswith(begin) for _, identifier in device.identifiers):
                devices.async_remove_device(device.id)
    return True


@callback
def async_collect(hass: HomeAssistant, owner: str, bridge: str, entry_ids: Iterable[str]) -> Heritage:
    """What a person gave to the devices and entities of this owner, which are those of these config entries."""
    begin = device_identifier(owner, bridge, "")[1]
    devices: dict[str, dict[str, Any]] = {}
    registry = dr.async_get(hass)
    for device in (device for one in entry_ids for device in dr.async_entries_for_config_entry(registry, one)):
        for identifier in device.identifiers:
            if identifier[0] == owner and identifier[1].startswith(begin):
                devices[identifier[1].removeprefix(begin)] = {
                    "area_id": device.area_id,
                    "labels": device.labels,
                    "name_by_user": device.name_by_user,
                }
    entities = {(entry.domain, entry.unique_id): entry for entry in async_entities_of(hass, owner, bridge)}
    return Heritage(devices, entities)


@callback
def async_give_device(hass: HomeAssistant, heritage: Heritage, device: str, registered: dr.DeviceEntry) -> None:
    """Hand over what was given to one device."""
    given = {key: value for key, value in heritage.devices.get(device, {}).items() if value}
    if given:
        dr.async_get(hass).async_update_device(registered.id, **given)


@callback
def async_give_entity(hass: HomeAssistant, old: er.RegistryEntry, entity_id: str) -> None:
    """Hand over what was given to one entity, its entity id included where that is free."""
    registry = er.async_get(hass)
    given: dict[str, Any] = {
        name: value
        for name in ("aliases", "area_id", "categories", "icon", "labels", "name")
        if (value := getattr(old, name))
    }
    if old.disabled_by is er.RegistryEntryDisabler.USER:
        given["disabled_by"] = old.disabled_by
    elif old.disabled_by is None and registry.entities[entity_id].disabled_by is er.RegistryEntryDisabler.INTEGRATION:
        given["disabled_by"] = None
    if old.hidden_by is er.RegistryEntryHider.USER:
        given["hidden_by"] = old.hidden_by
    if given:
        registry.async_update_entity(entity_id, **given)
    if old.entity_id != entity_id and registry.async_get(old.entity_id) is None:
        try:
            entity_id = registry.async_update_entity(entity_id, new_entity_id=old.entity_id).entity_id
        except ValueError as error:
            _LOGGER.debug("%s keeps its entity id: %s", entity_id, error)
    for domain, options in old.options.items():
        if options and domain != "homeassistant":
            registry.async_update_entity_options(entity_id, domain, options)


class Handover:
    """Hands a heritage over to a new owner, as soon as the old one has let go of it.

    ``withdrawn``: tells whether the old owner is known to show nothing any more.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        bridge: str,
        heritage: Heritage,
        *,
        old: str,
        new: str,
        withdrawn: Callable[[], bool] | None = None,
    ) -> None:
        self._hass = hass
        self._bridge = bridge
        self._heritage = heritage
        self._old = old
        self._new = new
        self._withdrawn = withdrawn
        self._waiting = dict(heritage.entities)
        self._devices = dict.fromkeys(heritage.devices)
        self._ends: list[CALLBACK_TYPE] = []
        self._settling: CALLBACK_TYPE | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is left to hand over."""
        return not self._waiting and not self._devices

    @callback
    def async_give(self) -> None:
        """Hand over what the old owner has let go of and the new one has."""
        if self._withdrawn is not None and self._withdrawn():
            async_sweep(self._hass, self._old, self._bridge)
        devices, entities = dr.async_get(self._hass), er.async_get(self._hass)
        for device in list(self._devices):
            for registered in devices.async_get_devices(
                identifiers={device_identifier(self._new, self._bridge, device)}
            ):
                async_give_device(self._hass, self._heritage, device, registered)
                self._devices.pop(device, None)
        for (domain, unique_id), old in list(self._waiting.items()):
            held = entities.async_get_entity_id(domain, self._old, unique_id)
            entity_id = entities.async_get_entity_id(domain, self._new, unique_id)
            if held is None and entity_id is not None:
                async_give_entity(self._hass, old, entity_id)
                del self._waiting[(domain, unique_id)]

    @callback
    def async_wait(self) -> CALLBACK_TYPE:
        """Hand over whenever the registry has come to rest, for a while; what is given back ends it."""

        @callback
        def changed(_event: Event[er.EventEntityRegistryUpdatedData]) -> None:
            if self._settling is not None:
                self._settling()
            self._settling = async_call_later(self._hass, SETTLE, settled)

        @callback
        def settled(_now: object) -> None:
            self._settling = None
            self.async_give()
            if self.complete:
                self.async_end()

        @callback
        def over(_now: object) -> None:
            self._ends.pop(0)
            self.async_end()

        self._ends = [
            async_call_later(self._hass, KEPT, over),
            self._hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, changed, event_filter=self._concerns),
        ]
        return self.async_end

    @callback
    def async_end(self) -> None:
        """Wait no longer."""
        if self._settling is not None:
            self._settling()
            self._settling = None
        while self._ends:
            self._ends.pop()()

    @callback
    def _concerns(self, data: er.EventEntityRegistryUpdatedData) -> bool:
        return data["action"] in ("create", "remove")


@callback
def async_hand_back(hass: HomeAssistant, bridge: str, entry_id: str) -> None:
    """The component is about to go: what was given shall go to the devices that the bridge's discovery makes."""
    heritage = async_collect(hass, DOMAIN, bridge, [entry_id])
    if heritage:
        Handover(hass, bridge, heritage, old=DOMAIN, new=MQTT).async_wait()
