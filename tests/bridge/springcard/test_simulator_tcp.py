"""Simulated readers as TCP servers."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest

from readers_bridge.families.springcard.simulator import (
    Card,
    Format,
    Happening,
    Hello,
    SecondClient,
    Settings,
    SimulatedReader,
    TcpLink,
)
from tests.bridge.simulation import host as simulation
from tests.bridge.simulation.host import SECONDS, host_at, served

ANN = Card("047DAE02C84080")
V1 = b"$SCRDR;13;01;01;;047DAE02C84080;;;*50\r\n"


class Host(simulation.Host):
    """A TCP client."""

    async def exactly(self, wanted: bytes) -> None:
        assert await self.octets(len(wanted)) == wanted


def host(reader: SimulatedReader) -> AbstractAsyncContextManager[Host]:
    assert isinstance(reader.link, TcpLink)
    return host_at(reader.port, Host, name=reader.link.host)


def connected(
    settings: Settings | None = None, link: TcpLink | None = None
) -> AbstractAsyncContextManager[tuple[SimulatedReader, Host]]:
    return served(SimulatedReader(link or TcpLink(), settings), Host)


async def test_a_card_that_is_placed_arrives_as_a_message() -> None:
    async with connected() as (reader, client):
        reader.place(ANN)
        await client.exactly(V1)
        assert reader.cards == (ANN,)
        assert (reader.reads, reader.lost) == (1, 0)
        assert reader.address.startswith("tcp://127.0.0.1:")


async def test_a_card_that_stays_is_read_again() -> None:
    async with connected(Settings(repeat=0.01)) as (reader, client):
        reader.place(ANN)
        await client.exactly(V1 * 3)
        reader.remove(ANN)
        assert reader.cards == ()


async def test_movement() -> None:
    async with connected(Settings(tracking=True)) as (reader, client):
        reader.place(Card("047DAE02C84080", data="00047DAE02C84080"))
        await client.exactly(b"$SCRDR;13;01;01;;047DAE02C84080;I;00047DAE02C84080;*1F\r\n")
        reader.remove()
        await client.exactly(b"$SCRDR;13;01;01;;047DAE02C84080;R;;*02\r\n")
        reader.tap(Card("047DAE02C84080", data="00047DAE02C84080"))
        await client.exactly(b"$SCRDR;13;01;01;;047DAE02C84080;IR;00047DAE02C84080;*4D\r\n")


async def test_nothing_is_read_while_nobody_is_connected() -> None:
    async with SimulatedReader(TcpLink()) as reader:
        reader.tap(Card("0401"))
        reader.place(ANN)
        assert (reader.active, reader.reads, reader.lost) == (False, 0, 1)
        async with host(reader) as client:
            # the card still lies there when reading begins
            await client.exactly(V1)
        await reader.client_disconnected()
        assert not reader.active


async def test_activated_on_startup_it_reads_for_nobody() -> None:
    async with SimulatedReader(TcpLink(), Settings(activate_on_startup=True, tracking=True)) as reader:
        reader.place(ANN)
        assert (reader.active, reader.reads, reader.lost) == (True, 0, 1)
        async with host(reader) as client:
            await reader.client_connected()
            reader.remove(ANN)
            assert await client.line() == b"$SCRDR;13;01;01;;047DAE02C84080;R;;*02\r\n"


async def test_the_empty_message_on_connection() -> None:
    async with connected(Settings(hello=Hello.EMPTY)) as (_, client):
        await client.exactly(b"$SCRDR;;;;;;;;*54\r\n")


async def test_commands_are_recorded_and_never_answered() -> None:
    async with connected() as (reader, client):
        client.writer.write(b"$SCCMD;SEQ=60\r\n$SCCMD;LEDS=92929292;BUZZ=0064*51\r\nnonsense\r\n")
        await reader.commands_received(2)
        # without CR LF it is complete when the sender falls silent
        client.writer.write(b"$SCCMD;SE")
        client.writer.write(b"Q=0E")
        await reader.commands_received(3)
        first, second, third = reader.commands
        assert first.sequence == 0x60
        assert (second.leds, second.buzzer) == (b"\x92\x92\x92\x92", 100)
        assert third.sequence == 0x0E
        assert third.source.startswith("127.0.0.1:")
        assert [each.reason for each in reader.discarded] == ["not a command"]
        reader.tap(ANN)
        await client.exactly(V1)


async def test_old_firmware_ignores_commands() -> None:
    async with connected(Settings(old_firmware=True)) as (reader, client):
        client.writer.write(b"$SCCMD;SEQ=60\r\n")
        await reader.until(lambda: bool(reader.discarded), "the command")
        assert reader.discarded[0].reason == "this firmware takes no commands"
        assert not reader.commands


async def test_a_second_client_is_refused_until_the_first_is_gone() -> None:
    async with SimulatedReader(TcpLink(second_client=SecondClient.REFUSE)) as reader:
        async with host(reader):
            await reader.client_connected()
            with pytest.raises(ConnectionRefusedError):
                async with host(reader):
                    pass
        await reader.client_disconnected()
        async with host(reader) as client:
            await reader.client_connected()
            reader.tap(ANN)
            await client.exactly(V1)


async def test_a_second_client_may_be_accepted_and_closed() -> None:
    async with connected(link=TcpLink(second_client=SecondClient.CLOSE)) as (reader, first):
        async with host(reader) as second:
            assert await second.end() == b""
        reader.tap(ANN)
        await first.exactly(V1)


async def test_a_second_client_may_take_over() -> None:
    async with connected(link=TcpLink(second_client=SecondClient.TAKE_OVER)) as (reader, first), host(reader) as second:
        assert await first.end() == b""
        await reader.client_connected()
        reader.tap(ANN)
        await second.exactly(V1)


async def test_messages_in_fragments() -> None:
    async with connected(Settings(fragment=7)) as (reader, client):
        sizes = []
        reader.tap(ANN)
        received = b""
        async with asyncio.timeout(SECONDS):
            while received != V1:
                piece = await client.reader.read(4096)
                sizes.append(len(piece))
                received += piece
        assert len(sizes) > 1


async def test_messages_share_a_write() -> None:
    async with connected(Settings(coalesce=2)) as (reader, client):
        reader.tap(ANN)
        reader.tap(ANN)
        async with asyncio.timeout(SECONDS):
            assert await client.reader.read(4096) == V1 * 2
        # one that stays alone leaves after a while
        reader.tap(ANN)
        await client.exactly(V1)


async def test_64_kilobytes_of_data() -> None:
    async with connected() as (reader, client):
        reader.tap(Card("0401", data="5A" * 32_768))
        assert (await client.line()).count(b"5A") == 32_768


async def test_json_events_carry_the_uptime() -> None:
    now = 100.0
    settings = Settings(format=Format.JSON, startups=699)
    async with SimulatedReader(TcpLink(), settings, clock=lambda: now) as reader, host(reader) as client:
        await reader.client_connected()
        now = 116.85
        reader.tap(Card("047DAE02C84080", data="00047DAE02C84080"))
        assert await client.line() == (
            b'{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080",'
            b'"TagData":"00047DAE02C84080","Uptime":"699:16.850"}\r\n'
        )
        client.writer.write(b'{"Sequence":"60"}{"Sequence":60}{"Sequence":"60","Buzzer":1}')
        await reader.commands_received(2)
        assert [command.sequence for command in reader.commands] == [0x60, 0x3C]
        assert len(reader.discarded) == 1


async def test_what_a_host_that_does_not_read_leaves_is_bounded() -> None:
    async with connected() as (reader, _):
        card = Card("0401", data="5A" * 32_768)
        for _ in range(200):
            reader.tap(card)
        assert reader.lost > 0
        assert reader.reads + reader.lost == 200


async def test_everything_that_happens_is_told() -> None:
    told: list[Happening] = []
    async with SimulatedReader(TcpLink(), name="door", on_happening=told.append) as reader, host(reader) as client:
        await reader.client_connected()
        reader.tap(ANN)
        client.writer.write(b"$SCCMD;BUZZ=00C8\r\n")
        await reader.commands_received(1)
    assert [each.what for each in told][:4] == ["listening", "connected", "read", "command"]
    assert {each.device for each in told} == {"door"}
    assert told[3].text == "command: BUZZ 200 ms"
    assert told[3].data["buzzer"] == 200


async def test_a_wait_ends() -> None:
    async with SimulatedReader(TcpLink(), name="door") as reader:
        with pytest.raises(TimeoutError, match=r"door: waited .* in vain for a host to connect"):
            await reader.client_connected(0.01)


async def test_a_card_that_cannot_be_sent_is_refused() -> None:
    async with connected() as (reader, client):
        with pytest.raises(ValueError, match="TagData cannot be sent"):
            reader.place(Card("0401", data="a;b"))
        assert reader.cards == ()
        reader.send(b"$SCRDR;13;01;01;;0401;;a;b;*00\r\n")
        assert (await client.line()).endswith(b"a;b;*00\r\n")
