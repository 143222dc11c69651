"""``services.yaml`` says of each action what its schema says, and names nothing that Home Assistant does not know."""

from __future__ import annotations

from typing import Any

import pytest
import voluptuous as vol
from custom_components.readers.actions import ACTIONS
from custom_components.readers.actions.spec import Action
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import validate_selector
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import MqttMockHAClient

from tests.component.files import COMPONENT, english, load_yaml

SERVICES = load_yaml(COMPONENT / "services.yaml")
FIELD_KEYS = {"required", "example", "default", "selector", "advanced", "filter"}
BY_NAME = {action.name: action for action in ACTIONS}


def _markers(action: Action) -> dict[str, Any]:
    return {str(marker): marker for marker in action.fields}


def test_each_action_is_described() -> None:
    assert set(SERVICES) == set(BY_NAME)
    assert len(ACTIONS) == len(BY_NAME)


async def test_each_action_is_registered_before_a_bridge_is_set_up(
    hass: HomeAssistant, mqtt_mock: MqttMockHAClient
) -> None:
    assert await async_setup_component(hass, "readers", {})
    for action in ACTIONS:
        assert hass.services.supports_response("readers", action.name) is action.response


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_fields_are_those_of_the_schema(name: str) -> None:
    fields = SERVICES[name]["fields"]
    markers = _markers(BY_NAME[name])
    assert set(SERVICES[name]) == {"fields"}
    assert set(fields) == set(markers)
    for key, field in fields.items():
        assert not set(field) - FIELD_KEYS
        assert field.get("required", False) is isinstance(markers[key], vol.Required)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_selectors_and_defaults_are_valid(name: str) -> None:
    schema = vol.Schema({vol.Optional(str(marker)): check for marker, check in BY_NAME[name].fields.items()})
    for key, field in SERVICES[name]["fields"].items():
        assert validate_selector(field["selector"])
        for value in (field[one] for one in ("default", "example") if one in field):
            if not (isinstance(value, str) and value.startswith(("{", "["))):
                schema({key: value})


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_options_of_selectors_are_translated(name: str) -> None:
    translated = english()["selector"]
    for field in SERVICES[name]["fields"].values():
        select = field["selector"].get("select")
        if select is not None:
            assert set(select["options"]) <= set(translated[select["translation_key"]]["options"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_action_and_field_has_a_name_and_a_description(name: str) -> None:
    texts = english()["services"][name]
    assert set(texts) == {"name", "description", "fields"}
    assert set(texts["fields"]) == set(SERVICES[name]["fields"])
    for text in (texts, *texts["fields"].values()):
        assert text["name"]
        assert text["description"].endswith(".")
