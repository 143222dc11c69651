"""Simulated devices of ``readers-bridge demo``."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from random import Random
from typing import Any, TypeVar

from readers_bridge.simulation.device import SimulatedDevice

D = TypeVar("D", bound=SimulatedDevice)
T = TypeVar("T")


@contextlib.asynccontextmanager
async def running(devices: Sequence[D], life: Callable[[D, int], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run the devices; ``life`` is what happens to each of them, with its number from 0."""
    async with contextlib.AsyncExitStack() as stack:
        for device in devices:
            stack.push_async_callback(device.stop)
            await device.start()
        tasks = [asyncio.create_task(life(device, number)) for number, device in enumerate(devices)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def device_id(place: str) -> str:
    """The ``id`` of a device at this place."""
    return place.lower().replace(" ", "-")


def in_any_order(items: Sequence[T], random: Random) -> Iterator[T]:
    """Items in a random order, for ever, never the same twice running where there is a choice."""
    last: T | None = None
    while True:
        last = random.choice([item for item in items if item != last] or list(items))
        yield last
