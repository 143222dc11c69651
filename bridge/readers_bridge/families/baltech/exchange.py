"""One command at a time: what is asked, what is answered, and what to do when the answer does not come.

Sources: docs.baltech.de, developers/brp (half duplex, one command in flight), developers/brp-command-frame and
refman/cmds/genstatuscodes; timeouts and their allowances as in the manufacturer's library (brp_lib).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from readers_bridge.errors import DeviceError, TransportError
from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.brp import Parser, Response, command
from readers_bridge.families.baltech.channel import Channel
from readers_bridge.families.baltech.commands import Request

CMD_WORK = 0x40
NOT_UNDERSTOOD = frozenset({0x81, 0x82, 0x84})
"""The reader did not receive the command as it was sent: it was not executed, and may be sent again."""
RECEPTION_ERRORS = range(0x81, 0x85)
"""Status codes whose command code may be meaningless."""

NETWORK_ALLOWANCE = 1.5
LINE_ALLOWANCE = 0.5
"""Seconds that an answer may take beyond the command's own timeout."""

SILENCE = 0.02
"""Seconds of silence that separate two frames on a line."""

LONGEST_NOISE = 1.0
"""Seconds to wait for that silence."""

TIMEOUTS_LIMIT = 2
"""Commands in a row without an answer after which a line is opened anew."""


class Link(Protocol):
    """What carries frames to the reader."""

    def write(self, data: bytes) -> None:
        """Send a frame.

        Raises:
            TransportError: nothing was sent.
        """


class NoAnswerError(DeviceError):
    """The reader did not answer a command that was sent; it may have executed it."""

    code = "no_answer"


@contextmanager
def line_stands(exchange: Exchange) -> Iterator[None]:
    """Pass over an answer that did not come, as long as the exchange goes on."""
    try:
        yield
    except NoAnswerError:
        if exchange.ended.done():
            raise


class Exchange:
    """Commands to one reader over one connection.

    ``late`` is called with an answer that nobody waits for any more; ``count`` with the name of a counter. Nothing more can be
    asked once ``ended`` is done; its exception tells why.
    """

    def __init__(
        self,
        link: Link,
        *,
        network: bool,
        byte_time: float,
        crc: bool,
        late: Callable[[Response], None],
        count: Callable[[str], None],
    ) -> None:
        """``network``: the link is a connection that is better opened anew than resynchronised. ``byte_time``: seconds that
        a byte takes on the line.
        """
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = loop.create_future()
        self.round_trip = 0.0
        """Seconds that an answer took, smoothed."""
        self._turn = asyncio.Lock()  # first come, first served: a command goes ahead of the next poll
        self._link = link
        self._loop = loop
        self._network = network
        self._byte_time = byte_time
        self._allowance = NETWORK_ALLOWANCE if network else LINE_ALLOWANCE
        self._crc = crc
        self._parser = Parser(crc=crc)
        self._late = late
        self._count = count
        self._channel: Channel | None = None
        self._pending: tuple[int, asyncio.Future[Response]] | None = None
        self._dirty = False
        self._timeouts = 0
        self._received_at = 0.0

    def secure(self, channel: Channel) -> None:
        """From now on everything goes through this channel, which must be established."""
        self._channel = channel

    # -- what arrives

    def receive(self, data: bytes) -> None:
        """Bytes from the link."""
        self._received_at = self._loop.time()
        for response in self._parser.receive(data):
            self._answered(response)
        if self._parser.broken:
            self._count("garbage")
            if self._network:
                self.end(DeviceError(f"the reader sends what is not BRP: {self._parser.broken}", code="protocol"))
            else:
                self._dirty = True

    def _answered(self, response: Response) -> None:
        if self._pending is not None:
            code, future = self._pending
            if (response.code == code or response.status in RECEPTION_ERRORS) and not future.done():
                if response.status != CMD_WORK:
                    future.set_result(response)
                return
        self._count("unasked_frames")
        self._late(response)

    def end(self, error: DeviceError) -> None:
        """Nothing more is sent or awaited, because of this."""
        if not self.ended.done():
            self.ended.set_exception(error)
            self.ended.exception()  # retrieved: whoever asks gets it again
        if self._pending is not None and not self._pending[1].done():
            self._pending[1].set_exception(NoAnswerError(f"{error}; the command may have been executed"))

    # -- what is asked

    async def ask(self, request: Request, *, patient: bool = False) -> Response:
        """The reader's answer, an error status included; whoever asks while another waits is next.

        ``patient``: the connection goes on without the answer, for a command that is not asked again in this connection; what
        comes late cannot be taken for another answer then.

        Raises:
            TransportError: the connection is gone, and nothing was sent.
            NoAnswerError: it was sent, and not answered.
            ProtocolError: the answer cannot be trusted; the connection ends.
        """
        async with self._turn:
            channel = self._channel
            if channel is None:
                return await self._ask(request, patient=patient)
            sealed = channel.seal(request)
            try:
                return channel.open(request, await self._ask(sealed, again=False))
            except DeviceError as error:
                self.end(error)
                raise

    async def _ask(self, request: Request, *, again: bool = True, patient: bool = False) -> Response:
        response = await self._once(request, patient=patient)
        if response.status in NOT_UNDERSTOOD:
            self._count("repeated_commands")
            if again:
                response = await self._once(request)
            if response.status in NOT_UNDERSTOOD:
                error = DeviceError(
                    f"the reader cannot read our commands (status {response.status:02X}); is the line disturbed, or does a "
                    "device server in between split what we send?",
                    code="line_disturbed",
                )
                self.end(error)
                raise error
        return response

    async def _once(self, request: Request, *, patient: bool = False) -> Response:
        if self._dirty:
            await self._silence()
        if self.ended.done():
            raise TransportError(f"the connection to the reader has ended: {self.ended.exception()}; nothing was sent")
        future: asyncio.Future[Response] = self._loop.create_future()
        frame = command(request.code, request.payload, crc=self._crc)
        self._pending = (request.code, future)
        began = self._loop.time()
        try:
            self._link.write(frame)
            timeout = request.timeout + self._allowance + 2 * len(frame) * self._byte_time
            async with asyncio.timeout(timeout):
                response = await future
        except TimeoutError:
            raise self._unanswered(timeout, patient=patient) from None
        except asyncio.CancelledError:
            self._dirty = True
            if self._network or self._channel is not None:
                self.end(NoAnswerError("a command was given up before it was answered"))
            raise
        finally:
            self._pending = None
        self._timeouts = 0
        self.round_trip += (self._loop.time() - began - self.round_trip) / 4
        return response

    def _unanswered(self, timeout: float, *, patient: bool) -> NoAnswerError:
        self._count("timeouts")
        self._dirty = True
        if patient and self._channel is None:
            return NoAnswerError(f"the reader did not answer within {timeout:.1f} s")
        self._timeouts += 1
        error = NoAnswerError(f"the reader did not answer within {timeout:.1f} s")
        if self._network or self._channel is not None or self._timeouts >= TIMEOUTS_LIMIT:
            self.end(error)
        return error

    async def _silence(self) -> None:
        """Let a late answer pass, so that it is not taken for the next one."""
        deadline = self._loop.time() + LONGEST_NOISE
        while True:
            quiet = self._received_at + SILENCE - self._loop.time()
            if quiet <= 0 or self._loop.time() >= deadline:
                break
            await asyncio.sleep(quiet)
        self._parser.reset()
        self._dirty = False

    async def abort(self) -> None:
        """End whatever repeated or continuous command another host left running."""
        request = commands.abort()
        self._link.write(command(request.code, request.payload, crc=self._crc))
