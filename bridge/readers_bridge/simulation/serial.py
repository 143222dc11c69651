"""The reader on a serial line: a pseudo-terminal that a host opens like any serial port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import select
import tty
from pathlib import Path

from readers_bridge.simulation.link import WRITE_LIMIT, Link

LOOK_EVERY = 0.02
"""Seconds between looks whether a host has opened the port: the system does not report it by itself."""


class SerialLink(Link):
    """A pseudo-terminal, kept over power cycles. ``link``: a symbolic link to it, for a name that does not change."""

    has_connections = False

    def __init__(self, link: Path | None = None) -> None:
        self._link = link
        self._path = ""
        self._master = -1
        self._look: asyncio.TimerHandle | None = None
        self._open = False
        self._waiting = bytearray()
        self._drained = asyncio.Event()
        self._drained.set()

    @property
    def path(self) -> str:
        """The port to open."""
        return str(self._link) if self._link is not None else self._path

    @property
    def address(self) -> str:
        return f"serial://{self.path}"

    def up(self) -> None:
        if self._master < 0:
            self._create()
        else:
            self._forget_what_came()
        self._look_for_host()

    def _forget_what_came(self) -> None:
        """A reader does not hear what is sent to it while it starts."""
        with contextlib.suppress(OSError):
            while os.read(self._master, 65_536):
                pass

    def _create(self) -> None:
        self._master, port = pty.openpty()
        tty.setraw(port)
        self._path = os.ttyname(port)
        # from here on the system can tell whether anybody has it open
        os.close(port)
        os.set_blocking(self._master, False)
        if self._link is not None:
            if self._link.is_symlink():
                self._link.unlink()
            self._link.symlink_to(self._path)

    def _look_for_host(self) -> None:
        self._look = None
        poll = select.poll()
        poll.register(self._master, 0)
        loop = asyncio.get_running_loop()
        if poll.poll(0):
            self._look = loop.call_later(LOOK_EVERY, self._look_for_host)
            return
        self._open = True
        loop.add_reader(self._master, self._readable)
        self.user.opened(self.path)

    def down(self, *, abrupt: bool = False) -> None:  # noqa: ARG002 - a wire knows no farewell
        if self._look is not None:
            self._look.cancel()
            self._look = None
        if self._open:
            self._forget()

    def close(self) -> None:
        self.down()
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
        if self._link is not None:
            with contextlib.suppress(FileNotFoundError):
                if str(self._link.readlink()) == self._path:
                    self._link.unlink()

    def write(self, data: bytes) -> bool:
        if not self._open or len(self._waiting) > WRITE_LIMIT:
            return False
        idle = not self._waiting
        self._waiting += data
        if idle:
            self._writable()
            if self._waiting and self._open:
                self._drained.clear()
                asyncio.get_running_loop().add_writer(self._master, self._writable)
        return True

    async def drain(self) -> None:
        await self._drained.wait()

    def hang_up(self, *, abrupt: bool = False) -> None:
        """Nothing: a line has no connection."""

    def _writable(self) -> None:
        try:
            written = os.write(self._master, self._waiting)
        except BlockingIOError:
            return
        except OSError:
            self._gone()
            return
        del self._waiting[:written]
        if not self._waiting and not self._drained.is_set():
            asyncio.get_running_loop().remove_writer(self._master)
            self._drained.set()

    def _readable(self) -> None:
        try:
            data = os.read(self._master, 65_536)
        except BlockingIOError:
            return
        except OSError:  # the host closed the port
            self._gone()
            return
        self.user.received(data)

    def _gone(self) -> None:
        self._forget()
        self._look_for_host()

    def _forget(self) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._master)
        loop.remove_writer(self._master)
        self._open = False
        self._waiting.clear()
        self._drained.set()
        self.user.closed()
