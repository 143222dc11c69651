"""From what a person chose to the bridge and its device."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import service

from ..const import BRIDGE_DEVICE, DOMAIN
from ..data import ReadersConfigEntry
from ..errors import failure, mistake, raise_for_result
from ..link import BridgeLink
from ..models import Json, JsonObject, Result
from .spec import ATTR_CONFIG_ENTRY_ID


@dataclass(frozen=True, slots=True)
class Target:
    """A device that an action is for. ``device_id``: Home Assistant's; ``device``: the bridge's."""

    device_id: str
    device: str
    link: BridgeLink

    @property
    def name(self) -> str:
        """For people."""
        found = self.link.devices.get(self.device)
        return self.device if found is None else found.name

    def require(self, command: str) -> None:
        """Raise ``device_unknown`` or ``command_unknown`` before anything is done for a command that is not there."""
        self.link.command_spec(self.device, command)

    def has_option(self, command: str, argument: str, option: str) -> bool:
        """Whether an argument of a command can have this value."""
        found = self.link.devices.get(self.device)
        description = None if found is None else found.description
        spec = None if description is None else description.command(command)
        return spec is not None and argument in spec.args and option in spec.args[argument].options

    async def async_send(
        self,
        command: str,
        args: Mapping[str, Json] | None = None,
        *,
        ttl: float | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Send a command, and wait until it is done. It never begins after the time-out.

        Args:
            command: its name.
            args: its arguments.
            ttl: seconds that it may be old when it begins; by default as the device describes it.
            timeout: seconds to wait in all; by default long enough for every answer.

        Raises:
            ServiceValidationError: the device has no such command, or it cannot have these arguments.
            HomeAssistantError: it was not done, or nobody knows.
        """
        if timeout is not None:
            allowed = self.link.command_spec(self.device, command).ttl if ttl is None else ttl
            ttl = min(allowed, timeout)
        result = await self.link.async_command(self.device, command, args, ttl=ttl, timeout=timeout)
        raise_for_result(result, self.name)
        return result

    def response(self, result: Result) -> JsonObject:
        """What an action answers when the command was done."""
        return {
            "device_id": self.device_id,
            "device": self.device,
            "command": result.command,
            "status": result.status,
            "transaction": result.transaction,
            "time": result.time,
            "data": dict(result.data),
        }


@callback
def target(hass: HomeAssistant, device_id: str) -> Target:
    """The device with this id of the device registry.

    Raises:
        ServiceValidationError: there is none, it belongs to another integration, its bridge is not loaded, or it is a bridge.
    """
    device = dr.async_get(hass).async_get(device_id)
    if device is None:
        raise mistake("device_not_found", device_id=device_id)
    name = device.name_by_user or device.name or device_id
    found = next((identifier[1] for identifier in device.identifiers if identifier[0] == DOMAIN), None)
    if found is None:
        raise mistake("device_not_readers", device=name)
    bridge, _, key = found.partition(":")
    loaded: list[ReadersConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    entry = next((one for one in loaded if one.entry_id == device.config_entry_id), None)
    if entry is None:
        raise mistake("bridge_not_loaded", device=name, bridge=bridge)
    if key == BRIDGE_DEVICE:
        raise mistake("device_is_bridge", device=name)
    return Target(device_id, key, entry.runtime_data.link)


@callback
def one_target(call: ServiceCall) -> Target:
    """The device of an action that takes one. The errors are those of ``target``."""
    return target(call.hass, call.data[ATTR_DEVICE_ID][0])


@callback
def targets(call: ServiceCall) -> list[Target]:
    """The devices of an action that takes several, none twice. The errors are those of ``target``."""
    return [target(call.hass, device_id) for device_id in dict.fromkeys(call.data[ATTR_DEVICE_ID])]


@callback
def chosen_bridge(call: ServiceCall) -> BridgeLink:
    """The bridge of an action that is for none of its devices.

    Raises:
        ServiceValidationError: there is no such bridge, it is not loaded, or none is named and there are several.
    """
    entry: ReadersConfigEntry = service.async_get_config_entry(call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID))
    return entry.runtime_data.link


async def async_each(found: Sequence[Target], act: Callable[[Target], Awaitable[Result]]) -> JsonObject:
    """Do the same with several devices at once; one that fails keeps no other from being told.

    Raises:
        HomeAssistantError: that of the device, where there is one; ``several_failed``, where there are more.
    """
    if len(found) == 1:
        return {"results": [found[0].response(await act(found[0]))]}
    ends = await asyncio.gather(*(act(one) for one in found), return_exceptions=True)
    errors = [(one, end) for one, end in zip(found, ends, strict=True) if isinstance(end, BaseException)]
    for _, error in errors:
        if not isinstance(error, HomeAssistantError):
            raise error
    if errors:
        said = "; ".join(f"{one.name}: {error}" for one, error in errors)
        raise failure("several_failed", failed=str(len(errors)), devices=str(len(found)), errors=said)
    return {
        "results": [
            one.response(end) for one, end in zip(found, ends, strict=True) if not isinstance(end, BaseException)
        ]
    }
