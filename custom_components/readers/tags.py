"""Cards as tags of Home Assistant, for the devices for which somebody wants that.

Home Assistant stores every tag that it sees, so this is an option of each device and off unless chosen. What identifies a
vehicle, and what was typed on a keypad, is never a tag.
"""

from typing import Final

from homeassistant.components import tag
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import CONF_BRIDGE, CONF_TAGS, DOMAIN
from .data import ReadersConfigEntry
from .inheritance import device_identifier
from .models import ReadersEvent

KINDS: Final = frozenset({"card", "tag"})


@callback
def async_scan_tag(hass: HomeAssistant, entry: ReadersConfigEntry, event: ReadersEvent) -> None:
    """Fire ``tag_scanned`` for a live read, where it is wanted."""
    if (
        not event.is_read
        or not event.live
        or event.kind not in KINDS
        or not event.credential
        or event.device not in entry.options.get(CONF_TAGS, [])
    ):
        return
    identifier = device_identifier(DOMAIN, entry.data[CONF_BRIDGE], event.device)
    registered = dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)
    entry.async_create_task(
        hass,
        tag.async_scan_tag(hass, event.credential, None if registered is None else registered.id),
        "readers tag",
    )
