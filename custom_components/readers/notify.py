"""Notifiers: printers that print a message."""

from typing import override

from homeassistant.components.notify import NotifyEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data import ReadersConfigEntry
from .entity import DescribedEntity, Roster

PARALLEL_UPDATES = 0
"""The bridge keeps the order of a device's commands, and says when there are too many."""


async def async_setup_entry(
    hass: HomeAssistant, entry: ReadersConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the notifiers of the devices, now and as they are described."""
    Roster(entry, async_add_entities, Platform.NOTIFY, ReadersNotifier).async_start()


class ReadersNotifier(DescribedEntity, NotifyEntity):
    """Sends a message as the argument of a command."""

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Send the message; there is no place for a title."""
        await self.async_send(self.with_value(message))
