"""A private MQTT broker for the demonstration: Mosquitto, or amqtt where there is no Mosquitto."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from readers_bridge.demo.child import Child, child_process
from readers_bridge.errors import BrokerUnreachableError

HOST = "127.0.0.1"
PORTS = range(1883, 1893)
START_TIMEOUT = 5.0
"""Seconds a broker may take until it listens."""

MOSQUITTO_CONFIG = """\
listener {port} {host}
allow_anonymous true
persistence false
log_dest stderr
"""
AMQTT_CONFIG = """\
listeners:
  default:
    type: tcp
    bind: {host}:{port}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin:
    allow_anonymous: true
"""


@dataclass(frozen=True, slots=True)
class Software:
    """A broker that can be run: its name, the command without the configuration file, and what that file says."""

    name: str
    command: tuple[str, ...]
    config: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PrivateBroker:
    """A running broker that listens on this machine only."""

    software: Software
    port: int
    process: Child


def installed_software() -> Software:
    """The best broker of this machine.

    Raises:
        BrokerUnreachableError: there is none.
    """
    mosquitto = shutil.which("mosquitto") or shutil.which(
        "mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"
    )
    if mosquitto is not None:
        return Software("Mosquitto", (mosquitto, "-c"), MOSQUITTO_CONFIG)
    if find_spec("amqtt") is not None:
        note = "Mosquitto is not installed; amqtt takes its place. It speaks MQTT 3.1.1 only, so nothing of MQTT 5 is seen."
        return Software("amqtt", (sys.executable, "-m", "amqtt.scripts.broker_script", "-c"), AMQTT_CONFIG, note)
    raise BrokerUnreachableError(
        "the demo needs an MQTT broker and finds none; install Mosquitto (Debian: apt-get install mosquitto) "
        "or the pure-Python one (pip install 'readers-bridge[demo]')"
    )


def free_ports(wanted: int | None) -> Iterator[int]:
    """Ports of 127.0.0.1 on which nobody listens: the wanted one, else MQTT's own, its neighbours, and any."""
    for port in (wanted,) if wanted is not None else (*PORTS, 0):
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((HOST, port))
            except OSError:
                continue
            free = int(sock.getsockname()[1])
        yield free


@asynccontextmanager
async def private_broker(folder: Path, port: int | None = None) -> AsyncIterator[PrivateBroker]:
    """Run a broker on 127.0.0.1 while the block is open; it keeps nothing and lets every local program in.

    Raises:
        BrokerUnreachableError: there is no broker to run, no port for it, or it ended at once.
    """
    software = installed_software()
    config = folder / "broker.conf"
    last_words = ""
    for candidate in free_ports(port):
        config.write_text(software.config.format(host=HOST, port=candidate))
        async with AsyncExitStack() as stack:
            process = await stack.enter_async_context(child_process(*software.command, str(config)))
            if await _listens(process, candidate):
                yield PrivateBroker(software, candidate, process)
                return
            last_words = process.last_words
    if last_words:
        raise BrokerUnreachableError(f"{software.name} did not start; it said:\n{last_words}")
    raise BrokerUnreachableError(
        f"port {port} of {HOST} is in use; choose another one with --port, or leave --port out"
    )


async def _listens(process: Child, port: int) -> bool:
    try:
        async with asyncio.timeout(START_TIMEOUT):
            while process.running:
                try:
                    _, writer = await asyncio.open_connection(HOST, port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    return process.running
    except TimeoutError:
        return False
    await process.ended()
    return False
