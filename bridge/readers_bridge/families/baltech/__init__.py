"""BALTECH: ID-engine readers in Autoread mode, over serial lines, USB, TCP, and connections that the reader opens."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from readers_bridge.families import Demo, Family, Found, Host
from readers_bridge.families.baltech.options import SCHEMA, Protocol, problems

if TYPE_CHECKING:
    from readers_bridge.families import Driver, Remote
    from readers_bridge.model import DeviceConfig, JsonObject

# What follows imports the parts only when they are used.
# ruff: noqa: PLC0415


def _driver(config: DeviceConfig, host: Host) -> Driver:
    if config.options.get("protocol") == Protocol.RAW_SERIAL:
        from readers_bridge.families.baltech.raw_driver import RawSerialDriver

        return RawSerialDriver(config, host)
    from readers_bridge.families.baltech.driver import BaltechDriver

    return BaltechDriver(config, host)


def _add_simulator_arguments(parser: argparse.ArgumentParser) -> None:
    from readers_bridge.families.baltech.simulator import add_arguments

    add_arguments(parser)


async def _simulate(args: argparse.Namespace) -> int:
    from readers_bridge.families.baltech.simulator import simulate

    return await simulate(args)


def _demo(count: int) -> AbstractAsyncContextManager[Sequence[Mapping[str, Any]]]:
    from readers_bridge.families.baltech.simulator import demo

    return demo(count)


def _discover(seconds: float) -> AsyncIterator[Found]:
    from readers_bridge.families.baltech.discovery import discover

    return discover(seconds)


async def _compile_script(body: JsonObject) -> JsonObject:
    from readers_bridge.families.baltech.compile_request import compile_script

    return await compile_script(body)


def _add_cli(subparsers: Any, remote: Remote) -> None:
    from readers_bridge.families.baltech.cli import add

    add(subparsers, remote)


FAMILY = Family(
    name="baltech",
    title="BALTECH ID-engine readers",
    schemes={"serial": None, "tcp": 2939, "hid": None, "tcp-listen": 2939},
    driver=_driver,
    options=SCHEMA,
    check=problems,
    secret_options=frozenset({"key"}),
    add_simulator_arguments=_add_simulator_arguments,
    simulate=_simulate,
    discover=_discover,
    demo=Demo(_demo),
    requests={"compile_script": _compile_script},
    add_cli=_add_cli,
)
