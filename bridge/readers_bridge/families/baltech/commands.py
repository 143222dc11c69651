"""The commands that the bridge sends: one function each, with the time that the reader may take.

Builders raise ValueError for arguments that no reader can execute. The parsers of the answers are in ``answers``.

Sources: docs.baltech.de, refman/cmds (sys, ar, ui, sec); baltech-sdk 5.2026.10, ``commands``.
"""

from __future__ import annotations

import struct

from readers_bridge.families.baltech.answers import (
    BufferSize,
    Info,
    Message,
    ac_mask,
    boot_status,
    buffer_size,
    cfg_id,
    features,
    info,
    message,
    part_number,
    sensed,
    value,
    value_list,
)
from readers_bridge.families.baltech.brp import ABORT
from readers_bridge.families.baltech.request import (
    CFG_DEL_VALUES,
    CFG_SET_VALUE,
    Request,
    check_content,
    check_key,
    check_value,
)
from readers_bridge.families.baltech.typedefs import AutoReadMode, CardFamilies, IoPort

__all__ = [
    "FOREVER",
    "BufferSize",
    "Info",
    "Message",
    "Request",
    "abort",
    "ac_mask",
    "auth_phase1",
    "auth_phase2",
    "boot_status",
    "buffer_size",
    "cfg_del_values",
    "cfg_get_device_settings_id",
    "cfg_get_id",
    "cfg_get_value",
    "cfg_get_value_list",
    "cfg_id",
    "cfg_set_value",
    "disable",
    "enable",
    "features",
    "get_boot_status",
    "get_buffer_size",
    "get_cur_ac_mask",
    "get_features",
    "get_info",
    "get_message",
    "get_part_number",
    "info",
    "message",
    "part_number",
    "pulse_rgb",
    "reset",
    "restrict_card_families",
    "run_script",
    "sense",
    "sensed",
    "set_mode",
    "set_rgb",
    "toggle",
    "tunnel",
    "value",
    "value_list",
]

FOREVER = 255
"""The count of a toggle that ends only with Enable or Disable."""

_PORTS = frozenset(IoPort)
_MODES = frozenset(AutoReadMode)
_ALL_FAMILIES = sum(CardFamilies)


