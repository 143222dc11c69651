"""BaltechScript: check, run, store, read, delete and list."""

from collections.abc import Mapping, Sequence
from typing import Final

from homeassistant.core import ServiceCall, SupportsResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import VolDictType

from ..errors import mistake, raise_for_response
from ..json_values import as_object
from ..link import BridgeLink
from ..models import Json, JsonObject
from ..schema import vol
from .spec import ONE_BRIDGE, ONE_DEVICE, Action
from .targets import chosen_bridge, one_target

COMPILE_TIMEOUT: Final = 15.0
CHECK_TIMEOUT: Final = 5.0
"""Seconds that the bridge may take to check and simulate a script, asked for itself, and before it is sent."""

LONGEST_SCRIPT: Final = 16384
"""Characters of a script that a command takes."""


def _text(value: object) -> str:
    # digits without quotes are a number in YAML, and perhaps another one: 0100 is 64
    if not isinstance(value, str):
        raise vol.Invalid("expected text; put hexadecimal digits in quotes")
    return value


_ABOUT_SCRIPT = ("bytes", "length", "text", "warnings", "timeline")
_SCRIPT = vol.All(_text, vol.Length(min=1, max=LONGEST_SCRIPT))
_EVENT = vol.All(cv.string, vol.Length(min=1, max=64))


def _findings(found: Json) -> str:
    """The checker's errors, for people: line, column, code and text of each."""
    errors = [as_object(one) for one in found] if isinstance(found, Sequence) else []
    return "; ".join(f"{one.get('line')}:{one.get('column')} {one.get('code')}: {one.get('text')}" for one in errors)


async def _compiled(link: BridgeLink, payload: Mapping[str, Json], timeout: float = COMPILE_TIMEOUT) -> JsonObject:
    response = await link.async_request("compile_script", payload, timeout=timeout)
    raise_for_response(response)
    found = {key: response.payload.get(key) for key in ("valid", "errors", *_ABOUT_SCRIPT)}
    return found if found["valid"] is not None else {**found, "valid": not found["errors"]}


async def _checked(link: BridgeLink, payload: Mapping[str, Json]) -> JsonObject:
    """What the bridge makes of a script; nothing where it does not tell in time: it checks again before it sends.

    Raises:
        ServiceValidationError: it has errors (``script_errors``); nothing has been sent to a reader.
    """
    try:
        found = await _compiled(link, payload, CHECK_TIMEOUT)
    except HomeAssistantError as error:
        if error.translation_key != "no_response":
            raise
        return dict.fromkeys(_ABOUT_SCRIPT)
    if found["valid"] is not True:
        raise mistake("script_errors", errors=_findings(found["errors"]))
    return {key: found[key] for key in _ABOUT_SCRIPT}


async def _run(call: ServiceCall) -> JsonObject:
    device = one_target(call)
    device.require("run_script")
    script = call.data["script"]
    found = await _checked(device.link, {"script": script, "use": "run"})
    result = await device.async_send("run_script", {"script": script})
    return {**device.response(result), **found, "default_action": result.data.get("default_action")}


async def _store(call: ServiceCall) -> JsonObject:
    device = one_target(call)
    device.require("store_script")
    event, script = call.data["event"], call.data["script"]
    found = await _checked(device.link, {"script": script, "use": "stored", "event": event})
    args = {"event": event, "script": script, "reset": call.data["restart"], "confirm": call.data["confirm"]}
    result = await device.async_send("store_script", args)
    kept = ("event", "event_id", "changed", "verified", "previous", "previous_text", "reset_needed")
    return {**device.response(result), **found, **{key: result.data.get(key) for key in kept}}


async def _read(call: ServiceCall) -> JsonObject:
    device = one_target(call)
    result = await device.async_send("read_script", {"event": call.data["event"]})
    kept = ("event", "event_id", "stored", "text", "length")
    shown = {key: result.data.get(key) for key in kept}
    return {**device.response(result), **shown, "bytes": result.data.get("script")}


async def _delete(call: ServiceCall) -> JsonObject:
    device = one_target(call)
    result = await device.async_send("delete_script", {"event": call.data["event"], "reset": call.data["restart"]})
    kept = ("event", "event_id", "changed", "verified", "previous", "previous_text", "reset_needed")
    return {**device.response(result), **{key: result.data.get(key) for key in kept}}


async def _list(call: ServiceCall) -> JsonObject:
    device = one_target(call)
    result = await device.async_send("list_scripts")
    scripts = [as_object(one) for one in result.data.get("scripts") or ()]
    kept = ("event", "event_id", "text", "length")
    return {
        **device.response(result),
        "scripts": [{**{key: one.get(key) for key in kept}, "bytes": one.get("script")} for one in scripts],
    }


async def _compile(call: ServiceCall) -> JsonObject:
    keys = ("script", "event", "use", "given", "seconds")
    return await _compiled(chosen_bridge(call), {key: call.data[key] for key in keys if key in call.data})


_RESTART: Final[VolDictType] = {vol.Optional("restart", default=False): cv.boolean}

ACTIONS: Final = (
    Action("run_baltech_script", {**ONE_DEVICE, vol.Required("script"): _SCRIPT}, _run),
    Action(
        "store_baltech_script",
        {
            **ONE_DEVICE,
            vol.Required("event"): _EVENT,
            vol.Required("script"): _SCRIPT,
            **_RESTART,
            vol.Optional("confirm", default=False): cv.boolean,
        },
        _store,
    ),
    Action("read_baltech_script", {**ONE_DEVICE, vol.Required("event"): _EVENT}, _read, SupportsResponse.ONLY),
    Action("delete_baltech_script", {**ONE_DEVICE, vol.Required("event"): _EVENT, **_RESTART}, _delete),
    Action("list_baltech_scripts", ONE_DEVICE, _list, SupportsResponse.ONLY),
    Action(
        "compile_baltech_script",
        {
            **ONE_BRIDGE,
            vol.Required("script"): _SCRIPT,
            vol.Optional("event"): _EVENT,
            vol.Optional("use"): vol.In(["stored", "run", "secure"]),
            vol.Optional("given"): dict,
            vol.Optional("seconds"): vol.All(vol.Coerce(float), vol.Range(min=0, max=3600)),
        },
        _compile,
        SupportsResponse.ONLY,
    ),
)
