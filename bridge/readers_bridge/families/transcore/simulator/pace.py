"""Tags that come by themselves."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator

from readers_bridge.families.transcore.simulator.reader import SimulatedReader
from readers_bridge.families.transcore.simulator.tags import LENGTH, RAILCAR, encode


def numbered_tags(reader: int) -> Iterator[str]:
    """Railcars, numbered from 1 to a million; none is like one of another ``reader`` (0 to 675)."""
    first, second = divmod(reader % 676, 26)
    mark = f"S{chr(ord('A') + first)}{chr(ord('A') + second)}X"
    return (encode(RAILCAR, mark, number % 1_000_000) for number in itertools.count(1))


async def at_rate(
    reader: SimulatedReader,
    tags: Iterator[str],
    rate: float,
    *,
    reads: int | None = None,
    delay: float = 0.3,
    stamp: bool = False,
) -> None:
    """Present ``rate`` tags per second, the first one ``delay`` seconds after a host connected for the first time.

    ``reads`` ends it after so many tags; ``stamp``: the tag is the time, in nanoseconds since 1970.
    """
    await reader.client_connected(None)
    await asyncio.sleep(delay)
    clock = asyncio.get_running_loop().time
    due = clock()
    presented = 0
    while reads is None or presented < reads:
        reader.present(f"{time.time_ns():<{LENGTH}}" if stamp else next(tags))
        presented += 1
        due += 1 / rate
        await asyncio.sleep(due - clock())
    reader.finished(presented)
