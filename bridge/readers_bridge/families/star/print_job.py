"""What a printer's answers mean for the job that is being printed. No socket and no clock: time is passed in.

Sources: StarPRNT command specifications, ESC GS ETX and ETB; Star Line Mode command specifications, "ASB status"; Epson ESC/POS
command reference, GS r.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from readers_bridge.families.star.esc_pos_status import EscPosEvent, InOrderAnswer
from readers_bridge.families.star.expanded_status import PrintEnd
from readers_bridge.families.star.printing import Confirmation
from readers_bridge.families.star.status import Asb, EscPosStatus, Event

ETB_GRACE = 2.0
"""Seconds that the answer with the job's number may come after the ETB counter has moved."""

ETB_MODULUS = 32

PRINT_END_FUNCTION = 1

_BROKEN = frozenset({"cutter_error", "non_recoverable_error", "mechanical_error"})
_DISCARDING = _BROKEN | {"cover_open", "paper_end", "head_up", "presenter_jam", "black_mark_error"}

_FATAL: Mapping[Confirmation, frozenset[str]] = MappingProxyType(
    {
        Confirmation.PRINT_END: _DISCARDING,
        Confirmation.ETB: _BROKEN,
        Confirmation.PAPER_STATUS: _BROKEN,
    }
)
"""After these the job will not be printed whole. Between Start document and End document a printer discards the rest after an
error; without them it keeps the rest and goes on when somebody has helped it."""


class Stage(StrEnum):
    """How far a job has got."""

    WAITING = "waiting"
    """The printer was not ready, or its print port was taken; nothing was sent."""
    SENDING = "sending"
    PRINTING = "printing"
    """Everything was sent; the printer has not confirmed it."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class End:
    """How it ended. ``code``: of the error that ended it; empty: it is printed. ``confirmed_by``: what told."""

    code: str = ""
    confirmed_by: str = ""
    was_repeated: bool = False
    """After the error, which came when everything had been sent, the printer repeated the job's number in spite of it: it may
    have printed all of it."""


class PrintJob:
    """One job from its first byte on."""

    def __init__(self, number: int, confirmation: Confirmation, etb_counter: int | None = None) -> None:
        """Begin.

        Args:
            number: What the printer's answer must repeat, 0 to 65535.
            confirmation: How this printer tells that it has printed.
            etb_counter: The printer's counter before the ETB of this job, when everything before has been worked off; None: not
                known, and the counter confirms nothing.
        """
        self.number = number
        self.stage = Stage.SENDING
        self.end: End | None = None
        self.trouble: str | None = None
        """What keeps the printer from going on, as it told last; it may go on by itself, or with help."""
        self._confirmation = confirmation
        self._etb_counter = None if etb_counter is None else (etb_counter + 1) % ETB_MODULUS
        self._etb_at: float | None = None
        self._was_early = False
        self._is_helped = False
        """The error is over: what stands behind the document, whose rest was discarded, is done now."""

    def sent(self) -> None:
        """Everything has been sent; answers to the questions at the end count from now on."""
        if self.end is None and self.stage is Stage.SENDING:
            self.stage = Stage.PRINTING
        if self._was_early:
            self._confirmed("print_end")

    def take(self, event: Event | EscPosEvent, now: float) -> None:
        """The printer said something; ``now``: monotonic seconds."""
        if isinstance(event, PrintEnd):
            self._repeated(event)
        if self.end is not None:
            self._is_helped |= isinstance(event, Asb) and not event.errors
            return
        match event:
            case Asb() | EscPosStatus():
                self._status(event, now)
            case InOrderAnswer() if self._confirmation is Confirmation.PAPER_STATUS:
                self._confirmed("paper_status")

    def look(self, now: float) -> None:
        """Time has passed."""
        if self._etb_at is not None and now >= self._etb_at + ETB_GRACE:
            self._confirmed("etb")

    def _repeated(self, answer: PrintEnd) -> None:
        """It answers ESC GS ETX: from now on nothing but this job's number confirms it, whoever moves the ETB counter."""
        if self._confirmation is Confirmation.PRINT_END:
            self._etb_counter = self._etb_at = None
        if answer.function != PRINT_END_FUNCTION or answer.job != self.number:
            return
        if self.end is not None:
            if self.end.code and self.stage is Stage.PRINTING and not self._is_helped:
                self.end = replace(self.end, was_repeated=True)
        elif self.stage is Stage.SENDING:
            self._was_early = True
        else:
            self._confirmed("print_end")

    def _status(self, status: Asb | EscPosStatus, now: float) -> None:
        fatal = next((code for code in status.errors if code in _FATAL[self._confirmation]), None)
        if fatal is not None:
            self.end = End(code=fatal)
            return
        self.trouble = next(iter(status.errors), None)
        if isinstance(status, Asb) and self.stage is Stage.PRINTING:
            self._etb(status, now)

    def _etb(self, status: Asb, now: float) -> None:
        counter = status.etb_counter
        if self._confirmation is Confirmation.ETB:
            if status.etb if counter is None else counter == self._etb_counter:
                self._confirmed("etb")
        elif counter is not None and counter == self._etb_counter:
            self._etb_at = now if self._etb_at is None else self._etb_at

    def _confirmed(self, by: str) -> None:
        if self.stage is Stage.PRINTING and self.end is None:
            self.end = End(confirmed_by=by)
            self.stage = Stage.DONE
