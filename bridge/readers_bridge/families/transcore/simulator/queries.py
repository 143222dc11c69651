"""The answers to commands that ask, with the texts of the guides' command lists."""

from __future__ import annotations

from collections.abc import Callable

from readers_bridge.families.transcore.simulator.device import Device
from readers_bridge.families.transcore.simulator.parameters import PARITY_CODES
from readers_bridge.families.transcore.simulator.rf_status import rf_status
from readers_bridge.families.transcore.typedefs import Protocol

_PROTOCOLS = {Protocol.BASIC: 0, Protocol.ECP: 1, Protocol.DATA_INQUIRY: 2}


def answer(device: Device, code: str) -> str | None:
    """The answer to this query; None: this reader does not know it."""
    found = _QUERIES.get(code)
    if found is None and device.encompass:
        found = _ENCOMPASS.get(code)
    elif found is None:
        found = _MPRX.get(code)
    return None if found is None else found(device)


def _power_fail(device: Device) -> str:
    failed = int(device.power_failed)
    return f"PWRB {failed}" if device.settings.short_pwrb else f"PWRB P{failed} R0"


def _appended(device: Device) -> str:
    time = int(device.now.time)
    return f"IDAP T{time} D{time} X{device.now.auxiliary:d}"


def _port(device: Device) -> str:
    p = device.now
    return f"MAIN B{p.baud_code} S{p.stop_bits} P{PARITY_CODES[p.parity]} D0"


def _protocol(device: Device) -> str:
    p = device.now
    return f"ECPS P{_PROTOCOLS[p.protocol]} T{p.timeout_code:02X} X{p.flow} S0"


def _presence(device: Device) -> str:
    p = device.now
    return f"PRST P{p.presence_reports:d} D0 A{p.rf_off} T{p.rf_timeout:X} I{p.inversion:d}"


def _outputs(device: Device) -> str:
    p = device.now
    return f"IOST C{p.predefined_outputs:d} O{p.outputs} I{device.inputs} D{p.pulse:X}"


def _filter(device: Device) -> str:
    separation = device.now.separation
    return f"RF0S U{0 if separation is None else separation} V{device.now.valid_reads}"


def _handshakes(device: Device) -> str:
    return "HDSH " + " ".join(f"C{antenna} {min(device.handshakes[antenna], 0xFF):02X}" for antenna in range(4))


def _wiegand(device: Device) -> str:
    return f"T0F {device.now.wiegand and device.now.protocol is not Protocol.ECP:d}"


_QUERIES: dict[str, Callable[[Device], str]] = {
    "505": lambda device: device.settings.signing_on,
    "520": _power_fail,
    "521": lambda device: f"RDID {device.now.reader_id:02X}",
    "522": _port,
    "524": _appended,
    "525": _protocol,
    "527": lambda device: rf_status(device.now, on=device.rf_switched_on, newer=device.encompass),
    "529": _presence,
    "530": _filter,
    "537": lambda device: f"ECHO {device.now.echo:d}",
    "540": lambda _: "PCKS I0000 E5A3C",
    "543": lambda _: "BCKS 1D0F",
    "549": lambda _: "A4 0A 0005014202024133",
    "560": lambda device: f"SSTC E{device.now.input_reports > 0:d} M{device.now.input_reports}",
    "570": lambda _: "ATA:E eGo:D SeGo:D IAG:D Sort:D TMM0",
    "582": lambda _: "SYNC T00 H00",
}
_MPRX: dict[str, Callable[[Device], str]] = {
    "22": lambda device: device.shown_time,
    "552": lambda _: "MUX 1 MPRX",
    "577": _handshakes,
}
_ENCOMPASS: dict[str, Callable[[Device], str]] = {
    "526": _outputs,
    "531": lambda device: f"WFMT {device.now.wiegand_format}",
    "532": _wiegand,
    "533": lambda device: f"WTI {device.now.wiegand_interval:02X}",
    "577": lambda device: f"{min(sum(device.handshakes.values()), 0xFF):02X}",
}
