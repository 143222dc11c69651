"""What the control interface tells of a simulated reader."""

from __future__ import annotations

from typing import Any

from readers_bridge.families.baltech.script.events import EVENTS, EVENTS_KEY, MESSAGES_KEY
from readers_bridge.families.baltech.simulator.reader import SimulatedReader
from readers_bridge.families.baltech.typedefs import GPIOS, INPUTS, IoPort


def listed(reader: SimulatedReader) -> dict[str, Any]:
    """Address and counters."""
    return {
        "name": reader.name,
        "address": reader.address,
        "serial_number": reader.serial_number,
        "connected": reader.connected,
        "commands": len(reader.commands),
        "discarded": len(reader.discarded),
        "waiting": len(reader.device.stack),
    }


def state(reader: SimulatedReader) -> dict[str, Any]:
    """What scripts and hosts have done to the reader."""
    device, machine = reader.device, reader.machine
    ports = reader.settings.ports
    inputs = [port for port in IoPort if port in ports and port in INPUTS | GPIOS]
    return {
        "name": reader.name,
        "mode": device.mode.name,
        "security": device.security.value,
        "ports": {IoPort(port).name: on for port, on in sorted(machine.ports.items())},
        "inputs": {port.name: "high" if port in device.inputs else "low" for port in inputs},
        "variables": sorted(machine.variables),
        "rgb": {f"{led:02X}": f"{colour:06X}" for led, colour in sorted(device.rgb.items())},
        "scripts": {
            EVENTS[value].name if value in EVENTS else f"{value:02X}": content.hex(" ").upper()
            for (key, value), content in sorted(reader.stored.items())
            if key == EVENTS_KEY
        },
        "messages": {
            str(value): content.hex(" ").upper()
            for (key, value), content in sorted(reader.stored.items())
            if key == MESSAGES_KEY
        },
        "card": None if device.card is None else device.card.hex().upper(),
        "waiting": len(device.stack),
        "faults": reader.faults.waiting,
        "booting": reader.booting,
    }


def port_log(reader: SimulatedReader) -> dict[str, Any]:
    """Every change of an output port; ``at`` in seconds of the reader's clock."""
    return {
        "name": reader.name,
        "log": [
            {"at": round(change.time, 3), "port": IoPort(change.port).name, "on": change.on}
            for change in reader.port_log
        ],
    }
