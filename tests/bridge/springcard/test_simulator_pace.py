"""Cards that present themselves, and the demonstration."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from itertools import islice
from urllib.parse import urlsplit

from readers_bridge.families.springcard.simulator import (
    Card,
    Checksum,
    Format,
    Settings,
    SimulatedReader,
    TcpLink,
    UdpLink,
    demo,
    pace,
)
from readers_bridge.families.springcard.simulator.cards import numbered_cards
from readers_bridge.families.springcard.simulator.field import Report
from readers_bridge.families.springcard.simulator.frames import encode
from tests.bridge.simulation.host import SECONDS
from tests.bridge.springcard.test_simulator_tcp import connected, host
from tests.bridge.springcard.test_simulator_udp import Host


async def test_a_rate_with_the_time_of_each_reading() -> None:
    async with connected() as (reader, client):
        before = time.time_ns()
        presenting = pace.at_rate(reader, numbered_cards(3), 200.0, reads=5, delay=0.0, stamp=True)
        task = asyncio.create_task(presenting)
        fields = [(await client.line()).split(b";") for _ in range(5)]
        await task
        assert [each[5] for each in fields] == [b"04000300%06X" % n for n in range(5)]
        times = [int(each[7]) for each in fields]
        assert before < times[0]
        assert times == sorted(times)
        assert times[-1] - times[0] > 0.015 * 1e9


async def test_a_rate_waits_for_a_host_and_goes_on_with_the_next_one() -> None:
    async with SimulatedReader(TcpLink()) as reader:
        task = asyncio.create_task(pace.at_rate(reader, numbered_cards(0), 500.0, delay=0.0))
        for _ in range(2):
            async with host(reader) as client:
                await client.line()
            await reader.client_disconnected()
        task.cancel()
        assert reader.lost <= 2


async def test_with_tracking_a_card_stays_for_a_while() -> None:
    async with connected(Settings(tracking=True)) as (reader, client):
        task = asyncio.create_task(pace.present(reader, Card("0401"), 0.05))
        assert b";I;" in await client.line()
        assert b";R;" in await client.line()
        await task
        await pace.present(reader, Card("0401"), 0.01)
        assert b";IR;" in await client.line()


def test_flood_messages_are_those_that_cards_give_one_by_one() -> None:
    for settings in (Settings(), Settings(checksum=Checksum.INCLUDED, terminator=b"\n"), Settings(format=Format.JSON)):
        lines = pace.FloodLines(settings)
        for reader in (0, 7):
            cards = numbered_cards(reader)
            for block in range(40):
                uptime = f"1:{block}.000"
                wanted = [encode(Report(card), settings, uptime) for card in islice(cards, 256)]
                assert lines(reader, block, uptime) == wanted


async def test_a_flood_gives_exactly_the_wanted_number_of_different_cards() -> None:
    async with connected() as (reader, client):
        task = asyncio.create_task(pace.flood(reader, pace.FloodLines(reader.settings), 0, reads=10_000, delay=0.0))
        lines = {await client.line() for _ in range(10_000)}
        await task
        assert len(lines) == reader.reads == 10_000


async def test_a_flood_waits_for_a_host_even_if_the_reader_reads_without_one() -> None:
    async with SimulatedReader(TcpLink(), Settings(activate_on_startup=True)) as reader:
        task = asyncio.create_task(pace.flood(reader, pace.FloodLines(reader.settings), 0, reads=300, delay=0.0))
        async with host(reader) as client:
            for _ in range(300):
                await client.line()
            await task
        assert (reader.reads, reader.lost) == (300, 0)


async def test_a_flood_of_chosen_cards_over_udp() -> None:
    udp = Host()
    async with SimulatedReader(UdpLink("127.0.0.2", udp.port)) as reader:
        lines = pace.FloodLines(reader.settings, [Card("0401"), Card("0402")])
        await pace.flood(reader, lines, 0, reads=3, delay=0.0)
        received = [(await udp.receive())[0].split(b";")[5] for _ in range(3)]
        assert received == [b"0401", b"0402", b"0401"]
    udp.socket.close()


async def test_the_demonstration_has_every_kind_and_begins_within_a_second() -> None:
    began = time.monotonic()
    async with demo(4) as entries:
        assert [entry["id"] for entry in entries] == ["front-door", "dock", "workshop", "canteen"]
        assert {entry["family"] for entry in entries} == {"springcard"}
        assert [urlsplit(entry["connection"]).scheme for entry in entries] == ["tcp", "udp", "tcp", "tcp"]

        async def first_line(connection: str) -> bytes:
            url = urlsplit(connection)
            assert url.hostname is not None
            assert url.port is not None
            if url.scheme == "tcp":
                reader, writer = await asyncio.open_connection(url.hostname, url.port)
                line = await reader.readline()
                writer.close()
                return line
            assert url.query == "bind=127.0.0.1"
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.setblocking(False)
                sock.bind(("127.0.0.1", url.port))
                data: bytes = await asyncio.get_running_loop().sock_recv(sock, 4096)
                return data

        async with asyncio.timeout(SECONDS):
            lines = await asyncio.gather(*(first_line(entry["connection"]) for entry in entries))
        assert time.monotonic() - began < 2.0
        assert lines[0].startswith(b"$SCRDR;13;")
        assert lines[1].startswith(b"$SCRDR;13;")
        assert b";I;" in lines[2]
        assert "TagId" in json.loads(lines[3])


async def test_a_large_demonstration_has_different_ids_and_addresses() -> None:
    async with demo(30) as entries:
        assert len({entry["id"] for entry in entries}) == 30
        assert len({entry["connection"] for entry in entries}) == 30
