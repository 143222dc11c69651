"""A driver in its sessions, as the bridge keeps it: connected again after each end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from readers_bridge.addresses import parse_address
from readers_bridge.families.transcore import FAMILY, connection
from readers_bridge.families.transcore.driver import TransCoreDriver
from readers_bridge.model import DeviceConfig
from readers_bridge.validation import worded
from tests.bridge.desk import Desk
from tests.bridge.served_driver import ServedDriver, living


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


class Served(ServedDriver[TransCoreDriver]):
    def __init__(self, config: DeviceConfig, desk: Desk | None = None) -> None:
        desk = desk or Desk()
        super().__init__(TransCoreDriver(config, desk), desk)


@asynccontextmanager
async def served(
    connection: str, desk: Desk | None = None, *, started: bool = True, **options: Any
) -> AsyncIterator[Served]:
    async with living(Served(device_config(connection, **options), desk)) as it:
        if started:
            await it.online()
        yield it


def kept(desk: Desk) -> Mapping[str, Any]:
    """What a next run finds."""
    return dict(desk.facts)
