"""A driver in its sessions, as the bridge keeps it: connected again after each end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from readers_bridge.addresses import parse_address
from readers_bridge.errors import DeviceError
from readers_bridge.families.transcore import FAMILY, connection
from readers_bridge.families.transcore.driver import TransCoreDriver
from readers_bridge.model import Command, DeviceConfig, Outcome
from readers_bridge.validation import worded
from tests.bridge.transcore.desk import Desk
from tests.conftest import eventually


@contextmanager
def short_silence() -> Iterator[None]:
    """An empty buffer of data inquiry is told from a full one in a tenth of a second, as on a fast link."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "SILENCE", 0.04)
        patch.setattr(connection, "LONGEST_MESSAGE", 20)
        yield


def checked(**options: Any) -> dict[str, Any]:
    result: dict[str, Any] = worded(FAMILY.options)(options)
    return result


def device_config(connection: str, **options: Any) -> DeviceConfig:
    address = parse_address(connection, FAMILY.schemes)
    return DeviceConfig("yard", "transcore", address, "Yard", options=checked(**options))


class Served:
    """``ends`` has why each session ended."""

    def __init__(self, config: DeviceConfig, desk: Desk | None = None) -> None:
        self.desk = desk or Desk()
        self.driver = TransCoreDriver(config, self.desk)
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
            await asyncio.sleep(0.01)

    async def online(self) -> None:
        await eventually(lambda: self.desk.is_online, f"the reader online, had {self.ends}")

    async def command(self, name: str, **args: Any) -> Outcome:
        return await self.driver.execute(Command(name, args))

    async def read(self, *credentials: str) -> None:
        """Wait until these are all that was read."""
        await eventually(lambda: len(self.desk.reads) >= len(credentials), f"reads, had {self.desk.credentials}")
        assert self.desk.credentials == list(credentials)


@asynccontextmanager
async def served(
    connection: str, desk: Desk | None = None, *, started: bool = True, **options: Any
) -> AsyncIterator[Served]:
    it = Served(device_config(connection, **options), desk)
    task = asyncio.create_task(it.live())
    try:
        if started:
            await it.online()
        yield it
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def kept(desk: Desk) -> Mapping[str, Any]:
    """What a next run finds."""
    return dict(desk.facts)
