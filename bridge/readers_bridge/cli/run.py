"""``readers-bridge run``: serve devices until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from readers_bridge.cli import exit_code
from readers_bridge.errors import ReadersError
from readers_bridge.logs import FORMATS, LEVELS, configure

log = logging.getLogger(__name__)

SWITCH_INTERVAL = 0.0005
"""Seconds that the event loop may keep the journal's thread waiting for its turn."""


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "run",
        help="run the bridge",
        description="Run the bridge in the foreground; log to stderr. SIGTERM and Ctrl-C end it cleanly, SIGHUP reloads the "
        "configuration without touching unchanged devices. A broker or a device that cannot be reached is tried again. "
        "Exit codes: 0 ended by a signal, 1 failed, 2 the configuration cannot be used, 4 another bridge with this id or "
        "this data directory runs.",
        epilog="example: readers-bridge run --config config.yaml --log-format json",
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the configuration file")
    parser.add_argument(
        "--log-level",
        default="info",
        choices=LEVELS,
        help="what to log (default: info; debug shows what people hold to the readers)",
    )
    parser.add_argument(
        "--log-format", default="text", choices=FORMATS, help="readable text or JSON lines (default: text)"
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Serve; the exit code."""
    configure(args.log_level, args.log_format)
    try:
        _run(args.config)
    except ReadersError as error:
        if args.log_format == "text":
            raise
        for text in (error, *getattr(error, "problems", ())):  # who reads JSON gets JSON to the end
            log.error("%s", text)
        return exit_code(error)
    return 0


def _run(path: Path) -> None:
    from readers_bridge.config import load, warnings  # noqa: PLC0415

    config = load(path)
    for warning in warnings(config):
        log.warning("%s", warning)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the bridge listens to it, there is nothing to end cleanly
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(config))


def _loop_factory() -> Any:
    if os.environ.get("READERS_NO_UVLOOP"):
        return None
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(config: Any) -> None:
    from readers_bridge.bridge import Bridge  # noqa: PLC0415

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_unforeseen)
    bridge = Bridge(config)
    reloads: set[asyncio.Task[None]] = set()

    def reload() -> None:
        task = asyncio.create_task(_reload(bridge))
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, bridge.stop)
    loop.add_signal_handler(signal.SIGHUP, reload)
    gc.freeze()
    sys.setswitchinterval(SWITCH_INTERVAL)
    with contextlib.ExitStack() as stack:
        if config.metrics is not None:
            from readers_bridge.metrics import serve  # noqa: PLC0415

            stack.callback(serve(bridge, config.metrics))
        await bridge.run()


async def _reload(bridge: Any) -> None:
    try:
        await bridge.reload()
    except ReadersError as error:
        log.error("the configuration was not reloaded: %s", error)
        for problem in getattr(error, "problems", ()):
            log.error("%s", problem)


def _unforeseen(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    log.error("%s: %r", context.get("message", "unforeseen"), context.get("exception"))
