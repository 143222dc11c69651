"""The reader's role in the error correcting protocol."""

from __future__ import annotations

import asyncio

import pytest

from readers_bridge.families.transcore.simulator import Settings, SimulatedReader, StaleAck, TcpLink
from readers_bridge.families.transcore.simulator.checks import digits
from readers_bridge.families.transcore.typedefs import CrcVariant, Parity, Profile, Protocol
from tests.bridge.simulation.host import SECONDS
from tests.bridge.transcore.simulator.host import Host, connected, host_of

WILD = b"\x60\x60\x60\x60\r"
QUIET = Settings(protocol=Protocol.ECP, sign_on=False, time=False, ecp_timeout=SECONDS)
QUICK = Settings(protocol=Protocol.ECP, sign_on=False, time=False, ecp_timeout=0.03)


def framed(body: str) -> bytes:
    return b"#" + body.encode() + digits(body.encode(), CrcVariant.VENDOR, Parity.NONE)


def message(body: str) -> bytes:
    return framed(body) + b"\r\n"


async def acknowledge(host: Host, count: int) -> list[str]:
    """So many messages, each with its ACK; repeats once."""
    found: list[str] = []
    last = b""
    while len(found) < count:
        line = await host.line()
        if line != last:
            found.append(line[2:-6].decode())
            last = line
        host.say(framed(line[1:2].decode() + "@") + b"\r")
    return found


async def test_a_message_is_repeated_until_its_ack() -> None:
    async with connected(QUICK) as (reader, host):
        reader.present("A")
        for _ in range(5):
            assert await host.line() == message("0A")
        host.say(b"#0@" + WILD)
        await reader.settled()
        assert reader.counts.retransmissions >= 4
        assert reader.delivered == ["A"]


async def test_without_a_timeout_only_a_nak_brings_it_again() -> None:
    async with connected(Settings(protocol=Protocol.ECP, sign_on=False, time=False, ecp_timeout=None)) as (
        reader,
        host,
    ):
        reader.present("A")
        assert await host.line() == message("0A")
        for answer in (framed("0?") + b"\r", b"#0@0000\r", b"#1@" + WILD, b"#0?" + WILD):
            assert await host.ask(answer) == message("0A")
        assert reader.counts.naks == 4


async def test_damaged_frames_are_dropped_silently() -> None:
    async with connected(QUIET) as (reader, host):
        for frame in (
            b"#1010000\r",
            b"#201" + WILD,
            b"#\r",
            b"#1\r",
            b"junk\r",
            b"#101",
            b"#G01" + WILD,
            b"#" + b"9" * 99,
        ):
            host.say(frame)
        assert await host.ask(b"#\r#301" + WILD) == message("3Done")
        assert [command.text for command in reader.commands] == ["01"]
        assert reader.counts.bad >= 4


async def test_a_partial_message_is_dropped_after_the_timeout() -> None:
    async with connected(QUICK) as (reader, host):
        host.say(b"#101")
        await asyncio.sleep(0.05)  # the ECP time-out
        host.say(WILD)
        assert await host.ask(b"#301" + WILD) == message("3Done")
        assert [command.text for command in reader.commands] == ["01"]


async def test_an_unchanged_sequence_number_is_not_executed() -> None:
    async with connected(QUIET) as (reader, host):
        assert await host.ask(b"#101" + WILD) == message("1Done")
        assert await host.ask(b"#1505" + WILD) == message("1Done")
        assert [command.text for command in reader.commands] == ["01"]
        assert await host.ask(b"#3521" + WILD) == message("3RDID 00")
        assert await host.ask(b"#1521" + WILD) == message("1RDID 00")
        assert reader.counts.unchanged == 1


async def test_a_command_has_priority_and_the_message_comes_again() -> None:
    async with connected(QUIET) as (reader, host):
        reader.present("A")
        assert await host.line() == message("0A")
        assert await host.ask(b"#1999" + WILD) == message("1Error")
        assert await host.line() == message("0A")
        assert await host.ask(b"#301" + WILD) == message("3Done")
        # in command mode nothing is sent again, but its ACK is taken
        host.say(b"#0@" + WILD)
        await reader.settled()
        assert await host.ask(b"#500" + WILD) == message("5Done")


async def test_what_waits_comes_again_after_command_mode() -> None:
    async with connected(QUICK) as (reader, host):
        assert await host.ask(b"#101" + WILD) == message("1Done")
        assert not reader.present("missed")
        assert await host.ask(b"#300" + WILD) == message("3Done")
        reader.present("A")
        assert await acknowledge(host, 1) == ["A"]
        assert (reader.counts.missed, reader.counts.presented) == (1, 2)


