"""The keys of a device's entry that are SpringCard's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import voluptuous as vol

from readers_bridge.families.springcard.messages import Dialect
from readers_bridge.model import DeviceConfig

LONGEST_WINDOW = 3600.0
"""Seconds."""


class Reply(StrEnum):
    """The command that answers each published read."""

    NONE = "none"
    WINK = "wink"
    ACCEPT = "accept"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Labels:
    """Names for codes: the operator's, added to those that are documented."""

    interfaces: Mapping[str, str] = field(default_factory=dict)
    protocols: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one device. ``dialect`` None: told from what arrives. ``repeat_window``: seconds."""

    dialect: Dialect | None = None
    reply: Reply = Reply.NONE
    mark_repeats: bool = False
    repeat_window: float = 3.5
    credential_from: str = "auto"
    checksum_required: bool = True
    raw_commands: bool = False
    json_outputs: bool = False
    labels: Labels = field(default_factory=Labels)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Options:
        """The options of a DeviceConfig; a key that is missing has its default."""
        dialect = options.get("dialect", "auto")
        labels = options.get("labels", {})
        return cls(
            dialect=None if dialect == "auto" else Dialect(dialect),
            reply=Reply(options.get("reply", "none")),
            mark_repeats=options.get("repeats", "drop") == "mark",
            repeat_window=float(options.get("repeat_window", 3.5)),
            credential_from=options.get("credential_from", "auto"),
            checksum_required=options.get("checksum", "required") == "required",
            raw_commands=options.get("raw_commands", False),
            json_outputs=options.get("json_outputs", False),
            labels=Labels(labels.get("interfaces", {}), labels.get("protocols", {})),
        )


def names(value: Any) -> dict[str, str]:
    """A mapping from codes, as the reader sends them, to names, for the schema; YAML takes 13 or 01 for a number."""
    if not isinstance(value, Mapping):
        raise vol.Invalid('expected a mapping from codes to names, as "13": Card')
    for key, name in value.items():
        if not isinstance(key, str):
            raise vol.Invalid(
                f'has the key {key}, which is not a text; write it in quotes as the reader sends it, as "01"'
            )
        if not isinstance(name, str):
            raise vol.Invalid(f"has something else than a text as the name of {key}; put it in quotes")
    return dict(value)


SCHEMA: Mapping[Any, Any] = {
    vol.Optional("dialect", default="auto"): vol.In(["auto", *map(str, Dialect)]),
    vol.Optional("reply", default="none"): vol.In([*map(str, Reply)]),
    vol.Optional("repeats", default="drop"): vol.In(["drop", "mark"]),
    vol.Optional("repeat_window", default=3.5): vol.All(float, vol.Range(0, LONGEST_WINDOW)),
    vol.Optional("credential_from", default="auto"): vol.In(["auto", "tag_data", "tag_id"]),
    vol.Optional("checksum", default="required"): vol.In(["required", "optional"]),
    vol.Optional("raw_commands", default=False): bool,
    vol.Optional("json_outputs", default=False): bool,
    vol.Optional("labels", default=dict): {
        vol.Optional("interfaces", default=dict): names,
        vol.Optional("protocols", default=dict): names,
    },
}


def problems(config: DeviceConfig) -> list[str]:
    """What of a device's entry contradicts itself, each text beginning with the key at fault."""
    options = Options.of(config.options)
    found = []
    if options.dialect is Dialect.MK1:
        if options.reply is not Reply.NONE:
            found.append(
                "reply: a reader that speaks MK1 takes no commands; leave it none, or use the dialect scrdr or json"
            )
        if options.raw_commands:
            found.append("raw_commands: a reader that speaks MK1 takes no commands; leave it out")
        if options.credential_from == "tag_data":
            found.append("credential_from: MK1 carries one identifier, which is tag_id; use auto or tag_id")
    if options.json_outputs and options.dialect in {Dialect.MK1, Dialect.SCRDR}:
        found.append(f"json_outputs: the dialect {options.dialect} has no relay and no colour; use the dialect json")
    return found
