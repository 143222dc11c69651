"""Commands of group AR, Autoread, and what of VHL concerns it (docs.baltech.de, refman/cmds/ar)."""

from __future__ import annotations

from readers_bridge.families.baltech.simulator.device import Device
from readers_bridge.families.baltech.simulator.parameters import counted, fields
from readers_bridge.families.baltech.simulator.status import (
    ERR_AR_DISABLED,
    ERR_NO_MESSAGE,
    ERR_NO_TAG,
    Refused,
    Status,
)
from readers_bridge.families.baltech.typedefs import AutoReadMode


def vhl_select(device: Device, payload: bytes, now: float) -> bytes:
    """VHL.Select. The simulated cards cannot be selected; but a host that tries takes over from Autoread."""
    fields("4B", payload)
    device.set_mode(AutoReadMode.Disabled, now)
    raise Refused(ERR_NO_TAG)


# -- AR


def set_mode(device: Device, payload: bytes, now: float) -> bytes:
    """AR.SetMode."""
    (mode,) = fields("B", payload)
    if mode not in set(AutoReadMode):
        raise Refused(Status.ErrInvalidCmd)
    device.set_mode(AutoReadMode(mode), now)
    return b""


def get_message(device: Device, payload: bytes, now: float) -> bytes:
    """AR.GetMessage."""
    fields("", payload)
    message = device.fetch(now)
    if message is None:
        raise Refused(ERR_NO_MESSAGE if device.reading else ERR_AR_DISABLED)
    return bytes((message.type, len(message.data))) + message.data


def run_script(device: Device, payload: bytes, now: float) -> bytes:
    """AR.RunScript."""
    _, script = counted("", payload)
    device.scripting.host(script, now)
    return b""


def restrict_card_families(device: Device, payload: bytes, _: float) -> bytes:
    """AR.RestrictScanCardFamilies."""
    (device.families,) = fields("H", payload)
    return b""
