"""The lane of print jobs: one after the other, each with a result that tells the truth."""

from __future__ import annotations

import asyncio
import random

from readers_bridge.errors import CommandError, TransportError
from readers_bridge.families import Host
from readers_bridge.families.star import printing
from readers_bridge.families.star.about import paper
from readers_bridge.families.star.command_specs import JOB_TTL, LONGEST_WAIT
from readers_bridge.families.star.condition import Status as PrinterStatus
from readers_bridge.families.star.description import ENDS
from readers_bridge.families.star.esc_pos_status import AUTOMATIC_STATUS_ON
from readers_bridge.families.star.job_commands import AT_ONCE, is_repeatable, rendered
from readers_bridge.families.star.job_report import BUSY, Printed, Report
from readers_bridge.families.star.opening import Opening
from readers_bridge.families.star.print_job import PrintJob, Stage
from readers_bridge.families.star.print_session import CLOSED, PrintSession
from readers_bridge.families.star.printer import NO_STATUS_PORT, TAKEN, Printer
from readers_bridge.families.star.printing import Confirmation, Paper, Rendered
from readers_bridge.families.star.printing.job import START_DOCUMENT
from readers_bridge.families.star.status import ASB_REQUEST
from readers_bridge.model import Command, Event, Json, Outcome, State, Status

BUSY_PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds between attempts to get the print port; the last is repeated."""

LOOK_EVERY = 1.0
"""Seconds between two looks at a printer that is not ready."""

SECONDS_OF_A_LINE = 0.25
"""The slowest printers (dot impact) print some five lines in a second."""

KICK_EVERY = 1.0
"""Seconds between two pulses to a drawer's solenoid."""

STATUS_TIME = 2.0
"""Seconds for a printer to tell its status on the print port."""

STOP_TIME = 3.0
"""Seconds for a job to end when the bridge stops."""

_PRINTABLE = 0x100 - 0x20
_NUMBERS = _PRINTABLE * _PRINTABLE

_HOPELESS = frozenset({"non_recoverable_error", "mechanical_error"})
_LINK = frozenset({"timeout", "no_route", "no_answer", "connection_lost", "connection_failed", "name_not_found"})


