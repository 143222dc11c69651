"""Running ``readers-bridge simulate transcore``."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator, Sequence
from functools import partial

from readers_bridge.families.transcore.simulator import pace
from readers_bridge.families.transcore.simulator.arguments import build
from readers_bridge.families.transcore.simulator.control import Control
from readers_bridge.families.transcore.simulator.reader import SimulatedReader
from readers_bridge.simulation.program import Doing, Program, every, shared

_SINGLE = frozenset(
    {
        "tag",
        "missed",
        "invalid",
        "repeated",
        "overflow",
        "delivered",
        "unheard",
        "retransmitted",
        "command",
        "discarded",
    }
)

_BACKLOG = 338
"""Tags in the buffer are those of no reader."""


def _prepare(args: argparse.Namespace, reader: SimulatedReader, number: int) -> None:
    """What is there from the start: tags in the buffer, and faults."""
    for tag in itertools.islice(pace.numbered_tags(number + _BACKLOG), args.backlog):
        reader.present(tag)
    for name, share, seconds in args.fault:
        if seconds is None:
            reader.fault(name, share, 0)


def _going_on(args: argparse.Namespace, readers: Sequence[SimulatedReader]) -> Iterator[Doing]:
    for reader in readers:
        for name, share, seconds in args.fault:
            if seconds is not None:
                yield every(seconds, partial(reader.fault, name, share))
    if args.rate:
        for number, reader, reads in shared(args.reads, readers):
            tags = itertools.cycle(args.tag) if args.tag else pace.numbered_tags(number)
            yield pace.at_rate(reader, tags, args.rate, reads=reads, delay=args.delay, stamp=args.stamp)


simulate = Program(build, Control, _going_on, _SINGLE, _prepare).run
