"""Entities as the description of a device wants them, and how they come, change and go with it."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, override

from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util.hass_dict import HassKey

from .const import BRIDGE_DEVICE, DOMAIN
from .data import ReadersConfigEntry
from .inheritance import device_identifier
from .link import BridgeLink
from .models import CommandSpec, Description, EntitySpec, EventSpec, Json, JsonObject
from .registry import unique_id

TRANSLATED: HassKey[frozenset[tuple[str, str]]] = HassKey(f"{DOMAIN}_translated")
"""Platform and translation key of each entity that has a translation."""

VALUE: Final = "value"
"""The key of an entity's ``args`` that names the argument which takes the value."""

_NUMBERED: Final = re.compile(r"(.*?)_?([0-9]+)")
"""Keys of the same entity several times, as ``input_0``: they share the translation ``input``, with a ``{number}``."""

type Spec = EntitySpec | EventSpec
type Factory = Callable[[BridgeLink, Description, Any], ReadersEntity]


async def async_load_translated(hass: HomeAssistant) -> None:
    """Find out which entities this component has its own names for; a new family works without any."""
    found = await async_get_translations(hass, "en", "entity", {DOMAIN})
    names = (name.removeprefix(f"component.{DOMAIN}.entity.").split(".") for name in found)
    hass.data[TRANSLATED] = frozenset((name[0], name[1]) for name in names if name[-1] == "name")


