"""Buttons: commands without a choice."""

from typing import override

from homeassistant.components.button import ButtonDeviceClass, ButtonEntity
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
    """Add the buttons of the devices, now and as they are described."""
    Roster(entry, async_add_entities, Platform.BUTTON, ReadersButton).async_start()


class ReadersButton(DescribedEntity, ButtonEntity):
    """Sends a command with fixed arguments."""

    def __init__(self, link: BridgeLink, description: Description, spec: EntitySpec) -> None:
        super().__init__(link, description, spec)
        self._attr_device_class = member(ButtonDeviceClass, spec.device_class)

    @override
    async def async_press(self) -> None:
        """Send the command."""
        await self.async_send(self.spec.args)
