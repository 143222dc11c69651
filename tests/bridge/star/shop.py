"""A driver in its sessions with a printer, as the bridge keeps it, and a real device with its lanes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from readers_bridge.addresses import parse_address
from readers_bridge.commands import Incoming
from readers_bridge.config import JournalConfig
from readers_bridge.device import Device, Outlet
from readers_bridge.families.star import FAMILY
from readers_bridge.families.star.driver import StarDriver
from readers_bridge.families.star.simulator import Settings, SimulatedPrinter
from readers_bridge.journal import Journal, Record
from readers_bridge.model import DeviceConfig, JsonObject
from readers_bridge.mqtt.topics import Topics
from readers_bridge.pressure import Pressure
from readers_bridge.privacy import Veil
from readers_bridge.validation import worded
from tests.bridge.desk import Desk
from tests.bridge.served_driver import ServedDriver, living
from tests.conftest import eventually


def config(connection: str, **options: Any) -> DeviceConfig:
    """A device's entry, checked as the bridge does; but a test need not wait as long as the shortest times that are allowed."""
    given = {name: value for name, value in options.items() if value is not None}
    times = {name: given.pop(name) for name in ("poll", "print_timeout") if name in given}
    checked: dict[str, Any] = worded(FAMILY.options)(given)
    address = parse_address(connection, FAMILY.schemes)
    return DeviceConfig("till", "star", address, "Till", options=checked | times)


class Served(ServedDriver[StarDriver]):
    def __init__(self, connection: str, facts: Mapping[str, Any] | None = None, **options: Any) -> None:
        desk = Desk(facts)
        super().__init__(StarDriver(config(connection, **options), desk), desk)

    @property
    def jobs(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The events of jobs, with their data."""
        return [(event.event_type, event.data) for event in self.desk.told if event.event_type.startswith("job_")]

    def waits_for(self, reason: str) -> bool:
        return any(name == "job_waiting" and data["reason"] == reason for name, data in self.jobs)


def served(
    connection: str, facts: Mapping[str, Any] | None = None, **options: Any
) -> AbstractAsyncContextManager[Served]:
    return living(Served(connection, facts, **options))


QUICK: dict[str, Any] = {"poll": 0.1, "print_timeout": 1.0, "password": "guest", "peripheral": "drawer"}


@asynccontextmanager
async def shop(
    settings: Settings | None = None, facts: Mapping[str, Any] | None = None, **options: Any
) -> AsyncIterator[tuple[SimulatedPrinter, Served]]:
    """A printer, and a driver that is connected to it."""
    async with (
        SimulatedPrinter(settings or Settings(reset_time=0.1)) as printer,
        served(printer.address, facts, **{**QUICK, **options}) as it,
    ):
        await it.online()
        yield printer, it


class SystemClock:
    """Both clocks, of the loop."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        return 1_772_366_400.0


class Bridge:
    """A real device with its journal; what it publishes is kept."""

    def __init__(self) -> None:
        self.published: dict[str, Any] = {}
        self.records: list[Record] = []
        self.device: Device

    def send(self, name: str, **body: Any) -> None:
        self.device.command(Incoming(name, orjson.dumps(body)))

    @property
    def results(self) -> list[JsonObject]:
        return [orjson.loads(one.payload) for one in self.records if one.topic.endswith("/result")]

    @property
    def events(self) -> list[str]:
        return [orjson.loads(one.payload)["event_type"] for one in self.records if one.topic.endswith("/event")]

    def availability(self) -> tuple[str, str]:
        found = self.published["readers/home/till/availability"]
        return found["state"], found["reason"]

    async def result(self, transaction: str, count: int = 1) -> JsonObject:
        """The result of this transaction, when there are so many."""

        def found() -> list[JsonObject]:
            return [one for one in self.results if one["transaction"] == transaction]

        await eventually(lambda: len(found()) >= count, f"{count} results of {transaction}", 20)
        return found()[-1]


@asynccontextmanager
async def bridge(folder: Path, connection: str, **options: Any) -> AsyncIterator[Bridge]:
    """A device as the bridge has it, without MQTT: its commands, lanes, transactions and journal are real."""
    it = Bridge()

    def retain(topic: str, payload: bytes) -> None:
        it.published[topic] = orjson.loads(payload)

    clock = SystemClock()
    journal = await Journal.open(
        folder / "journal.db",
        JournalConfig(),
        clock,
        committed=it.records.extend,
        failed=lambda records, _error: it.records.extend(records),
        changed=lambda _reason: None,
    )
    it.device = Device(
        config(connection, **{**QUICK, **options}),
        FAMILY,
        topics=Topics("readers", "home"),
        journal=journal,
        pressure=Pressure(),
        outlet=Outlet(retain, lambda _topic, _payload, _qos: None, lambda _incoming, _payload: None),
        clock=clock,
        veil=Veil(None),
        facts=await journal.facts("till"),
    )
    it.device.start()
    try:
        await eventually(lambda: it.device.is_online, "the printer online")
        yield it
    finally:
        await it.device.stop()
        await journal.close()
