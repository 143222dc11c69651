"""What the control interface tells of a simulated reader."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from readers_bridge.families.transcore.simulator.reader import SimulatedReader


def listed(reader: SimulatedReader) -> dict[str, Any]:
    """Address and what became of the tags."""
    counts = reader.counts
    return {
        "name": reader.name,
        "address": reader.address,
        "protocol": reader.device.protocol.value,
        "mode": _mode(reader),
        "connected": reader.connected,
        "presented": counts.presented,
        "accepted": counts.accepted,
        "delivered": counts.delivered,
        "missed": counts.missed,
        "lost": counts.overflowed + counts.unheard + counts.cleared,
        "waiting": len(reader.device.memory),
    }


def state(reader: SimulatedReader) -> dict[str, Any]:
    """Mode, RF, inputs and outputs, the protocol, and every count."""
    device, ecp = reader.device, reader.session.ecp
    return {
        "name": reader.name,
        "profile": reader.settings.profile.value,
        "powered": reader.powered,
        "mode": _mode(reader),
        "protocol": device.protocol.value,
        "rf": device.reading,
        "presence": device.presence,
        "inputs": device.inputs,
        "outputs": device.now.outputs,
        "outputs_predefined": device.now.predefined_outputs,
        "check_tags": device.checks,
        "reader_id": f"{device.now.reader_id:02X}",
        "echo": device.now.echo,
        "saved": device.now == device.saved,
        "seq": ecp.seq.decode(),
        "outstanding": None if ecp.outstanding is None else ecp.outstanding.content,
        "waiting": len(device.memory),
        "faults": reader.faults.waiting,
        "counts": asdict(reader.counts),
    }


def tags(reader: SimulatedReader) -> dict[str, Any]:
    """The tags that the reader accepted and those that it delivered, each in order."""
    return {"name": reader.name, "accepted": reader.accepted, "delivered": reader.delivered}


def messages(reader: SimulatedReader) -> dict[str, Any]:
    """Every message that the reader accepted; times in seconds of the system's monotonic clock."""
    return {
        "name": reader.name,
        "messages": [
            {
                "kind": record.kind.value,
                "content": record.content,
                "presented": round(record.presented, 6),
                "sent": None if record.sent is None else round(record.sent, 6),
                "settled": None if record.settled is None else round(record.settled, 6),
                "transmissions": record.transmissions,
            }
            for record in reader.records
        ],
    }


def commands(reader: SimulatedReader) -> dict[str, Any]:
    """The commands that were executed, with their responses, oldest first."""
    return {
        "name": reader.name,
        "commands": [{"command": command.text, "response": command.response} for command in reader.commands],
    }


def _mode(reader: SimulatedReader) -> str:
    return "off" if not reader.powered else "command" if reader.device.command_mode else "data"
