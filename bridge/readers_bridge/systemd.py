"""The service manager's notification protocol (sd_notify(3)); does nothing when started otherwise."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from contextlib import suppress


def notify(*lines: str) -> None:
    """Send ``READY=1``, ``STATUS=…`` and the like."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with (
        suppress(OSError),  # the manager may be gone; nothing depends on it
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock,
    ):
        sock.sendto("\n".join(lines).encode(), address)


def reloading() -> None:
    """Tell that the configuration is being applied; ``READY=1`` ends it."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")


def watchdog_interval() -> float | None:
    """Seconds between two signs of life that the manager expects, or None."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    if not microseconds.isdigit() or os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(microseconds) / 2_000_000


async def keep_alive(interval: float) -> None:
    """Show signs of life, as long as the event loop has any."""
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(interval)
