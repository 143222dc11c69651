"""``readers-bridge simulate``: simulated devices, for trying things out."""

from __future__ import annotations

import argparse
import asyncio
import signal
from typing import Any

from readers_bridge.families import Family, families

DONE = 0


def add(subparsers: Any) -> None:
    """Add the command, with a sub-command for each family that has a simulator."""
    parser = subparsers.add_parser(
        "simulate",
        description="Run simulated devices in the foreground, with the limits and faults of real ones; Ctrl-C ends them. "
        "A bridge connects to them as to real devices.",
        epilog="example: readers-bridge simulate springcard --help",
    )
    names = parser.add_subparsers(title="families", metavar="FAMILY", required=True)
    for family in families().values():
        if family.simulate is not None:
            options = names.add_parser(
                family.name,
                help=family.title,
                description=f"Simulated devices of the family {family.title}.",
                epilog=f"example: readers-bridge simulate {family.name}",
            )
            if family.add_simulator_arguments is not None:
                family.add_simulator_arguments(options)
            options.set_defaults(func=run, family=family)


def run(args: argparse.Namespace) -> int:
    """Simulate until told to stop; the exit code."""
    return asyncio.run(_simulate(args.family, args))


async def _simulate(family: Family, args: argparse.Namespace) -> int:
    assert family.simulate is not None
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await family.simulate(args)
    except asyncio.CancelledError:
        return DONE
