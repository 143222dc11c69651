"""Running ``readers-bridge simulate star``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from functools import partial

from readers_bridge.families.star.simulator.arguments import build
from readers_bridge.families.star.simulator.control import Control
from readers_bridge.families.star.simulator.printer import SimulatedPrinter
from readers_bridge.simulation.program import Doing, Program, every

_SINGLE = frozenset({"line", "picture", "barcode", "qr", "status", "discovery", "etb", "print_end"})


def _going_on(args: argparse.Namespace, printers: Sequence[SimulatedPrinter]) -> Iterator[Doing]:
    for printer in printers:
        for name, port, value, seconds in args.fault:
            yield every(seconds, partial(printer.fault, name, value, port=port))


simulate = Program(build, Control, _going_on, _SINGLE, elsewhere="other ports or another --host").run
