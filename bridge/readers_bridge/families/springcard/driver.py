"""The I/O shell of a SpringCore Smart Reader: TCP and serial streams, UDP datagrams.

Source: SpringCore documentation, "$SCRDR over TCP", "$SCRDR over UDP", "Serial". A reader accepts one TCP client at a time,
never answers, and sends nothing while there is nothing to read: over TCP and serial the connection tells whether it is there,
over UDP nothing does.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

from readers_bridge.errors import DeviceError, TransportError
from readers_bridge.families import Driver, Host
from readers_bridge.families.springcard.commands import encode
from readers_bridge.families.springcard.description import describe
from readers_bridge.families.springcard.messages import Dialect
from readers_bridge.families.springcard.options import Options, Reply
from readers_bridge.families.springcard.protocol import Decoder
from readers_bridge.families.springcard.reporting import Reporter
from readers_bridge.model import Command, Description, DeviceConfig, Outcome, Read, Status
from readers_bridge.transports import Stream, open_stream
from readers_bridge.transports.listener import UdpPeer, open_udp

PORT = 4000
BAUDRATE = "38400"
"""8 data bits, no parity, 1 stop bit, no flow control: as the reader leaves the factory."""

AT_ONCE = 2.0
"""Seconds: a connection that ends so soon without a byte tells that the reader does not want us."""

STRANGERS_EVERY = 30.0
"""Seconds between two looks at how many datagrams came from addresses that no device has."""

_IN_USE = (
    "a reader serves one TCP client at a time, so another host may be connected; "
    "else check that register 02C0 is 24 (TCP server, Smart Reader)"
)

_WHY = {
    "bad_checksum": "lines with a wrong checksum; is the line or the network disturbed?",
    "no_checksum": "lines without a checksum; set checksum: optional for this device to accept them",
    "cut_off": "messages that were cut off; is the line or the network disturbed?",
    "garbage": "bytes that belong to no message; is the dialect of this device right?",
    "oversize": "more than 64 kB without an end; is the dialect of this device right?",
    "unknown_type": "messages of a type that is not known; its firmware may be newer than this bridge",
    "malformed": "messages with fields that cannot be; its firmware may be newer than this bridge",
}


class SpringCardDriver(Driver):
    """One SpringCore Smart Reader."""

    def __init__(self, config: DeviceConfig, host: Host) -> None:
        super().__init__(config, host)
        self._options = Options.of(config.options)
        self._reporter = Reporter(self._options)
        self._decoder = self._new_decoder()
        self._link: Stream | UdpPeer | None = None
        self._early: list[bytes] = []
        self._dialect = self._options.dialect
        self._heard = False
        self._complained: set[str] = set()
        self._strangers = 0

    @property
    def description(self) -> Description:
        """What the reader is and can do; nothing more can be learned over the wire."""
        return describe(self._options)

    def _new_decoder(self) -> Decoder:
        return Decoder(self._options.dialect, checksum_required=self._options.checksum_required)

    async def session(self) -> None:
        """Connect and serve until the connection ends.

        Raises:
            DeviceError: why it ended.
        """
        self._decoder = self._new_decoder()
        self._early.clear()
        self._heard = False
        self._complained.clear()
        if changed := self._reporter.begin():
            self.host.emit(changed)
        link = await self._open()
        try:
            self._link = link
            self.host.throttle(link)
            self.host.online(assumed=isinstance(link, UdpPeer))
            for data in self._early:
                self._receive(data)
            self._early.clear()
            if isinstance(link, UdpPeer):
                await self._listen(link)
            else:
                await self._serve(link)
        finally:
            self._link = None
            await link.close()

    async def _open(self) -> Stream | UdpPeer:
        address = self.config.address
        if address.scheme == "udp":
            bind = address.params.get("bind", "0.0.0.0")  # noqa: S104  broadcasts reach only a socket bound to all addresses
            return await open_udp(bind, address.port or PORT, address.host, self._receive)
        if address.scheme == "serial":
            address = replace(address, params={"baudrate": BAUDRATE, **address.params})
        try:
            return await open_stream(address, self._receive)
        except TransportError as error:
            if error.code == "connection_refused":
                raise DeviceError(
                    f"{address.host}:{address.port} refuses the connection; {_IN_USE}", code=error.code
                ) from error
            raise

    async def _serve(self, link: Stream) -> None:
        began = self.host.clock.monotonic()
        ended: TransportError | None = None
        try:
            await link.closed()
        except TransportError as error:
            ended = error
        too_soon = self.host.clock.monotonic() - began < AT_ONCE
        if self.config.address.scheme == "tcp" and too_soon and not self._heard:
            raise DeviceError(f"{link.peer} closed the connection at once; {_IN_USE}", code="closed_at_once") from ended
        if ended is not None:
            raise ended

    async def _listen(self, link: UdpPeer) -> None:
        self._strangers = link.strangers
        while True:
            try:
                async with asyncio.timeout(STRANGERS_EVERY):
                    await link.closed()
            except TimeoutError:
                self._count_strangers(link)
            else:
                return

    def _count_strangers(self, link: UdpPeer) -> None:
        new, self._strangers = link.strangers - self._strangers, link.strangers
        if new:
            self.host.count("strangers_on_port", new)
            if not self._heard:
                self._complain(
                    "strangers",
                    "nothing has come from %s yet, but datagrams from other addresses have; check the address in connection",
                    self.config.address.host,
                )

    def _receive(self, data: bytes) -> None:
        """Take what one receive brought: everything in it is published together, then answered."""
        link = self._link
        if link is None:
            self._early.append(data)
            return
        self._heard = True
        host, decoder, reporter = self.host, self._decoder, self._reporter
        messages = decoder.datagram(data) if isinstance(link, UdpPeer) else decoder.receive(data)
        if messages:
            self._dialect = decoder.dialect or self._dialect
            clock = host.clock
            items = reporter.report(
                messages, clock.monotonic(), clock.wall(), dialect=decoder.dialect, checksum=decoder.checksum
            )
            if items:
                host.emit(items)
                if self._options.reply is not Reply.NONE:
                    self._reply(link, sum(isinstance(item, Read) for item in items))
        if decoder.dropped:
            self._count_dropped(decoder.dropped)
        if reporter.counted:
            for counter, number in reporter.counted.items():
                host.count(counter, number)
            reporter.counted.clear()

    def _reply(self, link: Stream | UdpPeer, reads: int) -> None:
        if self._dialect is Dialect.MK1:
            return
        command = Command(self._options.reply)
        data, _ = encode(command, self._dialect)
        try:
            for _ in range(reads):
                link.write(data)
        except TransportError as error:
            self.host.count("replies_failed")
            self._complain("replies_failed", "the reply to a read could not be sent: %s", error)

    def _count_dropped(self, dropped: Counter[str]) -> None:
        for reason, number in dropped.items():
            self.host.count(reason, number)
            self._complain(
                reason, "the reader sends %s (from now on only counted, as %s)", _WHY.get(reason, reason), reason
            )
        dropped.clear()

    def _complain(self, about: str, message: str, *args: object) -> None:
        """Log once per connection."""
        if about not in self._complained:
            self._complained.add(about)
            self.host.log.warning(message, *args)

    async def execute(self, command: Command) -> Outcome:
        """Send a command. Nothing answers it, so the best that can be said is ``sent``.

        Raises:
            CommandError: the dialect has no such command, or the option that allows it is not set.
            TransportError: nothing was sent.
        """
        link = self._link
        if link is None:
            raise TransportError("the reader is not connected; nothing was sent")
        data, told = encode(command, self._dialect, raw_commands=self._options.raw_commands)
        link.write(data)
        return Outcome(Status.SENT, told)
