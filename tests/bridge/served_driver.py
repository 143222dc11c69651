"""A driver in its sessions, as the bridge keeps it: connected again after each end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

from readers_bridge.errors import CommandError, DeviceError
from readers_bridge.families import Driver
from readers_bridge.model import Command, Outcome
from tests.bridge.desk import Desk
from tests.conftest import eventually

D = TypeVar("D", bound=Driver)


class ServedDriver(Generic[D]):
    """``ends`` has why each session ended, ``texts`` the same in words where it was an error."""

    def __init__(self, driver: D, desk: Desk) -> None:
        self.driver = driver
        self.desk = desk
        self.ends: list[str] = []
        self.texts: list[str] = []

    async def live(self) -> None:
        while True:
            try:
                await self.driver.session()
                self.ends.append("closed_by_device")
            except DeviceError as error:
                self.ends.append(error.code)
                self.texts.append(str(error))
            self.desk.is_online = False
            await asyncio.sleep(0.01)  # the bridge waits too before it connects again

    async def online(self) -> None:
        await eventually(lambda: self.desk.is_online, f"the device online, had {self.ends}")

    async def command(self, name: str, **args: Any) -> Outcome:
        return await self.driver.execute(Command(name, args, "t-1"))

    async def refused(self, name: str, **args: Any) -> CommandError:
        """The error of a command."""
        try:
            outcome = await self.command(name, **args)
        except CommandError as error:
            return error
        raise AssertionError(f"{name} ended with {outcome}")

    async def read(self, *credentials: str) -> None:
        """Wait until these are all that was read."""
        await eventually(lambda: len(self.desk.reads) >= len(credentials), f"reads, had {self.desk.credentials}")
        assert self.desk.credentials == list(credentials)


S = TypeVar("S", bound=ServedDriver[Any])


@asynccontextmanager
async def living(it: S) -> AsyncIterator[S]:
    """It lives until the end."""
    task = asyncio.create_task(it.live())
    try:
        yield it
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
