"""Printing: text, receipts and images."""

import base64
import binascii
from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import config_validation as cv

from ..errors import mistake
from ..models import Json, JsonObject
from ..schema import vol
from .spec import ATTR_TTL, DEVICES, TTL, Action
from .targets import async_each, targets

LARGEST_IMAGE: Final = 2_800_000
"""Bytes of a file that, in Base64, still fits into a command of 4 MiB."""

PNG: Final = b"\x89PNG\r\n\x1a\n"
MEDIA: Final = "media-source://media_source/"
"""What the identifiers of files in Home Assistant's own media folders begin with; then folder and path follow."""

_ALIGN = vol.In(["left", "center", "right"])
_CUT = vol.In(["partial", "full", "none"])
_SCALE = vol.All(vol.Coerce(int), vol.Range(min=1, max=6))

_IMAGE_KEYS: Final = ("path", "media", "image")


async def _print_text(call: ServiceCall) -> JsonObject:
    keys = ("text", "align", "bold", "width", "height", "cut")
    args = {key: call.data[key] for key in keys if key in call.data}
    return await _print(call, "print_text", args)


async def _print_receipt(call: ServiceCall) -> JsonObject:
    return await _print(call, "print_receipt", {"lines": call.data["lines"]})


async def _print_image(call: ServiceCall) -> JsonObject:
    given = [key for key in _IMAGE_KEYS if key in call.data]
    if len(given) != 1:
        raise mistake("one_image")
    line: dict[str, Json] = {"image": await _image(call.hass, given[0], call.data[given[0]])}
    if "align" in call.data:
        line["align"] = call.data["align"]
    lines = [line] if call.data["cut"] == "none" else [line, {"cut": call.data["cut"]}]
    return await _print(call, "print_receipt", {"lines": lines})


async def _print(call: ServiceCall, command: str, args: JsonObject) -> JsonObject:
    found = targets(call)
    for device in found:
        device.require(command)
    return await async_each(found, lambda device: device.async_send(command, args, ttl=call.data.get(ATTR_TTL)))


async def _image(hass: HomeAssistant, key: str, value: Json) -> str:
    """The image in Base64.

    Raises:
        ServiceValidationError: it is no PNG file, too large, not there, or not in a folder that Home Assistant may read.
    """
    if key == "image":
        text = "".join(value.split())
        if text.startswith("data:"):
            text = text.partition(",")[2]
        try:
            data = base64.b64decode(text, validate=True)
        except binascii.Error, ValueError:
            raise mistake("image_not_base64") from None
        _check(data, key)
    else:
        path = value if key == "path" else _media_path(hass, value["media_content_id"])
        data = await hass.async_add_executor_job(_read, hass, path)
    return base64.b64encode(data).decode("ascii")


def _media_path(hass: HomeAssistant, identifier: str) -> str:
    folder, _, rest = identifier.removeprefix(MEDIA).partition("/")
    if not identifier.startswith(MEDIA) or folder not in hass.config.media_dirs or not rest:
        raise mistake("media_not_local", media=identifier)
    return str(Path(hass.config.media_dirs[folder]) / rest)


def _read(hass: HomeAssistant, path: str) -> bytes:
    if not hass.config.is_allowed_path(path):
        raise mistake("path_not_allowed", path=path)
    try:
        if not Path(path).is_file():  # reading something else, as a pipe, might never end
            raise mistake("image_not_found", path=path)
        with Path(path).open("rb") as file:
            data = file.read(LARGEST_IMAGE + 1)
    except (OSError, ValueError) as error:
        raise mistake("image_unreadable", path=path, error=str(error)) from error
    _check(data, path)
    return data


def _check(data: bytes, path: str) -> None:
    if not data.startswith(PNG):
        raise mistake("image_not_png", path=path)
    if len(data) > LARGEST_IMAGE:
        raise mistake("image_too_large", path=path, limit=f"{LARGEST_IMAGE / 1_000_000:g}")


_LINES = vol.All(cv.ensure_list, [vol.Any(str, dict)], vol.Length(min=1, max=2000))
_MEDIA = vol.All(
    vol.Any(vol.Schema({vol.Required("media_content_id"): cv.string}, extra=vol.ALLOW_EXTRA), cv.string),
    lambda value: value if isinstance(value, dict) else {"media_content_id": value},
)

ACTIONS: Final = (
    Action(
        "print_text",
        {
            **DEVICES,
            vol.Required("text"): vol.All(cv.string, vol.Length(min=1, max=20_000)),
            vol.Optional("align"): _ALIGN,
            vol.Optional("bold"): cv.boolean,
            vol.Optional("width"): _SCALE,
            vol.Optional("height"): _SCALE,
            vol.Optional("cut"): _CUT,
            **TTL,
        },
        _print_text,
    ),
    Action("print_receipt", {**DEVICES, vol.Required("lines"): _LINES, **TTL}, _print_receipt),
    Action(
        "print_image",
        {
            **DEVICES,
            vol.Optional("path"): cv.string,
            vol.Optional("media"): _MEDIA,
            vol.Optional("image"): cv.string,
            vol.Optional("align"): _ALIGN,
            vol.Optional("cut", default="partial"): _CUT,
            **TTL,
        },
        _print_image,
    ),
)
