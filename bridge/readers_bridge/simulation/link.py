"""What every link of a simulated reader has in common."""

from __future__ import annotations

import abc
import asyncio
from typing import Protocol

WRITE_LIMIT = 1 << 20
"""Bytes that may wait for a host that does not read; what comes on top is lost."""


class LinkUser(Protocol):
    """The reader, as its link sees it."""

    def opened(self, peer: str) -> None:
        """A host is there."""

    def closed(self) -> None:
        """The host is gone."""

    def refused(self, peer: str) -> None:
        """Another host wanted to connect."""

    def received(self, data: bytes) -> None:
        """Bytes from the host."""


class Link(abc.ABC):
    """One link of one reader. ``up`` and ``down`` can be called in turn, as when it loses power with the reader."""

    stream = True
    """Bytes without borders; False: datagrams."""
    has_connections = True
    """Whether an end of the talk can be told, and brought about."""
    user: LinkUser

    @property
    @abc.abstractmethod
    def address(self) -> str:
        """What goes into ``connection`` of a bridge's configuration; known once the link has been up."""

    @abc.abstractmethod
    def up(self) -> None:
        """Begin to listen, or to connect.

        Raises:
            OSError: the address cannot be had.
        """

    @abc.abstractmethod
    def down(self, *, abrupt: bool = False) -> None:
        """End everything at once, an ``abrupt`` end without a farewell; ``user.closed`` is called where a host was there."""

    def close(self) -> None:
        """Down for good."""
        self.down()

    @abc.abstractmethod
    def write(self, data: bytes) -> bool:
        """Send to the host; False: nobody is there, or too much is waiting."""

    async def drain(self) -> None:
        """Wait until more can be written without waiting too long."""
        await asyncio.sleep(0)

    @abc.abstractmethod
    def hang_up(self, *, abrupt: bool = False) -> None:
        """End the connection to this host, where there is one."""
