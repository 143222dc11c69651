"""The configuration: one YAML file, checked completely, as frozen data (docs/configuration.md)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from readers_bridge import yaml_file
from readers_bridge.addresses import parse_host_port
from readers_bridge.config_devices import device_configs
from readers_bridge.config_findings import Findings
from readers_bridge.config_schema import FILE_SCHEMA, SECTIONS, default_data_dir
from readers_bridge.config_warnings import warnings
from readers_bridge.errors import ConfigError
from readers_bridge.model import DeviceConfig
from readers_bridge.validation import Problem

__all__ = [
    "BridgeConfig",
    "Config",
    "HomeAssistantConfig",
    "JournalConfig",
    "MetricsConfig",
    "MqttConfig",
    "TlsConfig",
    "examine",
    "load",
    "warnings",
]

VERSION = 1
"""Of the file. A version 2 comes with a pure function from the data of version 1 to that of version 2, called in ``_parse``."""

PORT, TLS_PORT = 1883, 8883


@dataclass(frozen=True, slots=True)
class TlsConfig:
    """How the broker is checked, and how we show who we are. Without ``ca``: the system's certificates."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    verify_hostname: bool = True


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """The broker. ``hosts``: tried in this order. ``protocol``: auto, 5 or 3.1.1. ``keepalive``: seconds."""

    hosts: tuple[tuple[str, int], ...] = (("localhost", PORT),)
    username: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    prefix: str = "readers"
    tls: TlsConfig | None = None
    protocol: str = "auto"
    keepalive: int = 30


@dataclass(frozen=True, slots=True)
class HomeAssistantConfig:
    """``discovery``: auto, on or off."""

    discovery: str = "auto"
    discovery_prefix: str = "homeassistant"
    birth_topic: str = "homeassistant/status"


@dataclass(frozen=True, slots=True)
class JournalConfig:
    """``durability``: process or power. ``max_age``: seconds."""

    durability: str = "process"
    max_bytes: int = 256 * 1024 * 1024
    max_age: float = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class MetricsConfig:
    """Where to listen for Prometheus."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class BridgeConfig:
    """The bridge itself. ``data_dir``: the journal and what is remembered."""

    id: str = "home"
    data_dir: Path = dataclasses.field(default_factory=default_data_dir)


@dataclass(frozen=True, slots=True)
class Config:
    """All of the file. ``inline_secrets``: paths of the secrets that stand in the file itself."""

    bridge: BridgeConfig = dataclasses.field(default_factory=BridgeConfig)
    mqtt: MqttConfig = dataclasses.field(default_factory=MqttConfig)
    home_assistant: HomeAssistantConfig = dataclasses.field(default_factory=HomeAssistantConfig)
    journal: JournalConfig = dataclasses.field(default_factory=JournalConfig)
    metrics: MetricsConfig | None = None
    devices: tuple[DeviceConfig, ...] = ()
    path: Path | None = None
    inline_secrets: tuple[str, ...] = ()


def load(path: Path) -> Config:
    """The configuration in a file.

    Raises:
        ConfigError: it cannot be used; ``problems`` has every reason, each with its line and path.
    """
    config, found = examine(path)
    if config is None:
        count = "one problem" if len(found) == 1 else f"{len(found)} problems"
        raise ConfigError(f"{path} has {count}", tuple(map(str, found)))
    return config


def examine(path: Path) -> tuple[Config | None, tuple[Problem, ...]]:
    """The configuration in a file, or all that is wrong with it, in the order of the file.

    Raises:
        ConfigError: the file cannot be read, or is no YAML.
    """
    document = yaml_file.read(path)
    findings = Findings(document)
    config = _parse(document.data, findings, path)
    return (None if findings.problems else config), tuple(sorted(findings.problems, key=lambda one: one.line or 0))


def _parse(data: Any, findings: Findings, path: Path) -> Config | None:
    if not isinstance(data, Mapping):
        findings.add((), f"expected lines `key: value`, the first one `version: {VERSION}`, not {findings.shown(())}")
        return None
    version = data.get("version")
    if isinstance(version, int) and version > VERSION:
        findings.add(("version",), f"{version} is written for a newer version of readers-bridge; update readers-bridge")
        return None
    if "version" in data and (version != VERSION or isinstance(version, bool)):
        findings.add(("version",), f"expected {VERSION}, not {findings.shown(('version',))}")
    present = {key: value for key, value in data.items() if value is not None or key not in {*SECTIONS, "devices"}}
    findings.secrets.add(("mqtt", "password"))
    sections = findings.validate(FILE_SCHEMA, present)
    entries = present.get("devices", [])
    devices = device_configs(entries, findings) if isinstance(entries, list) else ()
    if sections is None:
        return None
    _check_mqtt(sections["mqtt"], findings)
    _check_topics(sections, findings)
    journal = sections["journal"]
    return Config(
        bridge=_bridge(sections["bridge"], path.parent),
        mqtt=_mqtt(sections["mqtt"], path.parent),
        home_assistant=HomeAssistantConfig(**sections["home_assistant"]),
        journal=JournalConfig(journal["durability"], journal["max_size"], journal["keep"]),
        metrics=MetricsConfig(*sections["metrics"]["listen"]) if "metrics" in sections else None,
        devices=devices,
        path=path,
        inline_secrets=findings.inline_secrets(),
    )


def _check_mqtt(mqtt: Mapping[str, Any], findings: Findings) -> None:
    if "host" in mqtt and "hosts" in mqtt:
        findings.add(("mqtt", "hosts"), "stands beside host; keep one of the two")
    if "password" in mqtt and "username" not in mqtt:
        findings.add(("mqtt", "password"), "a password needs a username")
    tls = mqtt["tls"]
    if isinstance(tls, Mapping) and "key" in tls and "certificate" not in tls:
        findings.add(("mqtt", "tls", "key"), "a key needs a certificate")


def _check_topics(sections: Mapping[str, Any], findings: Findings) -> None:
    prefix, discovery = sections["mqtt"]["prefix"], sections["home_assistant"]["discovery_prefix"]
    if prefix == discovery.partition("/")[0]:
        findings.add(
            ("mqtt", "prefix"),
            f"{findings.shown(('mqtt', 'prefix'))} is Home Assistant's discovery prefix; choose another one",
        )


def _bridge(bridge: Mapping[str, Any], folder: Path) -> BridgeConfig:
    if "data_dir" in bridge:
        return BridgeConfig(bridge["id"], folder / bridge["data_dir"])
    return BridgeConfig(bridge["id"])


def _mqtt(mqtt: Mapping[str, Any], folder: Path) -> MqttConfig:
    tls = None
    if mqtt["tls"] is not False:
        given: Mapping[str, Any] = {} if mqtt["tls"] is True else mqtt["tls"]
        files = {key: folder / value for key, value in given.items() if isinstance(value, Path)}
        tls = TlsConfig(**files, verify_hostname=given.get("verify_hostname", True))
    port = mqtt.get("port", PORT if tls is None else TLS_PORT)
    hosts = mqtt.get("hosts") or [mqtt.get("host", "localhost")]
    return MqttConfig(
        hosts=tuple(parse_host_port(host, port) for host in hosts),
        username=mqtt.get("username"),
        password=mqtt.get("password"),
        prefix=mqtt["prefix"],
        tls=tls,
        protocol=mqtt["protocol"],
        keepalive=mqtt["keepalive"],
    )
