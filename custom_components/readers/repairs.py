"""Repair issues: what is noticed of a bridge that a person has to put right, and the repair of what can be repaired here."""

from collections.abc import Mapping
from typing import Final

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .claim import FOREIGN_CLAIM
from .const import CONTRACT
from .data import ReadersConfigEntry
from .issues import async_create_issue, async_delete_issue
from .link import BridgeLink
from .models import BridgeInfo, Result
from .schema import vol

UNSUPPORTED_CONTRACT: Final = "unsupported_contract"
ANONYMOUS_BROKER: Final = "anonymous_broker"
DUPLICATE_BRIDGE: Final = "duplicate_bridge"
SCRIPT_FAILURE: Final = "script_failure"

STORE_SCRIPT: Final = "store_script"
DELETE_SCRIPT: Final = "delete_script"

NOT_TRIED: Final = frozenset({"invalid", "refused", "expired", "busy", "unavailable"})
"""Statuses of a command that left the reader as it was."""


class Watch:
    """Notices what is wrong with a bridge."""

    def __init__(self, hass: HomeAssistant, entry: ReadersConfigEntry, link: BridgeLink) -> None:
        self._hass = hass
        self._entry = entry
        self._link = link
        self._info: BridgeInfo | None = None
        self._earlier: set[str] = set()

    @callback
    def bridge_changed(self) -> None:
        """Look at what the bridge says of itself, where that is new."""
        info = self._link.info
        if info is None or info == self._info:
            return
        before, self._info = self._info, info
        self._check_contract(info)
        self._keep(ANONYMOUS_BROKER, wrong=info.authenticated is False)
        if before is not None and before.instance is not None and before.instance != info.instance:
            self._earlier.add(before.instance)
        if info.instance in self._earlier:
            # A run that was followed by another has come back: both are there.
            self._keep(DUPLICATE_BRIDGE, wrong=True, placeholders={"details": self._link.topic("bridge", "info")})

    def _check_contract(self, info: BridgeInfo) -> None:
        wrong = info.contract != CONTRACT
        self._keep(
            UNSUPPORTED_CONTRACT,
            wrong=wrong,
            placeholders={"version": info.version, "contract": str(info.contract), "supported": str(CONTRACT)},
        )
        if wrong and self._entry.state is ConfigEntryState.LOADED:
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)

    def _keep(self, kind: str, *, wrong: bool, placeholders: Mapping[str, str] | None = None) -> None:
        if wrong:
            severity = ir.IssueSeverity.WARNING if kind == ANONYMOUS_BROKER else ir.IssueSeverity.ERROR
            async_create_issue(self._hass, self._entry, kind, severity=severity, placeholders=placeholders)
        else:
            async_delete_issue(self._hass, self._entry, kind)

    @callback
    def command_ended(self, result: Result) -> None:
        """Look at what became of a script that was to be stored, whoever stored it."""
        if result.command not in (STORE_SCRIPT, DELETE_SCRIPT) or result.status in NOT_TRIED:
            return
        if result.ok:
            async_delete_issue(self._hass, self._entry, SCRIPT_FAILURE, result.device)
        elif result.command == STORE_SCRIPT:
            device = self._link.devices.get(result.device)
            async_create_issue(
                self._hass,
                self._entry,
                SCRIPT_FAILURE,
                device=result.device,
                persistent=True,
                severity=ir.IssueSeverity.ERROR,
                placeholders={
                    "device_name": result.device if device is None else device.name,
                    "message": result.error.message if result.error is not None else result.status,
                },
            )

    @callback
    def device_changed(self, device: str) -> None:
        """A device that is gone has no scripts."""
        if device not in self._link.devices:
            async_delete_issue(self._hass, self._entry, SCRIPT_FAILURE, device)


@callback
def async_watch(hass: HomeAssistant, entry: ReadersConfigEntry, link: BridgeLink) -> None:
    """Notice what is wrong with the bridge until the entry is unloaded."""
    watch = Watch(hass, entry, link)
    async_delete_issue(hass, entry, DUPLICATE_BRIDGE)  # what is still so will be noticed again
    entry.async_on_unload(link.async_listen_bridge(watch.bridge_changed))
    entry.async_on_unload(link.async_listen_results(watch.command_ended))
    entry.async_on_unload(link.async_listen_devices(watch.device_changed))


class TakeOver(RepairsFlow):
    """Claim a bridge that another Home Assistant has."""

    def __init__(self, entry: ReadersConfigEntry | None) -> None:
        super().__init__()
        self._entry = entry

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Ask, and take over."""
        if self._entry is None or self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            await self._entry.runtime_data.ownership.async_take_over()
            return self.async_create_entry(data={})
        claim = self._entry.runtime_data.ownership.foreign
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders={
                "bridge": self._entry.runtime_data.link.bridge,
                "instance": "?" if claim is None else claim.instance,
                "since": "?" if claim is None else claim.since or "?",
            },
        )


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """The repair of an issue."""
    if data is not None and data.get("kind") == FOREIGN_CLAIM:
        return TakeOver(hass.config_entries.async_get_entry(str(data["entry_id"])))
    return ConfirmRepairFlow()
