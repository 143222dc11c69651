"""Simulated readers on UDP: every reader has its own source address, host and readers share one port number."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from readers_bridge.families.springcard.simulator import Card, Format, Settings, SimulatedReader, UdpLink
from tests.conftest import free_port

ANN = Card("047DAE02C84080")
V1 = b"$SCRDR;13;01;01;;047DAE02C84080;;;*50\r\n"


class Host:
    """A UDP socket on the port that it shares with the readers."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.port = free_port(socket.SOCK_DGRAM)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.socket.setblocking(False)
        self.socket.bind((address, self.port))

    async def receive(self) -> tuple[bytes, str]:
        async with asyncio.timeout(5.0):
            data, (address, port) = await asyncio.get_running_loop().sock_recvfrom(self.socket, 65_535)
        assert port == self.port
        return data, address

    def send(self, data: bytes, to: str) -> None:
        self.socket.sendto(data, (to, self.port))


@pytest.fixture
def udp() -> Iterator[Host]:
    host = Host()
    yield host
    host.socket.close()


async def test_readers_on_one_port_are_told_apart_by_their_address(udp: Host) -> None:
    async with (
        SimulatedReader(UdpLink("127.0.0.2", udp.port)) as front,
        SimulatedReader(UdpLink("127.0.0.3", udp.port)) as back,
    ):
        front.tap(ANN)
        assert await udp.receive() == (V1, "127.0.0.2")
        back.tap(ANN)
        assert await udp.receive() == (V1, "127.0.0.3")
        udp.send(b"$SCCMD;SEQ=60\r\n", "127.0.0.3")
        await back.commands_received(1)
        assert not front.commands
        assert front.address == f"udp://127.0.0.2:{udp.port}"


async def test_a_datagram_needs_no_cr_lf_and_may_hold_several_commands(udp: Host) -> None:
    async with SimulatedReader(UdpLink("127.0.0.2", udp.port)) as reader:
        udp.send(b"$SCCMD;SEQ=0E", "127.0.0.2")
        udp.send(b"$SCCMD;SEQ=60\r\n$SCCMD;SEQ=61*1C", "127.0.0.2")
        await reader.commands_received(3)
        assert [command.sequence for command in reader.commands] == [0x0E, 0x60, 0x61]
        assert reader.commands[0].source == f"127.0.0.1:{udp.port}"


async def test_half_a_command_does_not_wait_for_the_next_datagram(udp: Host) -> None:
    async with SimulatedReader(UdpLink("127.0.0.2", udp.port)) as reader:
        udp.send(b"$SCCMD;SE", "127.0.0.2")
        udp.send(b"Q=60", "127.0.0.2")
        await reader.until(lambda: bool(reader.discarded), "the second datagram")
        assert [command.sequence for command in reader.commands] == [None]
        assert [each.reason for each in reader.discarded] == ["not a command"]


async def test_the_source_address_is_checked_where_wanted(udp: Host) -> None:
    link = UdpLink("127.0.0.2", udp.port, check_address=True, check_port=True)
    stranger = Host("127.0.0.9")
    async with SimulatedReader(link) as reader:
        stranger.socket.sendto(b"$SCCMD;SEQ=61", ("127.0.0.2", udp.port))
        udp.send(b"$SCCMD;SEQ=60", "127.0.0.2")
        await reader.commands_received(1)
        assert [command.sequence for command in reader.commands] == [0x60]
        assert [each.reason for each in reader.discarded] == ["wrong source address"]
    stranger.socket.close()


async def test_the_source_port_is_checked_where_wanted(udp: Host) -> None:
    async with SimulatedReader(UdpLink("127.0.0.2", udp.port, check_port=True)) as reader:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"$SCCMD;SEQ=61", ("127.0.0.2", udp.port))
        udp.send(b"$SCCMD;SEQ=60", "127.0.0.2")
        await reader.commands_received(1)
        assert [command.sequence for command in reader.commands] == [0x60]
        assert [each.reason for each in reader.discarded] == ["wrong source port"]


async def test_broadcast() -> None:
    host = Host("0.0.0.0")
    async with SimulatedReader(UdpLink("127.0.0.2", host.port, "127.255.255.255")) as reader:
        reader.tap(ANN)
        assert await host.receive() == (V1, "127.0.0.2")
    host.socket.close()


async def test_loss_and_duplication(udp: Host) -> None:
    async with SimulatedReader(UdpLink("127.0.0.2", udp.port, loss=1.0)) as deaf:
        deaf.tap(ANN)
        assert isinstance(deaf.link, UdpLink)
        assert deaf.link.dropped == 1
    async with SimulatedReader(UdpLink("127.0.0.2", udp.port, duplicates=1.0)) as reader:
        reader.tap(ANN)
        assert await udp.receive() == await udp.receive() == (V1, "127.0.0.2")
    async with SimulatedReader(UdpLink("127.0.0.2", udp.port, loss=0.5)) as reader:
        assert isinstance(reader.link, UdpLink)
        for _ in range(100):
            reader.tap(ANN)
        assert 25 < reader.link.dropped < 75


async def test_several_messages_in_a_datagram(udp: Host) -> None:
    async with SimulatedReader(UdpLink("127.0.0.2", udp.port), Settings(coalesce=2)) as reader:
        reader.tap(ANN)
        reader.tap(ANN)
        assert await udp.receive() == (V1 * 2, "127.0.0.2")


async def test_json(udp: Host) -> None:
    settings = Settings(format=Format.JSON, terminator=b"")
    async with SimulatedReader(UdpLink("127.0.0.2", udp.port), settings) as reader:
        reader.tap(ANN)
        data, _ = await udp.receive()
        assert data.startswith(b'{"Interface":"13.56"')
        assert data.endswith(b"}")
        udp.send(b'{"Sequence":60}', "127.0.0.2")
        await reader.commands_received(1)
        assert reader.commands[0].sequence == 0x3C


async def test_what_is_too_long_for_a_datagram_is_lost(udp: Host) -> None:
    async with SimulatedReader(UdpLink("127.0.0.2", udp.port)) as reader:
        reader.tap(Card("0401", data="5A" * 32_768))
        assert (reader.reads, reader.lost) == (0, 1)


async def test_reboot(udp: Host) -> None:
    async with SimulatedReader(UdpLink("127.0.0.2", udp.port), Settings(boot_time=0.01)) as reader:
        reader.fault("reboot")
        udp.send(b"$SCCMD;SEQ=60", "127.0.0.2")
        await reader.client_connected()
        udp.send(b"$SCCMD;SEQ=61", "127.0.0.2")
        await reader.commands_received(1)
        assert [command.sequence for command in reader.commands] == [0x61]
        assert reader.startups == 2


async def test_what_udp_cannot_do() -> None:
    with pytest.raises(ValueError, match="the same for host and reader"):
        UdpLink("127.0.0.2", 0)
    with pytest.raises(ValueError, match="probabilities"):
        UdpLink("127.0.0.2", 4000, loss=2)
    with pytest.raises(ValueError, match="cannot be fragmented"):
        SimulatedReader(UdpLink("127.0.0.2", 4000), Settings(fragment=1))
    reader = SimulatedReader(UdpLink("127.0.0.2", 4000))
    for fault in ("half_open", "reset", "slow"):
        with pytest.raises(ValueError, match="fault of"):
            reader.fault(fault)
