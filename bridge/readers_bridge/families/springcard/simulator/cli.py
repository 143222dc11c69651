"""Running ``readers-bridge simulate springcard``."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator, Sequence
from functools import partial

from readers_bridge.families.springcard.simulator import pace
from readers_bridge.families.springcard.simulator.arguments import build
from readers_bridge.families.springcard.simulator.cards import numbered_cards
from readers_bridge.families.springcard.simulator.control import Control
from readers_bridge.families.springcard.simulator.reader import SimulatedReader
from readers_bridge.simulation.program import Doing, Program, every, shared

_SINGLE = frozenset({"read"})


def _going_on(args: argparse.Namespace, readers: Sequence[SimulatedReader]) -> Iterator[Doing]:
    for reader in readers:
        for name, value, seconds in args.fault:
            yield every(seconds, partial(reader.fault, name, value))
    lines = pace.FloodLines(readers[0].settings, args.card)
    for number, reader, reads in shared(args.reads, readers):
        if args.flood:
            yield pace.flood(reader, lines, number, reads=reads, delay=args.delay)
        elif args.rate:
            cards = itertools.cycle(args.card) if args.card else numbered_cards(number)
            yield pace.at_rate(reader, cards, args.rate, reads=reads, delay=args.delay, stamp=args.stamp)


simulate = Program(build, Control, _going_on, _SINGLE).run
