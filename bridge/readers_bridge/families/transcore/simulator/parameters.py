"""What commands change: the parameters that command 00 stores."""

from __future__ import annotations

import math
from dataclasses import dataclass

from readers_bridge.families.transcore.simulator.settings import BAUD_CODES, Settings
from readers_bridge.families.transcore.typedefs import Parity, Profile, Protocol

STEP = 0.05
"""Seconds of a step of the ECP time-out."""

PARITY_CODES = {Parity.NONE: 0, Parity.EVEN: 1, Parity.ODD: 2}


@dataclass(slots=True)
class Parameters:
    """The values in use, or those in the non-volatile memory."""

    protocol: Protocol
    timeout: float
    """ECP time-out in seconds; infinite: off."""
    flow: int
    echo: bool
    time: bool
    auxiliary: bool
    reader_id: int
    baud_code: int
    stop_bits: int
    parity: Parity
    separation: int | None
    """How many other tags until one is reported again; None: every time."""
    valid_reads: int
    unique_code: int
    presence_control: bool
    rf_on: bool
    frequency: str | None
    ata_range: int
    sego_range: int
    attenuation: int
    iag_attenuation: int
    wiegand: bool
    wiegand_interval: int
    wiegand_format: int
    predefined_outputs: bool
    outputs: int
    pulse: int
    presence_reports: bool
    rf_off: int
    rf_timeout: int
    inversion: bool
    input_reports: int
    heartbeat: bool
    mprx_mode: bool

    @property
    def timeout_code(self) -> int:
        """As in ECPS."""
        return 0xFF if self.timeout == math.inf else min(max(round(self.timeout / STEP), 1), 0xFE)


def factory(settings: Settings) -> Parameters:
    """What a reader comes with, where the settings do not say otherwise."""
    encompass = settings.profile is Profile.ENCOMPASS
    flow = settings.protocol is not Protocol.ECP if settings.flow_control is None else settings.flow_control
    return Parameters(
        protocol=settings.protocol,
        timeout=math.inf if settings.ecp_timeout is None else settings.ecp_timeout,
        flow=int(flow),
        echo=settings.echo,
        time=settings.has_clock if settings.time is None else settings.time and settings.has_clock,
        auxiliary=settings.auxiliary,
        reader_id=settings.reader_id,
        baud_code=BAUD_CODES.get(settings.baud or 9600, 5),
        stop_bits=0,
        parity=settings.parity,
        separation=None if settings.all_ids else 0,
        valid_reads=0,
        unique_code=1,
        presence_control=encompass,
        rf_on=True,
        frequency=settings.frequency,
        ata_range=0x1F,
        sego_range=0x1F,
        attenuation=0,
        iag_attenuation=4,
        wiegand=False,
        wiegand_interval=0,
        wiegand_format=0,
        predefined_outputs=True,
        outputs=0,
        pulse=4,
        presence_reports=settings.presence_reports,
        rf_off=2,
        rf_timeout=0,
        inversion=False,
        input_reports=settings.input_reports,
        heartbeat=settings.heartbeat,
        mprx_mode=settings.mprx_mode,
    )
