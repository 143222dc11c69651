"""A simulated TransCore reader."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from random import Random

from readers_bridge.families.transcore.simulator import tags
from readers_bridge.families.transcore.simulator.checks import with_parity, without_parity
from readers_bridge.families.transcore.simulator.device import Device
from readers_bridge.families.transcore.simulator.faults import Faults
from readers_bridge.families.transcore.simulator.outlet import Outlet
from readers_bridge.families.transcore.simulator.records import Counts, Record
from readers_bridge.families.transcore.simulator.session import HostCommand, Session
from readers_bridge.families.transcore.simulator.settings import Settings
from readers_bridge.families.transcore.typedefs import Parity
from readers_bridge.simulation.device import LinkedReader
from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.link import Link
from readers_bridge.simulation.timers import Timers


class SimulatedReader(LinkedReader):
    """One reader on one link, with the limits of a real one.

    Use it as ``async with SimulatedReader(TcpLink(), Settings(protocol=Protocol.ECP)) as reader``, or call ``start`` and
    ``stop``. ``on_happening`` is called for everything that happens; it must return at once and not raise.

    Attributes:
        device: the reader behind its line.
        faults: the faults that wait for their occasion.
        session: what goes on between the reader and its host.
        connected: whether a host is there.
    """

    presents = "tags"

    def __init__(
        self,
        link: Link,
        settings: Settings | None = None,
        *,
        name: str = "reader",
        on_happening: Callable[[Happening], None] | None = None,
    ) -> None:
        super().__init__(link, name, on_happening)
        self.settings = settings = settings or Settings()
        self.faults = Faults(settings.seed)
        self.device = Device(settings, self.say, time.monotonic)
        outlet = Outlet(self._write, settings.baud)
        self.session = Session(self.device, outlet, self.faults, self.power_cycle, self.say, time.monotonic)
        self._random = Random(f"tags {settings.seed}")  # noqa: S311 - no secret is made of it
        self._timers = Timers()
        self._train: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Switch the reader on.

        Raises:
            OSError: its address cannot be had.
        """
        self.link.up()
        self.say("listening", f"at {self.address}", address=self.address)
        self.device.power_on(sign_on=self.settings.sign_on)
        self.session.start()
        await asyncio.sleep(0)

    async def stop(self) -> None:
        """Switch the reader off for good."""
        self._timers.cancel("boot")
        if self._train is not None:
            self._train.cancel()
        self.session.stop()
        self.device.powered = False
        self.link.close()
        await asyncio.sleep(0)

    # what there is to see

    @property
    def powered(self) -> bool:
        """Whether the reader works; after a power cycle it takes ``boot_time``."""
        return self.device.powered

    @property
    def counts(self) -> Counts:
        """How often things happened."""
        return self.device.counts

    @property
    def records(self) -> deque[Record]:
        """The messages that the reader accepted, oldest first, with their times."""
        return self.device.records

    @property
    def accepted(self) -> list[str]:
        """The tags that the reader accepted, in order."""
        return [record.tag for record in self.records if record.tag is not None]

    @property
    def delivered(self) -> list[str]:
        """Those of them that were acknowledged (ECP), or sent to a host that was there, in order."""
        return [record.tag for record in self.records if record.tag is not None and record.settled is not None]

    @property
    def commands(self) -> deque[HostCommand]:
        """What was executed, newest last."""
        return self.session.commands

    def asked(self, text: str) -> list[HostCommand]:
        """The commands with this text that were executed, oldest first."""
        return [command for command in self.commands if command.text == text]

    # what people and trains do

    def present(self, tag: str, *, antenna: int = 0, reads: int = 4, strength: str | None = None) -> bool:
        """A tag comes by; whether the reader accepted it. ``strength``: the three characters of MPRX mode."""
        accepted = self.device.present(tag, antenna=antenna, reads=reads, strength=strength)
        self.session.pump()
        return accepted

    def train(self, cars: int, interval: float = 1.0, *, tags_of: Iterable[str] | None = None) -> asyncio.Task[None]:
        """A train with so many vehicles passes, ``interval`` seconds from one tag to the next; it replaces the one before."""
        if self._train is not None:
            self._train.cancel()
        passing = list(tags.train(cars, self._random) if tags_of is None else tags_of)
        self._train = asyncio.get_running_loop().create_task(self._pass(passing, interval))
        return self._train

    async def _pass(self, passing: list[str], interval: float) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        for tag in passing:
            self.present(tag)
            due += interval
            await asyncio.sleep(due - clock())

    def set_input(self, number: int, on: bool) -> None:  # noqa: FBT001 - a level
        """Input 0 or 1 changes.

        Raises:
            ValueError: there is no such input.
        """
        if number not in {0, 1}:
            raise ValueError(f"the reader has the inputs 0 and 1, not {number}")
        self.device.set_input(number, on)
        self.session.pump()

    def set_presence(self, there: bool = True) -> None:  # noqa: FBT001, FBT002 - as one says it
        """A vehicle comes, or has gone; without one RF is off where presence controls it."""
        self.device.set_presence(there)
        self.session.pump()

    def report(self, text: str) -> None:
        """A report of data mode."""
        self.device.report(text)
        self.session.pump()

    def error(self, code: str) -> None:
        """An error message of data mode."""
        self.device.error(code)
        self.session.pump()

    def set_frequency(self, frequency: str | None) -> None:
        """The RF frequency is set, or lost (None: Error06)."""
        for parameters in (self.device.now, self.device.saved):
            parameters.frequency = frequency
        self.device.attempt_rf()
        self.session.pump()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.session.send(data)

    def fault(self, name: str, share: float | None = None, count: int = 1) -> None:
        """One of ``faults.FAULTS``, for a ``share`` of the occasions, ``count`` times (0: until fault none).

        Raises:
            ValueError: no such fault.
        """
        self.faults.arm(name, share, count)
        self.say("fault", f"fault {name}", fault=name)
        if name in {"close", "break"}:
            self.link.hang_up(abrupt=name == "break")

    def power_off(self) -> None:
        """Interrupt the power; the buffer is kept by its battery."""
        self._timers.cancel("boot")
        if not self.device.powered:
            return
        self.counts.power_cycles += 1
        self.session.stop()
        self.device.power_off()
        if self.settings.embedded_server:
            self.link.down(abrupt=True)
        self.say("off", "power off")

    def power_on(self) -> None:
        """The power is back."""
        self._timers.cancel("boot")
        if self.device.powered:
            return
        if self.settings.embedded_server:
            self.link.up()
        self.device.power_on()
        self.say("started", "is on")
        self.session.start()

    def power_cycle(self, seconds: float | None = None) -> None:
        """Interrupt the power; the reader is back after ``seconds`` (None: ``boot_time``)."""
        self.power_off()
        self._timers.set("boot", self.settings.boot_time if seconds is None else seconds, self.power_on)

    # waiting

    async def settled(self, seconds: float | None = 10.0) -> None:
        """Wait until the buffer is empty, and nothing waits for its ACK."""
        await self.until(
            lambda: not self.device.memory and self.session.ecp.outstanding is None, "the buffer to be empty", seconds
        )

    # what the link reports

    def opened(self, peer: str) -> None:
        self.session.connected = True
        super().opened(peer)

    def closed(self) -> None:
        self.session.connected = False
        super().closed()

    def received(self, data: bytes) -> None:
        if self.settings.wire_parity:
            data = without_parity(data, self._parity)
        if self.device.powered:
            self.session.received(data)
            self.look_again()

    @property
    def _parity(self) -> Parity:
        return self.device.now.parity

    def _write(self, data: bytes) -> None:
        self.link.write(with_parity(data, self._parity) if self.settings.wire_parity else data)
