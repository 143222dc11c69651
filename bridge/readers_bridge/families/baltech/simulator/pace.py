"""Cards that present themselves."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator

from readers_bridge.families.baltech.simulator.reader import SimulatedReader


def numbered_cards(reader: int) -> Iterator[bytes]:
    """Cards without end, no two alike, also none of another ``reader``: 18 digits, as those of a 7-byte serial number."""
    return (b"%06d%012d" % (reader + 1, number) for number in itertools.count())


async def at_rate(
    reader: SimulatedReader,
    cards: Iterator[bytes],
    rate: float,
    *,
    reads: int | None = None,
    delay: float = 0.3,
    stamp: bool = False,
) -> None:
    """Present ``rate`` cards per second, the first one ``delay`` seconds after a host asked for messages.

    ``reads`` ends it after so many cards; ``stamp``: the card is the time, in nanoseconds since 1970.
    """
    period = 1 / rate
    presented = 0
    clock = asyncio.get_running_loop().time
    while reads is None or presented < reads:
        await reader.ready()
        await asyncio.sleep(delay)
        due = clock()
        while reader.active and (reads is None or presented < reads):
            reader.present(str(time.time_ns()) if stamp else next(cards))
            presented += 1
            due += period
            await asyncio.sleep(due - clock())
    reader.finished(presented)
