"""The AsyncAPI document of the contract, and the reference part of docs/mqtt.md: ``python -m readers_bridge.mqtt.asyncapi``.

Source: AsyncAPI 3.0.0 and its MQTT binding 0.2.0. Actions are seen from the bridge, which is the application here.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from readers_bridge import CONTRACT
from readers_bridge.model import Json, JsonObject
from readers_bridge.mqtt.messages import ID
from readers_bridge.mqtt.reference import reference
from readers_bridge.mqtt.topics import TOPICS, Direction, TopicSpec
from readers_bridge.mqtt.verbs import VERBS

DOCS = Path(__file__).parents[3] / "docs"
BEGIN = "<!-- written by readers_bridge.mqtt.asyncapi from here -->"
END = "<!-- to here -->"

_PARAMETERS: dict[str, JsonObject] = {
    "prefix": {"description": "First level of the topics; `mqtt.prefix` of the configuration.", "default": "readers"},
    "bridge": {"description": f"Id of the bridge: {ID}", "examples": ["home"]},
    "device": {"description": f"Configured id of a device: {ID}", "examples": ["front-door"]},
    "command": {"description": "Name of a command of the device's description.", "examples": ["beep"]},
    "discovery_prefix": {"description": "`home_assistant.discovery_prefix`.", "default": "homeassistant"},
    "birth_topic": {"description": "`home_assistant.birth_topic`.", "default": "homeassistant/status"},
}


def document() -> JsonObject:
    """The AsyncAPI document."""
    specs = list(_expanded())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "readers",
            "version": f"{CONTRACT}.0.0",
            "description": "What a readers bridge says and hears over MQTT. Explained in mqtt.md.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "{host}",
                "protocol": "mqtt",
                "protocolVersion": "5",
                "description": "Any MQTT 5 broker; MQTT 3.1.1 does, with the limits that mqtt.md names.",
                "variables": {"host": {"default": "localhost:1883"}},
                "bindings": {
                    "mqtt": {
                        "clientId": "readers-{bridge}",
                        "cleanSession": True,
                        "lastWill": {
                            "topic": "{prefix}/{bridge}/bridge/state",
                            "qos": 1,
                            "message": '{"state":"offline"}',
                            "retain": True,
                        },
                        "bindingVersion": "0.2.0",
                    }
                },
            }
        },
        "channels": {spec.name: _channel(spec) for spec in specs},
        "operations": dict(_operation(spec) for spec in specs),
        "components": {
            "messages": {spec.name: _message(spec) for spec in specs},
            "schemas": {spec.name: _linked(spec.schema, inner=True) for spec in specs},
            "parameters": _PARAMETERS,
        },
    }


def _expanded() -> Iterator[TopicSpec]:
    """The topics, with one request and one response for each verb."""
    for spec in TOPICS:
        if spec.name not in {"request", "response"}:
            yield spec
            continue
        for verb in VERBS:
            asked = spec.name == "request"
            yield TopicSpec(
                f"{spec.name}_{verb.name}",
                spec.address.replace("{verb}", verb.name),
                spec.direction,
                spec.qos,
                spec.retain,
                verb.summary if asked else spec.summary,
                verb.request_schema if asked else verb.response_schema,
                verb.request if asked else verb.response,
                spec.limit,
            )


def _channel(spec: TopicSpec) -> JsonObject:
    channel: JsonObject = {
        "address": spec.address,
        "description": spec.summary,
        "messages": {spec.name: {"$ref": f"#/components/messages/{spec.name}"}},
    }
    if names := re.findall(r"\{(\w+)\}", spec.address):
        channel["parameters"] = {name: {"$ref": f"#/components/parameters/{name}"} for name in names}
    if spec.limit is not None:
        channel["x-max-bytes"] = spec.limit
    return channel


def _operation(spec: TopicSpec) -> tuple[str, JsonObject]:
    action = "send" if spec.direction is Direction.OUT else "receive"
    operation: JsonObject = {
        "action": action,
        "channel": {"$ref": f"#/channels/{spec.name}"},
        "messages": [{"$ref": f"#/channels/{spec.name}/messages/{spec.name}"}],
        "bindings": {"mqtt": {"qos": spec.qos, "retain": spec.retain, "bindingVersion": "0.2.0"}},
    }
    answer = "result" if spec.name == "command" else spec.name.replace("request_", "response_")
    if answer != spec.name:
        operation["reply"] = {
            "channel": {"$ref": f"#/channels/{answer}"},
            "messages": [{"$ref": f"#/channels/{answer}/messages/{answer}"}],
        }
    return f"{action}_{spec.name}", operation


def _message(spec: TopicSpec) -> JsonObject:
    message: JsonObject = {
        "name": spec.name,
        "summary": spec.summary,
        "payload": {"$ref": f"#/components/schemas/{spec.name}"},
    }
    if isinstance(spec.example, str):
        message["contentType"] = "text/plain"
    if "transaction" in spec.schema.get("properties", {}):
        message["correlationId"] = {"location": "$message.payload#/transaction"}
    return message | {"examples": [{"payload": spec.example}]}


_SHARED = {id(spec.schema): spec.name for spec in TOPICS}


def _linked(schema: Any, *, inner: bool = False) -> Any:
    """The schema, with a reference in place of each part that is the schema of another topic."""
    if isinstance(schema, dict):
        if not inner and id(schema) in _SHARED:
            return {"$ref": f"#/components/schemas/{_SHARED[id(schema)]}"}
        return {key: _linked(item) for key, item in schema.items()}
    return schema


class _Dumper(yaml.SafeDumper):
    """Writes everything out: no anchors for what is used twice."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def to_yaml(value: Json) -> str:
    """YAML as it is checked in."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def with_reference(text: str) -> str:
    """The text of docs/mqtt.md with its reference part renewed.

    Raises:
        ValueError: the text has no place for it.
    """
    before, found, rest = text.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError(f"the text must contain a line {BEGIN} and after it a line {END}")
    return f"{before}{BEGIN}\n\n{reference()}\n{END}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write both documents; with ``--check`` only tell whether they differ."""
    parser = argparse.ArgumentParser(prog="python -m readers_bridge.mqtt.asyncapi", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a document is out of date")
    parser.add_argument("--docs", type=Path, default=DOCS, help="folder of the documents (%(default)s)")
    options = parser.parse_args(arguments)
    guide = options.docs / "mqtt.md"
    wanted = {guide: with_reference(guide.read_text("utf-8")), options.docs / "asyncapi.yaml": to_yaml(document())}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if not options.check:
            path.write_text(wanted[path], "utf-8")
        sys.stdout.write(f"{path} {'is out of date' if options.check else 'written'}\n")
    return int(options.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
