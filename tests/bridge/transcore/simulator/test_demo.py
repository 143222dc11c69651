"""Readers for ``readers-bridge demo``."""

from __future__ import annotations

import asyncio

from readers_bridge.families.transcore.simulator import demo
from tests.bridge.simulation.host import SECONDS
from tests.bridge.transcore.simulator.host import Host
from tests.bridge.transcore.simulator.test_reader_ecp import WILD


async def poll(host: Host) -> None:
    while True:
        host.say(b"\x05")
        await asyncio.sleep(0.05)


async def test_a_train_comes_soon_after_the_first_connection() -> None:
    async with demo(3) as devices:
        assert [(device["id"], device["protocol"]) for device in devices] == [
            ("yard", "ecp"),
            ("hump", "data_inquiry"),
            ("harbour-line", "basic"),
        ]
        assert {device["family"] for device in devices} == {"transcore"}
        hosts = [
            Host(*await asyncio.open_connection("127.0.0.1", int(device["connection"].rpartition(":")[2])))
            for device in devices
        ]
        while not (await hosts[0].line())[2:].startswith((b"E", b"+", b"*")):
            hosts[0].say(b"#0@" + WILD + b"#2@" + WILD)
        while (line := await hosts[2].line()).startswith((b"#Model", b"#Copyright")):
            pass
        assert len(line.partition(b"%")[0]) == 21
        async with asyncio.timeout(SECONDS):
            polls = asyncio.create_task(poll(hosts[1]))
            while (line := await hosts[1].line()).startswith((b"#Model", b"#Copyright")):
                pass
            assert line[21:22] == b"&"
            polls.cancel()
        for host in hosts:
            host.writer.close()


async def test_there_are_as_many_as_one_likes() -> None:
    async with demo(12) as devices:
        assert len({device["connection"] for device in devices}) == 12
        assert devices[-1]["name"] == "Track 12"
