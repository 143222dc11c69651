"""Commands of group Sys (docs.baltech.de, refman/cmds/sys)."""

from __future__ import annotations

import struct

from readers_bridge.families.baltech.simulator.device import Device
from readers_bridge.families.baltech.simulator.parameters import counted, fields
from readers_bridge.families.baltech.simulator.status import ERR_CFG_NOT_FOUND, Refused, Status
from readers_bridge.families.baltech.typedefs import FeatureID


def _text(text: str) -> bytes:
    return bytes((len(text),)) + text.encode("ascii", "replace")


def buffer_size(device: Device, payload: bytes, _: float) -> bytes:
    """Sys.GetBufferSize."""
    fields("", payload)
    return struct.pack(">HHH", *device.settings.buffer)


def reset(device: Device, payload: bytes, _: float) -> bytes:
    """Sys.Reset."""
    fields("", payload)
    device.reset_asked = True
    return b""


def info(device: Device, payload: bytes, _: float) -> bytes:
    """Sys.GetInfo."""
    fields("", payload)
    return f"{device.settings.firmware} {device.settings.serial_number:08d}\0".encode("ascii")


def boot_status(device: Device, payload: bytes, _: float) -> bytes:
    """Sys.GetBootStatus."""
    fields("", payload)
    return struct.pack(">I", device.settings.boot_status)


def features(device: Device, payload: bytes, _: float) -> bytes:
    """Sys.GetFeatures."""
    fields("", payload)
    features = device.settings.features
    if features is None:
        raise Refused(Status.ErrInvalidCmd)
    return struct.pack(f">B{len(features)}HH", len(features), *features, max((*features, FeatureID.RgbLedLimited)))


def part_number(device: Device, payload: bytes, _: float) -> bytes:
    """Sys.GetPartNumber."""
    fields("", payload)
    return b"".join(map(_text, device.settings.part_number))


def config_id(device: Device, payload: bytes, _: float) -> bytes:
    """Sys.CfgGetId."""
    fields("", payload)
    return _id_and_name(device.settings.config_id)


def device_settings_id(device: Device, payload: bytes, _: float) -> bytes:
    """Sys.CfgGetDeviceSettingsId."""
    fields("", payload)
    return _id_and_name(device.settings.device_settings_id)


def _id_and_name(words: tuple[str, str]) -> bytes:
    if not words[0]:
        raise Refused(ERR_CFG_NOT_FOUND)
    return b"".join(map(_text, words))


def get_value(device: Device, payload: bytes, _: float) -> bytes:
    """Sys.CfgGetValue."""
    content = device.config.get(*fields("HB", payload))
    return bytes((len(content),)) + content


def set_value(device: Device, payload: bytes, _: float) -> bytes:
    """Sys.CfgSetValue."""
    (key, value), content = counted("HB", payload)
    device.config.set(key, value, content)
    device.stored_changed()
    return b""


def delete_values(device: Device, payload: bytes, _: float) -> bytes:
    """Sys.CfgDelValues."""
    device.config.delete(*fields("HB", payload))
    device.stored_changed()
    return b""


def key_list(device: Device, payload: bytes, _: float) -> bytes:
    """Sys.CfgGetKeyList."""
    fields("", payload)
    keys = device.config.keys()
    return struct.pack(f">B{len(keys)}H", len(keys), *keys)


def value_list(device: Device, payload: bytes, _: float) -> bytes:
    """Sys.CfgGetValueList."""
    values = device.config.values(*fields("H", payload))
    return bytes((len(values), *values))
