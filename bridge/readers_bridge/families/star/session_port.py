"""The bridge's own port of its session on the print port, remembered for good, so that a session that it left behind can be cut.

A card whose print port has no time-out keeps the session of a host that vanished, and takes no other one; only that host can cut
it, and needs its old port for that (IFBD-HE07X/08X/BE07X user's manual, 3.1.3 and 3.1.5).
"""

from __future__ import annotations

import socket
from pathlib import Path

from readers_bridge.errors import CommandError, JournalError, TransportError
from readers_bridge.families import Host
from readers_bridge.families.star.management_client import ManagementClient
from readers_bridge.model import Status

FACT = "print_session_port"

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LOCAL, _INODE = 1, 9


class SessionPort:
    """Remembers the port of the session that is open, or was not closed in order."""

    def __init__(self, host: Host) -> None:
        self._host = host

    @property
    def remembered(self) -> int | None:
        """The port; None: the last session was closed in order."""
        port = self._host.facts.get(FACT)
        return port if isinstance(port, int) and 1 <= port <= 0xFFFF else None

    async def opened(self, port: int) -> None:
        """A session is open from this port; returns when that is stored for good."""
        await self._store(port, sync=True)

    async def closed(self) -> None:
        """It was closed, and the card knows it."""
        if self.remembered is not None:
            await self._store(None, sync=False)

    async def free(self, client: ManagementClient) -> bool:
        """Cut the remembered session, if it is nobody's; whether the print port may be free now."""
        port = self.remembered
        if port is None or is_held(port):
            return False
        try:
            await client.release(port)
        except CommandError as error:
            if error.status == Status.FAILED:
                await self.closed()
            self._host.log.debug("the session from port %d was not cut: %s", port, error)
            return False
        except TransportError as error:
            self._host.log.debug("the session from port %d was not cut: %s", port, error)
            return False
        self._host.log.info("cut a session of this bridge from port %d that the printer still held", port)
        self._host.count("sessions_freed")
        await self.closed()
        return True

    async def _store(self, port: int | None, *, sync: bool) -> None:
        try:
            await self._host.commit((), sync=sync, facts={FACT: port})
        except JournalError as error:
            self._host.count("not_kept")
            self._host.log.warning("the port of the print session could not be stored: %s", error)


def is_held(port: int) -> bool:
    """Whether a program on this machine has a TCP socket with this local port; what the system only winds up does not count."""
    try:
        rows = [row.split() for table in TABLES if table.exists() for row in table.read_text().splitlines()[1:]]
    except OSError:
        rows = []
    if not rows:
        return _cannot_bind(port)
    return any(int(row[_LOCAL].rpartition(":")[2], 16) == port and row[_INODE] != "0" for row in rows)


def _cannot_bind(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        try:
            sock.bind(("", port))
        except OSError:
            return True
    return False
