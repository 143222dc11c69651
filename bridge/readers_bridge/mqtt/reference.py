"""The reference part of docs/mqtt.md, written from the topics."""

from __future__ import annotations

import json
from collections.abc import Iterator

from readers_bridge.model import Json
from readers_bridge.mqtt.bridge_messages import CLAIM
from readers_bridge.mqtt.messages import AVAILABILITY, EVENT, READ
from readers_bridge.mqtt.schema import Schema
from readers_bridge.mqtt.topics import TOPICS, Direction, TopicSpec
from readers_bridge.mqtt.verbs import VERBS, Verb

_KNOWN = {
    id(READ.schema): "read",
    id(EVENT.schema): "event",
    id(AVAILABILITY.schema): "availability",
    id(CLAIM.schema): "claim",
}
"""Schemas that have a section of their own."""


def reference() -> str:
    """Markdown: a table of all topics, then each with its fields and an example, then the requests."""
    lines = ["### All topics", "", *_overview()]
    for spec in TOPICS:
        if spec.name not in {"request", "response"}:
            lines += _topic(spec)
    for verb in VERBS:
        lines += _verb(verb)
    return "\n".join(lines) + "\n"


def _overview() -> Iterator[str]:
    yield "| topic | sent by | QoS | retained | at most | what |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for spec in TOPICS:
        retained = "yes" if spec.retain else "no"
        yield (
            f"| `{spec.address}` | {_sender(spec)} | {spec.qos} | {retained} | {_size(spec.limit)} | {spec.summary} |"
        )
    yield ""


def _sender(spec: TopicSpec) -> str:
    if spec.direction is Direction.OUT:
        return "bridge"
    return "Home Assistant" if spec.name in {"claim", "home_assistant_birth"} else "client"


def _size(limit: int | None) -> str:
    if limit is None:
        return ""
    kib = limit // 1024
    return f"{kib} KiB" if kib < 1024 else f"{kib // 1024} MiB"


def _topic(spec: TopicSpec) -> Iterator[str]:
    retained = "retained" if spec.retain else "not retained"
    yield f"### {spec.name}"
    yield ""
    yield f"`{spec.address}`, sent by {_article(_sender(spec))}, QoS {spec.qos}, {retained}. {spec.summary}"
    yield ""
    yield from _fields(spec.schema)
    yield from _example(spec.example)


def _article(sender: str) -> str:
    return {"bridge": "the bridge", "client": "any client"}.get(sender, sender)


def _verb(verb: Verb) -> Iterator[str]:
    yield f"### request {verb.name}"
    yield ""
    yield verb.summary
    yield ""
    if verb.takes:
        yield f"Ask on `…/bridge/request/{verb.name}`:"
        yield ""
        yield from _fields(verb.request_schema)
    else:
        yield f"Ask on `…/bridge/request/{verb.name}`; it takes nothing but `transaction`."
        yield ""
    yield from _example(verb.request)
    yield f"Answered on `…/bridge/response/{verb.name}`:"
    yield ""
    if verb.gives:
        yield from _fields({"type": "object", "properties": verb.gives, "required": list(verb.gives)})
    yield from _example(verb.response)


def _fields(schema: Schema) -> Iterator[str]:
    rows = list(_rows(schema, ""))
    if not rows:
        meaning = schema.get("description")
        yield from (f"{_type(schema).capitalize()}: {meaning}.", "") if meaning else ()
        return
    yield "| key | type | meaning |"
    yield "| --- | --- | --- |"
    yield from rows
    yield ""
    if schema.get("additionalProperties") is True and "description" in schema:
        yield from (f"An object: {schema['description']}.", "")


def _rows(schema: Schema, path: str) -> Iterator[str]:
    required = schema.get("required", [])
    for name, item in schema.get("properties", {}).items():
        notes = [] if name in required else ["optional"]
        if "default" in item:
            notes.append(f"default `{json.dumps(item['default'])}`")
        meaning = ". ".join(filter(None, [item.get("description", ""), ", ".join(notes)]))
        yield f"| `{path}{name}` | {_type(item)} | {meaning} |"
        if id(item) in _KNOWN:
            continue
        yield from _rows(item, f"{path}{name}.")
        items = item.get("items", {})
        if id(items) not in _KNOWN:
            yield from _rows(items, f"{path}{name}[].")
        values = item.get("additionalProperties")
        if isinstance(values, dict):
            yield from _rows(values, f"{path}{name}.*.")


def _type(schema: Schema) -> str:
    if id(schema) in _KNOWN:
        return f"as in [{_KNOWN[id(schema)]}](#{_KNOWN[id(schema)]})"
    if schema.get("format") == "date-time":
        return "time"
    kinds = schema.get("type", "any")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "enum" in schema:
        words = ", ".join(f"`{word}`" for word in schema["enum"])
        return words + (" or null" if "null" in kinds else "")
    items = schema.get("items", {})
    if id(items) in _KNOWN:
        name = _KNOWN[id(items)]
        return f"list, each as in [{name}](#{name})"
    text = " or ".join("list" if kind == "array" else kind for kind in kinds)
    return f"{text} of {items['type']}s" if items.get("type") in {"string", "integer", "number"} else text


def _example(example: Json) -> Iterator[str]:
    if isinstance(example, str):
        yield from ("```text", example, "```", "")
    else:
        yield from ("```json", json.dumps(example, indent=2, ensure_ascii=False), "```", "")
