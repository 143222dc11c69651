"""The commands that the reader knows; everything else is answered with ErrInvalidCmd.

Layouts: baltech-sdk 5.2026.10, ``commands``; docs.baltech.de, refman/cmds.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import NamedTuple

from readers_bridge.families.baltech.simulator import ar_commands, sys_commands, ui_commands
from readers_bridge.families.baltech.simulator.device import ON_BRP_COMMAND, Device
from readers_bridge.families.baltech.simulator.status import ERR_CRYPTO, ERR_TUNNEL, Refused, Status
from readers_bridge.families.baltech.typedefs import AccessConditions

Handler = Callable[[Device, bytes, float], bytes]

GET_INFO = 0x0004
GET_MESSAGE = 0x0501
AUTH_PHASE_1 = 0x0704
AUTH_PHASE_2 = 0x0705
TUNNEL = 0x0706
GET_CUR_AC_MASK = 0x070A
SEC = 0x07
"""The group that is never denied."""
NOT_TUNNELLED = frozenset({AUTH_PHASE_1, AUTH_PHASE_2, TUNNEL})


class Known(NamedTuple):
    """A command: the right it needs (0: none but to be let in), and what it does."""

    right: int
    do: Handler


class Answer(NamedTuple):
    """How a command ended. ``inner``: code and status of the command in a Tunnel."""

    status: int
    data: bytes
    inner: tuple[int, bytes, int] | None = None


def execute(device: Device, code: int, payload: bytes, now: float, refusal: Callable[[int], int]) -> Answer:
    """Execute a command that came in plain text, or in a Tunnel.

    ``refusal``: the status with which a command with this code ends at once; 0: it is executed.
    """
    device.scripting.advance(now)
    if code != TUNNEL:
        return _execute(device, code, payload, now, refusal, secure=False)
    if not payload:
        return Answer(Status.ErrInvalidCmd, b"")
    flags = payload[0]
    try:
        inner_code, inner_payload = device.channel.open(flags, payload[1:])
    except Refused as error:
        return Answer(error.status, b"")
    if inner_code in NOT_TUNNELLED:
        status, data = ERR_TUNNEL, b""
    else:
        status, data, _ = _execute(device, inner_code, inner_payload, now, refusal, secure=True)
    return Answer(Status.OK, device.channel.seal(flags, status, data), (inner_code, inner_payload, status))


def _execute(
    device: Device, code: int, payload: bytes, now: float, refusal: Callable[[int], int], *, secure: bool
) -> Answer:
    if status := refusal(code):
        return Answer(status, b"")
    rights = device.rights(secure=secure)
    known = COMMANDS.get(code)
    needed = known.right if known is not None else 0
    if code >> 8 != SEC and (not rights or rights & needed != needed):
        return Answer(Status.ErrAccessDenied, b"")
    device.scripting.event(ON_BRP_COMMAND, now)
    if known is None:
        return Answer(Status.ErrInvalidCmd, b"")
    if code == GET_CUR_AC_MASK:
        return Answer(Status.OK, struct.pack(">I", rights)) if not payload else Answer(Status.ErrInvalidCmd, b"")
    try:
        return Answer(Status.OK, known.do(device, payload, now))
    except Refused as refused:
        return Answer(refused.status, b"")


def _auth_phase_1(device: Device, payload: bytes, _: float) -> bytes:
    if len(payload) != 17:
        raise Refused(Status.ErrInvalidCmd)
    return device.channel.phase1(payload[0], payload[1:])


def _auth_phase_2(device: Device, payload: bytes, _: float) -> bytes:
    if len(payload) != 16:
        raise Refused(ERR_CRYPTO)
    device.channel.phase2(payload)
    return b""


def _never(*_: object) -> bytes:
    """Executed elsewhere."""
    raise Refused(Status.ErrInvalidCmd)


_AC = AccessConditions

COMMANDS: Mapping[int, Known] = {
    0x0000: Known(0, sys_commands.buffer_size),
    0x0003: Known(_AC.SysReset, sys_commands.reset),
    GET_INFO: Known(0, sys_commands.info),
    0x0005: Known(0, sys_commands.boot_status),
    0x0008: Known(_AC.ConfigRead, sys_commands.get_value),
    0x0009: Known(_AC.ConfigWrite, sys_commands.set_value),
    0x000A: Known(_AC.ConfigWrite, sys_commands.delete_values),
    0x000B: Known(_AC.ConfigRead, sys_commands.key_list),
    0x000C: Known(_AC.ConfigRead, sys_commands.value_list),
    0x0020: Known(0, sys_commands.config_id),
    0x0021: Known(0, sys_commands.device_settings_id),
    0x0024: Known(0, sys_commands.features),
    0x0025: Known(0, sys_commands.part_number),
    0x0100: Known(_AC.VhlSelect, ar_commands.vhl_select),
    0x0500: Known(_AC.AutoreadAccess, ar_commands.set_mode),
    GET_MESSAGE: Known(_AC.AutoreadAccess, ar_commands.get_message),
    0x0503: Known(_AC.AutoreadAccess, ar_commands.run_script),
    0x0504: Known(_AC.AutoreadAccess, ar_commands.restrict_card_families),
    AUTH_PHASE_1: Known(0, _auth_phase_1),
    AUTH_PHASE_2: Known(0, _auth_phase_2),
    TUNNEL: Known(0, _never),
    GET_CUR_AC_MASK: Known(0, _never),
    0x0A01: Known(_AC.IoPortWrite, ui_commands.enable),
    0x0A02: Known(_AC.IoPortWrite, ui_commands.disable),
    0x0A03: Known(_AC.IoPortWrite, ui_commands.toggle),
    0x0A04: Known(_AC.IoPortRead, ui_commands.sense),
    0x0A20: Known(_AC.IoPortWrite, ui_commands.set_rgb),
    0x0A21: Known(_AC.IoPortWrite, ui_commands.pulse_rgb),
}
"""By code."""
