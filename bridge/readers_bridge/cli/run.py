"""``readers-bridge run``: serve devices until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import signal
from pathlib import Path
from typing import Any

from readers_bridge.errors import ReadersError
from readers_bridge.logs import FORMATS, configure

log = logging.getLogger(__name__)


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "run",
        help="run the bridge",
        description="Run the bridge in the foreground; log to stderr. SIGTERM and Ctrl-C end it cleanly, SIGHUP reloads the "
        "configuration without touching unchanged devices.",
        epilog="example: readers-bridge run --config /etc/readers-bridge/config.yaml",
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the configuration file")
    parser.add_argument(
        "--log-level",
        default="info",
        choices=["debug", "info", "warning", "error"],
        help="what to log (default: info; debug shows what people hold to the readers)",
    )
    parser.add_argument(
        "--log-format", default="text", choices=FORMATS, help="readable text or JSON lines (default: text)"
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Serve; the exit code."""
    from readers_bridge.config import load, warnings  # noqa: PLC0415

    configure(args.log_level, args.log_format)
    config = load(args.config)
    for warning in warnings(config):
        log.warning("%s", warning)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(config))
    return 0


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
    with contextlib.ExitStack() as stack:
        if config.metrics is not None:
            from readers_bridge.metrics import serve  # noqa: PLC0415

            stack.callback(serve(bridge, config.metrics))
        await bridge.run()


async def _reload(bridge: Any) -> None:
    try:
        await bridge.reload()
    except ReadersError as error:
        log.error("the configuration was not reloaded: %s", error)  # noqa: TRY400
        for problem in getattr(error, "problems", ()):
            log.error("%s", problem)


def _unforeseen(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    log.error("%s: %r", context.get("message", "unforeseen"), context.get("exception"))
