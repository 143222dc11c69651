"""Binary sensors: what a device reports as true or false, and whether the bridge is connected."""

from typing import override

from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data import ReadersConfigEntry
from .entity import BridgeEntity, DescribedEntity, Roster
from .link import BridgeLink
from .models import Description, EntitySpec
from .wording import member

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: ReadersConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors of the bridge and its devices, now and as they are described."""
    async_add_entities([BridgeConnection(entry.runtime_data.link, "state")])
    Roster(entry, async_add_entities, Platform.BINARY_SENSOR, ReadersBinarySensor).async_start()


class ReadersBinarySensor(DescribedEntity, BinarySensorEntity):
    """A truth value of the state topic."""

    def __init__(self, link: BridgeLink, description: Description, spec: EntitySpec) -> None:
        super().__init__(link, description, spec)
        self._attr_device_class = member(BinarySensorDeviceClass, spec.device_class)

    @property
    @override
    def is_on(self) -> bool | None:
        """None: not known."""
        value = self.state_value
        return None if value is None else bool(value)


class BridgeConnection(BridgeEntity, BinarySensorEntity):
    """Whether the bridge is connected to the broker."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY

    @property
    @override
    def available(self) -> bool:
        """While Home Assistant can know."""
        return self.link.connected

    @property
    @override
    def is_on(self) -> bool:
        """Whether it is online."""
        return self.link.bridge_online
