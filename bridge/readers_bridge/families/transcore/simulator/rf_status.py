"""The status of the RF section, as command 527 and the periodic report tell it (Encompass 4 System Guide, page 181)."""

from __future__ import annotations

from readers_bridge.families.transcore.simulator.parameters import Parameters


def rf_status(p: Parameters, *, on: bool, newer: bool) -> str:
    """``newer``: with the field that the firmware of an Encompass 4 adds."""
    text = (
        f"RFST C{p.presence_control or p.mprx_mode:d} O{on:d} T{p.unique_code} F{p.frequency or 'XXX'}"
        f" R{p.ata_range:02X} G{p.sego_range:02X} A{p.attenuation:02X} I{p.iag_attenuation:02X}"
    )
    return text + " E1F" if newer else text
