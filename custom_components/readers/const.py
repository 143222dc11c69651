"""Names that several modules of the component share."""

from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "readers"

CONF_PREFIX: Final = "prefix"
CONF_BRIDGE: Final = "bridge"
CONF_TAGS: Final = "tags"
CONF_REPLAY: Final = "replay"

DEFAULT_PREFIX: Final = "readers"
DEFAULT_BRIDGE: Final = "home"

CONTRACT: Final = 1
"""The version of the MQTT contract that this component speaks (docs/mqtt.md)."""

DISCOVERY_TOPIC: Final = "readers/discovery/#"
"""Where bridges announce themselves, whatever their prefix."""

BRIDGE_DEVICE: Final = "bridge"
"""Stands for the bridge itself where devices are named; no device can be called so."""

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.LIGHT,
    Platform.NOTIFY,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
)

READ: Final = "read"
LATE_READ: Final = "late_read"


def live_signal(bridge: str, device: str) -> str:
    """The dispatcher's signal of the live reads and events of a device."""
    return f"{DOMAIN}_live_{bridge}/{device}"
