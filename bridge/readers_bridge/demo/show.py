"""The demonstration itself: start a broker, devices and a bridge, show what happens, end when one of them ends."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt
import yaml

from readers_bridge.demo.broker import HOST, PrivateBroker, private_broker
from readers_bridge.demo.child import Child, child_process
from readers_bridge.demo.stage import BRIDGE, PREFIX, ROOT, Stage
from readers_bridge.errors import BrokerUnreachableError, ReadersError
from readers_bridge.families import Family


@dataclass(frozen=True, slots=True)
class Options:
    """What a person may choose."""

    families: Sequence[Family]
    readers: int
    """Simulated devices of each family."""
    port: int | None
    colours: bool


async def show(options: Options, out: Callable[[str], None], stop: asyncio.Event) -> None:
    """Run the demonstration until ``stop`` is set; ``out`` takes the lines.

    What starts is not interrupted while it starts, which takes less than a second: half a connection cannot be ended well.

    Raises:
        BrokerUnreachableError: the broker could not be started, or ended.
        ReadersError: the bridge ended.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="readers-demo-")))
        broker = await stack.enter_async_context(private_broker(folder, options.port))
        if broker.software.note:
            out(broker.software.note)
        out(f"Broker   {broker.software.name} on {HOST}, port {broker.port}: mqtt://{HOST}:{broker.port}")

        devices: list[Mapping[str, Any]] = []
        for family in options.families:
            if family.demo is not None:
                devices += await stack.enter_async_context(family.demo.start(options.readers))
        out(
            "Devices  "
            + ", ".join(f"{device['id']} ({device['family']}, {device['connection']})" for device in devices)
        )

        client = aiomqtt.Client(HOST, broker.port, protocol=aiomqtt.ProtocolVersion.V311)
        await stack.enter_async_context(client)
        await client.subscribe(f"{ROOT}/#", qos=1)

        config = folder / "readers.yaml"
        config.write_text(configuration(broker.port, folder, devices), encoding="utf-8")
        command = (sys.executable, "-m", "readers_bridge", "run", "--config", str(config))
        bridge = await stack.enter_async_context(child_process(*command))
        out(f"Bridge   {BRIDGE}; its topics begin with {ROOT}/")

        stage = Stage(client, bridge, [str(device["id"]) for device in devices], out, colours=options.colours)
        await _while_alive(stage.play(broker.port), broker, bridge, stop)
        out("\nEnding the demo.")


def configuration(port: int, folder: Path, devices: Sequence[Mapping[str, Any]]) -> str:
    """The configuration file of the demonstration's bridge."""
    return yaml.safe_dump(
        {
            "version": 1,
            "bridge": {"id": BRIDGE, "data_dir": str(folder / "data")},
            "mqtt": {"host": HOST, "port": port, "prefix": PREFIX},
            "devices": [dict(device) for device in devices],
        },
        sort_keys=False,
    )


async def _while_alive(
    play: Coroutine[Any, Any, None], broker: PrivateBroker, bridge: Child, stop: asyncio.Event
) -> None:
    playing = asyncio.create_task(play)
    stopping = asyncio.create_task(stop.wait())
    broker_ended = asyncio.create_task(broker.process.ended())
    bridge_ended = asyncio.create_task(bridge.ended())
    tasks = {playing, stopping, broker_ended, bridge_ended}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if stopping.done():
            return
        # A lost connection is only the first sign of a broker that ended.
        await asyncio.wait({broker_ended}, timeout=0.5)
        if broker_ended.done():
            raise BrokerUnreachableError(_obituary(broker.software.name, broker_ended.result(), broker.process))
        if bridge_ended.done():
            raise ReadersError(_obituary("the bridge", bridge_ended.result(), bridge))
        await playing
    except aiomqtt.MqttError as error:
        raise BrokerUnreachableError(
            f"the connection to the demo's broker is lost ({error}); start the demo again"
        ) from error
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _obituary(name: str, code: int, process: Child) -> str:
    words = process.last_words or "nothing"
    return f"{name} ended with code {code}, so the demo ends too; the last it said:\n{words}"
