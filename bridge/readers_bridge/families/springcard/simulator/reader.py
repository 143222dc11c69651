"""A simulated SpringCard reader."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from readers_bridge.families.springcard.simulator import faults, frames
from readers_bridge.families.springcard.simulator.cards import Card
from readers_bridge.families.springcard.simulator.commands import Discarded, Received
from readers_bridge.families.springcard.simulator.field import Field, Report
from readers_bridge.families.springcard.simulator.inbox import Inbox
from readers_bridge.families.springcard.simulator.outlet import Outlet
from readers_bridge.families.springcard.simulator.settings import Hello, Settings
from readers_bridge.simulation.device import LinkedReader
from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.link import Link
from readers_bridge.simulation.serial import SerialLink
from readers_bridge.simulation.timers import Timers


class SimulatedReader(LinkedReader):
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

    presents = "reads"

    def __init__(
        self,
        link: Link,
        settings: Settings | None = None,
        *,
        name: str = "reader",
        on_happening: Callable[[Happening], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(link, name, on_happening)
        self.settings = settings = settings or Settings()
        if settings.fragment and not link.stream:
            raise ValueError("datagrams cannot be fragmented; leave fragment out with UDP")
        if settings.direct_frames and not isinstance(link, SerialLink):
            raise ValueError("direct_frames is for a serial line")
        self.reads = 0
        self.lost = 0
        self.startups = settings.startups
        self.outlet = Outlet(link.write, fragment=settings.fragment, coalesce=settings.coalesce)
        self._clock = clock
        self._field = Field(tracking=settings.tracking, repeat=settings.repeat, removal_id=settings.removal_id)
        self._inbox = Inbox(settings, self._taken)
        self.commands = self._inbox.commands
        self.discarded = self._inbox.discarded
        self._started = clock()
        self._timers = Timers()

    async def start(self) -> None:
        """Switch the reader on.

        Raises:
            OSError: its address cannot be had.
        """
        self._switch_on()
        self.say("listening", f"at {self.address}", address=self.address)
        await asyncio.sleep(0)  # a link without connections is ready at the next turn of the loop

    async def stop(self) -> None:
        """Switch the reader off."""
        self._timers.cancel("boot")
        self._switch_off(abrupt=False)
        self.link.close()
        await asyncio.sleep(0)

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
        self.say("fault", f"fault {name}", fault=name)

    def reboot(self) -> None:
        """Start anew: the connection breaks, for ``boot_time`` nobody answers, Uptime begins again."""
        if "boot" in self._timers:
            return
        self.say("rebooting", "reboots")
        self._switch_off(abrupt=True)
        self._timers.set("boot", self.settings.boot_time, self._booted)

    async def commands_received(self, count: int, seconds: float | None = 10.0) -> None:
        """Wait until there are at least ``count`` commands in ``commands``."""
        await self.until(lambda: len(self.commands) >= count, f"{count} commands", seconds)

    # what the link reports

    def opened(self, peer: str) -> None:
        self._inbox.reset(peer)
        super().opened(peer)
        if self.settings.hello is Hello.EMPTY:
            self.link.write(frames.hello(self.settings))
        if not self._field.active:
            self._report(self._field.activate(self._clock()))

    def closed(self) -> None:
        if self.connected:
            self.outlet.clear()
            self._inbox.reset()
            if not self.settings.activate_on_startup:
                self._field.deactivate()
        super().closed()

    def received(self, data: bytes) -> None:
        self._inbox.stream(data)

    def datagram(self, data: bytes, source: str) -> None:
        """A datagram from the host."""
        self._inbox.datagram(data, source)

    def ignored(self, data: bytes, source: str, reason: str) -> None:
        """A datagram that the link does not let through."""
        self._inbox.discard(data, source, reason)

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
        self.startups += 1
        self._switch_on()
        self.say("rebooted", f"is back, start {self.startups}", startups=self.startups)

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
                card = report.card
                self.say("read", _reading(report), tag_id=card.tag_id, data=card.data, move=report.move)
        self._arm()

    def _lose(self, report: Report) -> None:
        self.lost += 1
        self.say("lost", f"{_reading(report)}, but no host got it", tag_id=report.card.tag_id, move=report.move)

    def _arm(self) -> None:
        """Set the timer for the next repeat of a card that stays."""
        due = self._field.next_due
        if due is None:
            self._timers.cancel("repeat")
        else:
            self._timers.set("repeat", due - self._clock(), self._read_again)

    def _read_again(self) -> None:
        self._report(self._field.due(self._clock()))

    def _taken(self, item: Received | Discarded) -> None:
        raw = item.raw.decode("ascii", "backslashreplace")
        if isinstance(item, Discarded):
            self.say("discarded", f"discarded, {item.reason}: {raw}", raw=raw, source=item.source, reason=item.reason)
            return
        values = {"sequence": item.sequence, "leds": item.leds and item.leds.hex().upper(), "buzzer": item.buzzer}
        given = {key: value for key, value in values.items() if value is not None}
        self.say("command", f"command: {item}", raw=raw, source=item.source, **given, **item.other)


def _reading(report: Report) -> str:
    verb = {"": "read", "I": "inserted", "R": "removed", "IR": "tapped"}[report.move]
    data = report.card.data
    return f"{verb} {report.card.tag_id or 'a card'}" + (
        f", data {data if len(data) < 50 else data[:50] + '...'}" if data else ""
    )
