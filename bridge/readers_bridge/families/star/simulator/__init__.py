"""Simulated Star printers: the device's side of its ports and command sets, made from the vendor's documents alone.

They share no code with the bridge's side but the tables of names, so that neither can agree with a mistake of the other.
"""

from __future__ import annotations

from readers_bridge.families.star.simulator.arguments import add_arguments
from readers_bridge.families.star.simulator.cli import simulate
from readers_bridge.families.star.simulator.condition import Switch
from readers_bridge.families.star.simulator.control import save
from readers_bridge.families.star.simulator.demo import demo
from readers_bridge.families.star.simulator.jobs import Job
from readers_bridge.families.star.simulator.printer import SimulatedPrinter
from readers_bridge.families.star.simulator.roll import (
    Barcode,
    Buzz,
    Cut,
    Feed,
    Item,
    Kick,
    Line,
    Picture,
    Qr,
    Span,
    Style,
)
from readers_bridge.families.star.simulator.settings import Replies, SecondSession, Settings, StatusPort
from readers_bridge.simulation.happening import Happening

__all__ = [
    "Barcode",
    "Buzz",
    "Cut",
    "Feed",
    "Happening",
    "Item",
    "Job",
    "Kick",
    "Line",
    "Picture",
    "Qr",
    "Replies",
    "SecondSession",
    "Settings",
    "SimulatedPrinter",
    "Span",
    "StatusPort",
    "Style",
    "Switch",
    "add_arguments",
    "demo",
    "save",
    "simulate",
]
