"""Readers for ``readers-bridge demo``."""

from __future__ import annotations

import asyncio

from readers_bridge.families.baltech.simulator import demo
from tests.bridge.baltech.simulator.host import GET_MESSAGE, NO_MESSAGE, Host
from tests.bridge.simulation.host import SECONDS


async def test_cards_come_soon_after_the_first_poll() -> None:
    async with demo(3) as devices:
        assert [device["id"] for device in devices] == ["turnstile", "parking", "server-room"]
        assert {device["family"] for device in devices} == {"baltech"}
        host = Host(*await asyncio.open_connection("127.0.0.1", int(devices[0]["connection"].rpartition(":")[2])))
        async with asyncio.timeout(SECONDS):
            while (answer := await host.ask(GET_MESSAGE)) == NO_MESSAGE:
                await asyncio.sleep(0.02)  # the poll interval of a host
        assert answer.startswith("0C 05 01")
        host.writer.close()


async def test_there_are_as_many_as_one_likes() -> None:
    async with demo(12) as devices:
        assert len({device["connection"] for device in devices}) == 12
        assert devices[-1]["name"] == "Gate 12"
