"""Star: receipt printers with Ethernet interface cards (IFBD-HE, IFBD-BE and relatives), over TCP."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from readers_bridge.families import Demo, Family, Found, Host
from readers_bridge.families.star.options import SCHEMA, problems

if TYPE_CHECKING:
    from readers_bridge.families import Driver
    from readers_bridge.model import DeviceConfig

# What follows imports the parts only when they are used.
# ruff: noqa: PLC0415


def _driver(config: DeviceConfig, host: Host) -> Driver:
    from readers_bridge.families.star.driver import StarDriver

    return StarDriver(config, host)


def _add_simulator_arguments(parser: argparse.ArgumentParser) -> None:
    from readers_bridge.families.star.simulator import add_arguments

    add_arguments(parser)


async def _simulate(args: argparse.Namespace) -> int:
    from readers_bridge.families.star.simulator import simulate

    return await simulate(args)


def _demo(count: int) -> AbstractAsyncContextManager[Sequence[Mapping[str, Any]]]:
    from readers_bridge.families.star.simulator import demo

    return demo(count)


def _discover(seconds: float) -> AsyncIterator[Found]:
    from readers_bridge.families.star.discovery import discover

    return discover(seconds)


FAMILY = Family(
    name="star",
    title="Star printers with Ethernet interface cards",
    schemes={"tcp": None},
    driver=_driver,
    options=SCHEMA,
    check=problems,
    secret_options=frozenset({"password"}),
    add_simulator_arguments=_add_simulator_arguments,
    simulate=_simulate,
    discover=_discover,
    demo=Demo(_demo),
)
"""``connection`` names a host only; the ports are ``?management=22222&print=9100&status=9101`` unless it says otherwise."""
