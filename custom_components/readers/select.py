"""Selects: what can be one of several."""

from typing import override

from homeassistant.components.select import SelectEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data import ReadersConfigEntry
from .entity import DescribedEntity, Roster
from .link import BridgeLink
from .models import Description, EntitySpec
from .wording import snake_case

PARALLEL_UPDATES = 0
"""The bridge keeps the order of a device's commands, and says when there are too many."""


async def async_setup_entry(
    hass: HomeAssistant, entry: ReadersConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the selects of the devices, now and as they are described."""
    Roster(entry, async_add_entities, Platform.SELECT, ReadersSelect).async_start()


class ReadersSelect(DescribedEntity, SelectEntity):
    """One of several options. Where the device does not report it, the last command is taken as its state.

    Options that have a translation are shown by its key, in lower case.
    """

    def __init__(self, link: BridgeLink, description: Description, spec: EntitySpec) -> None:
        super().__init__(link, description, spec)
        options = spec.options or tuple(spec.args)
        self._by_shown = {snake_case(option) if self.translation_key else option: option for option in options}
        self._attr_options = list(self._by_shown)
        self._commanded: str | None = None

    @property
    @override
    def current_option(self) -> str | None:
        """None: not known."""
        value = self._commanded if self.spec.state_key is None else self.state_value
        return next((shown for shown, option in self._by_shown.items() if option == value), None)

    @property
    @override
    def assumed_state(self) -> bool:
        """Whether the device itself does not tell."""
        return self.is_assumed

    @override
    async def async_select_option(self, option: str) -> None:
        """Send the command of this option."""
        chosen = self._by_shown[option]
        await self.async_send(self.spec.args[chosen])
        self._commanded = chosen
        self.async_write_ha_state()
