"""Devices to configure, and stand-ins for the families they belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import voluptuous as vol

from readers_bridge.config import Config
from readers_bridge.families import Driver, Family, Host
from readers_bridge.model import DeviceConfig

Load = Callable[[str], Config]
"""The configuration in a text."""

Problems = Callable[[str], list[str]]
"""What is wrong with the configuration in a text."""


def device(**keys: Any) -> str:
    entry = {"id": "a", "family": "springcard", "connection": "tcp://192.0.2.10", **keys}
    lines = [f"{key}: {value}" for key, value in entry.items() if value is not None]
    return "  - " + "\n    ".join(lines) + "\n"


def with_devices(*devices: str) -> str:
    return "version: 1\ndevices:\n" + "".join(devices)


def _no_driver(_config: DeviceConfig, _host: Host) -> Driver:
    raise NotImplementedError


def _contradictions(config: DeviceConfig) -> list[str]:
    if config.options["peripheral"] == "buzzer" and "password" in config.options:
        return ["peripheral: a buzzer needs no password"]
    return []


FAMILIES = {
    "springcard": Family(
        "springcard",
        "SpringCard",
        {"tcp": 4000, "udp": 4000, "serial": None},
        _no_driver,
        options={
            vol.Optional("repeats", default="drop"): vol.In(["drop", "mark"]),
            vol.Optional("repeat_window", default=3.5): vol.All(float, vol.Range(0, 3600)),
            vol.Optional("tracking", default=False): bool,
        },
    ),
    "baltech": Family("baltech", "Baltech", {"serial": None, "tcp": 2939, "tcp-listen": 2939}, _no_driver),
    "transcore": Family(
        "transcore",
        "TransCore",
        {"serial": None, "tcp": 2101},
        _no_driver,
        options={vol.Optional("protocol", default="basic"): vol.In(["basic", "data_inquiry", "ecp"])},
    ),
    "star": Family(
        "star",
        "Star",
        {"tcp": None},
        _no_driver,
        options={
            vol.Optional("password"): str,
            vol.Optional("peripheral", default="drawer"): vol.In(["drawer", "buzzer"]),
        },
        check=_contradictions,
        secret_options=frozenset({"password"}),
    ),
}
