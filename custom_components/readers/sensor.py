"""Sensors: the values that a device reports, and how the bridge is."""

from dataclasses import dataclass
from datetime import datetime
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.components.sensor.const import NON_NUMERIC_DEVICE_CLASSES
from homeassistant.const import Platform, UnitOfInformation
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .data import ReadersConfigEntry
from .entity import BridgeEntity, DescribedEntity, Roster
from .json_values import Json, as_number, as_object
from .link import BridgeLink
from .models import Description, EntitySpec
from .wording import member, snake_case

PARALLEL_UPDATES = 0

LONGEST = 255
"""Characters of a state at most."""


@dataclass(frozen=True, kw_only=True)
class HealthDescription(SensorEntityDescription):
    """A number of the bridge's health, and where it stands there."""

    path: tuple[str, ...]


HEALTH = (
    HealthDescription(key="waiting", path=("journal", "depth")),
    HealthDescription(key="reads_per_second", path=("reads_per_second",), suggested_display_precision=1),
    HealthDescription(
        key="memory",
        path=("memory_bytes",),
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=UnitOfInformation.MEBIBYTES,
        suggested_display_precision=1,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ReadersConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of the bridge and its devices, now and as they are described."""
    async_add_entities([BridgeHealth(entry.runtime_data.link, description) for description in HEALTH])
    Roster(entry, async_add_entities, Platform.SENSOR, ReadersSensor).async_start()


class ReadersSensor(DescribedEntity, SensorEntity):
    """A value of the state topic."""

    def __init__(self, link: BridgeLink, description: Description, spec: EntitySpec) -> None:
        super().__init__(link, description, spec)
        self._attr_device_class = member(SensorDeviceClass, spec.device_class)
        self._attr_native_unit_of_measurement = spec.unit
        self._words: dict[str, str] = {}
        if spec.options:
            self._words = {option: self.shown(option) for option in spec.options}
            self._attr_device_class = SensorDeviceClass.ENUM
            self._attr_options = list(dict.fromkeys(self._words.values()))
            self._attr_native_unit_of_measurement = None

    def shown(self, option: str) -> str:
        """An option as it is translated."""
        return snake_case(option) if self.translation_key else option

    @property
    @override
    def native_value(self) -> str | int | float | datetime | None:
        """None: not known, or nothing that a sensor of this kind can show."""
        value = self.state_value
        if self._words:
            return self._words.get(value) if isinstance(value, str) else None
        if self.device_class is SensorDeviceClass.TIMESTAMP:
            return _aware(value)
        if self._is_numeric:
            return as_number(value)
        return _text(value)

    @property
    def _is_numeric(self) -> bool:
        kind = self.device_class
        return self.spec.unit is not None or (kind is not None and kind not in NON_NUMERIC_DEVICE_CLASSES)


class BridgeHealth(BridgeEntity, SensorEntity):
    """A number of the bridge's health."""

    entity_description: HealthDescription
    _attr_entity_registry_enabled_default = False
    _attr_state_class = SensorStateClass.MEASUREMENT

    def __init__(self, link: BridgeLink, description: HealthDescription) -> None:
        super().__init__(link, description.key)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> float | None:
        """None: no health message has come yet."""
        value: Json = self.link.health
        for key in self.entity_description.path:
            value = as_object(value).get(key)
        return as_number(value)


def _aware(value: Json) -> datetime | None:
    time = dt_util.parse_datetime(value) if isinstance(value, str) else None
    return None if time is None or time.tzinfo is None else time


def _text(value: Json) -> str | int | float | None:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, int | float):
        return value
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text[:LONGEST]