class ReadersEntity(Entity):
    """An entity of a device."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _observed: object = None

    def __init__(self, link: BridgeLink, device: str, key: str) -> None:
        self.link = link
        self.device = device
        self._attr_unique_id = unique_id(link.bridge, device, key)
        self._attr_device_info = DeviceInfo(identifiers={device_identifier(DOMAIN, link.bridge, device)})

    def name_by(self, platform: str, description: Description, spec: Spec) -> None:
        """Take the component's own name and icon where it has one, else those of the description."""
        translated = self.link.hass.data[TRANSLATED]
        key = f"{description.family}_{spec.key}"
        numbered = _NUMBERED.fullmatch(key)
        if (platform, key) in translated:
            self._attr_translation_key = key
        elif numbered is not None and (platform, numbered[1]) in translated:
            self._attr_translation_key = numbered[1]
            self._attr_translation_placeholders = {"number": numbered[2]}
        else:
            self._attr_name = spec.name
            self._attr_icon = spec.icon

    @property
    @override
    def available(self) -> bool:
        """Whether MQTT, the bridge and the device are online."""
        return self.link.available(self.device)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the state and the availability of the device."""
        await super().async_added_to_hass()
        self._observed = self.observed
        self.async_on_remove(self.link.async_listen_device(self.device, self._changed))

    @property
    def observed(self) -> object:
        """What of the device shows in this entity: many entities share its messages, and few have something new to show."""
        return self.available

    @callback
    def _changed(self) -> None:
        if (observed := self.observed) != self._observed:
            self._observed = observed
            self.async_write_ha_state()


class DescribedEntity(ReadersEntity):
    """An entity that shows a value of the state topic, sends a command, or both."""

    def __init__(self, link: BridgeLink, description: Description, spec: EntitySpec) -> None:
        super().__init__(link, description.device, spec.key)
        self.spec = spec
        self.command = description.command(spec.command)
        self.name_by(spec.platform, description, spec)
        self._attr_entity_registry_enabled_default = spec.enabled
        if spec.category in (EntityCategory.CONFIG, EntityCategory.DIAGNOSTIC):
            self._attr_entity_category = EntityCategory(spec.category)

    @property
    def state_value(self) -> Json:
        """The value that the device reports; None: it is not known."""
        found = self.link.devices.get(self.device)
        return None if found is None or self.spec.state_key is None else found.state.get(self.spec.state_key)

    @property
    @override
    def observed(self) -> object:
        """Its own value, and what that is worth."""
        return self.available, self.state_value, self.is_assumed

    @property
    def is_assumed(self) -> bool:
        """Whether what is shown is only what was last commanded, or nobody can tell whether the device hears."""
        found = self.link.devices.get(self.device)
        availability = None if found is None else found.availability
        return self.spec.state_key is None or (availability is not None and availability.assumed)

    async def async_send(self, args: Mapping[str, Json]) -> None:
        """Have the device do it.

        Raises:
            HomeAssistantError: it did not, or nobody knows.
        """
        await self.link.async_execute(self.device, self.spec.command or "", args)

    def with_value(self, value: Json) -> JsonObject:
        """The arguments of the command with this value, beside those that are fixed."""
        fixed = {name: arg for name, arg in self.spec.args.items() if name != VALUE}
        return {self.spec.args[VALUE]: value, **fixed}


class Roster:
    """The entities of one platform: they come, are replaced and are forgotten as the descriptions say.

    Whatever is no longer described is removed from the registry by ``registry.Registrar``, and so from Home Assistant.
    """

    def __init__(
        self, entry: ReadersConfigEntry, add_entities: AddConfigEntryEntitiesCallback, platform: Platform, make: Factory
    ) -> None:
        self._entry = entry
        self._link = entry.runtime_data.link
        self._add_entities = add_entities
        self._platform = platform
        self._make = make
        self._entities: dict[tuple[str, str], tuple[object, ReadersEntity]] = {}

    @callback
    def async_start(self) -> None:
        """Add what is described, and follow the descriptions until the entry is unloaded."""
        self._add([entity for device in list(self._link.devices) for entity in self._made(device)])
        self._entry.async_on_unload(self._link.async_listen_devices(self._changed))

    @callback
    def _changed(self, device: str) -> None:
        self._add(self._made(device))

    def _add(self, entities: list[ReadersEntity]) -> None:
        if entities:
            self._add_entities(entities)

    def _made(self, device: str) -> list[ReadersEntity]:
        """The new entities of a device; those that are described otherwise now are replaced, those that are gone forgotten."""
        found = self._link.devices.get(device)
        description = None if found is None else found.description
        specs = {} if description is None else {spec.key: spec for spec in self._specs(description)}
        for known in [known for known in self._entities if known[0] == device and known[1] not in specs]:
            del self._entities[known]
        if description is None:
            return []
        made: list[ReadersEntity] = []
        for key, spec in specs.items():
            shape = (description.family, spec, self._command(description, spec))
            before = self._entities.get((device, key))
            if before is not None and before[0] == shape:
                continue
            entity = self._make(self._link, description, spec)
            self._entities[(device, key)] = (shape, entity)
            if before is None:
                made.append(entity)
            else:
                self._entry.async_create_task(self._link.hass, self._replace(before[1], entity))
        return made

    async def _replace(self, old: ReadersEntity, new: ReadersEntity) -> None:
        if old.hass is not None and old.platform is not None:
            await old.async_remove()
        self._add_entities([new])

    def _specs(self, description: Description) -> tuple[Spec, ...]:
        return description.events if self._platform is Platform.EVENT else description.shown(self._platform)

    @staticmethod
    def _command(description: Description, spec: Spec) -> CommandSpec | None:
        return description.command(spec.command) if isinstance(spec, EntitySpec) else None


class BridgeEntity(ReadersEntity):
    """An entity of the bridge itself."""

    def __init__(self, link: BridgeLink, key: str) -> None:
        super().__init__(link, BRIDGE_DEVICE, key)
        self._attr_translation_key = f"bridge_{key}"
        self._attr_entity_category = EntityCategory.DIAGNOSTIC

    @property
    @override
    def available(self) -> bool:
        """Whether the bridge is online."""
        return self.link.online

    @property
    @override
    def observed(self) -> object:
        """All that is known of the bridge's state."""
        return self.available, self.link.bridge_online, self.link.health
