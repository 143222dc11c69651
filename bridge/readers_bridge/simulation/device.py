"""A simulated device that is switched on and off, and one that is behind a link."""

from __future__ import annotations

import abc
from collections.abc import Callable
from types import TracebackType
from typing import Self

from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.link import Link
from readers_bridge.simulation.watched import Watched


class SimulatedDevice(Watched, abc.ABC):
    """A device; ``async with`` switches it on and off."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    @abc.abstractmethod
    def address(self) -> str:
        """The device's ``connection`` for a bridge's configuration."""

    @abc.abstractmethod
    async def start(self) -> None:
        """Switch the device on.

        Raises:
            OSError: its address cannot be had.
        """

    @abc.abstractmethod
    async def stop(self) -> None:
        """Switch the device off for good."""


class LinkedReader(SimulatedDevice):
    """A reader on one link.

    Attributes:
        link: where its host is.
        connected: whether a host is there; on UDP always, as nobody can tell.
    """

    presents = "cards"
    """What a pace presents to it."""

    def __init__(self, link: Link, name: str, on_happening: Callable[[Happening], None] | None) -> None:
        super().__init__(name, on_happening)
        self.link = link
        self.connected = False
        link.user = self

    @property
    def address(self) -> str:
        return self.link.address

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self.address.rpartition(":")[2])

    async def client_connected(self, seconds: float | None = 10.0) -> None:
        """Wait until a host is there."""
        await self.until(lambda: self.connected, "a host to connect", seconds)

    async def client_disconnected(self, seconds: float | None = 10.0) -> None:
        """Wait until no host is there."""
        await self.until(lambda: not self.connected, "the host to disconnect", seconds)

    def finished(self, reads: int) -> None:
        """A pace has presented all that it should."""
        self.say("finished", f"finished after {reads} {self.presents}", reads=reads)

    # what the link reports

    def opened(self, peer: str) -> None:
        self.connected = True
        self.say("connected", f"host {peer} is there", peer=peer)

    def closed(self) -> None:
        if self.connected:
            self.connected = False
            self.say("disconnected", "the host is gone")

    def refused(self, peer: str) -> None:
        self.say("refused", f"second host {peer} refused", peer=peer)

    @abc.abstractmethod
    def received(self, data: bytes) -> None:
        """Bytes from the host."""
