"""What the control interface tells of a simulated printer."""

from __future__ import annotations

from typing import Any

from readers_bridge.families.star.simulator.printer import SimulatedPrinter


def listed(printer: SimulatedPrinter) -> dict[str, Any]:
    """Address and counters."""
    return {
        "name": printer.name,
        "address": printer.address,
        "emulation": printer.settings.emulation.value,
        "jobs": len(printer.jobs),
        "cuts": len(printer.cuts),
        "kicks": len(printer.kicks),
        "unknown": len(printer.unknown),
    }


def state(printer: SimulatedPrinter) -> dict[str, Any]:
    """Condition, counters and connections."""
    engine = printer.mechanism.engine
    return {
        "name": printer.name,
        "powered": printer.is_powered,
        "condition": sorted(printer.condition.on),
        "busy": printer.condition.is_busy,
        "paper": printer.condition.paper,
        "etb_counter": printer.condition.etb_counter,
        "print_ends": printer.print_ends,
        "waiting": engine.queued,
        "in_document": engine.in_document,
        "discarding": engine.is_discarding,
        "damaged": printer.is_damaged,
        "faults": printer.faults.waiting,
        "connections": printer.connections,
    }


def jobs(printer: SimulatedPrinter) -> dict[str, Any]:
    """The print sessions."""
    return {
        "name": printer.name,
        "jobs": [
            {
                "number": job.number,
                "peer": job.peer,
                "received": job.received,
                "discarded": job.discarded,
                "print_ends": job.print_ends,
                "etbs": job.etbs,
                "unknown": [command.hex(" ").upper() for command in job.unknown],
                "ended": job.ended,
            }
            for job in printer.jobs
        ],
    }


def kicks(printer: SimulatedPrinter) -> dict[str, Any]:
    """Every time a drawer was opened; ``at`` in seconds since the printer was made, pulses in milliseconds."""
    return {
        "name": printer.name,
        "kicks": [
            {
                "at": round(kick.at, 3),
                "drawer": kick.drawer,
                "on": kick.on,
                "off": kick.off,
                "immediate": kick.immediate,
            }
            for kick in printer.kicks
        ],
    }


def paper(printer: SimulatedPrinter) -> dict[str, Any]:
    """What is on the paper."""
    return {"name": printer.name, "transcript": printer.transcript()}