class _NotReadyError(Exception):
    """The printer cannot take the job now; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Jobs:
    """Runs the print commands of one printer."""

    def __init__(self, printer: Printer, host: Host) -> None:
        self._printer = printer
        self._host = host
        self._session: PrintSession | None = None
        self._count = random.randrange(_NUMBERS)  # noqa: S311  no secret; another number than after the last start
        self._kicked_at = -KICK_EVERY
        self._opening = Opening(printer.peek)

    @property
    def _number(self) -> int:
        """Of the job; none of its two bytes is a control character: printers act on some as soon as they arrive, wherever."""
        high, low = divmod(self._count, _PRINTABLE)
        return (0x20 + high) << 8 | 0x20 + low

    @property
    def local_port(self) -> int | None:
        """This host's port of the open session; None: there is none."""
        return None if self._session is None else self._session.local_port

    def forget(self) -> None:
        """The printer is there again, and may have been switched off: what is not printed yet is lost."""
        self._opening.forget()

    def drop(self) -> None:
        """The printer restarts: what is being printed ends."""
        if self._session is not None:
            self._session.drop(TransportError("the printer was restarted", code="restarting"))

    def tell(self, event_type: str, command: Command, /, **data: Json) -> None:
        """An event of a job; never with anything of its text."""
        self._host.emit([Event(event_type, {"transaction": command.transaction, "command": command.name, **data})])

    def finished(self, command: Command, outcome: Outcome | CommandError) -> None:
        """The job's result is known."""
        status = Status(outcome.status)
        ended = status if status in ENDS else Status.FAILED
        kept = {name: value for name, value in outcome.data.items() if name not in {"replaced", "dropped"}}
        code = {"code": outcome.code} if isinstance(outcome, CommandError) else {}
        self.tell(f"job_{ended}", command, **code, **kept)
        self._host.emit([State({"last_job": str(ended)})])

    async def run(self, command: Command) -> Outcome:
        """Print.

        Raises:
            CommandError: with the truth about how far it got in ``data``.
        """
        on = self._paper()
        try:
            made = await rendered(on, command)
        except asyncio.CancelledError:
            raise Report(self._number, 0, repeatable=True).not_begun(Status.UNAVAILABLE, "stopped") from None
        self._count = (self._count + 1) % _NUMBERS
        data = printing.framed(on, made, self._number)
        report = Report(self._number, len(data), is_repeatable(command), made.replaced, made.dropped)
        work = asyncio.create_task(self._run(command, on, made, data, report))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            return await self._stopped(work, report)
        finally:
            self._host.emit([State({"job": "idle"})])

    async def _stopped(self, work: asyncio.Task[Outcome], report: Report) -> Outcome:
        """The bridge stops, or the job's time is over."""
        if report.stage is not Stage.WAITING:
            await asyncio.wait([work], timeout=STOP_TIME)
        if not work.done():
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        if not work.cancelled():
            return work.result()
        if report.stage is Stage.WAITING:
            raise report.not_begun(Status.UNAVAILABLE, "stopped")
        if report.stage is Stage.SENDING:
            raise report.broken_off("interrupted")
        raise report.unconfirmed("interrupted")

    def _paper(self) -> Paper:
        on = paper(self._printer.options, self._printer.about)
        if on is None:
            card = self._printer.about.card
            told = f"the model {card.model or card.name or 'without a name'}" if card is not None else "no model yet"
            raise CommandError(
                f"the command set of the printer is not known (it told {told}); set emulation to star_line, star_prnt, "
                "star_graphic, star_dot or esc_pos",
                status=Status.REFUSED,
                code="emulation_unknown",
            )
        return on

    # -- one job

    async def _run(self, command: Command, on: Paper, made: Rendered, data: bytes, report: Report) -> Outcome:
        now = self._host.clock.monotonic()
        deadline = now + JOB_TTL if command.deadline is None else min(now + LONGEST_WAIT, command.deadline)
        if command.name == "open_drawer":
            await asyncio.sleep(self._kicked_at + KICK_EVERY - self._host.clock.monotonic())
        busy = iter(BUSY_PAUSES)
        reason = ""
        while True:
            try:
                return await self._attempt(command, on, made, data, report)
            except _NotReadyError as problem:
                code = problem.code
            if code in _HOPELESS:
                raise report.not_begun(Status.FAILED, code)
            if command.name in AT_ONCE and code != BUSY:
                raise report.not_begun(_too_late(code) if code in _LINK else Status.REFUSED, code)
            if code != reason:
                reason = code
                self._waiting(command, report, code)
            left = deadline - self._host.clock.monotonic()
            if left <= 0:
                raise report.not_begun(_too_late(code), code)
            pause = next(busy, BUSY_PAUSES[-1]) if code == BUSY else LOOK_EVERY
            await asyncio.sleep(min(pause, left))

    def _waiting(self, command: Command, report: Report, reason: str) -> None:
        self.tell("job_waiting", command, job=report.job, reason=reason)
        self._host.emit([State({"job": "waiting"})])

    def _printing(self, command: Command, report: Report) -> None:
        self.tell("job_printing", command, job=report.job, total_bytes=report.total)
        self._host.emit([State({"job": "printing"})])

    async def _attempt(self, command: Command, on: Paper, made: Rendered, data: bytes, report: Report) -> Outcome:
        status = await self._look()
        _demand_ready(status)
        async with self._printer.printing:
            session = await self._open()
            clean = False
            try:
                await self._printer.session_port.opened(session.local_port)
                status = await self._status_here(session, status)
                _demand_ready(status)
                counter = await self._begin(session, report, printing.confirmation(on))
                outcome = await self._print(session, command, on, made, data, report, counter)
            except (CommandError, _NotReadyError) as problem:
                clean = isinstance(problem, _NotReadyError) or problem.status == Status.FAILED
                raise
            else:
                clean = True
                return outcome
            finally:
                self._session = None
                self._opening.ended(session, clean=clean)
                if clean and await session.close():
                    await self._printer.session_port.closed()
                else:
                    await session.abort()

    async def _look(self) -> PrinterStatus | None:
        try:
            status = await self._printer.ask()
        except TransportError as error:
            if error.code not in NO_STATUS_PORT:
                raise _NotReadyError(error.code) from None
            return None
        return status

    async def _open(self) -> PrintSession:
        printer = self._printer
        for first in (True, False):
            try:
                self._session = await PrintSession.open(
                    printer.address, printer.ports.print, esc_pos=printer.is_esc_pos, heard=printer.pushed
                )
            except TransportError as error:
                if error.code not in TAKEN:
                    raise _NotReadyError(error.code) from None
                if not first or not await printer.free_session():
                    break
            else:
                return self._session
        raise _NotReadyError(BUSY)

    async def _status_here(self, session: PrintSession, known: PrinterStatus | None) -> PrinterStatus | None:
        """Where the status port does not tell, the print port may; in ESC/POS it then tells of every change, too."""
        if self._printer.is_esc_pos:
            return await session.status(AUTOMATIC_STATUS_ON, STATUS_TIME) or known
        return known or await session.status(ASB_REQUEST, STATUS_TIME)

    async def _begin(self, session: PrintSession, report: Report, confirmation: Confirmation) -> int | None:
        """The ETB counter that the job may go by; None: it must not."""
        try:
            counter = await self._opening.begin(session, report.job, confirmation, STATUS_TIME)
        except TransportError as error:
            if error.code not in TAKEN | {CLOSED}:
                raise _NotReadyError(error.code) from None
            await self._printer.session_port.forget(session.local_port)  # a refusal that took its time
            await self._printer.free_session()
            raise _NotReadyError(BUSY) from None
        try:
            _demand_ready(session.told)
        except _NotReadyError:
            if confirmation is Confirmation.PRINT_END:
                await session.leave()
            self._opening.etb.not_sent()
            raise
        return counter

    async def _print(
        self,
        session: PrintSession,
        command: Command,
        on: Paper,
        made: Rendered,
        data: bytes,
        report: Report,
        counter: int | None,
    ) -> Outcome:
        confirmation = printing.confirmation(on)
        job = PrintJob(report.job, confirmation, counter)
        report.stage = Stage.SENDING
        self._printing(command, report)

        def troubled(code: str | None) -> None:
            if code is None:
                self._printing(command, report)
            else:
                self._waiting(command, report, code)

        problem = ""
        by = ""
        contradicted = False
        try:
            end = await session.print(
                job,
                data,
                begun=len(START_DOCUMENT) if confirmation is Confirmation.PRINT_END else 0,
                patience=self._printer.options.print_timeout,
                estimate=made.lines * SECONDS_OF_A_LINE,
                look=self._printer.peek,
                troubled=troubled,
            )
            problem, by, contradicted = end.code, end.confirmed_by, end.was_repeated
        except TransportError as error:
            problem = error.code
            certain = job.stage is Stage.SENDING
        else:
            certain = job.stage is Stage.SENDING or confirmation is Confirmation.PRINT_END
        finally:
            report.stage, report.sent = job.stage, session.sent
            if command.name == "open_drawer":
                self._kicked_at = self._host.clock.monotonic()
        if contradicted:
            raise report.contradicted(problem)
        if problem:
            if job.stage is Stage.SENDING:
                self._opening.etb.not_sent()
            raise report.broken_off(problem) if certain else report.unconfirmed(problem)
        self._opening.etb.confirmed()
        return Outcome(Status.DONE, {**report.data(Printed.ALL), "confirmed_by": by})


def _demand_ready(status: PrinterStatus | None) -> None:
    if status is not None and status.errors:
        raise _NotReadyError(next((code for code in status.errors if code in _HOPELESS), status.errors[0]))


def _too_late(code: str) -> Status:
    if code == BUSY:
        return Status.BUSY
    return Status.UNAVAILABLE if code in _LINK else Status.EXPIRED
