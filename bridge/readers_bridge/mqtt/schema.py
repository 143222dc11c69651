"""JSON Schema in few words: what the payloads of the contract are written in (mqtt/messages.py, bridge_messages.py, verbs.py).

Only keywords of JSON Schema draft 7 that AsyncAPI 3 takes over. What the bridge sends may gain keys, so those objects stay
open; what the bridge accepts is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from readers_bridge.model import Json

Schema = dict[str, Any]


def text(description: str = "", **keywords: Json) -> Schema:
    """A string."""
    return _described({"type": "string", **keywords}, description)


def word(values: tuple[str, ...], description: str = "") -> Schema:
    """One of these words."""
    return _described({"type": "string", "enum": [str(value) for value in values]}, description)


def time(description: str) -> Schema:
    """A time as the contract writes it: RFC 3339, UTC, milliseconds."""
    return text(description, format="date-time")


def integer(description: str = "", **keywords: Json) -> Schema:
    """A whole number."""
    return _described({"type": "integer", **keywords}, description)


def number(description: str = "", **keywords: Json) -> Schema:
    """A number."""
    return _described({"type": "number", **keywords}, description)


def boolean(description: str = "", **keywords: Json) -> Schema:
    """True or false."""
    return _described({"type": "boolean", **keywords}, description)


def array(items: Schema, description: str = "") -> Schema:
    """A list."""
    return _described({"type": "array", "items": items}, description)


def mapping(values: Schema | bool, description: str = "") -> Schema:  # noqa: FBT001  JSON Schema's own "anything": true
    """An object whose keys are not known in advance."""
    return _described({"type": "object", "additionalProperties": values}, description)


def obj(
    properties: Mapping[str, Schema], *, optional: tuple[str, ...] = (), closed: bool = False, description: str = ""
) -> Schema:
    """An object; every property is required but those named in ``optional``."""
    schema: Schema = {"type": "object", "properties": dict(properties)}
    required = [name for name in properties if name not in optional]
    if required:
        schema["required"] = required
    if closed:
        schema["additionalProperties"] = False
    return _described(schema, description)


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def _described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description} if description else schema
