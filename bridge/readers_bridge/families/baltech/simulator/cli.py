"""Running ``readers-bridge simulate baltech``."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator, Sequence
from functools import partial

from readers_bridge.families.baltech.simulator import pace
from readers_bridge.families.baltech.simulator.arguments import build
from readers_bridge.families.baltech.simulator.control import Control
from readers_bridge.families.baltech.simulator.reader import SimulatedReader
from readers_bridge.simulation.program import Doing, Program, every, shared

_SINGLE = frozenset(
    {"card", "message", "fetched", "expired", "ignored", "command", "port", "variable", "script", "timer"}
)


def _going_on(args: argparse.Namespace, readers: Sequence[SimulatedReader]) -> Iterator[Doing]:
    for reader in readers:
        for name, value, seconds in args.fault:
            yield every(seconds, partial(reader.fault, name, value))
    if args.rate:
        for number, reader, reads in shared(args.reads, readers):
            cards = itertools.cycle(args.card) if args.card else pace.numbered_cards(number)
            yield pace.at_rate(reader, cards, args.rate, reads=reads, delay=args.delay, stamp=args.stamp)


simulate = Program(build, Control, _going_on, _SINGLE).run
