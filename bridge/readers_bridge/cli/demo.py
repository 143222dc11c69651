"""``readers-bridge demo``: a broker, simulated devices and a bridge on this machine, with all that happens."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

from readers_bridge.demo.show import Options, show
from readers_bridge.errors import ConfigError
from readers_bridge.families import Family, families

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "demo",
        description="Start a private MQTT broker, simulated devices and a bridge, and show the reads, commands and results "
        "as they happen. Any MQTT client on this machine can join in. Ctrl-C ends all of it and leaves nothing behind.",
        epilog="example: readers-bridge demo --readers 5",
    )
    parser.add_argument(
        "--readers", type=_whole(1, 100), default=3, metavar="N", help="simulated devices of each family (default: 3)"
    )
    parser.add_argument(
        "--port",
        type=_whole(1, 65535),
        metavar="P",
        help="port of the broker (default: 1883, or the next that is free)",
    )
    parser.add_argument(
        "--family", action="append", metavar="F", help="only this family; may be repeated (default: every family)"
    )
    parser.add_argument("--duration", type=_seconds, metavar="S", help="end by itself after this many seconds")
    parser.add_argument("--no-color", action="store_true", help="no colours, on a terminal too")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Show until told to stop; the exit code."""
    options = Options(
        families=_chosen(args.family),
        readers=args.readers,
        port=args.port,
        colours=sys.stdout.isatty() and not args.no_color and not os.environ.get("NO_COLOR"),
    )
    asyncio.run(_until_stopped(options, args.duration))
    return 0


async def _until_stopped(options: Options, duration: float | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOPPING:
        loop.add_signal_handler(number, stop.set)
    if duration is not None:
        loop.call_later(duration, stop.set)
    await show(options, _out, stop)


def _out(text: str) -> None:
    print(text, flush=True)


def _chosen(names: Sequence[str] | None) -> list[Family]:
    able = {name: family for name, family in families().items() if family.demo is not None}
    for name in names or ():
        if name not in able:
            raise ConfigError(f"there is no family {name} to show; choose from: {', '.join(able)}")
    return [able[name] for name in dict.fromkeys(names or able)]


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"a whole number from {low} to {high} is needed, not {text}")
        return int(text)

    return parse


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not number > 0:
        raise argparse.ArgumentTypeError(f"a number of seconds above 0 is needed, not {text}")
    return number
