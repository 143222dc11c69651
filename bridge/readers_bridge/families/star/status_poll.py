"""Looking at a printer's status: on the status port, or where there is none by a short session on the print port.

Sources: IFBD-HE07X/08X/BE07X user's manual, 3.1.4 (status acquisition); captures of a TSP143IIILAN, which answers the current
status and the previous one after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from readers_bridge.errors import ProtocolError, TransportError
from readers_bridge.families.star.condition import Status
from readers_bridge.families.star.esc_pos_status import (
    RealTimeAnswer,
    RealTimeRequest,
    real_time_request,
    real_time_status,
)
from readers_bridge.families.star.link import RECEIVE_BYTES, connected, receive, send
from readers_bridge.families.star.status import (
    ASB_REQUEST,
    REQUEST,
    Asb,
    EscPosStatus,
    EscPosStatusStream,
    StatusStream,
)
from readers_bridge.families.star.typedefs import Emulation

ANSWER_TIMEOUT = 5.0
"""Seconds until the first byte."""

QUIET = 1.5
"""Seconds without a byte after which no more is expected."""

CLOSE_TIME = 2.0
"""Seconds for the card to close, too."""

SETTLE = 0.1
"""Seconds in which a card whose print port is taken breaks the connection."""


def first_status(data: bytes, *, esc_pos: bool) -> Status | None:
    """The first status in what a card sent; None: there is none.

    ``esc_pos``: whether the printer can be in ESC/POS mode, whose status has so few fixed bits that much else looks like it.
    """
    stream = StatusStream()
    for event in (*stream.feed(data), *stream.flush()):
        if isinstance(event, Asb):
            return event
    if not esc_pos:
        return None
    return next((event for event in EscPosStatusStream().feed(data) if isinstance(event, EscPosStatus)), None)


async def ask_status_port(host: str, port: int, *, esc_pos: bool) -> Status | None:
    """The current status; None: the card answers, but with no status. ``esc_pos``: as for ``first_status``.

    Raises:
        TransportError: the port cannot be used; ``no_answer``: silence; ``closed_early``: closed without an answer.
    """
    async with connected(host, port) as (reader, writer):
        await send(writer, REQUEST)
        data = await _received(reader)
    return first_status(data, esc_pos=esc_pos)


class Ports(Protocol):
    """Keeps the port of the session that is open."""

    async def opened(self, port: int) -> None: ...
    async def closed(self) -> None: ...


async def ask_print_port(host: str, port: int, emulation: Emulation | None, session: Ports) -> Status | None:
    """The current status, by a short session on the print port; None: the printer does not tell it.

    Args:
        host: The printer.
        port: Its print port.
        emulation: Its command set, which is that of the question; None: unknown, and nothing is asked.
        session: Told of the session before anything is sent, and after it has been closed in order.

    Raises:
        TransportError: ``connection_refused``, ``connection_reset``: another host prints; others as ``ask_status_port``.
    """
    async with connected(host, port) as (reader, writer):
        early = await _early(reader)
        await session.opened(int(writer.get_extra_info("sockname")[1]))
        if emulation is Emulation.ESC_POS:
            status: Status | None = await _ask_esc_pos(reader, writer)
        elif emulation is None:
            status = first_status(early, esc_pos=False)
        else:
            status = await _ask_star(reader, writer, early)
        was_open = not reader.at_eof()
        if await _closed(reader, writer) and was_open:
            await session.closed()
    return status


async def _early(reader: asyncio.StreamReader) -> bytes:
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLE):
            data = await receive(reader)
            if not data:
                raise TransportError("the print port is taken", code="connection_reset")
            return data
    return b""


async def _ask_star(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, early: bytes) -> Status | None:
    await send(writer, ASB_REQUEST)
    with suppress(TransportError):
        early += await _received(reader, is_enough=lambda data: first_status(early + data, esc_pos=False) is not None)
    return first_status(early, esc_pos=False)


async def _closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether the card has closed the session, too, so that it is free."""
    with suppress(OSError, TimeoutError, TransportError):
        writer.write_eof()
        async with asyncio.timeout(CLOSE_TIME):
            while await receive(reader):
                pass
        return True
    return False


async def _received(reader: asyncio.StreamReader, is_enough: Callable[[bytes], bool] = lambda _data: False) -> bytes:
    """What comes until it is enough, the card closes or says no more; at least a byte."""
    received = b""
    code = "no_answer"
    wait = ANSWER_TIMEOUT
    while len(received) < RECEIVE_BYTES and not is_enough(received):
        try:
            async with asyncio.timeout(wait):
                data = await receive(reader)
        except TimeoutError:
            break
        except TransportError:
            if received:
                break
            raise
        if not data:
            code = "closed_early"
            break
        received += data
        wait = QUIET
    if not received:
        raise TransportError("the card takes the question for its status, but does not answer", code=code)
    return received


_OF_ERROR = {
    "mechanical_error": 0x04,
    "cutter_error": 0x08,
    "non_recoverable_error": 0x20,
    "auto_recoverable_error": 0x40,
}


async def _ask_esc_pos(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> EscPosStatus | None:
    """Four real-time questions, put together to what GS a would tell."""
    codes: set[str] = set()
    for asked in RealTimeRequest:
        await send(writer, real_time_request(asked))
        byte = await _real_time_answer(reader)
        if byte is None:
            return None
        with suppress(ProtocolError):
            codes |= real_time_status(asked, byte)
    first = 0x10 | 0x04 * ("drawer_pin" in codes) | 0x08 * ("offline" in codes) | 0x20 * ("cover_open" in codes)
    second = sum(mask for code, mask in _OF_ERROR.items() if code in codes)
    third = 0x03 * ("paper_near_end" in codes) | 0x0C * ("paper_end" in codes)
    return EscPosStatus(bytes([first, second, third, 0]))


async def _real_time_answer(reader: asyncio.StreamReader) -> int | None:
    stream = EscPosStatusStream()
    with suppress(TimeoutError):
        async with asyncio.timeout(QUIET):
            while data := await receive(reader):
                for event in stream.feed(data):
                    if isinstance(event, RealTimeAnswer):
                        return event.byte
    return None
