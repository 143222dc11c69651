"""The actions of the component."""

from typing import Final

from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..schema import vol
from . import baltechscript, device_commands, history, printing

ACTIONS: Final = (*device_commands.ACTIONS, *baltechscript.ACTIONS, *printing.ACTIONS, *history.ACTIONS)


@callback
def async_setup_actions(hass: HomeAssistant) -> None:
    """Register the actions, whether a bridge is set up or not."""
    for action in ACTIONS:
        hass.services.async_register(
            DOMAIN, action.name, action.handler, schema=vol.Schema(action.fields), supports_response=action.response
        )
