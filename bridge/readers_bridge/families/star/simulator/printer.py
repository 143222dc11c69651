"""A simulated Star printer with its Ethernet card."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from readers_bridge.families.star.simulator import faults
from readers_bridge.families.star.simulator.card import Card
from readers_bridge.families.star.simulator.condition import Condition, Switch
from readers_bridge.families.star.simulator.jobs import Job
from readers_bridge.families.star.simulator.roll import Cut, Kick, Roll
from readers_bridge.families.star.simulator.settings import Settings
from readers_bridge.families.star.simulator.transcript import transcript
from readers_bridge.simulation.happening import Happening


class SimulatedPrinter(Card):
    """A printer that can be told what happens to it, and asked what it has done."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        name: str = "printer",
        on_happening: Callable[[Happening], None] | None = None,
    ) -> None:
        super().__init__(settings or Settings(), name, on_happening)

    async def start(self) -> None:
        """Switch it on.

        Raises:
            OSError: a port cannot be had.
        """
        try:
            self.up()
        except OSError:
            await self.stop()
            raise
        self.say("listening", f"at {self.address} ({self.settings.emulation})", address=self.address)

    async def stop(self) -> None:
        """Take it away."""
        self._timers.cancel("reset", "power")
        self.mechanism.engine.reset()
        self.close()
        await asyncio.sleep(0)

    # What people do to it.

    def cover(self, *, is_open: bool) -> None:
        """Open or close the cover."""
        self.condition.set(Switch.COVER, is_open)

    def paper(self, lines: int | None = None) -> None:
        """Put in paper for so many lines; None: without end. With 0 there is none."""
        self.condition.set_paper(lines)

    def switch(self, switch: Switch, *, on: bool = True) -> None:
        """Turn any switch."""
        self.condition.set(switch, on)

    def busy(self, *, on: bool = True) -> None:
        """From now on it takes data and never finishes, or goes on."""
        self.condition.set_busy(on)

    def slow(self, lines: float = 0.0, size: float = 0.0) -> None:
        """Print so many lines, or take so many bytes, per second; 0: as fast as the machine can."""
        engine = self.mechanism.engine
        engine.lines_per_second, engine.bytes_per_second = lines, size

    def power(self, *, on: bool) -> None:
        """Switch it off, with connections that hang and ports that refuse, or on again."""
        if on == self.is_powered:
            return
        self._timers.cancel("reset", "power")
        if on:
            self.up()
            self.say("started", "power on")
        else:
            self.down(silent=True)
            self.say("condition", "power off", on=[], power=False)

    def power_cycle(self, seconds: float = 0.0) -> None:
        """Off, and on again after this time."""
        self.power(on=False)
        self._timers.set("power", seconds, lambda: self.power(on=True))

    def fault(self, name: str, value: float | None = None, count: int = 1, port: str | None = None) -> None:
        """Give it a fault.

        Raises:
            ValueError: there is no such fault, or no such value.
        """
        self.faults.arm(name, value, count, port)
        self.say("fault", f"fault {name}", name=name)
        match name:
            case "break":
                for session in self.print_sessions():
                    session.reset()
            case "hang_up":
                for session in self.print_sessions():
                    session.close()
            case "hold":
                self.hold(int(faults.DEFAULTS["hold"] if value is None else value))
            case "none":
                self._print.let_go()

    def hold(self, port: int, ip: str = "127.0.0.1") -> None:
        """A host that crashed holds a print session from this address and port."""
        self._print.hold(ip, port)

    def tear(self) -> None:
        """Take the paper away."""
        self.roll.tear()

    # What it has done.

    @property
    def condition(self) -> Condition:
        """Switches, paper and ETB counter."""
        return self.mechanism.condition

    @property
    def roll(self) -> Roll:
        """What is on the paper."""
        return self.mechanism.roll

    @property
    def jobs(self) -> list[Job]:
        """The print sessions that sent something, the newest last."""
        return self.mechanism.jobs

    @property
    def kicks(self) -> list[Kick]:
        """Drawers that were opened, since the paper was torn off."""
        return [item for item in self.roll.of_job() if isinstance(item, Kick)]

    @property
    def cuts(self) -> list[str]:
        """Kinds of the cuts, since the paper was torn off."""
        return [item.kind for item in self.roll.of_job() if isinstance(item, Cut)]

    @property
    def unknown(self) -> list[bytes]:
        """Commands that it did not know, or could not do."""
        return [command for job in self.jobs for command in job.unknown]

    @property
    def is_damaged(self) -> bool:
        """Whether a buzzer command was given with a drawer on the socket."""
        return self.mechanism.is_damaged

    @property
    def print_ends(self) -> int:
        """The print-end counter, 0 to 255."""
        return self.mechanism.interpreter.print_ends

    @property
    def connections(self) -> dict[str, list[str]]:
        """Hosts that are connected, by port, and those that hold a print session and are gone."""
        found = {name: [session.source for session in port.sessions] for name, port in self._named}
        found["held"] = [f"{ip}:{port}" for ip, port in self._print.held]
        return found

    def transcript(self, job: int | None = None) -> str:
        """The paper, or what one job left on it, as text."""
        return transcript(self.roll.of_job(job), self.settings.columns)

    def png(self, job: int | None = None) -> bytes:
        """The paper, or what one job left on it, as a picture.

        Raises:
            RuntimeError: Pillow is not installed.
        """
        from readers_bridge.families.star.simulator.drawing import draw  # noqa: PLC0415 - it needs Pillow

        return draw(self.roll.of_job(job), self.settings)

    async def printing(self, seconds: float | None = 10.0) -> None:
        """Wait until a host has a print session."""
        await self.until(self.print_sessions, "a print session", seconds)

    async def idle(self, seconds: float | None = 10.0) -> None:
        """Wait until no host has a print session and everything is printed."""
        await self.until(
            lambda: not self.print_sessions() and not self.mechanism.engine.queued, "the end of the jobs", seconds
        )
