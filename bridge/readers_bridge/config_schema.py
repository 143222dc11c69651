"""What may stand in the configuration file, as voluptuous schemas."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import voluptuous as vol

from readers_bridge.addresses import parse_address, parse_host, parse_host_port
from readers_bridge.families import Family
from readers_bridge.model import Privacy
from readers_bridge.mqtt.messages import ID
from readers_bridge.mqtt.topics import RESERVED_BRIDGES, RESERVED_DEVICES

DISCOVERY_MODES = ("auto", "on", "off")
PROTOCOLS = ("auto", "5", "3.1.1")
DURABILITIES = ("process", "power")

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)")
MIN_JOURNAL = 2**20
"""Bytes; the smallest journal."""


class _Text:
    """A text that ``take`` turns into a value; the text of its ValueError completes a sentence that begins with the text."""

    def __init__(self, expected: str, take: Callable[[str], Any]) -> None:
        self.expected = expected
        self._take = take

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise vol.TypeInvalid("expected str")
        try:
            return self._take(value)
        except ValueError as error:
            raise vol.Invalid(str(error)) from None


def identifier(reserved: frozenset[str] = frozenset()) -> Any:
    """An id: a topic level that every broker and Home Assistant take."""

    def take(text: str) -> str:
        if not re.fullmatch(ID, text):
            raise ValueError(
                "must be 1 to 63 lower-case letters, digits, _ and -, beginning with a letter or digit" + _slug(text)
            )
        if text in reserved:
            raise ValueError(f"is reserved for topics of the bridge; choose another id, as {text}-1")
        return text

    return _Text("a text of lower-case letters, digits, _ and -", take)


def _slug(text: str) -> str:
    slug = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:63]
    return f"; how about {slug}?" if slug else ""


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("must not be empty; leave the key out instead")
    return text


def _topic(text: str) -> str:
    if not text or any(char in text for char in "+#\0") or text.startswith(("/", "$")) or text.endswith("/"):
        raise ValueError("must be a topic without + and #, and without / at its ends")
    return text


def _size(text: str) -> int:
    size = int(_quantity(text, _UNITS, "must be a size, as 256MB or 1GiB"))
    if size < MIN_JOURNAL:
        raise ValueError("must be 1MiB or more")
    return size


def _age(text: str) -> float:
    age = _quantity(text, _SECONDS, "must be a time, as 7d, 12h or 30min")
    if age <= 0:
        raise ValueError("must be more than nothing")
    return age


def _quantity(text: str, units: Mapping[str, float], expected: str) -> float:
    parts = _QUANTITY.fullmatch(text.strip())
    if parts is None or parts[2].lower() not in units:
        raise ValueError(expected)
    return float(parts[1]) * units[parts[2].lower()]


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _on_off(value: Any) -> Any:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


def _broker_host(text: str) -> str:
    if "://" in text:
        raise ValueError("must be a host without scheme; for TLS set tls: true")
    if text.count(":") == 1:
        raise ValueError("must be a host alone; the port belongs to mqtt.port")
    return parse_host(text)


def _broker(text: str) -> str:
    parse_host_port(text, 1883)
    return text


def quantity(expected: str, take: Callable[[str], Any]) -> Any:
    """A number, or a text of a number and its unit."""
    return vol.All(_as_text, _Text(expected, take))


TEXT = _Text("a text", _not_empty)
PORT = vol.All(int, vol.Range(1, 65535))
FILE = _Text("a text, the name of a file", lambda text: Path(text).expanduser())
HOST = _Text("a text, a host name or an IP address", _broker_host)
TOPIC = _Text("a text, a topic", _topic)


DEVICE_ID = identifier(RESERVED_DEVICES)


def default_data_dir() -> Path:
    """The state directory that systemd gives a service, else the user's."""
    service = os.environ.get("STATE_DIRECTORY")
    if service:
        return Path(service.partition(":")[0])
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "readers-bridge"


BRIDGE = {
    vol.Optional("id", default="home"): identifier(RESERVED_BRIDGES),
    vol.Optional("data_dir"): FILE,
}
TLS = {
    vol.Optional("ca"): FILE,
    vol.Optional("certificate"): FILE,
    vol.Optional("key"): FILE,
    vol.Optional("verify_hostname", default=True): bool,
}
MQTT = {
    vol.Optional("host"): HOST,
    vol.Optional("hosts"): vol.All([_Text("a text, as broker:1883", _broker)], vol.Length(min=1)),
    vol.Optional("port"): PORT,
    vol.Optional("username"): TEXT,
    vol.Optional("password"): str,
    vol.Optional("prefix", default="readers"): identifier(),
    vol.Optional("tls", default=False): vol.Any(bool, TLS),
    vol.Optional("protocol", default="auto"): vol.All(_as_text, vol.In(PROTOCOLS)),
    vol.Optional("keepalive", default=30): vol.All(int, vol.Range(5, 65535)),
}
HOME_ASSISTANT = {
    vol.Optional("discovery", default="auto"): vol.All(_on_off, vol.In(DISCOVERY_MODES)),
    vol.Optional("discovery_prefix", default="homeassistant"): TOPIC,
    vol.Optional("birth_topic", default="homeassistant/status"): TOPIC,
}
JOURNAL = {
    vol.Optional("durability", default="process"): vol.In(DURABILITIES),
    vol.Optional("max_size", default="256MiB"): quantity("a size, as 256MB", _size),
    vol.Optional("keep", default="7d"): quantity("a time, as 7d", _age),
}
METRICS = {
    vol.Required("listen"): _Text("a text, as 127.0.0.1:9464", lambda text: parse_host_port(text, None)),
}
SECTIONS: Mapping[str, Any] = {
    "bridge": BRIDGE,
    "mqtt": MQTT,
    "home_assistant": HOME_ASSISTANT,
    "journal": JOURNAL,
    "metrics": METRICS,
}
FILE_SCHEMA: Mapping[Any, Any] = {
    vol.Required("version"): object,
    **{vol.Optional(key, default=dict): schema for key, schema in SECTIONS.items() if key != "metrics"},
    vol.Optional("metrics"): METRICS,
    vol.Optional("devices", default=list): list,
}


def device_schema(family: Family | None) -> dict[Any, Any]:
    """An entry of ``devices``; without a family, of one whose family nobody knows."""
    schema: dict[Any, Any] = {
        vol.Required("id"): DEVICE_ID,
        vol.Required("family"): str,
        vol.Required("connection"): str if family is None else connection(family),
        vol.Optional("name"): TEXT,
        vol.Optional("credential"): vol.Coerce(Privacy),
        vol.Optional("late_after"): vol.All(float, vol.Range(min=0, max=86400, min_included=False)),
    }
    return {**schema, **(family.options if family is not None else {vol.Extra: object})}


def connection(family: Family) -> Any:
    """A connection URL of one of the family's schemes."""
    schemes = ", ".join(f"{scheme}://" for scheme in family.schemes)
    return _Text(f"a text, a connection with {schemes}", lambda text: parse_address(text, family.schemes))
