"""Lights: LEDs of any colour."""

from typing import Any, override

from homeassistant.components.light import ATTR_BRIGHTNESS, ATTR_RGB_COLOR, ColorMode, LightEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data import ReadersConfigEntry
from .entity import DescribedEntity, Roster
from .json_values import Json
from .link import BridgeLink
from .models import Description, EntitySpec

PARALLEL_UPDATES = 0
"""The bridge keeps the order of a device's commands, and says when there are too many."""

type Colour = tuple[int, int, int]

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
FULL = 255


async def async_setup_entry(
    hass: HomeAssistant, entry: ReadersConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the lights of the devices, now and as they are described."""
    Roster(entry, async_add_entities, Platform.LIGHT, ReadersLight).async_start()


class ReadersLight(DescribedEntity, LightEntity):
    """A coloured light. Every command is a colour, ``#RRGGBB``; black is off, and the brightest part is the brightness."""

    _attr_color_mode = ColorMode.RGB
    _attr_supported_color_modes = {ColorMode.RGB}  # noqa: RUF012  as Home Assistant types it

    def __init__(self, link: BridgeLink, description: Description, spec: EntitySpec) -> None:
        super().__init__(link, description, spec)
        self._commanded: Colour | None = None
        self._last_lit = WHITE

    @property
    def _colour(self) -> Colour | None:
        return self._commanded if self.spec.state_key is None else _parsed(self.state_value)

    @property
    @override
    def is_on(self) -> bool | None:
        """None: not known."""
        colour = self._colour
        return None if colour is None else colour != BLACK

    @property
    @override
    def brightness(self) -> int | None:
        """From 0 to 255."""
        colour = self._colour
        return None if colour is None else max(colour)

    @property
    @override
    def rgb_color(self) -> Colour | None:
        """The colour as it would be at full brightness."""
        colour = self._colour
        return None if colour is None or colour == BLACK else _scaled(colour, FULL / max(colour))

    @property
    @override
    def assumed_state(self) -> bool:
        """Whether the device itself does not tell."""
        return self.is_assumed

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Show a colour: the one that is asked for, else the last one."""
        last = self._colour if self._colour not in (None, BLACK) else self._last_lit
        full: Colour = kwargs.get(ATTR_RGB_COLOR) or _scaled(last or WHITE, FULL / max(last or WHITE))
        brightness = kwargs.get(ATTR_BRIGHTNESS, max(last or WHITE))
        await self._show(_scaled(full, brightness / FULL))

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Show black."""
        if (colour := self._colour) not in (None, BLACK):
            self._last_lit = colour or WHITE
        await self._show(BLACK)

    async def _show(self, colour: Colour) -> None:
        await self.async_send(self.with_value("#{:02X}{:02X}{:02X}".format(*colour)))
        self._commanded = colour
        if colour != BLACK:
            self._last_lit = colour
        self.async_write_ha_state()


def _scaled(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(FULL, round(part * factor)) for part in colour)
    return red, green, blue


def _parsed(value: Json) -> Colour | None:
    """A colour of the state topic; None for what is none."""
    if not isinstance(value, str) or len(value) != len("#RRGGBB") or value[0] != "#":
        return None
    try:
        red, green, blue = bytes.fromhex(value[1:])
    except ValueError:
        return None
    return red, green, blue
