"""Checks payloads against the schemas of the contract, with as much of JSON Schema as these use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from readers_bridge.clock import parse_rfc3339
from readers_bridge.mqtt.topics import TOPICS
from readers_bridge.mqtt.verbs import VERBS

SCHEMAS = (
    {spec.name: spec.schema for spec in TOPICS}
    | {f"request_{verb.name}": verb.request_schema for verb in VERBS}
    | {f"response_{verb.name}": verb.response_schema for verb in VERBS}
)

_TYPES: dict[str, Any] = {
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
    "integer": int,
    "number": (int, float),
}


def problems(schema: Any, value: Any, path: str = "") -> Iterator[str]:
    """What is wrong with a value under a schema, each with its path."""
    if schema is True:
        return
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(kind, value) for kind in kinds):
        yield f"{path}: {value!r} is not of type {' or '.join(kinds)}"
        return
    if value is None:
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    if isinstance(value, str):
        yield from _text_problems(schema, value, path)
    elif isinstance(value, dict):
        yield from _object_problems(schema, value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from problems(schema.get("items", True), item, f"{path}[{index}]")
    elif not isinstance(value, bool):
        if value < schema.get("minimum", value) or value <= schema.get("exclusiveMinimum", float("-inf")):
            yield f"{path}: {value} is too small"
        if value > schema.get("maximum", value):
            yield f"{path}: {value} is too large"


def _is(kind: str, value: Any) -> bool:
    return isinstance(value, _TYPES[kind]) and not (isinstance(value, bool) and kind in {"integer", "number"})


def _text_problems(schema: Any, value: str, path: str) -> Iterator[str]:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        yield f"{path}: {len(value)} characters"
    if not re.search(schema.get("pattern", ""), value):
        yield f"{path}: {value!r} does not match {schema['pattern']}"
    if schema.get("format") == "date-time":
        try:
            parse_rfc3339(value)
        except ValueError as error:
            yield f"{path}: {error}"


def _object_problems(schema: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    properties = schema.get("properties", {})
    yield from (f"{path}.{name} is missing" for name in schema.get("required", []) if name not in value)
    for name, item in value.items():
        rest = schema.get("additionalProperties", True)
        if name not in properties and rest is False:
            yield f"{path}.{name} is not known"
        else:
            yield from problems(properties.get(name, rest), item, f"{path}.{name}")
