"""Simulated BALTECH readers: the device's side of BRP, Autoread and BaltechScript, made from the vendor's pages alone.

They share no code with the bridge's side but the tables of names and the interpreter of scripts, so that neither can agree
with a mistake of the other.
"""

from __future__ import annotations

from readers_bridge.families.baltech.simulator.arguments import add_arguments
from readers_bridge.families.baltech.simulator.cli import simulate
from readers_bridge.families.baltech.simulator.connect import ConnectLink, Reason
from readers_bridge.families.baltech.simulator.demo import demo
from readers_bridge.families.baltech.simulator.frames import Unreadable
from readers_bridge.families.baltech.simulator.reader import SimulatedReader
from readers_bridge.families.baltech.simulator.scripting import PortLogged
from readers_bridge.families.baltech.simulator.session import HostCommand
from readers_bridge.families.baltech.simulator.settings import (
    Activation,
    Buffer,
    Keep,
    Security,
    Settings,
)
from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.serial import SerialLink
from readers_bridge.simulation.tcp import SecondClient, TcpLink

__all__ = [
    "Activation",
    "Buffer",
    "ConnectLink",
    "Happening",
    "HostCommand",
    "Keep",
    "PortLogged",
    "Reason",
    "SecondClient",
    "Security",
    "SerialLink",
    "Settings",
    "SimulatedReader",
    "TcpLink",
    "Unreadable",
    "add_arguments",
    "demo",
    "simulate",
]
