"""What an action is, and fields that several of them have."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import ServiceCall, SupportsResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import VolDictType

from ..models import JsonObject
from ..schema import vol

ATTR_CONFIG_ENTRY_ID: Final = "config_entry_id"
ATTR_TIMEOUT: Final = "timeout"
ATTR_TTL: Final = "ttl"

LONGEST: Final = 86400
"""Seconds that a command may wait, or be waited for."""

type Handler = Callable[[ServiceCall], Coroutine[Any, Any, JsonObject]]

ONE_DEVICE: Final[VolDictType] = {
    vol.Required(ATTR_DEVICE_ID): vol.All(cv.ensure_list, [cv.string], vol.Length(min=1, max=1))
}
"""A list, too, as a target in a script has it."""

DEVICES: Final[VolDictType] = {vol.Required(ATTR_DEVICE_ID): vol.All(cv.ensure_list, [cv.string], vol.Length(min=1))}

ONE_BRIDGE: Final[VolDictType] = {vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string}
"""May be left out where there is only one."""

SECONDS: Final = vol.All(vol.Coerce(float), vol.Range(min=0.1, max=LONGEST))

TTL: Final[VolDictType] = {vol.Optional(ATTR_TTL): SECONDS}


@dataclass(frozen=True, slots=True)
class Action:
    """An action: ``readers.<name>``."""

    name: str
    fields: VolDictType
    handler: Handler
    response: SupportsResponse = SupportsResponse.OPTIONAL
