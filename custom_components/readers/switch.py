"""Switches: what can be on or off."""

from typing import Any, override

from homeassistant.components.switch import SwitchDeviceClass, SwitchEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data import ReadersConfigEntry
from .entity import DescribedEntity, Roster
from .link import BridgeLink
from .models import Description, EntitySpec
from .wording import member

PARALLEL_UPDATES = 0
"""The bridge keeps the order of a device's commands, and says when there are too many."""


async def async_setup_entry(
    hass: HomeAssistant, entry: ReadersConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switches of the devices, now and as they are described."""
    Roster(entry, async_add_entities, Platform.SWITCH, ReadersSwitch).async_start()


class ReadersSwitch(DescribedEntity, SwitchEntity):
    """An output with two positions. Where the device does not report it, the last command is taken as its state."""

    def __init__(self, link: BridgeLink, description: Description, spec: EntitySpec) -> None:
        super().__init__(link, description, spec)
        self._attr_device_class = member(SwitchDeviceClass, spec.device_class)
        self._commanded: bool | None = None

    @property
    @override
    def is_on(self) -> bool | None:
        """None: not known."""
        if self.spec.state_key is None:
            return self._commanded
        return None if self.state_value is None else bool(self.state_value)

    @property
    @override
    def assumed_state(self) -> bool:
        """Whether the device itself does not tell."""
        return self.is_assumed

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Send the command of the position on."""
        await self._turn(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Send the command of the position off."""
        await self._turn(on=False)

    async def _turn(self, *, on: bool) -> None:
        await self.async_send(self.spec.args["on" if on else "off"])
        self._commanded = on
        self.async_write_ha_state()
