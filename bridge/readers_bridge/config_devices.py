"""The entries of ``devices``: each checked with its family's own schema, then all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from readers_bridge.addresses import exclusive, parse_address
from readers_bridge.config_findings import Findings
from readers_bridge.config_schema import device_schema
from readers_bridge.families import Family, families
from readers_bridge.model import DeviceConfig, Secret
from readers_bridge.validation import suggestion

COMMON = frozenset({"id", "family", "connection", "name", "credential", "late_after"})
"""The keys that every device has; the others are its family's."""


def device_configs(entries: Sequence[Any], findings: Findings) -> tuple[DeviceConfig, ...]:
    """The devices without a problem of their own."""
    devices = [_device(index, entry, findings) for index, entry in enumerate(entries)]
    _find_twins(entries, findings)
    return tuple(device for device in devices if device is not None)


def _device(index: int, entry: Any, findings: Findings) -> DeviceConfig | None:
    at = ("devices", index)
    if not isinstance(entry, Mapping):
        findings.add(at, f"expected lines `id:`, `family:` and `connection:`, not {findings.shown(at)}")
        return None
    family = _family(entry)
    if family is None and isinstance(entry.get("family"), str):
        text = f"expected one of {', '.join(families())}, not {findings.shown((*at, 'family'))}"
        findings.add((*at, "family"), text + suggestion(entry["family"], families()))
    if family is not None:
        findings.secrets |= {(*at, option) for option in family.secret_options}
    checked = findings.validate(device_schema(family), entry, at)
    if checked is None or family is None:
        return None
    config = _config(checked, family.secret_options)
    for text in family.check(config) if family.check is not None else ():
        key, _, message = text.partition(":")
        findings.add((*at, key), message.strip())
    return config


def _family(entry: Any) -> Family | None:
    name = entry.get("family") if isinstance(entry, Mapping) else None
    return families().get(name) if isinstance(name, str) else None


def _config(checked: Mapping[str, Any], secrets: AbstractSet[str]) -> DeviceConfig:
    given = {key: checked[key] for key in ("credential", "late_after") if key in checked}
    return DeviceConfig(
        id=checked["id"],
        family=checked["family"],
        address=checked["connection"],
        name=checked.get("name") or readable(checked["id"]),
        options={
            key: Secret(value) if key in secrets and isinstance(value, str) else value
            for key, value in checked.items()
            if key not in COMMON
        },
        **given,
    )


def readable(identifier: str) -> str:
    """``front-door`` as ``Front door``."""
    return identifier.replace("-", " ").replace("_", " ").strip().capitalize()


def _find_twins(entries: Sequence[Any], findings: Findings) -> None:
    ids: dict[str, int] = {}
    links: dict[Any, int] = {}
    for index, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            continue
        name = entry.get("id")
        if isinstance(name, str) and (first := ids.setdefault(name, index)) != index:
            other = findings.place(("devices", first, "id"))
            at = ("devices", index, "id")
            findings.add(at, f"{findings.shown(at)} is also {other}; give each device an id of its own")
        family, connection = _family(entry), entry.get("connection")
        if family is None or not isinstance(connection, str):
            continue
        try:
            link = exclusive(parse_address(connection, family.schemes))
        except ValueError:
            continue  # has its problem already
        if (first := links.setdefault(link, index)) != index:
            other = findings.place(("devices", first, "connection"))
            at = ("devices", index, "connection")
            findings.add(at, f"{findings.shown(at)} is also used by {other}; only one device can use it")
