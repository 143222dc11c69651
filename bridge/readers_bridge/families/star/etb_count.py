"""Which value of the ETB counter belongs to which job: every ETB that was sent is counted until it was seen.

Sources: Line Thermal Printer STAR Line Mode Command Specifications, ETB and ESC RS E n (the counter, and setting it to 0); with
several sessions an ETB is told to all hosts, whoever sent it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

from readers_bridge.families.star.print_job import ETB_MODULUS
from readers_bridge.families.star.printing.job import CLEAR_ETB, ETB
from readers_bridge.families.star.status import ASB_REQUEST, Asb

if TYPE_CHECKING:
    from readers_bridge.families.star.condition import Status
    from readers_bridge.families.star.print_session import PrintSession

LOOK_EVERY = 0.1
"""Seconds between two looks at the counter."""

ASB_TIME = 1.0
"""Seconds for the printer to tell its status on the print port."""

_NEXT_TO_ZERO = frozenset({0, ETB_MODULUS - 1})
"""From these the counter would be 0 without being told to, or is so already."""

Look = Callable[[], Awaitable["Status | None"]]


class Shown(StrEnum):
    """What a printer has shown of itself."""

    ALL_DONE = "all_done"
    """Everything that was sent to it before, by whatever host, is worked off."""
    ALIVE = "alive"
    """It works; its ETB counter cannot be set to 0."""
    NOTHING = "nothing"


class EtbCount:
    """The counter of one printer. ``due``: what it shows when all that was sent is worked off; None: unknown."""

    def __init__(self) -> None:
        self.due: int | None = None
        self.clears = True
        """Whether it can be set to 0, as far as it is known."""
        self._is_open = False

    def forget(self) -> None:
        """The printer was switched off and on, or restarted: nothing is outstanding."""
        self.due = None
        self.clears = True
        self._is_open = False

    def saw(self, counter: int) -> None:
        """The printer works, and shows this.

        After a job that was not confirmed the count goes on from what is due, for its ETB may still come.
        """
        if not self._is_open:
            self.due = counter

    def prove(self) -> None:
        """It was set to 0, and is: nothing is outstanding, not even of a job that was not confirmed."""
        self.due = 0
        self._is_open = False

    def sent(self) -> None:
        """An ETB was sent."""
        if self.due is not None:
            self.due = (self.due + 1) % ETB_MODULUS

    def take(self) -> int | None:
        """The counter before the ETB of the next job, which is outstanding from now on."""
        before = self.due
        self._is_open = True
        self.sent()
        return before

    def not_sent(self) -> None:
        """The job was broken off before its ETB."""
        if self.due is not None:
            self.due = (self.due - 1) % ETB_MODULUS

    def confirmed(self) -> None:
        """The job was."""
        self._is_open = False


async def settle(count: EtbCount, session: PrintSession, look: Look, within: float) -> Shown:
    """Have the printer show that it works off what it is sent, in its turn.

    Only this session can set the counter to 0, and when that is so, everything before is worked off. Where ESC RS E does nothing,
    a counter that goes on shows at least that the printer works.

    Args:
        count: Learns what is due.
        session: Whose turn it is.
        look: Ask the status port.
        within: Seconds for the printer to follow, each time.

    Raises:
        TransportError: the session ended.
    """
    counter = await _counter(session, look)
    if counter is None:
        return Shown.NOTHING
    if count.clears:
        if counter in _NEXT_TO_ZERO:
            count.sent()
            counter = await _after(session, look, within, ETB, lambda now: now not in _NEXT_TO_ZERO)
            if counter is None:
                return Shown.NOTHING
        if await _after(session, look, within, CLEAR_ETB, lambda now: now == 0) == 0:
            count.prove()
            return Shown.ALL_DONE
    before = counter
    count.sent()
    counter = await _after(session, look, within, ETB, lambda now: now != before)
    if counter is None:
        return Shown.NOTHING
    count.clears = False
    count.saw(counter)
    return Shown.ALIVE


async def _after(
    session: PrintSession, look: Look, within: float, said: bytes, fits: Callable[[int], bool]
) -> int | None:
    await session.say(said)
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while (counter := await _counter(session, look)) is None or not fits(counter):
                await asyncio.sleep(LOOK_EVERY)
            return counter
    return None


async def _counter(session: PrintSession, look: Look) -> int | None:
    status = await look() or await session.status(ASB_REQUEST, ASB_TIME)
    return status.etb_counter if isinstance(status, Asb) else None
