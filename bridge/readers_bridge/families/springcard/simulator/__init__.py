"""Simulated SpringCard readers: the device's side of its protocols, made from the vendor's pages alone.

They share no code with the bridge's side, so that neither can agree with a mistake of the other.
"""

from __future__ import annotations

from readers_bridge.families.springcard.simulator.arguments import add_arguments
from readers_bridge.families.springcard.simulator.cards import Card, Move, parse_card
from readers_bridge.families.springcard.simulator.cli import simulate
from readers_bridge.families.springcard.simulator.commands import Discarded, Received
from readers_bridge.families.springcard.simulator.demo import demo
from readers_bridge.families.springcard.simulator.reader import SimulatedReader
from readers_bridge.families.springcard.simulator.settings import (
    Checksum,
    Commands,
    Format,
    Hello,
    Settings,
    Verify,
)
from readers_bridge.families.springcard.simulator.udp import UdpLink
from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.serial import SerialLink
from readers_bridge.simulation.tcp import SecondClient, TcpLink

__all__ = [
    "Card",
    "Checksum",
    "Commands",
    "Discarded",
    "Format",
    "Happening",
    "Hello",
    "Move",
    "Received",
    "SecondClient",
    "SerialLink",
    "Settings",
    "SimulatedReader",
    "TcpLink",
    "UdpLink",
    "Verify",
    "add_arguments",
    "demo",
    "parse_card",
    "simulate",
]
