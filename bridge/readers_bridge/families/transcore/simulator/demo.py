"""Simulated readers for ``readers-bridge demo``: a train passes, sixty cars in a minute, and after a pause the next one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from random import Random
from typing import Any

from readers_bridge.families.transcore.simulator import tags
from readers_bridge.families.transcore.simulator.reader import SimulatedReader
from readers_bridge.families.transcore.simulator.settings import Settings
from readers_bridge.families.transcore.typedefs import Profile, Protocol
from readers_bridge.simulation.demo import device_id, running
from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.tcp import TcpLink

_log = logging.getLogger(__name__)

PLACES = ("Yard", "Hump", "Harbour line", "North portal", "South portal", "Scale track", "Bridge", "Depot")

PROTOCOLS = (Protocol.ECP, Protocol.DATA_INQUIRY, Protocol.BASIC)

CARS = 60
INTERVAL, PAUSE = 1.0, 20.0
"""Seconds between two cars, and between two trains."""


@contextlib.asynccontextmanager
async def demo(count: int) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    """Run ``count`` readers on TCP; gives their entries for ``devices``.

    The first train comes within a second after a host has connected.
    """
    readers = [_reader(number) for number in range(count)]
    async with running([reader for _, reader in readers], _traffic):
        yield [_entry(place, reader) for place, reader in readers]


def _reader(number: int) -> tuple[str, SimulatedReader]:
    place = PLACES[number] if number < len(PLACES) else f"Track {number + 1}"
    protocol = PROTOCOLS[number % len(PROTOCOLS)]
    settings = Settings(
        profile=Profile.ENCOMPASS if protocol is Protocol.BASIC else Profile.MPRX,
        protocol=protocol,
        serial_number=f"{81_234 + number:06d}",
        reader_id=number % 256,
        auxiliary=True,
        ecp_timeout=1.0,
        baud=9600,
        seed=number,
    )
    return place, SimulatedReader(TcpLink(), settings, name=device_id(place), on_happening=_tell)


async def _traffic(reader: SimulatedReader, number: int) -> None:
    random = Random(number)  # noqa: S311 - no secret is made of it
    await reader.client_connected(None)
    await asyncio.sleep(0.3 + 0.1 * (number % 5))
    while True:
        await reader.train(CARS, INTERVAL, tags_of=tags.train(CARS, random))
        await asyncio.sleep(PAUSE)


def _entry(place: str, reader: SimulatedReader) -> dict[str, Any]:
    return {
        "id": device_id(place),
        "name": place,
        "family": "transcore",
        "connection": reader.address,
        "protocol": reader.settings.protocol.value,
        "profile": reader.settings.profile.value,
    }


def _tell(happening: Happening) -> None:
    if happening.what in {"discarded", "overflow", "command"}:
        _log.info("simulated reader %s: %s", happening.device, happening.text)