def _within(what: str, number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise ValueError(f"{what} is {least} to {most}, not {number}")
    return number


def _port(port: int) -> int:
    if port not in _PORTS:
        raise ValueError(f"there is no port {port:#04x}; ports are those of IoPort, as GreenLed (0) or Relay (3)")
    return port


# -- Sys


def get_buffer_size() -> Request:
    """Sys.GetBufferSize: how long commands and answers may be."""
    return Request(0x0000, timeout=0.05)


def reset() -> Request:
    """Sys.Reset: applies changes of the configuration; outputs and variables are lost, the connection may vanish."""
    return Request(0x0003)


def get_info() -> Request:
    """Sys.GetInfo: firmware and serial number."""
    return Request(0x0004)


def get_boot_status() -> Request:
    """Sys.GetBootStatus: what the reader found wrong with itself."""
    return Request(0x0005, timeout=0.05)


def cfg_get_value(key: int, value_id: int) -> Request:
    """Sys.CfgGetValue: a stored script or message."""
    check_value(key, value_id)
    return Request(0x0008, _address(key, value_id))


def cfg_set_value(key: int, value_id: int, content: bytes) -> Request:
    """Sys.CfgSetValue: store a script (1 to 128 bytes) or a message (up to 30 bytes)."""
    check_value(key, value_id)
    check_content(key, content)
    return Request(CFG_SET_VALUE, _address(key, value_id) + _counted(content), timeout=10.0)


def cfg_del_values(key: int, value_id: int) -> Request:
    """Sys.CfgDelValues: delete one stored script or message; never with a wildcard."""
    check_value(key, value_id)
    return Request(CFG_DEL_VALUES, _address(key, value_id), timeout=10.0)


def cfg_get_value_list(key: int) -> Request:
    """Sys.CfgGetValueList: the ids of the stored scripts or messages."""
    check_key(key)
    return Request(0x000C, key.to_bytes(2, "big"))


def cfg_get_id() -> Request:
    """Sys.CfgGetId: id and name of the configuration."""
    return Request(0x0020)


def cfg_get_device_settings_id() -> Request:
    """Sys.CfgGetDeviceSettingsId: id and name of the device settings."""
    return Request(0x0021)


def get_features() -> Request:
    """Sys.GetFeatures: what the hardware and the firmware offer."""
    return Request(0x0024)


def get_part_number() -> Request:
    """Sys.GetPartNumber: part number and hardware revision."""
    return Request(0x0025)


def _address(key: int, value_id: int) -> bytes:
    return key.to_bytes(2, "big") + bytes([value_id])


def _counted(content: bytes) -> bytes:
    return bytes([len(content)]) + content


# -- AR


def set_mode(mode: int) -> Request:
    """AR.SetMode: switch Autoread, a mode of AutoReadMode; empties the reader's message buffer."""
    if mode not in _MODES:
        raise ValueError(f"there is no Autoread mode {mode:#04x}; modes are those of AutoReadMode, as Enabled (1)")
    return Request(0x0500, bytes([mode]), timeout=1.0)


def get_message() -> Request:
    """AR.GetMessage: the newest message that waits in the reader."""
    return Request(0x0501)


def run_script(script: bytes) -> Request:
    """AR.RunScript: run a script of 1 to 255 bytes once; what the buffers of a reader take is less (Sys.GetBufferSize)."""
    _within("the length of a script", len(script), 1, 255)
    return Request(0x0503, _counted(script))


def restrict_card_families(mask: int) -> Request:
    """AR.RestrictScanCardFamilies: scan for these CardFamilies only."""
    if mask & ~_ALL_FAMILIES:
        raise ValueError(f"{mask:#06x} has bits that are no card family; the families are {_ALL_FAMILIES:#06x}")
    return Request(0x0504, mask.to_bytes(2, "big"))


# -- UI


def enable(port: int) -> Request:
    """UI.Enable: switch a port on."""
    return Request(0x0A01, bytes([_port(port)]))


def disable(port: int) -> Request:
    """UI.Disable: switch a port off."""
    return Request(0x0A02, bytes([_port(port)]))


def toggle(port: int, count: int, t1_ms: int, t2_ms: int, inverted: bool = False) -> Request:  # noqa: FBT001, FBT002
    """UI.Toggle: ``count`` times on for ``t1_ms`` and off for ``t2_ms``, ending off; inverted: off, then on, ending on.

    ``count`` is 1 to 254, or ``FOREVER``. What the reader makes of a count or a time of 0 is not documented.
    """
    _within("the count of a toggle", count, 1, FOREVER)
    _within("the first time of a toggle in ms", t1_ms, 1, 0xFFFF)
    _within("the second time of a toggle in ms", t2_ms, 1, 0xFFFF)
    return Request(0x0A03, struct.pack(">BBHHB", _port(port), count, t1_ms, t2_ms, inverted))


def sense(port: int) -> Request:
    """UI.Sense: the state of an input."""
    return Request(0x0A04, bytes([_port(port)]))


def set_rgb(leds: int, rgb: int, transition_ms: int) -> Request:
    """UI.SetRgbLed: a colour (0xRRGGBB) for the LEDs 1 single, 2 right, 4 left (added up), faded to in ``transition_ms``."""
    return Request(0x0A20, struct.pack(">HIH", *_light(leds, rgb, transition_ms)))


def pulse_rgb(leds: int, rgb1: int, rgb2: int, transition_ms: int, period_ms: int) -> Request:
    """UI.PulseRgbLed: change between two colours, with the period and the fading time given in ms; otherwise as ``set_rgb``."""
    leds, rgb1, transition_ms = _light(leds, rgb1, transition_ms)
    _light(leds, rgb2, transition_ms)
    _within("the period in ms", period_ms, 0, 0xFFFF)
    return Request(0x0A21, struct.pack(">HIIHH", leds, rgb1, rgb2, transition_ms, period_ms))


def _light(leds: int, rgb: int, transition_ms: int) -> tuple[int, int, int]:
    _within("the sum of the LEDs (1 single, 2 right, 4 left)", leds, 1, 7)
    if not 0 <= rgb <= 0xFFFFFF:
        raise ValueError(f"a colour is 0x000000 to 0xffffff, not {rgb:#08x}")
    return leds, rgb, _within("the transition time in ms", transition_ms, 0, 0xFFFF)


# -- Sec


def get_cur_ac_mask() -> Request:
    """Sec.GetCurAcMask: what the host may do at its security level; never denied."""
    return Request(0x070A)


def auth_phase1(level: int, rnd: bytes) -> Request:
    """Sec.AuthPhase1: the security level (1 to 3) and 16 random bytes."""
    _within("the security level", level, 1, 3)
    _within("the length of the random number", len(rnd), 16, 16)
    return Request(0x0704, bytes([level]) + rnd)


def auth_phase2(proof: bytes) -> Request:
    """Sec.AuthPhase2: 16 bytes that prove the knowledge of the key."""
    _within("the length of the proof", len(proof), 16, 16)
    return Request(0x0705, proof)


def tunnel(flags: int, body: bytes) -> Request:
    """Sec.Tunnel: a protected command (see ``channel``)."""
    return Request(0x0706, bytes([flags]) + body)


def abort() -> Request:
    """Ends a repeating command. No answer is known: whatever comes within the timeout is to be discarded."""
    return Request(ABORT, timeout=0.5)
