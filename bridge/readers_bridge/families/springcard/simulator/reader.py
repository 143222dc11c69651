"""A simulated SpringCard reader."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from readers_bridge.families.springcard.simulator import faults, frames
from readers_bridge.families.springcard.simulator.cards import Card
from readers_bridge.families.springcard.simulator.commands import Discarded, Received
from readers_bridge.families.springcard.simulator.field import Field, Report
from readers_bridge.families.springcard.simulator.happening import Happening
from readers_bridge.families.springcard.simulator.inbox import Inbox
from readers_bridge.families.springcard.simulator.link import Link
from readers_bridge.families.springcard.simulator.outlet import Outlet
from readers_bridge.families.springcard.simulator.serial import SerialLink
from readers_bridge.families.springcard.simulator.settings import Hello, Settings


class SimulatedReader:
    """One reader on one link, with the limits of a real one.

    Use it as ``async with SimulatedReader(TcpLink(), Settings(tracking=True)) as reader``, or call ``start`` and ``stop``.
    ``on_happening`` is called for everything that happens; it must return at once and not raise.

    Attributes:
        commands: what the host commanded, newest last.
        discarded: what the host sent in vain, newest last.
        reads: reports handed to the link.
        lost: reports that no host got, because none was connected or too much was waiting.
        connected: whether a host is there; on UDP always, as nobody can tell.
    """

    def __init__(
        self,
        link: Link,
        settings: Settings | None = None,
        *,
        name: str = "reader",
        on_happening: Callable[[Happening], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings = settings or Settings()
        if settings.fragment and not link.stream:
            raise ValueError("datagrams cannot be fragmented; leave fragment out with UDP")
        if settings.direct_frames and not isinstance(link, SerialLink):
            raise ValueError("direct_frames is for a serial line")
        self.name = name
        self.link = link
        link.user = self
        self.reads = 0
        self.lost = 0
        self.connected = False
        self.startups = settings.startups
        self.outlet = Outlet(link.write, fragment=settings.fragment, coalesce=settings.coalesce)
        self._on_happening = on_happening
        self._clock = clock
        self._field = Field(tracking=settings.tracking, repeat=settings.repeat, removal_id=settings.removal_id)
        self._inbox = Inbox(settings, self._taken)
        self.commands = self._inbox.commands
        self.discarded = self._inbox.discarded
        self._started = clock()
        self._repeat: asyncio.TimerHandle | None = None
        self._boot: asyncio.TimerHandle | None = None
        self._waiters: list[asyncio.Future[None]] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Switch the reader on.

        Raises:
            OSError: its address cannot be had.
        """
        self._switch_on()
        self._say("listening", f"at {self.address}", address=self.address)
        await asyncio.sleep(0)  # a link without connections is ready at the next turn of the loop

    async def stop(self) -> None:
        """Switch the reader off."""
        if self._boot is not None:
            self._boot.cancel()
            self._boot = None
        self._switch_off(abrupt=False)
        self.link.close()
        await asyncio.sleep(0)

    @property
    def address(self) -> str:
        """The reader's ``connection`` for a bridge's configuration."""
        return self.link.address

    @property
    def cards(self) -> tuple[Card, ...]:
        """The cards that lie on the reader."""
        return self._field.cards

    @property
    def active(self) -> bool:
        """Whether the reader reads cards now."""
        return self._field.active

    @property
    def uptime(self) -> str:
        """Start-up counter and time since start, as in a READER EVENT: ``CCC:SSS.MMM``."""
        return f"{self.startups}:{self._clock() - self._started:.3f}"

    def place(self, card: Card) -> None:
        """Lay a card on the reader.

        Raises:
            ValueError: the card cannot be sent in the reader's format.
        """
        self._check(card)
        self._report(self._field.place(card, self._clock()))

    def remove(self, card: Card | None = None) -> None:
        """Take a card, or all cards, off the reader."""
        self._report(self._field.remove(card))

    def tap(self, card: Card) -> None:
        """Hold a card to the reader for a moment.

        Raises:
            ValueError: the card cannot be sent in the reader's format.
        """
        self._check(card)
        if not self.active:
            self._lose(Report(card))
        self._report(self._field.tap(card))

    def send(self, data: bytes) -> bool:
        """Send bytes as they are; False: nobody is there."""
        return self.link.write(data)

    def fault(self, name: str, value: float | None = None) -> None:
        """Do, or begin, one of ``faults.FAULTS``.

        Raises:
            ValueError: no such fault, or not on this link.
        """
        faults.inject(self, name, value)
        self._say("fault", f"fault {name}", fault=name)

    def reboot(self) -> None:
        """Start anew: the connection breaks, for ``boot_time`` nobody answers, Uptime begins again."""
        if self._boot is not None:
            return
        self._say("rebooting", "reboots")
        self._switch_off(abrupt=True)
        self._boot = asyncio.get_running_loop().call_later(self.settings.boot_time, self._booted)

    async def until(self, condition: Callable[[], bool], what: str, seconds: float | None = 10.0) -> None:
        """Wait until ``condition()`` is true; it is looked at after everything that happens to this reader.

        Raises:
            TimeoutError: it was not within ``seconds`` (None: wait for ever).
        """
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiters.append(waiter)
                    await waiter
        except TimeoutError:
            raise TimeoutError(f"{self.name}: waited {seconds} s in vain for {what}") from None

    async def client_connected(self, seconds: float | None = 10.0) -> None:
        """Wait until a host is there."""
        await self.until(lambda: self.connected, "a host to connect", seconds)

    async def client_disconnected(self, seconds: float | None = 10.0) -> None:
        """Wait until no host is there."""
        await self.until(lambda: not self.connected, "the host to disconnect", seconds)

    async def commands_received(self, count: int, seconds: float | None = 10.0) -> None:
        """Wait until there are at least ``count`` commands in ``commands``."""
        await self.until(lambda: len(self.commands) >= count, f"{count} commands", seconds)

    def finished(self, reads: int) -> None:
        """A pace has presented all the cards that it should."""
        self._say("finished", f"finished after {reads} reads", reads=reads)

    # what the link reports

    def opened(self, peer: str) -> None:
        self.connected = True
        self._inbox.reset(peer)
        self._say("connected", f"host {peer} is there", peer=peer)
        if self.settings.hello is Hello.EMPTY:
            self.link.write(frames.hello(self.settings))
        if not self._field.active:
            self._report(self._field.activate(self._clock()))

    def closed(self) -> None:
        if not self.connected:
            return
        self.connected = False
        self.outlet.clear()
        self._inbox.reset()
        if not self.settings.activate_on_startup:
            self._field.deactivate()
        self._say("disconnected", "the host is gone")

    def refused(self, peer: str) -> None:
        self._say("refused", f"second host {peer} refused", peer=peer)

    def ignored(self, data: bytes, source: str, reason: str) -> None:
        self._inbox.discard(data, source, reason)

    def received(self, data: bytes, source: str) -> None:
        if self.link.stream:
            self._inbox.stream(data)
        else:
            self._inbox.datagram(data, source)

    # inside

    def _switch_on(self) -> None:
        self._started = self._clock()
        if self.settings.activate_on_startup:
            self._report(self._field.activate(self._clock()))
        self.link.up()

    def _switch_off(self, *, abrupt: bool) -> None:
        self.link.down(abrupt=abrupt)
        self._field.deactivate()
        self.outlet.clear()
        self.outlet.slow = 0.0
        self._inbox.reset()
        self._arm()

    def _booted(self) -> None:
        self._boot = None
        self.startups += 1
        self._switch_on()
        self._say("rebooted", f"is back, start {self.startups}", startups=self.startups)

    def _check(self, card: Card) -> None:
        frames.encode(Report(card), self.settings)

    def _report(self, reports: tuple[Report, ...]) -> None:
        for report in reports:
            message = frames.encode(report, self.settings, self.uptime)
            if not message:
                continue
            every = self.settings.direct_frames
            if every and self.reads % every == 0:
                message = frames.DIRECT_FRAME + message
            if not (self.connected and self.outlet.put(message)):
                self._lose(report)
            else:
                self.reads += 1
                if self._on_happening is not None or self._waiters:
                    self._say(
                        "read", _reading(report), tag_id=report.card.tag_id, data=report.card.data, move=report.move
                    )
        self._arm()

    def _lose(self, report: Report) -> None:
        self.lost += 1
        self._say("lost", f"{_reading(report)}, but no host got it", tag_id=report.card.tag_id, move=report.move)

    def _arm(self) -> None:
        """Set the timer for the next repeat of a card that stays."""
        if self._repeat is not None:
            self._repeat.cancel()
            self._repeat = None
        due = self._field.next_due
        if due is not None:
            wait = max(0.0, due - self._clock())
            self._repeat = asyncio.get_running_loop().call_later(wait, self._read_again)

    def _read_again(self) -> None:
        self._repeat = None
        self._report(self._field.due(self._clock()))

    def _taken(self, item: Received | Discarded) -> None:
        raw = item.raw.decode("ascii", "backslashreplace")
        if isinstance(item, Discarded):
            self._say("discarded", f"discarded, {item.reason}: {raw}", raw=raw, source=item.source, reason=item.reason)
            return
        values = {"sequence": item.sequence, "leds": item.leds and item.leds.hex().upper(), "buzzer": item.buzzer}
        given = {key: value for key, value in values.items() if value is not None}
        self._say("command", f"command: {item}", raw=raw, source=item.source, **given, **item.other)

    def _say(self, what: str, text: str, **data: Any) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
        if self._on_happening is not None:
            self._on_happening(Happening(self.name, what, text, data))


def _reading(report: Report) -> str:
    verb = {"": "read", "I": "inserted", "R": "removed", "IR": "tapped"}[report.move]
    data = report.card.data
    return f"{verb} {report.card.tag_id or 'a card'}" + (
        f", data {data if len(data) < 50 else data[:50] + '...'}" if data else ""
    )
