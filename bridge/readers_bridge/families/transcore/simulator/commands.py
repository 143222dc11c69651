"""What the reader does when it is commanded (MPRX User Guide, chapter 7; Encompass 4 System Guide, chapter 10)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from readers_bridge.families.transcore.simulator.device import Device
from readers_bridge.families.transcore.simulator.parameters import PARITY_CODES, STEP, factory
from readers_bridge.families.transcore.simulator.queries import answer
from readers_bridge.families.transcore.typedefs import Protocol

DONE, ERROR = "Done", "Error"

_IN_DATA_MODE = re.compile(r"440|811[0-3]|815.+")
"""What an MPRX in MPRX mode takes in data mode, beside 01 (MPRX System Guide, page 89)."""


def execute(device: Device, command: str) -> str | None:
    """Execute a command, without som and eom; the response, or None: the reader keeps silent."""
    p = device.now
    if not device.command_mode and not (p.mprx_mode and _IN_DATA_MODE.fullmatch(command)):
        if command == "01":
            device.enter_command_mode()
            return DONE
        return ERROR if device.settings.data_mode_errors else None
    found = answer(device, command)
    if found is not None:
        return found
    for pattern, where, action in _ACTIONS:
        if (match := pattern.fullmatch(command)) and where(device):
            done = action(device, *match.groups())
            return ERROR if done is False else done if isinstance(done, str) else DONE
    return ERROR


_Action = Callable[..., bool | str | None]
"""What a command does with its arguments; False: the reader refuses, a text: the response, if it is not Done."""
_Where = Callable[[Device], bool]
_ACTIONS: list[tuple[re.Pattern[str], _Where, _Action]] = []


def _everywhere(_: Device) -> bool:
    return True


def _encompass(device: Device) -> bool:
    return device.encompass


def _mprx(device: Device) -> bool:
    return not device.encompass


def _command(pattern: str, where: _Where = _everywhere) -> Callable[[_Action], _Action]:
    def add(action: _Action) -> _Action:
        _ACTIONS.append((re.compile(pattern), where, action))
        return action

    return add


def _sets(pattern: str, name: str, value: Callable[[str], object], where: _Where = _everywhere) -> None:
    """A command that gives one parameter a value."""

    def action(device: Device, argument: str) -> None:
        setattr(device.now, name, value(argument))

    _ACTIONS.append((re.compile(pattern), where, action))


def _hex(text: str) -> int:
    return int(text, 16)


def _is_on(text: str) -> bool:
    return text == "1"


@_command("00")
def _data_mode(device: Device) -> None:
    device.leave_command_mode()


@_command("01")
def _command_mode(_: Device) -> None:
    """It is already."""


@_command("63")
def _reset(device: Device) -> str:
    device.restart()
    return device.settings.signing_on


@_command("65")
def _clear_power_fail(device: Device) -> None:
    device.power_failed = False


@_command("66[fF]")
def _factory(device: Device) -> None:
    device.now = replace(factory(device.settings), protocol=device.now.protocol)


@_command(r"20(\d\d):(\d\d):(\d\d)(?:\.\d\d)?", _mprx)
def _set_time(device: Device, hour: str, minute: str, second: str) -> bool:
    return _set_clock(device, hour=int(hour), minute=int(minute), second=int(second), microsecond=0)


@_command(r"21(\d\d)/(\d\d)/(\d\d)", _mprx)
def _set_date(device: Device, month: str, day: str, year: str) -> bool:
    # two digits of the year: 69 to 99 are of the last century, as in POSIX
    century = 1900 if int(year) >= 69 else 2000
    return _set_clock(device, month=int(month), day=int(day), year=century + int(year))


def _set_clock(device: Device, **fields: int) -> bool:
    now: datetime = device.time
    try:
        device.time = now.replace(**fields)  # type: ignore[arg-type]
    except ValueError:
        return False
    return True


@_command("30([02])", _mprx)
def _append_time(device: Device, on: str) -> bool:
    if len(device.memory):
        return False
    device.now.time = on == "2"
    return True


@_command("40")
def _all_ids(device: Device) -> None:
    device.now.separation = None


@_command("440")
def _reset_uniqueness(device: Device) -> None:
    device.reset_uniqueness()


@_command("610")
def _basic(device: Device) -> None:
    device.now.protocol = Protocol.BASIC


@_command("611")
def _ecp(device: Device) -> None:
    device.now.protocol = Protocol.ECP


@_command("613")
def _data_inquiry(device: Device) -> None:
    device.now.protocol = Protocol.DATA_INQUIRY


@_command("612([0-9A-Fa-f]{2})")
def _timeout(device: Device, code: str) -> bool:
    number = _hex(code)
    device.now.timeout = math.inf if number == 0xFF else number * STEP
    return number > 0


@_command("620([0-3])", _encompass)
def _outputs(device: Device, outputs: str) -> None:
    device.now.predefined_outputs = False
    device.now.outputs = int(outputs)


@_command("621", _encompass)
def _predefined_outputs(device: Device) -> None:
    device.now.predefined_outputs = True
    device.now.outputs = 0


def _host_controls_rf(device: Device) -> bool:
    return not device.now.mprx_mode


@_command("640([012])", _host_controls_rf)
def _rf(device: Device, on: str) -> bool:
    device.now.presence_control = False
    device.now.rf_on = on != "0"
    if device.now.rf_on:
        device.attempt_rf()
    return not device.now.rf_on or device.now.frequency is not None


@_command("641", _host_controls_rf)
def _rf_by_presence(device: Device) -> None:
    device.now.presence_control = True


@_command("811([0-3])", lambda device: device.now.mprx_mode)
def _check_tag(device: Device, port: str) -> None:
    device.checks.append(int(port))


@_command("815(.+)", lambda device: device.now.mprx_mode)
def _check_tag_address(device: Device, _address: str) -> None:
    """There is no other check tag to tell it from."""


@_command(r"45[23]|48[67]|49[2-5]|64[489][0-9A-Fa-f]{2}|69[567].*")
def _without_effect(_: Device) -> None:
    """Nothing that could be seen here."""


_CODES = {code: parity for parity, code in PARITY_CODES.items()}

_sets("100([2-7])", "baud_code", int)
_sets("101([01])", "stop_bits", int)
_sets("102([0-2])", "parity", lambda code: _CODES[int(code)])
_sets("31([01])", "auxiliary", _is_on)
_sets("410([0-3])", "separation", int)
_sets("420([0-3])", "valid_reads", int)
_sets("44([123])", "unique_code", int)
_sets("45([01])", "wiegand", _is_on, _encompass)
_sets("46([0-9A-Fa-f]{2})", "wiegand_interval", _hex, _encompass)
_sets("60([0-9A-Fa-f]{2})", "reader_id", _hex)
_sets("614([01])", "flow", int)
_sets("614(2)", "flow", int, _encompass)
_sets("617([01])", "echo", _is_on)
_sets("642([0-9A-Fa-f]{2})", "frequency", str.upper)
_sets("647([0-9A-Fa-f]{3})", "frequency", str.upper)
_sets("643([01][0-9A-Fa-f])", "ata_range", _hex)
_sets("645([01][0-9A-Fa-f])", "sego_range", _hex)
_sets("646([0-9A-Fa-f]{2})", "iag_attenuation", _hex)
_sets("67([0-9A-Fa-f])", "pulse", _hex)
_sets("690([01])", "presence_reports", _is_on)
_sets("692([0-2])", "rf_off", int)
_sets("693([0-9A-Fa-f])", "rf_timeout", _hex)
_sets("694([01])", "inversion", _is_on)
_sets("82([0-3])", "input_reports", int, _encompass)
_sets("83([01])", "heartbeat", _is_on, _encompass)
_sets("83(7)", "mprx_mode", lambda _: True, _mprx)
_sets("87(1)", "wiegand_format", int, _encompass)
