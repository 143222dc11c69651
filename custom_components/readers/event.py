"""Event entities: cards, tags and whatever else happens at a device."""

from typing import Any, override

from homeassistant.components.event import EventEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import READ
from .data import ReadersConfigEntry
from .entity import ReadersEntity, Roster
from .link import BridgeLink
from .models import Description, EventSpec, ReadersEvent

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: ReadersConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the event entities of the devices, now and as they are described."""
    Roster(entry, async_add_entities, Platform.EVENT, ReadersEventEntity).async_start()


class ReadersEventEntity(ReadersEntity, EventEntity):
    """What happens at a device. What was missed is shown, too: reads as ``late_read``, others with ``late`` true."""

    _unrecorded_attributes = frozenset({"credential", "data"})

    def __init__(self, link: BridgeLink, description: Description, spec: EventSpec) -> None:
        super().__init__(link, description.device, spec.key)
        self.spec = spec
        self.name_by(Platform.EVENT, description, spec)
        self._attr_event_types = list(spec.event_types)

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the device."""
        await super().async_added_to_hass()
        self.async_on_remove(self.link.async_listen_events(self._happened, self.device))

    @callback
    def _happened(self, event: ReadersEvent) -> None:
        if event.is_read != (self.spec.key == READ) or event.event_type not in self.spec.event_types:
            return
        self._trigger_event(event.event_type, _attributes(event))
        self.async_write_ha_state()


def _attributes(event: ReadersEvent) -> dict[str, Any]:
    """As in the message, so that a template works with the component as with the bridge's own discovery."""
    attributes: dict[str, Any] = {
        "id": event.id,
        "seq": event.seq,
        "device_seq": event.device_seq,
        "time": event.time,
        "device": event.device,
        "late": not event.live,
        "data": dict(event.data),
    }
    if event.is_read:
        attributes |= {"credential": event.credential, "kind": event.kind}
        if event.repeat:
            attributes["repeat"] = True
    return attributes
