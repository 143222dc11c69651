"""The last known description of a device, kept so that an offline device is still described at the next start."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from readers_bridge import __version__, description
from readers_bridge.model import Description, DeviceConfig, JsonObject

KEY = "_description"


def fact(config: DeviceConfig, known: Description) -> JsonObject:
    """What is kept of it."""
    return {KEY: {"of": _fingerprint(config), "json": description.to_json(known, device=config.id, name=config.name)}}


def remembered(config: DeviceConfig, facts: Mapping[str, Any]) -> Description | None:
    """What was kept, None: nothing, or of a device that was configured otherwise."""
    kept = facts.get(KEY)
    if not isinstance(kept, dict) or kept.get("of") != _fingerprint(config):
        return None
    return description.from_json(kept["json"])


def _fingerprint(config: DeviceConfig) -> str:
    options = repr(sorted(config.options.items(), key=str))
    text = f"{__version__} {config.family} {config.address} {options}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
