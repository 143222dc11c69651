"""Numbers: arguments of commands that can be set."""

from typing import override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberMode
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data import ReadersConfigEntry
from .entity import VALUE, DescribedEntity, Roster
from .json_values import as_number
from .link import BridgeLink
from .models import Arg, Description, EntitySpec
from .wording import member

PARALLEL_UPDATES = 0
"""The bridge keeps the order of a device's commands, and says when there are too many."""

FINE_STEP = 0.001
"""The step of a number that need not be whole."""


async def async_setup_entry(
    hass: HomeAssistant, entry: ReadersConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the numbers of the devices, now and as they are described."""
    Roster(entry, async_add_entities, Platform.NUMBER, ReadersNumber).async_start()


class ReadersNumber(DescribedEntity, NumberEntity):
    """A number that a command sets. Where the device does not report it, the last command is taken as its state."""

    _attr_mode = NumberMode.BOX

    def __init__(self, link: BridgeLink, description: Description, spec: EntitySpec) -> None:
        super().__init__(link, description, spec)
        arg = Arg("number") if self.command is None else self.command.args[spec.args[VALUE]]
        self._is_whole = arg.type == "integer"
        self._attr_device_class = member(NumberDeviceClass, spec.device_class)
        self._attr_native_unit_of_measurement = spec.unit
        self._attr_native_step = 1 if self._is_whole else FINE_STEP
        least, most = (spec.min, arg.min), (spec.max, arg.max)
        if (minimum := next((bound for bound in least if bound is not None), None)) is not None:
            self._attr_native_min_value = minimum
        if (maximum := next((bound for bound in most if bound is not None), None)) is not None:
            self._attr_native_max_value = maximum
        self._commanded: float | None = None

    @property
    @override
    def native_value(self) -> float | None:
        """None: not known."""
        return self._commanded if self.spec.state_key is None else as_number(self.state_value)

    @property
    @override
    def assumed_state(self) -> bool:
        """Whether the device itself does not tell."""
        return self.is_assumed

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Send the command with this number."""
        await self.async_send(self.with_value(round(value) if self._is_whole else value))
        self._commanded = value
        self.async_write_ha_state()
