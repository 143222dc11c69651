"""TransCore: MPRX and Encompass tag readers in basic, data inquiry and error correcting protocol, over serial lines and TCP."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from readers_bridge.families import Demo, Family, Host
from readers_bridge.families.transcore.options import SCHEMA, problems

if TYPE_CHECKING:
    from readers_bridge.families import Driver
    from readers_bridge.model import DeviceConfig

# What follows imports the parts only when they are used.
# ruff: noqa: PLC0415


def _driver(config: DeviceConfig, host: Host) -> Driver:
    from readers_bridge.families.transcore.driver import TransCoreDriver

    return TransCoreDriver(config, host)


def _add_simulator_arguments(parser: argparse.ArgumentParser) -> None:
    from readers_bridge.families.transcore.simulator import add_arguments

    add_arguments(parser)


async def _simulate(args: argparse.Namespace) -> int:
    from readers_bridge.families.transcore.simulator import simulate

    return await simulate(args)


def _demo(count: int) -> AbstractAsyncContextManager[Sequence[Mapping[str, Any]]]:
    from readers_bridge.families.transcore.simulator import demo

    return demo(count)


FAMILY = Family(
    name="transcore",
    title="TransCore MPRX and Encompass tag readers",
    schemes={"serial": None, "tcp": 10001},
    driver=_driver,
    options=SCHEMA,
    check=problems,
    add_simulator_arguments=_add_simulator_arguments,
    simulate=_simulate,
    demo=Demo(_demo),
)
