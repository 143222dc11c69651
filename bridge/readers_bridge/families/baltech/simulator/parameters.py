"""The parameters in the payload of a command."""

from __future__ import annotations

import struct

from readers_bridge.families.baltech.simulator.status import Refused, Status


def fields(layout: str, payload: bytes) -> tuple[int, ...]:
    """The parameters, big-endian, if the payload has exactly their size.

    Raises: Refused.
    """
    try:
        return struct.unpack(f">{layout}", payload)
    except struct.error:
        raise Refused(Status.ErrInvalidCmd) from None


def counted(layout: str, payload: bytes) -> tuple[tuple[int, ...], bytes]:
    """Parameters, then bytes with their number before them.

    Raises: Refused.
    """
    size = struct.calcsize(f">{layout}")
    values = fields(layout, payload[:size])
    content = payload[size + 1 :]
    if len(payload) <= size or payload[size] != len(content):
        raise Refused(Status.ErrInvalidCmd)
    return values, content
