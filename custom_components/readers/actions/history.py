"""The action that shows what a bridge still keeps: reads and events of the past, as history."""

from typing import Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import ServiceCall, SupportsResponse
from homeassistant.helpers import config_validation as cv

from ..errors import mistake, raise_for_response
from ..models import JsonObject
from ..schema import vol
from .spec import ONE_BRIDGE, Action
from .targets import chosen_bridge, target

TIMEOUT: Final = 30.0
"""Seconds for one page."""

LARGEST_PAGE: Final = 1000

_AFTER = vol.Schema({vol.Required("journal"): cv.string, vol.Required("seq"): vol.All(int, vol.Range(min=0))})
_SHOWN = ("reads", "events", "next", "complete", "oldest", "reset")


async def _replay(call: ServiceCall) -> JsonObject:
    link = chosen_bridge(call)
    payload: JsonObject = {key: call.data[key] for key in ("after", "limit") if key in call.data}
    if ATTR_DEVICE_ID in call.data:
        chosen = [target(call.hass, device_id) for device_id in call.data[ATTR_DEVICE_ID]]
        for device in chosen:
            if device.link is not link:
                raise mistake("device_of_other_bridge", device=device.name, bridge=link.bridge)
        payload["devices"] = [device.device for device in chosen]
    response = await link.async_request("replay", payload, timeout=TIMEOUT)
    raise_for_response(response)
    return {key: response.payload.get(key) for key in _SHOWN}


ACTIONS: Final = (
    Action(
        "replay",
        {
            **ONE_BRIDGE,
            vol.Optional(ATTR_DEVICE_ID): vol.All(cv.ensure_list, [cv.string], vol.Length(min=1)),
            vol.Optional("after"): _AFTER,
            vol.Optional("limit", default=100): vol.All(vol.Coerce(int), vol.Range(min=1, max=LARGEST_PAGE)),
        },
        _replay,
        SupportsResponse.ONLY,
    ),
)
