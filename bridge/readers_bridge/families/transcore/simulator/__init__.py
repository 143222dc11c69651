"""Simulated TransCore readers: the device's side of the "#" protocols, made from the manufacturer's guides alone.

They share no code with the bridge's side but the tables of names, so that neither can agree with a mistake of the other.
"""

from __future__ import annotations

from readers_bridge.families.transcore.simulator.arguments import add_arguments
from readers_bridge.families.transcore.simulator.cli import simulate
from readers_bridge.families.transcore.simulator.demo import demo
from readers_bridge.families.transcore.simulator.reader import SimulatedReader
from readers_bridge.families.transcore.simulator.records import Counts, Kind, Record
from readers_bridge.families.transcore.simulator.session import HostCommand
from readers_bridge.families.transcore.simulator.settings import Settings, StaleAck
from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.serial import SerialLink
from readers_bridge.simulation.tcp import SecondClient, TcpLink

__all__ = [
    "Counts",
    "Happening",
    "HostCommand",
    "Kind",
    "Record",
    "SecondClient",
    "SerialLink",
    "Settings",
    "SimulatedReader",
    "StaleAck",
    "TcpLink",
    "add_arguments",
    "demo",
    "simulate",
]
