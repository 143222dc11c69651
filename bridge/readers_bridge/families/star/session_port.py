"""The bridge's own ports of its sessions on the print port, remembered for good, so that one that it left behind can be cut.

A card whose print port has no time-out keeps the session of a host that vanished, and takes no other one; only that host can cut
it, and needs its old port for that (IFBD-HE07X/08X/BE07X user's manual, 3.1.3 and 3.1.5).

A card may take its time to refuse a session, so that it seems open; what was remembered before is not given up for it.
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

MOST = 4
"""Ports that are remembered; the oldest is given up first."""


class SessionPort:
    """Remembers the ports of the session that is open, and of those that were not closed in order."""

    def __init__(self, host: Host) -> None:
        self._host = host

    @property
    def remembered(self) -> tuple[int, ...]:
        """The ports, the newest first; none: the last session was closed in order."""
        ports = self._host.facts.get(FACT)
        found = ports if isinstance(ports, list) else [ports]
        return tuple(port for port in found if isinstance(port, int) and 1 <= port <= 0xFFFF)

    async def opened(self, port: int) -> None:
        """A session is open from this port, as it seems; returns when that is stored for good."""
        await self._store([port, *self._but(port)][:MOST], sync=True)

    async def closed(self) -> None:
        """A session was open, and closed in order: none is in the way."""
        if self.remembered:
            await self._store([], sync=False)

    async def forget(self, port: int) -> None:
        """The card has no session from this port."""
        if port in self.remembered:
            await self._store(self._but(port), sync=False)

    async def free(self, client: ManagementClient) -> bool:
        """Cut a remembered session that is nobody's; whether the print port may be free now."""
        for port in self.remembered:
            if is_held(port):
                continue
            try:
                await client.release(port)
            except (CommandError, TransportError) as error:
                self._host.log.debug("the session from port %d was not cut: %s", port, error)
                if not isinstance(error, CommandError) or error.status != Status.FAILED:
                    return False
                await self.forget(port)
            else:
                self._host.log.info("cut a session of this bridge from port %d that the printer still held", port)
                self._host.count("sessions_freed")
                await self.forget(port)
                return True
        return False

    def _but(self, port: int) -> list[int]:
        return [other for other in self.remembered if other != port]

    async def _store(self, ports: list[int], *, sync: bool) -> None:
        try:
            await self._host.commit((), sync=sync, facts={FACT: ports})
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
