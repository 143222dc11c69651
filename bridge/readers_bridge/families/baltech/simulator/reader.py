"""A simulated BALTECH reader."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from readers_bridge.families.baltech.script.interpreter import Machine
from readers_bridge.families.baltech.simulator.connect import ConnectLink, Reason
from readers_bridge.families.baltech.simulator.device import Device
from readers_bridge.families.baltech.simulator.faults import Faults
from readers_bridge.families.baltech.simulator.frames import Unreadable
from readers_bridge.families.baltech.simulator.scripting import PortLogged
from readers_bridge.families.baltech.simulator.session import HostCommand, Session
from readers_bridge.families.baltech.simulator.settings import Security, Settings
from readers_bridge.families.baltech.typedefs import CardFamilies, IoPort, MessageType, ProtocolID
from readers_bridge.simulation.device import LinkedReader
from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.link import Link
from readers_bridge.simulation.serial import SerialLink
from readers_bridge.simulation.timers import Timers


class SimulatedReader(LinkedReader):
    """One reader on one link, with the limits of a real one.

    Use it as ``async with SimulatedReader(TcpLink(), Settings(features=None)) as reader``, or call ``start`` and ``stop``.
    ``on_happening`` is called for everything that happens; it must return at once and not raise. ``clock`` gives the
    seconds by which messages expire and scripts go on.

    Attributes:
        device: the reader behind its link.
        faults: the faults that wait for their occasion.
        session: what goes on between the reader and its host.
        connected: whether a host is there.
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
        super().__init__(link, name, on_happening)
        self.settings = settings = settings or Settings()
        if isinstance(link, ConnectLink):
            link.serial_number = settings.serial_number
        self.faults = Faults()
        protocol = ProtocolID.BrpSerial if isinstance(link, SerialLink) else ProtocolID.BrpTcp
        self.device = Device(settings, protocol, self._device_tells)
        self.session = Session(self.device, link, self.faults, self, clock=clock, reset=self._reset)
        self._clock = clock
        self._timers = Timers()

    async def start(self) -> None:
        """Switch the reader on.

        Raises:
            OSError: its address cannot be had.
        """
        self.link.up()
        self.say("listening", f"at {self.address}", address=self.address, serial_number=self.serial_number)
        self._begin(Reason.POWER_UP)
        await asyncio.sleep(0)

    async def stop(self) -> None:
        """Switch the reader off."""
        self._timers.cancel("boot", "machine")
        self.link.close()
        await asyncio.sleep(0)

    # what there is to see

    @property
    def serial_number(self) -> str:
        """As in Sys.GetInfo."""
        return f"{self.settings.serial_number:08d}"

    @property
    def machine(self) -> Machine:
        """The ports, variables and timers, as scripts see them."""
        return self.device.scripting.machine

    @property
    def port_log(self) -> list[PortLogged]:
        """Every change of an output port, oldest first."""
        return self.device.scripting.log

    @property
    def stored(self) -> Mapping[tuple[int, int], bytes]:
        """The configuration values by key and value id, in effect or not."""
        return self.device.config.snapshot()

    @property
    def commands(self) -> deque[HostCommand]:
        """What the host commanded, newest last."""
        return self.session.commands

    @property
    def discarded(self) -> deque[Unreadable]:
        """What the host sent in vain, newest last."""
        return self.session.discarded

    @property
    def active(self) -> bool:
        """Whether a card would reach a host: one has asked for messages, or nobody needs to ask."""
        if not self.device.reading or self.booting:
            return False
        if self.settings.raw_serial is not None:
            return self.connected
        return self.session.ever_polled if isinstance(self.link, ConnectLink) else self.session.polls > 0

    @property
    def booting(self) -> bool:
        """Whether the reader starts, and does not answer."""
        return "boot" in self._timers

    def asked(self, code: int) -> list[HostCommand]:
        """The commands with this code, oldest first."""
        return [command for command in self.commands if command.code == code]

    # what people do

    def present(
        self, card: str | bytes, *, family: int = CardFamilies.Iso14443A, valid: bool = True, stay: bool = False
    ) -> None:
        """Hold a card to the reader. ``valid``: a rule of the reader accepts it. ``stay``: until ``remove``."""
        content = card.encode() if isinstance(card, str) else card

        def do(now: float) -> None:
            self.device.present(content, family, now, valid=valid)
            if not stay:
                self.device.remove(now)

        self._do(do)
        if isinstance(self.link, ConnectLink) and not self.booting:
            self.link.wake(Reason.CARD)

    def remove(self) -> None:
        """Take the card away."""
        self._do(self.device.remove)

    def pin(self, digits: str) -> None:
        """Enter a PIN."""
        self._do(lambda now: self.device.pin(digits.encode(), now))

    def tamper(self, on: bool = True) -> None:  # noqa: FBT001, FBT002 - as one says it
        """Open the reader's housing (True), or close it."""
        self.set_input(IoPort.TamperAlarm, on)

    def set_input(self, port: int, high: bool) -> None:  # noqa: FBT001 - a level
        """An input or a GPIO has this level now.

        Raises:
            ValueError: the reader does not have it.
        """
        self.device.check_input(port)
        if self.booting:  # the level is there when the reader is back
            (self.device.inputs.add if high else self.device.inputs.discard)(port)
        self._do(lambda now: self.device.set_input(port, high, now))

    def key(self, code: int) -> None:
        """Press a function key."""
        self.message(MessageType.FunctionKey, bytes((code,)))

    def log_message(self, text: str) -> None:
        """The reader logs something."""
        self.message(MessageType.Logs, text.encode())

    def message(self, kind: int, data: bytes = b"") -> None:
        """A message of any type."""
        self._do(lambda now: self.device.push(kind, data, now))

    def send(self, data: bytes) -> bool:
        """Send bytes as they are; False: nobody is there."""
        return self.link.write(data)

    def fault(self, name: str, value: float | None = None, count: int = 1, code: int | None = None) -> None:
        """One of ``faults.FAULTS``, ``count`` times (0: until fault none), ``code``: for this command only.

        Raises:
            ValueError: no such fault.
        """
        self.faults.arm(name, value, count, code)
        self.say("fault", f"fault {name}", fault=name)
        if name in {"close", "break"}:
            self.link.hang_up(abrupt=name == "break")

    def lock(self, locked: bool = True) -> None:  # noqa: FBT001, FBT002 - as one says it
        """Refuse, or accept, commands in plain text from now on."""
        self.device.security = Security.LOCKED if locked else Security.OPEN
        self.say("security", f"plain text is {'refused' if locked else 'accepted'}", locked=locked)

    def power_cycle(self, seconds: float | None = None) -> None:
        """Interrupt the power; the reader is back after ``seconds`` (None: ``reset_time``)."""
        self._go_down("power cycle", Reason.POWER_UP, seconds, abrupt=True)

    def tick(self) -> None:
        """Look at the clock; needed only with a ``clock`` that is turned by hand."""
        self._do(self.device.scripting.advance)

    # waiting

    async def ready(self, seconds: float | None = None) -> None:
        """Wait until a card would reach the host (None: for ever)."""
        await self.until(lambda: self.active, "a host to ask for messages", seconds)

    # what the link reports

    def opened(self, peer: str) -> None:
        super().opened(peer)
        self.session.opened()

    def closed(self) -> None:
        if self.connected:
            self.session.closed()
        super().closed()

    def received(self, data: bytes) -> None:
        self.session.received(data)
        self._arm()

    # inside

    def _begin(self, reason: Reason) -> None:
        self.device.start(self._clock())
        self._arm()
        if isinstance(self.link, ConnectLink):
            self.link.wake(reason)

    def _reset(self) -> None:
        self._go_down("Sys.Reset", Reason.RESET, None, abrupt=False)

    def _go_down(self, why: str, reason: Reason, seconds: float | None, *, abrupt: bool) -> None:
        self.say("resetting", why, reason=why)
        self.link.down(abrupt=abrupt)
        self._timers.cancel("machine")
        wait = self.settings.reset_time if seconds is None else seconds
        self._timers.set("boot", wait, lambda: self._boot(reason))

    def _boot(self, reason: Reason) -> None:
        self.link.up()
        self._begin(reason)
        self.say("started", "is back")

    def _do(self, what: Callable[[float], None]) -> None:
        if self.booting:
            return
        what(self._clock())
        self._arm()

    def _arm(self) -> None:
        """Set the timer for what scripts do next."""
        due = self.machine.next_due()
        if due is None or self.booting:
            self._timers.cancel("machine")
        else:
            self._timers.set("machine", due - self._clock(), self.tick)

    def _device_tells(self, what: str, text: str, data: Mapping[str, Any]) -> None:
        self.say(what, text, **data)
        if what == "message" and self.settings.raw_serial is not None:
            message = self.device.fetch(self._clock())
            if message is not None:
                self.link.write(message.data + self.settings.raw_serial)
