"""Simulated readers for ``readers-bridge demo``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from random import Random
from typing import Any

from readers_bridge.families.baltech.simulator.reader import SimulatedReader
from readers_bridge.families.baltech.simulator.settings import Settings
from readers_bridge.families.baltech.typedefs import IoPort
from readers_bridge.simulation.demo import device_id, in_any_order, running
from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.tcp import TcpLink

_log = logging.getLogger(__name__)

PEOPLE = (b"036082917420563584", b"036004287355012096", b"2317118206", b"0428117761", b"3961529012", b"1180354407")
"""The cards of a few people: serial numbers of 7 and of 4 bytes."""

PLACES = ("Turnstile", "Parking", "Server room", "Locker room", "Reception", "Warehouse", "Roof", "Cellar")

LOCK_SIGNAL = bytes.fromhex("44 04 04 44 04 80 03 02 03 05 06 00 01 1E")
"""The example of the BaltechScript Protocol: while Input0 is low, a card is not sent; three beeps, green LED off for 3 s."""

GREEN_AT_START = bytes.fromhex("01 00")

PIN_EVERY, TAMPER_EVERY, LOCK_EVERY = 5, 19, 7
"""Every how many cards there is a PIN, an open housing, and a lock signal for one card."""


@contextlib.asynccontextmanager
async def demo(count: int) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    """Run ``count`` readers on TCP; gives their entries for ``devices``.

    A card is presented within a second after the first poll, then every few seconds.
    """
    readers = [_reader(number) for number in range(count)]

    def life(reader: SimulatedReader, n: int) -> Coroutine[Any, Any, None]:
        return _daily_life(reader, 0.2 + 0.15 * (n % 5), Random(n))  # noqa: S311

    async with running([reader for _, reader in readers], life):
        yield [_entry(place, reader) for place, reader in readers]


def _reader(number: int) -> tuple[str, SimulatedReader]:
    place = PLACES[number] if number < len(PLACES) else f"Gate {number + 1}"
    settings = Settings(
        serial_number=Settings().serial_number + number,
        config={(0x0501, 0x44): LOCK_SIGNAL, (0x0501, 0x46): GREEN_AT_START},
    )
    return place, SimulatedReader(TcpLink(), settings, name=device_id(place), on_happening=_tell)


async def _daily_life(reader: SimulatedReader, delay: float, random: Random) -> None:
    cards = in_any_order(PEOPLE, random)
    number = random.randrange(PIN_EVERY)
    while True:
        await reader.ready()
        await asyncio.sleep(delay)
        while reader.active:
            number += 1
            if number % TAMPER_EVERY == 0:
                reader.tamper()
                await asyncio.sleep(3.0)
                reader.tamper(False)
            elif number % PIN_EVERY == 0:
                reader.pin(f"{random.randrange(10_000):04d}")
            else:
                reader.set_input(IoPort.Input0, number % LOCK_EVERY != 0)
                reader.present(next(cards))
            await asyncio.sleep(random.uniform(2.0, 6.0))


def _entry(place: str, reader: SimulatedReader) -> dict[str, Any]:
    return {"id": device_id(place), "name": place, "family": "baltech", "connection": reader.address}


def _tell(happening: Happening) -> None:
    if happening.what in {"discarded", "port"} or (happening.what == "command" and happening.data["status"]):
        _log.info("simulated reader %s: %s", happening.device, happening.text)
