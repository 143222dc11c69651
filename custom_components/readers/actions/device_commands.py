"""Actions that are one command: anything that a device understands, lights and sounds, and what printers do beside printing."""

from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import VolDictType

from ..errors import mistake
from ..models import JsonObject, Result
from ..schema import vol
from .spec import ATTR_TIMEOUT, ATTR_TTL, DEVICES, ONE_DEVICE, SECONDS, TTL, Action
from .targets import Target, async_each, one_target, targets

ATTR_ARGUMENTS: Final = "arguments"
ATTR_COMMAND: Final = "command"

RESERVED: Final = frozenset({"transaction", "issued_at", "ttl"})
"""Keys of a command that the action writes itself."""

SEQUENCES: Final = {
    "cancel": "05",
    "please_wait": "08",
    "wink": "0E",
    "lights_off": "0F",
    "reading": "22",
    "success": "23",
    "failure": "24",
    "again": "25",
    "accept": "60",
    "deny": "61",
}
"""Names for the sequences that docs.springcard.com, PLAY SEQUENCE, lists; every other one by its two hexadecimal digits."""

LONGEST_BEEP: Final = 65535
"""Milliseconds that a command can name; what a reader makes of more than three seconds stands in its result."""

LEDS: Final = r"^[0-9A-Fa-f]{8}$"
SEQUENCE: Final = r"^[0-9A-Fa-f]{2}$"

_BEEP = vol.All(vol.Coerce(int), vol.Range(min=1, max=LONGEST_BEEP))


def _sequence(value: object) -> str:
    named = SEQUENCES.get(str(value).strip().lower())
    return named if named is not None else cv.matches_regex(SEQUENCE)(str(value).strip())


async def _send_command(call: ServiceCall) -> JsonObject:
    device = one_target(call)
    args = call.data[ATTR_ARGUMENTS]
    if taken := sorted(RESERVED & args.keys()):
        raise mistake("argument_reserved", argument=taken[0])
    result = await device.async_send(
        call.data[ATTR_COMMAND], args, ttl=call.data.get(ATTR_TTL), timeout=call.data.get(ATTR_TIMEOUT)
    )
    return device.response(result)


async def _to_each(call: ServiceCall, command: str, args: JsonObject) -> JsonObject:
    found = targets(call)
    for device in found:
        device.require(command)
    return await async_each(found, lambda device: device.async_send(command, args))


async def _play_sequence(call: ServiceCall) -> JsonObject:
    return await _to_each(call, "play_sequence", {"sequence": call.data["sequence"]})


async def _set_leds(call: ServiceCall) -> JsonObject:
    args = {key: call.data[key] for key in ("leds", "beep_ms") if key in call.data}
    return await _to_each(call, "set_leds", args)


async def _beep(call: ServiceCall) -> JsonObject:
    ms: int = call.data["ms"]

    async def beep(device: Target) -> Result:
        if device.has_option("toggle_port", "port", "Beeper"):
            return await device.async_send("toggle_port", {"port": "Beeper", "count": 1, "on_ms": ms})
        return await device.async_send("beep", {"ms": ms})

    return await async_each(targets(call), beep)


async def _open_drawer(call: ServiceCall) -> JsonObject:
    device = one_target(call)
    return device.response(await device.async_send("open_drawer", {"drawer": call.data["drawer"]}))


async def _cut_paper(call: ServiceCall) -> JsonObject:
    device = one_target(call)
    return device.response(await device.async_send("cut", {"kind": call.data["kind"]}))


async def _restart_printer(call: ServiceCall) -> JsonObject:
    device = one_target(call)
    return device.response(await device.async_send("restart"))


async def _release_print_session(call: ServiceCall) -> JsonObject:
    device = one_target(call)
    args = {"port": call.data["port"]} if "port" in call.data else {}
    return device.response(await device.async_send("release_session", args))


_PORT: Final[VolDictType] = {vol.Optional("port"): vol.All(vol.Coerce(int), vol.Range(min=1, max=65535))}

ACTIONS: Final = (
    Action(
        "send_command",
        {
            **ONE_DEVICE,
            vol.Required(ATTR_COMMAND): vol.All(cv.string, vol.Length(min=1)),
            vol.Optional(ATTR_ARGUMENTS, default=dict): dict,
            **TTL,
            vol.Optional(ATTR_TIMEOUT): SECONDS,
        },
        _send_command,
    ),
    Action("play_sequence", {**DEVICES, vol.Required("sequence"): _sequence}, _play_sequence),
    Action(
        "set_leds",
        {
            **DEVICES,
            vol.Required("leds"): vol.All(cv.string, cv.matches_regex(LEDS)),
            vol.Optional("beep_ms"): _BEEP,
        },
        _set_leds,
    ),
    Action("beep", {**DEVICES, vol.Optional("ms", default=200): _BEEP}, _beep),
    Action(
        "open_drawer",
        {**ONE_DEVICE, vol.Optional("drawer", default=1): vol.All(vol.Coerce(int), vol.Range(min=1, max=2))},
        _open_drawer,
    ),
    Action(
        "cut_paper", {**ONE_DEVICE, vol.Optional("kind", default="partial"): vol.In(["partial", "full"])}, _cut_paper
    ),
    Action("restart_printer", ONE_DEVICE, _restart_printer),
    Action("release_print_session", {**ONE_DEVICE, **_PORT}, _release_print_session),
)
