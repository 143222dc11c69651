"""The buttons of a device: ready-made commands that its description offers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from readers_bridge.description import from_json
from readers_bridge.model import Description, EntitySpec

TEXT = "CORNER SHOP\n\n2 coffees       5.00\n1 tea           2.50\nTotal           7.50\n\nThank you!"

_PRESSED = frozenset({"button", "notify"})


@dataclass(frozen=True, slots=True)
class Button:
    """A command with its arguments."""

    command: str
    args: Mapping[str, Any]


def buttons(payload: bytes) -> Sequence[Button]:
    """What may be pressed without a thought: enabled buttons, no settings, nothing that has to be confirmed; and a text for what
    takes texts.

    ``payload`` is that of a device's description topic; one that cannot be understood has no buttons.
    """
    try:
        description = from_json(json.loads(payload))
    except ValueError:
        description = None
    if description is None:
        return ()
    found = (_harmless(description, entity) for entity in description.entities)
    return [button for button in found if button is not None]


def _harmless(description: Description, entity: EntitySpec) -> Button | None:
    if entity.platform not in _PRESSED or not entity.enabled or entity.category is not None or entity.command is None:
        return None
    spec = description.command(entity.command)
    if spec is None or spec.confirm:
        return None
    if entity.platform == "button":
        return Button(spec.name, entity.args)
    given = dict(entity.args)
    return Button(spec.name, {str(given.pop("value")): TEXT, **given})
