"""Commands of group UI: ports and RGB LEDs (docs.baltech.de, refman/cmds/ui)."""

from __future__ import annotations

from readers_bridge.families.baltech.simulator.device import Device
from readers_bridge.families.baltech.simulator.parameters import fields
from readers_bridge.families.baltech.simulator.status import ERR_INVALID_PORT, Refused, Status
from readers_bridge.families.baltech.typedefs import GPIOS, INPUTS, FeatureID

LEDS = 0x07
"""Bits: one LED, the right one, the left one."""


def _port(device: Device, port: int, *, readable: bool = False) -> int:
    can = port in INPUTS or port in GPIOS if readable else port not in INPUTS
    if port not in device.settings.ports or not can:
        raise Refused(ERR_INVALID_PORT)
    return port


def enable(device: Device, payload: bytes, now: float) -> bytes:
    """UI.Enable."""
    device.switch(_port(device, *fields("B", payload)), True, now)
    return b""


def disable(device: Device, payload: bytes, now: float) -> bytes:
    """UI.Disable."""
    device.switch(_port(device, *fields("B", payload)), False, now)
    return b""


def toggle(device: Device, payload: bytes, now: float) -> bytes:
    """UI.Toggle."""
    port, count, t1, t2, polarity = fields("BBHHB", payload)
    _port(device, port)
    if not (count and t1 and t2) or polarity > 1:  # what a reader makes of zeros is not documented
        raise Refused(Status.ErrInvalidCmd)
    device.scripting.machine.toggle(port, count, t1 / 1000, t2 / 1000, bool(polarity), now)
    device.scripting.collect()
    return b""


def sense(device: Device, payload: bytes, _: float) -> bytes:
    """UI.Sense."""
    port = _port(device, *fields("B", payload), readable=True)
    return bytes((device.scripting.machine.ports.get(port, port in device.inputs),))


def set_rgb(device: Device, payload: bytes, _: float) -> bytes:
    """UI.SetRgbLed."""
    leds, colour, _transition = fields("HIH", payload)
    return _light(device, leds, colour)


def pulse_rgb(device: Device, payload: bytes, _: float) -> bytes:
    """UI.PulseRgbLed."""
    leds, colour, second, _transition, _period = fields("HIIHH", payload)
    if second > 0xFFFFFF:
        raise Refused(Status.ErrInvalidCmd)
    return _light(device, leds, colour)


def _light(device: Device, leds: int, colour: int) -> bytes:
    features = device.settings.features or ()
    if not {FeatureID.RgbLed, FeatureID.RgbLedLimited} & set(features) or leds & ~LEDS or colour > 0xFFFFFF:
        raise Refused(Status.ErrInvalidCmd)
    device.rgb.update({1 << bit: colour for bit in range(3) if leds >> bit & 1})
    return b""
