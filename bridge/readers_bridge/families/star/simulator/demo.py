"""Simulated printers for ``readers-bridge demo``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from random import Random
from typing import Any

from readers_bridge.families.star.simulator.condition import Switch
from readers_bridge.families.star.simulator.printer import SimulatedPrinter
from readers_bridge.families.star.simulator.settings import Settings
from readers_bridge.families.star.typedefs import Emulation
from readers_bridge.simulation.demo import device_id, running
from readers_bridge.simulation.happening import Happening

_log = logging.getLogger(__name__)

PLACES = (
    ("Till", Emulation.STAR_LINE),
    ("Kitchen", Emulation.STAR_PRNT),
    ("Bar", Emulation.STAR_GRAPHIC),
    ("Ticket desk", Emulation.ESC_POS),
    ("Despatch", Emulation.STAR_DOT),
)
ROLL = 400
"""Lines of a new roll of paper."""
NEAR_END = 40
_OPEN_FOR = (3.0, 6.0)
_BETWEEN = (15.0, 40.0)
_TOLD = frozenset({"line", "picture", "barcode", "qr", "cut", "kick", "buzz", "damage", "unknown", "discarded"})


@contextlib.asynccontextmanager
async def demo(count: int) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    """Run ``count`` printers; gives their entries for ``devices``.

    Now and then the paper runs low and somebody opens the cover; the paper that comes out is told in the log.
    """
    printers = [_printer(number) for number in range(count)]

    def life(printer: SimulatedPrinter, n: int) -> Coroutine[Any, Any, None]:
        return _daily_life(printer, Random(n))  # noqa: S311

    async with running([printer for _, printer in printers], life):
        yield [_entry(place, printer) for place, printer in printers]


def _printer(number: int) -> tuple[str, SimulatedPrinter]:
    place, emulation = PLACES[number % len(PLACES)]
    if number >= len(PLACES):
        place = f"{place} {number // len(PLACES) + 1}"
    settings = Settings(
        emulation=emulation,
        mac=f"00:11:62:00:{number // 256:02X}:{number % 256:02X}",
        paper=ROLL,
        near_end=NEAR_END,
        lines_per_second=20.0,
    )
    return place, SimulatedPrinter(settings, name=device_id(place), on_happening=_tell)


async def _daily_life(printer: SimulatedPrinter, random: Random) -> None:
    while True:
        await asyncio.sleep(random.uniform(*_BETWEEN))
        if random.random() < 0.5 and printer.condition.paper is not None and printer.condition.paper > NEAR_END:
            printer.paper(NEAR_END)
            continue
        printer.cover(is_open=True)
        await asyncio.sleep(random.uniform(*_OPEN_FOR))
        printer.paper(ROLL)
        printer.cover(is_open=False)
        printer.switch(Switch.DRAWER, on=False)


def _entry(place: str, printer: SimulatedPrinter) -> dict[str, Any]:
    return {
        "id": device_id(place),
        "name": place,
        "family": "star",
        "connection": printer.address,
        "emulation": printer.settings.emulation.value,
        "peripheral": printer.settings.peripheral.value,
    }


def _tell(happening: Happening) -> None:
    if happening.what in _TOLD:
        _log.info("simulated printer %s: %s", happening.device, happening.text)
