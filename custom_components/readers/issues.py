"""Repair issues of an entry: one of each kind for each bridge, or for each device of it."""

from collections.abc import Mapping

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import CONF_BRIDGE, DOMAIN


def issue_id(entry: ConfigEntry, kind: str, device: str | None = None) -> str:
    """The id of an issue; the same for the same trouble, whenever it comes."""
    return "_".join((kind, entry.data[CONF_BRIDGE], *((device,) if device else ())))


@callback
def async_create_issue(
    hass: HomeAssistant,
    entry: ConfigEntry,
    kind: str,
    *,
    device: str | None = None,
    fixable: bool = False,
    persistent: bool = False,
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING,
    placeholders: Mapping[str, str] | None = None,
) -> None:
    """Tell of a trouble, with the text ``issues.<kind>`` of the translations.

    ``persistent``: Home Assistant cannot find out again, so it must remember over a restart.
    """
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id(entry, kind, device),
        data={"entry_id": entry.entry_id, "kind": kind},
        is_fixable=fixable,
        is_persistent=persistent,
        severity=severity,
        translation_key=kind,
        translation_placeholders={"bridge": entry.data[CONF_BRIDGE], **(placeholders or {})},
    )


@callback
def async_delete_issue(hass: HomeAssistant, entry: ConfigEntry, kind: str, device: str | None = None) -> None:
    """The trouble is over."""
    ir.async_delete_issue(hass, DOMAIN, issue_id(entry, kind, device))


@callback
def async_delete_issues(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """The entry goes, and its troubles with it."""
    for (domain, name), issue in list(ir.async_get(hass).issues.items()):
        if domain == DOMAIN and issue.data is not None and issue.data.get("entry_id") == entry.entry_id:
            ir.async_delete_issue(hass, DOMAIN, name)
