"""Device triggers: what the description of a device says that can happen. Only what happens live fires them."""

from typing import Any, Final

from homeassistant.components.device_automation import DEVICE_TRIGGER_BASE_SCHEMA
from homeassistant.components.device_automation.exceptions import InvalidDeviceAutomationConfig
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_DEVICE_ID, CONF_DOMAIN, CONF_PLATFORM, CONF_TYPE
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import TriggerActionType, TriggerInfo
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN, READ, live_signal
from .data import ReadersConfigEntry
from .models import Description, ReadersEvent
from .registry import async_bridge_and_device
from .schema import vol

KINDS: Final = ("card", "tag", "keypad", "vehicle")
"""What can be read; ``<kind>_read`` is the type of its trigger."""

KINDS_OF: Final = {"springcard": ("card",), "baltech": ("card", "keypad"), "transcore": ("vehicle",), "star": ()}
"""What the devices of a family read; those of a family that is not known here may read anything."""

READS: Final = {f"{kind}_read": kind for kind in KINDS}

TRIGGER_SCHEMA = DEVICE_TRIGGER_BASE_SCHEMA.extend({vol.Required(CONF_TYPE): cv.string})


def trigger_types(description: Description) -> tuple[str, ...]:
    """The types of the triggers of a device."""
    types: list[str] = []
    for event in description.events:
        if event.key == READ:
            types += [READ, *(f"{kind}_read" for kind in KINDS_OF.get(description.family, KINDS))]
        else:
            types += event.event_types
    return tuple(dict.fromkeys(types))


async def async_get_triggers(hass: HomeAssistant, device_id: str) -> list[dict[str, Any]]:
    """The triggers of a device."""
    description = _description(hass, device_id)
    return [
        {CONF_PLATFORM: "device", CONF_DOMAIN: DOMAIN, CONF_DEVICE_ID: device_id, CONF_TYPE: one}
        for one in (() if description is None else trigger_types(description))
    ]


async def async_validate_trigger_config(hass: HomeAssistant, config: ConfigType) -> ConfigType:
    """Refuse what can never fire. While the bridge is not set up nothing is known, and nothing refused.

    Raises:
        InvalidDeviceAutomationConfig: the device has no such trigger.
    """
    checked: ConfigType = TRIGGER_SCHEMA(config)
    description = _description(hass, checked[CONF_DEVICE_ID])
    if description is not None and checked[CONF_TYPE] not in trigger_types(description):
        raise InvalidDeviceAutomationConfig(
            translation_domain=DOMAIN,
            translation_key="trigger_unknown",
            translation_placeholders={"device": description.name, "type": checked[CONF_TYPE]},
        )
    return checked


async def async_attach_trigger(
    hass: HomeAssistant, config: ConfigType, action: TriggerActionType, trigger_info: TriggerInfo
) -> CALLBACK_TYPE:
    """Fire when it happens; ``trigger.event`` holds what is known of it.

    Raises:
        InvalidDeviceAutomationConfig: there is no such device.
    """
    known = async_bridge_and_device(hass, config[CONF_DEVICE_ID])
    if known is None:
        raise InvalidDeviceAutomationConfig(
            translation_domain=DOMAIN,
            translation_key="trigger_device_unknown",
            translation_placeholders={"device": config[CONF_DEVICE_ID]},
        )
    wanted: str = config[CONF_TYPE]
    job = HassJob(action)
    data = trigger_info["trigger_data"]

    @callback
    def happened(event: ReadersEvent) -> None:
        if not _matches(event, wanted):
            return
        said = {
            "id": event.id,
            "time": event.time,
            "device": event.device,
            "event_type": event.event_type,
            "credential": event.credential,
            "kind": event.kind,
            "data": dict(event.data),
        }
        what = f"{wanted.replace('_', ' ')} at {event.device}"
        hass.async_run_hass_job(job, {"trigger": {**data, **config, "description": what, "event": said}})

    return async_dispatcher_connect(hass, live_signal(*known), happened)


def _matches(event: ReadersEvent, wanted: str) -> bool:
    if not event.is_read:
        return event.event_type == wanted
    return wanted == READ or (event.kind is not None and READS.get(wanted) == event.kind)


def _description(hass: HomeAssistant, device_id: str) -> Description | None:
    """The description of a device whose bridge is set up."""
    known = async_bridge_and_device(hass, device_id)
    if known is None:
        return None
    entry: ReadersConfigEntry | None = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, known[0])
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return None
    device = entry.runtime_data.link.devices.get(known[1])
    return None if device is None else device.description
