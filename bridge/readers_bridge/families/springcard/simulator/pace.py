"""Cards that present themselves: at a rate, or as fast as the host takes them."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from operator import xor
from random import Random

from readers_bridge.families.springcard.simulator import frames
from readers_bridge.families.springcard.simulator.cards import Card, Move, numbered_id
from readers_bridge.families.springcard.simulator.field import Report
from readers_bridge.families.springcard.simulator.reader import SimulatedReader
from readers_bridge.families.springcard.simulator.settings import Settings

LONGEST_STAY = 1.0
"""Seconds that a card stays on a reader that tracks movement, at most half of the time until the next card."""
SHORTEST_STAY = 0.05
"""Seconds; shorter stays are reported as one short appearance."""
LINES_AT_ONCE = 256


async def at_rate(
    reader: SimulatedReader,
    cards: Iterator[Card],
    rate: float,
    *,
    reads: int | None = None,
    delay: float = 0.3,
    stamp: bool = False,
) -> None:
    """Present ``rate`` cards per second, the first one ``delay`` seconds after a host connected.

    ``reads`` ends it after so many cards; ``stamp`` puts the time of the reading, in nanoseconds since 1970, into TagData.
    """
    period = 1 / rate
    presented = 0
    clock = asyncio.get_running_loop().time
    while reads is None or presented < reads:
        await _ready(reader)
        await asyncio.sleep(delay)
        due = clock()
        while reader.active and (reads is None or presented < reads):
            card = next(cards)
            if stamp:
                card = replace(card, data=str(time.time_ns()))
            await present(reader, card, period / 2)
            presented += 1
            due += period
            await asyncio.sleep(due - clock())
    reader.finished(presented)


async def at_leisure(reader: SimulatedReader, cards: Iterator[Card], delay: float, random: Random) -> None:
    """Present cards as people do, every two to six seconds, for ever."""
    while True:
        await _ready(reader)
        await asyncio.sleep(delay)
        while reader.active:
            pause = random.uniform(2.0, 6.0)
            await present(reader, next(cards), pause / 2)
            await asyncio.sleep(pause)


async def present(reader: SimulatedReader, card: Card, longest: float) -> None:
    """Hold one card to the reader; where movement is tracked it stays for a while, ``longest`` seconds at most."""
    stay = min(longest, LONGEST_STAY)
    if reader.settings.tracking and stay >= SHORTEST_STAY:
        reader.place(card)
        await asyncio.sleep(stay)
        reader.remove(card)
    else:
        reader.tap(card)


async def flood(
    reader: SimulatedReader, lines: FloodLines, number: int, *, reads: int | None = None, delay: float = 0.3
) -> None:
    """Send messages as fast as the host takes them, past the card model and the happenings.

    ``number`` is the reader's, for cards that no other reader has.
    """
    sent = block = 0
    whole = reader.link.stream
    while reads is None or sent < reads:
        await reader.client_connected(None)
        await asyncio.sleep(delay)
        while reader.connected and (reads is None or sent < reads):
            room = LINES_AT_ONCE if reads is None else min(LINES_AT_ONCE, reads - sent)
            messages = lines(number, block, reader.uptime)[:room]
            handed = sum(map(reader.link.write, [b"".join(messages)] if whole else messages))
            handed = room if whole and handed else handed
            reader.reads += handed
            reader.lost += room - handed
            sent += room
            block += 1
            await reader.link.drain()
            await asyncio.sleep(0)
    reader.finished(sent)


async def _ready(reader: SimulatedReader) -> None:
    await reader.until(lambda: reader.active, "the reader to read", None)


class FloodLines:
    """Messages for ``flood``, made beforehand, for any number of readers.

    They are of some cards, or of cards without end that are all different.

    Messages for different TagIds of one length differ in the TagId and in the checksum alone, and the checksum depends on
    the XOR of the TagId's characters alone. So the ends of 256 messages are made once for each of the few values that this
    XOR can have, and a block of messages is put together from them.
    """

    _UPTIME = "<uptime>"

    def __init__(self, settings: Settings, cards: Sequence[Card] = ()) -> None:
        self._settings = settings
        self._move = Move.TAPPED if settings.tracking else Move.NONE
        self._beginning = b""
        self._ends: dict[int, list[bytes]] = {}
        repeats = math.ceil(LINES_AT_ONCE / len(cards)) if cards else 0
        self._chosen = ([self._encode(card) for card in cards] * repeats)[:LINES_AT_ONCE]

    def __call__(self, reader: int, block: int, uptime: str) -> list[bytes]:
        """Block ``block`` of 256 messages of a reader, sent at ``uptime``."""
        lines = self._chosen or self._numbered(reader, block)
        if self._settings.format == "json":
            now = uptime.encode()
            return [line.replace(self._UPTIME.encode(), now) for line in lines]
        return lines

    def _numbered(self, reader: int, block: int) -> list[bytes]:
        high = numbered_id(reader, (block * LINES_AT_ONCE) & 0xFFFF_FFFF)[:-2].encode()
        key = reduce(xor, high)
        if key not in self._ends:
            made = [self._encode(Card(f"{high.decode()}{low:02X}")) for low in range(LINES_AT_ONCE)]
            at = made[0].index(high)
            self._beginning = made[0][:at]
            self._ends[key] = [line[at + len(high) :] for line in made]
        start = self._beginning + high
        return [start + end for end in self._ends[key]]

    def _encode(self, card: Card) -> bytes:
        return frames.encode(Report(card, self._move), self._settings, self._UPTIME)
