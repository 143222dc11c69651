"""SpringCard: SpringCore readers in Smart Reader mode, over TCP, UDP, serial lines and USB virtual COM ports."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from readers_bridge.families import Demo, Family, Found, Host
from readers_bridge.families.springcard.options import SCHEMA, problems

if TYPE_CHECKING:
    from readers_bridge.families import Driver
    from readers_bridge.model import DeviceConfig

# What follows imports the parts only when they are used.
# ruff: noqa: PLC0415


def _driver(config: DeviceConfig, host: Host) -> Driver:
    from readers_bridge.families.springcard.driver import SpringCardDriver

    return SpringCardDriver(config, host)


def _add_simulator_arguments(parser: argparse.ArgumentParser) -> None:
    from readers_bridge.families.springcard.simulator import add_arguments

    add_arguments(parser)


async def _simulate(args: argparse.Namespace) -> int:
    from readers_bridge.families.springcard.simulator import simulate

    return await simulate(args)


def _demo(count: int) -> AbstractAsyncContextManager[Sequence[Mapping[str, Any]]]:
    from readers_bridge.families.springcard.simulator import demo

    return demo(count)


def _discover(seconds: float) -> AsyncIterator[Found]:
    from readers_bridge.families.springcard.discovery import discover

    return discover(seconds)


FAMILY = Family(
    name="springcard",
    title="SpringCard SpringCore Smart Readers",
    schemes={"tcp": 4000, "udp": 4000, "serial": None},
    driver=_driver,
    options=SCHEMA,
    check=problems,
    add_simulator_arguments=_add_simulator_arguments,
    simulate=_simulate,
    discover=_discover,
    demo=Demo(_demo),
)
