"""A session on the print port: bytes of one job out, the printer's answers in.

It writes what ``printing`` has made and nothing else: a management command here would open the drawer.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Self

from readers_bridge.errors import TransportError
from readers_bridge.families.star.condition import Status
from readers_bridge.families.star.esc_pos_status import EscPosEvent
from readers_bridge.families.star.expanded_status import PrintEnd
from readers_bridge.families.star.link import connect, receive, send
from readers_bridge.families.star.print_job import End, PrintJob, Stage
from readers_bridge.families.star.printing.job import END_DOCUMENT, RECOVER, RECOVER_CUT, START_DOCUMENT
from readers_bridge.families.star.status import Asb, EscPosStatus, EscPosStatusStream, Event, StatusStream
from readers_bridge.transports.tcp import keep_alive

SETTLE = 0.1
"""Seconds in which a card breaks a session that is one too many."""

CHUNK = 4096
"""Bytes; so many are handed to the system at a time."""

SEND_BUFFER = 32 * 1024
"""Bytes that may wait in the system for a slow printer."""

LOOK_EVERY = 0.2
"""Seconds between two looks at the status port while the end of the job is awaited; less often while it is being sent."""
LOOK_EVERY_SENDING = 2.0

TROUBLE_TIME = 180.0
"""Seconds in which somebody may help a printer that keeps the rest of the job."""

DISCARD_TIME = 10.0
"""Seconds for a printer to take and discard the rest of a job after an error."""

ECHO_TIME = 1.0
"""Seconds in which a printer that told of an error at the very end may still say that it has worked off the job."""

CLOSE_TIME = 2.0
"""Seconds for the card to close, too."""

CLOSED = "closed_by_device"

PARTIAL_TIME = 1.0
"""Seconds after which the beginning of an answer is given up."""

READ_COUNTER = bytes.fromhex("1B 1D 03 00")
"""ESC GS ETX 0 n1 n2: answered at once with the same number and the print end counter."""

Look = Callable[[], Awaitable[Status | None]]
Troubled = Callable[[str | None], None]


class PrintSession:
    """An open session.

    Attributes:
        sent: bytes of the job that were handed to the network.
        local_port: this host's.
        answers: whether the printer has answered ESC GS ETX 0 in this session.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        esc_pos: bool,
        heard: Callable[[Status], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._stream: StatusStream | EscPosStatusStream = EscPosStatusStream() if esc_pos else StatusStream()
        self._heard = heard
        self._job: PrintJob | None = None
        self._told: Status | None = None
        self._begun: int | None = None
        self._total: int | None = None
        self._changed = asyncio.Event()
        self._lost: TransportError | None = None
        self._heard_at = 0.0
        self._clock = asyncio.get_running_loop().time
        self.sent = 0
        self.answers = False
        writer.transport.set_write_buffer_limits(high=0)
        sock = writer.get_extra_info("socket")
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            keep_alive(sock)
        self.local_port = int(writer.get_extra_info("sockname")[1])
        self._receiving = asyncio.create_task(self._receive())

    @classmethod
    async def open(cls, host: str, port: int, *, esc_pos: bool, heard: Callable[[Status], None]) -> Self:
        """Open a session.

        Raises:
            TransportError: ``connection_refused``, ``connection_reset``: another session is open; others: it cannot be reached.
        """
        reader, writer = await connect(host, port)
        session = cls(reader, writer, esc_pos=esc_pos, heard=heard)
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE):
                await asyncio.shield(session._receiving)
        if session._lost is not None:
            await session.abort()
            raise TransportError("the printer closed the session at once", code="connection_reset")
        return session

    async def begin(self, number: int, within: float, *, is_silent: bool = False, after_cut: bool = False) -> bool:
        """Start the document, and wait until the printer has done so: after an error it then discards what comes.

        A printer that does not answer may wait for the rest of a row of dots that never came, so it is asked once more, with
        what brings it back. One that does not answer then, either, is taken at its status.

        Args:
            number: Of the job.
            within: Seconds for each answer.
            is_silent: It is known not to answer; it is not waited for.
            after_cut: The session before broke.

        Returns:
            Whether it answered with the number: everything that was sent to it before is worked off.

        Raises:
            TransportError: the session ended.
        """
        if is_silent:
            within = 0.0
        answered = await self._begin(b"", number, within)
        recover = RECOVER_CUT if after_cut else RECOVER
        return answered or (not is_silent and await self._begin(recover, number, within))

    async def _begin(self, before: bytes, number: int, within: float) -> bool:
        self._begun = None
        await send(self._writer, before + START_DOCUMENT + READ_COUNTER + number.to_bytes(2, "little"))
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self._begun != number and self._lost is None:
                    await self._changed.wait()
                    self._changed.clear()
        if self._lost is not None:
            raise self._lost
        return self._begun == number

    @property
    def is_lost(self) -> bool:
        """Whether it ended, other than by ``close``."""
        return self._lost is not None

    async def say(self, data: bytes) -> None:
        """Send what belongs to no job.

        Raises:
            TransportError: the session ended.
        """
        await send(self._writer, data)
        if self._lost is not None:
            raise self._lost

    async def leave(self) -> None:
        """End the document that was started."""
        with suppress(TransportError):
            await send(self._writer, END_DOCUMENT)

    @property
    def told(self) -> Status | None:
        """The status that the printer told last in this session."""
        return self._told

    async def status(self, request: bytes, within: float) -> Status | None:
        """What the printer tells when it is asked for its status; None: nothing in this time (seconds)."""
        self._told = None
        with suppress(TransportError, TimeoutError):
            async with asyncio.timeout(within):
                await send(self._writer, request)
                while self._told is None and self._lost is None:
                    await self._changed.wait()
                    self._changed.clear()
        return self._told

    def drop(self, error: TransportError) -> None:
        """The session is over, whatever the network says: the printer restarts."""
        self._lose(error)

    async def print(
        self,
        job: PrintJob,
        data: bytes,
        *,
        begun: int = 0,
        patience: float,
        estimate: float,
        look: Look,
        troubled: Troubled,
    ) -> End:
        """Send a job and wait for its end.

        Args:
            job: Told whatever the printer says.
            data: The job's bytes.
            begun: So many of them have been sent.
            patience: Seconds that the printer may take without any progress.
            estimate: Seconds that printing takes after everything was sent, at most.
            look: Ask the status port.
            troubled: Told what keeps the printer from going on, and None when nothing does any more.

        Raises:
            TransportError: the session ended before the job did; ``timeout``: the printer stopped taking data, or did not
                confirm the end in time.
        """
        self._job = job
        sending = asyncio.create_task(self._send(job, data, begun))
        looking: asyncio.Task[Status | None] | None = None
        looked = moved = self._clock()
        seen = self._progress(job)
        trouble: str | None = None
        try:
            while True:
                now = self._clock()
                self._give_up_partial(now)
                job.look(now)
                if job.end is not None:
                    return await self._finish(job, job.end, sending)
                if self._lost is not None:
                    raise self._lost
                before, seen = seen, self._progress(job)
                if before != seen:
                    moved = now
                if job.trouble != trouble:
                    trouble = job.trouble
                    troubled(trouble)
                allowed = patience + (estimate if job.stage is Stage.PRINTING else 0.0)
                if now - moved > (max(allowed, TROUBLE_TIME) if job.trouble else allowed):
                    raise TransportError("the printer stopped", code=job.trouble or "timeout")
                if looking is not None and looking.done():
                    self._looked(looking)
                    looking = None
                pause = LOOK_EVERY if job.stage is Stage.PRINTING else LOOK_EVERY_SENDING
                if looking is None and now - looked >= pause:
                    looked = now
                    looking = asyncio.ensure_future(look())
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY):
                        await self._changed.wait()
                self._changed.clear()
        finally:
            for task in (sending, looking):
                if task is not None:
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)

    def _progress(self, job: PrintJob) -> tuple[int, Stage, str | None]:
        return self.sent, job.stage, job.trouble

    async def _finish(self, job: PrintJob, end: End, sending: asyncio.Task[None]) -> End:
        """After an error the printer takes the rest and discards it, up to End document."""
        if end.code and not sending.done():
            await asyncio.wait([sending], timeout=DISCARD_TIME)
        if end.code and job.stage is Stage.PRINTING:
            with suppress(TimeoutError):
                async with asyncio.timeout(ECHO_TIME):
                    while job.end == end and self._lost is None:
                        await self._changed.wait()
                        self._changed.clear()
        return job.end or end

    def _looked(self, looking: asyncio.Task[Status | None]) -> None:
        if looking.cancelled() or looking.exception() is not None:
            return
        status = looking.result()
        if status is not None and self._job is not None:
            self._job.take(status, self._clock())

    async def _send(self, job: PrintJob, data: bytes, begun: int) -> None:
        view = memoryview(data)
        try:
            for start in range(begun, len(data), CHUNK):
                end = min(start + CHUNK, len(data))
                self._total = end if end == len(data) else None
                await send(self._writer, bytes(view[start:end]))
                if job.end is None:
                    self.sent = end
        except TransportError as error:
            self._lose(error)
            return
        self._note_sent(job)
        self._changed.set()

    def _note_sent(self, job: PrintJob) -> None:
        transport = self._writer.transport
        if self._total is None or job.end is not None or transport.get_write_buffer_size() or transport.is_closing():
            return
        self.sent = self._total
        job.sent()

    async def _receive(self) -> None:
        try:
            while data := await receive(self._reader):
                self._heard_at = self._clock()
                self._take(self._stream.feed(data))
                self._changed.set()
            self._lose(TransportError("the printer closed the connection", code=CLOSED))
        except TransportError as error:
            self._lose(error)

    def _give_up_partial(self, now: float) -> None:
        if self._stream.partial and now > self._heard_at + PARTIAL_TIME:
            self._take(self._stream.flush())

    def _take(self, events: Sequence[Event | EscPosEvent]) -> None:
        if self._job is not None:
            self._note_sent(self._job)  # an answer may come before ``_send`` has its turn
        for event in events:
            if isinstance(event, Asb | EscPosStatus):
                self._told = event
                self._heard(event)
            elif isinstance(event, PrintEnd) and not event.function:
                self._begun = event.job
                self.answers = True
            if self._job is not None:
                self._job.take(event, self._clock())

    def _lose(self, error: TransportError) -> None:
        if self._lost is None:
            self._lost = error
        self._changed.set()

    async def close(self) -> bool:
        """Close in order; whether the session was open until now, and the card has closed it, too, so that it is free."""
        if self._lost is None:
            with suppress(OSError):
                self._writer.write_eof()
            await asyncio.wait([self._receiving], timeout=CLOSE_TIME)
            clean = self._lost is not None and self._lost.code == CLOSED
        else:
            clean = False
        await self.abort()
        return clean

    async def abort(self) -> None:
        """Drop the connection at once; what the network has not taken is lost."""
        self._receiving.cancel()
        await asyncio.gather(self._receiving, return_exceptions=True)
        self._writer.transport.abort()
