"""Diagnostics: everything that helps to find a fault, without cards, passwords, keys and addresses."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.device_registry import DeviceEntry

from .const import BRIDGE_DEVICE
from .data import ReadersConfigEntry
from .json_values import Json
from .registry import async_bridge_and_device
from .state import Device

TO_REDACT: Final = frozenset(
    {
        "address",
        "broker",
        "connection",
        "credential",
        "credentials",
        "host",
        "hosts",
        "instance",
        "ip",
        "ip_address",
        "key",
        "keys",
        "last_credential",
        "mac",
        "mac_address",
        "pan",
        "password",
        "pin",
        "raw",
        "secret",
        "serial",
        "serial_number",
        "token",
        "uid",
        "url",
        "username",
    }
)

DIAGNOSTICS_TIMEOUT: Final = 5.0


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: ReadersConfigEntry) -> dict[str, Any]:
    """What is known of a bridge and its devices, here and there."""
    if entry.state is not ConfigEntryState.LOADED:
        return {"entry": _entry(entry), "state": entry.state.value, "reason": entry.reason}
    data = entry.runtime_data
    link = data.link
    claim = link.claim
    return {
        "entry": _entry(entry),
        "bridge": {
            "connected": link.connected,
            "online": link.bridge_online,
            "ready": link.ready,
            "info": _redacted({} if link.info is None else _without_claims(link.info.raw)),
            "health": _redacted(link.health),
            "claim": None if claim is None else {**asdict(claim), "instance": REDACTED},
            "claimed_by_another": data.ownership.foreign is not None,
        },
        "counters": dict(link.counters),
        "replay": {
            "cursor": None if data.replay.cursor is None else data.replay.cursor.as_json(),
            "replayed": data.replay.replayed,
        },
        "devices": {device.id: _device(device) for device in link.devices.values()},
        "told_by_bridge": await _told_by_bridge(entry),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: ReadersConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """What is known of one device."""
    known = async_bridge_and_device(hass, device.id)
    if known is None or known[1] == BRIDGE_DEVICE or entry.state is not ConfigEntryState.LOADED:
        return await async_get_config_entry_diagnostics(hass, entry)
    found = entry.runtime_data.link.devices.get(known[1])
    told = await _told_by_bridge(entry)
    devices = told.get("devices") if isinstance(told, Mapping) else None
    return {
        "device": None if found is None else _device(found),
        "available": entry.runtime_data.link.available(known[1]),
        "told_by_bridge": devices.get(known[1]) if isinstance(devices, Mapping) else None,
    }


def _entry(entry: ReadersConfigEntry) -> dict[str, Any]:
    return _redacted({"data": dict(entry.data), "options": dict(entry.options)})


def _device(device: Device) -> dict[str, Any]:
    # The description holds "key" of entities, which is no secret. A serial number can be an address: a printer's is its MAC.
    description = None if device.description is None else asdict(device.description)
    if description is not None:
        description["attributes"] = _redacted(description["attributes"])
        description["serial"] = None if description["serial"] is None else REDACTED
    return {
        "description": description,
        "availability": None if device.availability is None else asdict(device.availability),
        "state": _redacted(device.state),
    }


async def _told_by_bridge(entry: ReadersConfigEntry) -> Json:
    """The bridge's own diagnostics, or why there are none."""
    try:
        response = await entry.runtime_data.link.async_request("diagnostics", timeout=DIAGNOSTICS_TIMEOUT)
    except HomeAssistantError as error:
        return str(error)
    told = response.payload.get("diagnostics")
    return _redacted(_without_claims(told)) if isinstance(told, Mapping) else response.status


def _without_claims(told: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in told.items() if key != "claims"}


def _redacted(value: Mapping[str, Json]) -> dict[str, Any]:
    return async_redact_data(dict(value), TO_REDACT)