@pytest.mark.parametrize("stale", StaleAck)
async def test_an_ack_for_the_message_before(stale: StaleAck) -> None:
    settings = Settings(protocol=Protocol.ECP, sign_on=False, time=False, ecp_timeout=SECONDS, stale_ack=stale)
    async with connected(settings) as (reader, host):
        reader.present("A")
        reader.present("B")
        assert await host.line() == message("0A")
        assert await host.ask(b"#0@" + WILD) == message("2B")
        host.say(b"#0@" + WILD)
        await reader.until(lambda: reader.counts.stale == 1, "the stale ACK")
        assert reader.counts.retransmissions == (1 if stale is StaleAck.REPEAT else 0)
        assert reader.delivered == ["A"]


async def test_a_power_cycle_keeps_the_buffer_and_starts_at_0() -> None:
    settings = Settings(protocol=Protocol.ECP, sign_on=False, time=False, ecp_timeout=SECONDS, boot_time=0.01)
    async with connected(settings) as (reader, host):
        for tag in "ABC":
            reader.present(tag)
        assert await host.line() == message("0A")
        assert await host.ask(b"#0@" + WILD) == message("2B")
        reader.power_cycle()
        assert not reader.present("nobody reads it")
        host.say(b"#2@" + WILD)
        assert await acknowledge(host, 4) == [
            "Model E4 Series Ver 1.12 SN081234",
            "Copyright 2008 TransCore",
            "B",
            "C",
        ]
        await reader.settled()
        assert reader.accepted == reader.delivered == ["A", "B", "C"]
        assert reader.device.power_failed


async def test_a_power_cycle_in_the_middle_of_a_message() -> None:
    settings = Settings(protocol=Protocol.ECP, time=False, ecp_timeout=SECONDS, boot_time=0.0)
    async with SimulatedReader(TcpLink(), settings) as reader, host_of(reader) as host:
        reader.present("A")
        reader.fault("cut")
        reader.session.received(b"#0?" + WILD)
        begun = await host.line()
        assert begun.startswith(b"#0Model E4 Series Ver#0Model E4 Series Ver 1.12 SN081234")
        host.say(b"#0@" + WILD)
        assert await acknowledge(host, 2) == ["Copyright 2008 TransCore", "A"]


async def test_a_reader_found_with_a_backlog_that_is_full() -> None:
    settings = Settings(protocol=Protocol.ECP, sign_on=False, time=False, ecp_timeout=0.05)
    async with SimulatedReader(TcpLink(), settings) as reader:
        tags = [f"{n:020d}" for n in range(510)]
        assert [reader.present(tag) for tag in tags] == [True] * 500 + [False] * 10
        assert reader.counts.overflowed == 10
        async with host_of(reader) as host:
            assert await acknowledge(host, 501) == [*tags[:500], "Error08"]
        await reader.settled()
        assert reader.delivered == tags[:500]


async def test_ecp_and_back() -> None:
    async with connected(Settings(sign_on=False, time=False, ecp_timeout=SECONDS)) as (reader, host):
        assert await host.ask(b"#01\r") == b"#Done\r\n"
        assert await host.ask(b"#525\r") == b"#ECPS P0 T64 X1 S0\r\n"
        assert await host.ask(b"#611\r") == b"#Done\r\n"
        assert await host.ask(b"#1525" + WILD) == message("1ECPS P1 T64 X1 S0")
        assert await host.ask(b"#300" + WILD) == message("3Done")
        reader.present("A")
        assert await host.line() == message("0A")
        host.say(b"#0@" + WILD)
        assert await host.ask(b"#501" + WILD) == message("5Done")
        assert await host.ask(b"#7610" + WILD) == b"#Done\r\n"
        assert await host.ask(b"#00\r") == b"#Done\r\n"
        reader.present("B")
        assert await host.line() == b"#B\r\n"


async def test_a_reset_clears_the_buffer() -> None:
    async with connected(QUIET) as (reader, host):
        reader.present("A")
        reader.present("B")
        assert await host.line() == message("0A")
        assert await host.ask(b"#101" + WILD) == message("1Done")
        assert await host.ask(b"#363" + WILD) == message("3Model E4 Series Ver 1.12 SN081234")
        assert (reader.counts.cleared, reader.device.command_mode) == (2, False)
        reader.present("C")
        assert await host.line() == message("0C")


async def test_wiegand_is_off_in_ecp() -> None:
    settings = Settings(protocol=Protocol.ECP, sign_on=False, profile=Profile.ENCOMPASS)
    async with connected(settings) as (_, host):
        await host.ask(b"#101" + WILD)
        assert await host.ask(b"#3451" + WILD) == message("3Done")
        assert await host.ask(b"#5532" + WILD) == message("5T0F 0")
        assert await host.ask(b"#7610" + WILD) == b"#Done\r\n"
        assert await host.ask(b"#532\r") == b"#T0F 1\r\n"
