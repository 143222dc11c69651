"""Setting up a bridge: found by its announcement, or entered by hand; changing its topics; its options."""

import re
from typing import Any, Final, override

from homeassistant.components import mqtt
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
from homeassistant.util.json import JSON_DECODE_EXCEPTIONS, json_loads

from .claim import async_release
from .const import (
    CONF_BRIDGE,
    CONF_PREFIX,
    CONF_REPLAY,
    CONF_TAGS,
    CONTRACT,
    DEFAULT_BRIDGE,
    DEFAULT_PREFIX,
    DOMAIN,
    READ,
)
from .data import ReadersConfigEntry
from .device_trigger import KINDS, KINDS_OF
from .issues import async_create_issue
from .models import Availability, BridgeInfo, Json
from .retained import async_retained
from .schema import vol
from .tags import KINDS as TAG_KINDS

LOOK_TIMEOUT: Final = 5.0
"""Seconds to wait for a retained message of the bridge."""

_PREFIX: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_BRIDGE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_ANNOUNCED_ON: Final = "readers/discovery/"


class ReadersConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets up a bridge. What is entered is tried before: the bridge must answer."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        self._found: dict[str, str] = {}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> ReadersOptionsFlow:
        """The options of a bridge."""
        return ReadersOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Enter prefix and id of a bridge."""
        if not await mqtt.async_wait_for_mqtt_client(self.hass):
            return self.async_abort(reason="mqtt_unavailable")
        errors: dict[str, str] = {}
        if user_input is not None:
            await self.async_set_unique_id(user_input[CONF_BRIDGE], raise_on_progress=False)
            self._abort_if_unique_id_configured()
            errors = await self._problems(user_input)
            if not errors:
                return self._create(user_input)
        suggested = user_input or {CONF_PREFIX: DEFAULT_PREFIX, CONF_BRIDGE: DEFAULT_BRIDGE}
        schema = self.add_suggested_values_to_schema(_TOPICS, suggested)
        return self.async_show_form(step_id="user", data_schema=schema, errors=errors)

    @override
    async def async_step_mqtt(self, discovery_info: MqttServiceInfo) -> ConfigFlowResult:
        """A bridge announced itself, for the first time or with something new."""
        info = BridgeInfo.from_json(_json(discovery_info.payload))
        if (
            info is None
            or not info.prefix
            or info.bridge is None
            or discovery_info.topic != _ANNOUNCED_ON + info.bridge
        ):
            return self.async_abort(reason="invalid_discovery_info")
        entry = await self.async_set_unique_id(info.bridge)
        known = info.prefix if entry is None else entry.data.get(CONF_PREFIX, info.prefix)
        if entry is not None and known != info.prefix and await self._is_online(known, info.bridge):
            details = f"{known}/{info.bridge}, {info.prefix}/{info.bridge}"
            async_create_issue(self.hass, entry, "duplicate_bridge", placeholders={"details": details})
            return self.async_abort(reason="duplicate_bridge")
        if entry is not None:
            await _leave(self.hass, entry, info.prefix)
        self._abort_if_unique_id_configured(updates={CONF_PREFIX: info.prefix})
        if info.contract != CONTRACT:
            return self.async_abort(reason="unsupported_contract")
        self._found = {CONF_PREFIX: info.prefix, CONF_BRIDGE: info.bridge}
        self.context["title_placeholders"] = {"name": info.bridge}
        return await self.async_step_mqtt_confirm()

    async def async_step_mqtt_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add the bridge that was found."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = await self._problems(self._found)
            if not errors or errors == {"base": "no_bridge"}:  # it was announced; the set-up waits for it
                return self._create(self._found)
        return self.async_show_form(
            step_id="mqtt_confirm", description_placeholders={"name": self._found[CONF_BRIDGE]}, errors=errors
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Follow a bridge whose prefix was changed."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            await self.async_set_unique_id(user_input[CONF_BRIDGE], raise_on_progress=False)
            self._abort_if_unique_id_mismatch(reason="another_bridge")
            errors = await self._problems(user_input)
            if not errors:
                await _leave(self.hass, entry, user_input[CONF_PREFIX])
                return self.async_update_reload_and_abort(entry, data_updates=user_input)
        schema = self.add_suggested_values_to_schema(_TOPICS, user_input or entry.data)
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=schema,
            errors=errors,
            description_placeholders={"name": entry.data[CONF_BRIDGE]},
        )

    def _create(self, data: dict[str, Any]) -> ConfigFlowResult:
        return self.async_create_entry(title=f"Readers bridge {data[CONF_BRIDGE]}", data=dict(data))

    async def _problems(self, data: dict[str, Any]) -> dict[str, str]:
        """What keeps the bridge from being set up, by field; nothing when it answers."""
        if not _PREFIX.fullmatch(data[CONF_PREFIX]):
            return {CONF_PREFIX: "invalid_prefix"}
        if not _BRIDGE.fullmatch(data[CONF_BRIDGE]):
            return {CONF_BRIDGE: "invalid_bridge"}
        if not await mqtt.async_wait_for_mqtt_client(self.hass) or not mqtt.is_connected(self.hass):
            return {"base": "cannot_connect"}
        topic = f"{data[CONF_PREFIX]}/{data[CONF_BRIDGE]}/bridge/info"
        info = BridgeInfo.from_json(_json(await async_retained(self.hass, topic, LOOK_TIMEOUT)))
        if info is None:
            return {"base": "no_bridge"}
        return {} if info.contract == CONTRACT else {"base": "unsupported_contract"}

    async def _is_online(self, prefix: str, bridge: str) -> bool:
        state = Availability.from_json(
            _json(await async_retained(self.hass, f"{prefix}/{bridge}/bridge/state", LOOK_TIMEOUT))
        )
        return state is not None and state.online


class ReadersOptionsFlow(OptionsFlowWithReload):
    """Which devices' cards are tags, and whether what was missed is shown."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        chosen: list[str] = self.config_entry.options.get(CONF_TAGS, [])
        names = {device: device for device in chosen} | _with_tags(self.config_entry)
        devices = [SelectOptionDict(value=device, label=name) for device, name in sorted(names.items())]
        schema = vol.Schema(
            {
                vol.Optional(CONF_TAGS, default=chosen): SelectSelector(
                    SelectSelectorConfig(options=devices, multiple=True, mode=SelectSelectorMode.LIST)
                ),
                vol.Required(CONF_REPLAY, default=self.config_entry.options.get(CONF_REPLAY, True)): BooleanSelector(),
            }
        )
        return self.async_show_form(step_id="init", data_schema=schema)


_TOPICS: Final = vol.Schema({vol.Required(CONF_PREFIX): TextSelector(), vol.Required(CONF_BRIDGE): TextSelector()})


async def _leave(hass: HomeAssistant, entry: ConfigEntry, prefix: str) -> None:
    """Release a bridge that is not set up and gets another prefix; one that is set up is released when it is unloaded."""
    former = entry.data.get(CONF_PREFIX, prefix)
    if former != prefix and entry.state is not ConfigEntryState.LOADED:
        await async_release(hass, former, entry.data[CONF_BRIDGE])


def _with_tags(entry: ReadersConfigEntry) -> dict[str, str]:
    """The names of the devices that read what can be a tag, by id."""
    if entry.state is not ConfigEntryState.LOADED:
        return {}
    return {
        device.id: device.name
        for device in entry.runtime_data.link.devices.values()
        if device.description is not None
        and any(event.key == READ for event in device.description.events)
        and TAG_KINDS & set(KINDS_OF.get(device.description.family, KINDS))
    }


def _json(payload: str | bytes | bytearray | None) -> Json:
    try:
        return json_loads(payload) if payload else None
    except JSON_DECODE_EXCEPTIONS:
        return None
