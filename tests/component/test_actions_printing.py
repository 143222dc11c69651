"""Printing text, receipts and images."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import voluptuous as vol
from custom_components.readers.actions import printing
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from pytest_homeassistant_custom_component.typing import MqttMockHAClient, MqttMockPahoClient

from tests.component.fake_bridge import SPRINGCARD, STAR, FakeBridge, async_set_up

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNgAAAAAgABc3UBGAAAAABJRU5ErkJggg==")
IN_BASE64 = base64.b64encode(PNG).decode()


@pytest.fixture
async def fake(hass: HomeAssistant, mqtt_mock: MqttMockHAClient, mqtt_client_mock: MqttMockPahoClient) -> FakeBridge:
    """A bridge with a printer, and a device that does not print."""
    return (await async_set_up(hass, mqtt_client_mock, STAR, SPRINGCARD))[0]


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """A media folder of Home Assistant."""
    media = tmp_path / "media"
    media.mkdir()
    hass.config.media_dirs = {"local": str(media)}
    hass.config.allowlist_external_dirs = {str(media)}
    return media


async def _call(hass: HomeAssistant, fake: FakeBridge, action: str, **data: Any) -> Any:
    return await hass.services.async_call(
        "readers", action, {"device_id": fake.device_id("till"), **data}, blocking=True, return_response=True
    )


def _arguments(command: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in command.items() if key not in ("transaction", "issued_at", "ttl")}


async def test_print_text(hass: HomeAssistant, fake: FakeBridge) -> None:
    fake.answers["print_text"] = {"data": {"job": 7, "lines": 2}}
    response = await _call(
        hass, fake, "print_text", text="Parcel\n42", align="center", bold=True, width=2.0, height=3, cut="full"
    )
    [(device, name, command)] = fake.commands
    assert (device, name) == ("till", "print_text")
    assert _arguments(command) == {
        "text": "Parcel\n42",
        "align": "center",
        "bold": True,
        "width": 2,
        "height": 3,
        "cut": "full",
    }
    assert command["ttl"] == 300.0
    assert response["results"][0]["data"] == {"job": 7, "lines": 2}


async def test_a_message_that_is_not_printed_in_time_is_not_printed(hass: HomeAssistant, fake: FakeBridge) -> None:
    await _call(hass, fake, "print_text", text="Come quickly", ttl=20)
    assert fake.commands[0][2]["ttl"] == 20


async def test_print_receipt(hass: HomeAssistant, fake: FakeBridge) -> None:
    lines = ["Parcel 42", {"qr": "https://example.org/42", "size": 4}, {"cut": "partial"}]
    await _call(hass, fake, "print_receipt", lines=lines)
    assert _arguments(fake.commands[0][2]) == {"lines": lines}


@pytest.mark.parametrize("lines", [[], [42], [["text"]]])
async def test_what_is_no_receipt(hass: HomeAssistant, fake: FakeBridge, lines: list[Any]) -> None:
    with pytest.raises(vol.Invalid):
        await _call(hass, fake, "print_receipt", lines=lines)


async def test_a_device_that_does_not_print(hass: HomeAssistant, fake: FakeBridge) -> None:
    ids = [fake.device_id("till"), fake.device_id("front-door")]
    with pytest.raises(ServiceValidationError):
        await _call(hass, fake, "print_text", device_id=ids, text="Hello")
    assert not fake.commands


@pytest.mark.parametrize(
    "image", [IN_BASE64, f"data:image/png;base64,{IN_BASE64}", IN_BASE64[:20] + "\n" + IN_BASE64[20:]]
)
async def test_print_an_image_in_base64(hass: HomeAssistant, fake: FakeBridge, image: str) -> None:
    await _call(hass, fake, "print_image", image=image, align="center")
    [(device, name, command)] = fake.commands
    assert (device, name) == ("till", "print_receipt")
    assert _arguments(command) == {"lines": [{"image": IN_BASE64, "align": "center"}, {"cut": "partial"}]}


async def test_print_an_image_without_a_cut(hass: HomeAssistant, fake: FakeBridge) -> None:
    await _call(hass, fake, "print_image", image=IN_BASE64, cut="none")
    assert _arguments(fake.commands[0][2]) == {"lines": [{"image": IN_BASE64}]}


async def test_print_an_image_from_a_path(hass: HomeAssistant, fake: FakeBridge, folder: Path) -> None:
    (folder / "logo.png").write_bytes(PNG)
    await _call(hass, fake, "print_image", path=str(folder / "logo.png"))
    assert fake.commands[0][2]["lines"][0] == {"image": IN_BASE64}


@pytest.mark.parametrize("as_chosen", [True, False])
async def test_print_an_image_from_the_media_folder(
    hass: HomeAssistant, fake: FakeBridge, folder: Path, as_chosen: bool
) -> None:
    (folder / "logos").mkdir()
    (folder / "logos" / "logo.png").write_bytes(PNG)
    identifier = "media-source://media_source/local/logos/logo.png"
    chosen = {"media_content_id": identifier, "media_content_type": "image/png", "metadata": {"title": "logo.png"}}
    await _call(hass, fake, "print_image", media=chosen if as_chosen else identifier)
    assert fake.commands[0][2]["lines"][0] == {"image": IN_BASE64}


@pytest.mark.parametrize(
    "identifier",
    [
        "media-source://camera/camera.door",
        "media-source://media_source/other/logo.png",
        "media-source://media_source/local",
    ],
)
async def test_media_that_is_no_file(hass: HomeAssistant, fake: FakeBridge, folder: Path, identifier: str) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await _call(hass, fake, "print_image", media=identifier)
    assert raised.value.translation_key == "media_not_local"


async def test_files_elsewhere_are_not_read(hass: HomeAssistant, fake: FakeBridge, folder: Path) -> None:
    (folder.parent / "secret.png").write_bytes(PNG)
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    for given in (
        {"path": str(folder.parent / "secret.png")},
        {"path": str(folder / ".." / "secret.png")},
        {"path": str(folder / "link.png")},
        {"media": "media-source://media_source/local/../secret.png"},
    ):
        with pytest.raises(ServiceValidationError) as raised:
            await _call(hass, fake, "print_image", **given)
        assert raised.value.translation_key == "path_not_allowed"
    assert not fake.commands


async def test_a_file_that_is_not_there_or_no_file(hass: HomeAssistant, fake: FakeBridge, folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    for name in ("nothing.png", "pipe.png", "."):
        with pytest.raises(ServiceValidationError) as raised:
            await _call(hass, fake, "print_image", path=str(folder / name))
        assert raised.value.translation_key == "image_not_found"


async def test_a_file_that_cannot_be_read(hass: HomeAssistant, fake: FakeBridge, folder: Path) -> None:
    (folder / "logo.png").write_bytes(PNG)
    with (
        patch.object(Path, "open", side_effect=PermissionError("not yours")),
        pytest.raises(ServiceValidationError, match="not yours") as raised,
    ):
        await _call(hass, fake, "print_image", path=str(folder / "logo.png"))
    assert raised.value.translation_key == "image_unreadable"


async def test_what_is_no_png(hass: HomeAssistant, fake: FakeBridge, folder: Path) -> None:
    (folder / "photo.png").write_bytes(b"\xff\xd8\xff\xe0 a JPEG")
    with pytest.raises(ServiceValidationError) as raised:
        await _call(hass, fake, "print_image", path=str(folder / "photo.png"))
    assert raised.value.translation_key == "image_not_png"
    with pytest.raises(ServiceValidationError) as raised:
        await _call(hass, fake, "print_image", image=base64.b64encode(b"GIF89a").decode())
    assert raised.value.translation_key == "image_not_png"
    with pytest.raises(ServiceValidationError) as raised:
        await _call(hass, fake, "print_image", image="!")
    assert raised.value.translation_key == "image_not_base64"


async def test_an_image_that_does_not_fit_into_a_command(hass: HomeAssistant, fake: FakeBridge, folder: Path) -> None:
    (folder / "large.png").write_bytes(PNG)
    with (
        patch.object(printing, "LARGEST_IMAGE", len(PNG) - 1),
        pytest.raises(ServiceValidationError) as raised,
    ):
        await _call(hass, fake, "print_image", path=str(folder / "large.png"))
    assert raised.value.translation_key == "image_too_large"


@pytest.mark.parametrize("given", [{}, {"image": IN_BASE64, "path": "/media/logo.png"}])
async def test_exactly_one_image(hass: HomeAssistant, fake: FakeBridge, given: dict[str, Any]) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await _call(hass, fake, "print_image", **given)
    assert raised.value.translation_key == "one_image"
