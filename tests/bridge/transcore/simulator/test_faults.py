"""Faults on the way, each way."""

from __future__ import annotations

import asyncio
import contextlib
from random import Random

import pytest

from readers_bridge.families.transcore.simulator import Settings, SimulatedReader, TcpLink
from readers_bridge.families.transcore.simulator.faults import FAULTS, Faults
from readers_bridge.families.transcore.typedefs import Protocol
from tests.bridge.simulation.host import SECONDS
from tests.bridge.transcore.simulator.host import Host, connected, host_of
from tests.bridge.transcore.simulator.test_reader_ecp import QUICK, QUIET, WILD, framed, message

BASIC = Settings(sign_on=False, time=False)


async def test_a_wrong_crc() -> None:
    async with connected(QUIET) as (reader, host):
        reader.fault("bad_crc")
        reader.present("A")
        wrong = await host.line()
        assert wrong[:3] == b"#0A"
        assert wrong != message("0A")
        assert await host.ask(b"#0?" + WILD) == message("0A")


async def test_an_ack_is_lost() -> None:
    async with connected(QUICK) as (reader, host):
        reader.fault("lose_ack")
        reader.present("A")
        assert await host.line() == message("0A")
        assert await host.ask(b"#0@" + WILD) == message("0A")
        host.say(b"#0@" + WILD)
        await reader.settled()


async def test_a_command_or_its_response_is_lost() -> None:
    async with connected(QUIET) as (reader, host):
        reader.fault("lose_command")
        host.say(b"#101" + WILD)
        reader.fault("lose_response")
        assert await host.ask(b"#101" + WILD + b"#101" + WILD) == message("1Done")
        assert len(reader.commands) == 1
        assert reader.counts.unchanged == 1


async def test_a_message_is_lost_or_doubled() -> None:
    async with connected(BASIC) as (reader, host):
        reader.fault("lose_data")
        reader.present("A")
        reader.fault("duplicate")
        reader.present("B")
        assert await host.octets(8) == b"#B\r\n#B\r\n"


async def test_lf_is_missing_and_flow_bytes_are_inside() -> None:
    async with connected(BASIC) as (reader, host):
        reader.fault("no_lf")
        reader.present("A")
        assert await host.octets(3) == b"#A\r"
        reader.fault("flow_bytes")
        reader.present("KING")
        assert await host.line() == b"#KI\x13\x11NG\r\n"


async def test_messages_are_glued_or_split() -> None:
    async with connected(BASIC) as (reader, host):
        reader.fault("glue")
        reader.present("A")
        reader.present("B")
        assert await host.reader.read(100) == b"#A\r\n#B\r\n"
        reader.fault("glue")
        reader.present("C")
        assert await host.line() == b"#C\r\n"
        reader.fault("split")
        reader.present("D")
        pieces = [await host.reader.read(100)]
        while b"\n" not in pieces[-1]:
            pieces.append(await host.reader.read(100))
        assert b"".join(pieces) == b"#D\r\n"
        assert len(pieces) > 1


async def test_noise_comes_between_messages() -> None:
    async with connected(BASIC) as (reader, host):
        reader.fault("noise", 1.0, 0)
        reader.present("A")
        reader.present("B")
        for tag in (b"#A\r\n", b"#B\r\n"):
            line = await host.line()
            assert line.endswith(tag)
            assert len(line) > len(tag)


async def test_the_connection_ends() -> None:
    for name in ("close", "break"):
        async with connected(BASIC) as (reader, host):
            reader.fault(name)
            with contextlib.suppress(ConnectionResetError):
                assert await host.end() == b""
            await reader.client_disconnected()


async def test_a_damaged_command_is_dropped_in_ecp() -> None:
    async with connected(QUIET) as (reader, host):
        reader.fault("damage_in")
        host.say(framed("101") + b"\r")
        await reader.until(lambda: not reader.faults.waiting, "the damage")
        assert await host.ask(b"\r#101" + WILD) == message("1Done")


async def careful_host(host: Host) -> list[str]:
    """Accepts what has the right CRC, once; NAKs the rest."""
    found: list[str] = []
    last: bytes | None = None
    while True:
        line = (await host.reader.readuntil(b"\r")).strip(b"\n\x00\x05")
        for at in (at for at, byte in enumerate(line) if byte == 0x23):
            body, check = line[at + 1 : -5], line[-5:-1]
            if len(body) > 1 and framed(body.decode("latin-1"))[-4:] == check and body[0] in b"02468ACE":
                if body != last:
                    found.append(body[1:].decode())
                    last = body
                host.say(framed(chr(body[0]) + "@") + b"\r")
                break
        else:
            host.say(b"#0?" + WILD)
        if found and found[-1] == "END":
            return found


async def test_nothing_is_lost_and_nothing_doubled_with_damage_each_way() -> None:
    settings = Settings(protocol=Protocol.ECP, sign_on=False, time=False, ecp_timeout=0.02, seed=7)
    async with connected(settings) as (reader, host):
        for name in ("damage_out", "damage_in", "lose_ack", "duplicate", "noise", "lose_data"):
            reader.fault(name, 0.05, 0)
        tags = [f"TAG {n:04d}" for n in range(400)]
        for tag in tags:
            reader.present(tag)
        reader.present("END")
        async with asyncio.timeout(4 * SECONDS):
            assert await careful_host(host) == [*tags, "END"]
        assert reader.counts.retransmissions > 20
        assert reader.counts.naks > 0


async def test_bytes_are_lost() -> None:
    async with connected(BASIC) as (reader, host):
        reader.fault("lose_byte", 1, 2)
        reader.present("KING 1302")
        reader.present("KING 1302")
        reader.present("END")
        heard = await host.reader.readuntil(b"#END\r\n")
        assert len(heard) == 11 + 11 + 6


@pytest.mark.parametrize("protocol", Protocol)
async def test_garbage_harms_nothing(protocol: Protocol) -> None:
    random = Random(f"garbage {protocol}")
    settings = Settings(
        protocol=protocol, sign_on=False, time=False, echo=True, flow_control=False, ecp_timeout=SECONDS
    )
    async with connected(settings) as (reader, host):
        for _ in range(500):
            size = random.randrange(1, 40)
            piece = (
                random.randbytes(size)
                if random.random() < 0.5
                else bytes(random.choices(b"#0123456789ABCDEF@?\r\x05", k=size))
            )
            reader.received(piece)
        assert reader.powered
        assert host


@pytest.mark.parametrize("sent", range(1, 21))
async def test_a_session_that_is_cut_off_anywhere_can_be_ended(sent: int) -> None:
    settings = Settings(sign_on=False, time=False, data_mode_errors=False)
    async with SimulatedReader(TcpLink(), settings) as reader:
        async with host_of(reader) as host:
            host.say(b"#01\r#505\r#60A7\r#00\r"[:sent])
            await host.writer.drain()
            host.writer.write_eof()
            await reader.client_connected()
        await reader.client_disconnected()
        async with host_of(reader) as host:
            host.say(b"#00\r")
            await reader.until(lambda: not reader.device.command_mode, "data mode")
            await reader.until(lambda: reader.commands and reader.commands[-1].text == "00", "command 00")
            assert not reader.device.command_mode
            assert reader.present("A")


async def test_a_share_and_a_count() -> None:
    faults = Faults(1)
    faults.arm("noise", 0.25, 0)
    assert 200 < sum(faults.take("noise") for _ in range(1000)) < 300
    faults.arm("noise", None, 2)
    assert [faults.take("noise") for _ in range(3)] == [True, True, False]
    faults.arm("noise", None, 0)
    faults.arm("noise", 0, 0)
    assert faults.waiting == {}


def test_the_same_seed_brings_the_same_damage() -> None:
    def damage(seed: int) -> list[bytes]:
        faults = Faults(seed)
        return [faults.damaged(b"#4KING 13029A91\r\n") for _ in range(50)]

    assert damage(3) == damage(3) != damage(4)
    for damaged in damage(3):
        assert damaged != b"#4KING 13029A91\r\n"
        assert not set(damaged) & {0x11, 0x13}
        assert abs(len(damaged) - 17) <= 1


@pytest.mark.parametrize("name", sorted(FAULTS))
async def test_every_fault_can_be_had(name: str) -> None:
    settings = Settings(protocol=Protocol.ECP, sign_on=False, time=False, ecp_timeout=0.02, boot_time=0.0)
    async with connected(settings) as (reader, host):
        reader.present("A")
        reader.fault(name)
        reader.present("B")
        if name in {"close", "break"}:
            return
        host.say(b"#101" + WILD)
        reader.fault("none")
        assert reader.faults.waiting == {}
        host.say(b"#300" + WILD)
        sign_on = ["Model E4 Series Ver 1.12 SN081234", "Copyright 2008 TransCore"]
        assert (await acknowledge_clean(host))[-2:] in (["A", "B"], [*sign_on, "A", "B"])


async def acknowledge_clean(host: Host) -> list[str]:
    """The tags, responses left out; whatever was damaged comes again."""
    found: list[str] = []
    while found[-1:] != ["B"]:
        line = await host.line()
        body = line.rpartition(b"#")[2].strip(b"\r\n")
        if framed(body[:-4].decode("latin-1"))[1:] == body and body[0] in b"02468ACE":
            host.say(framed(chr(body[0]) + "@") + b"\r")
            if not found or found[-1] != body[1:-4].decode():
                found.append(body[1:-4].decode())
        else:
            host.say(b"#0?" + WILD)
    return found


@pytest.mark.parametrize(
    ("name", "share", "count"),
    [("typo", None, 1), ("noise", 2.0, 1), ("noise", -1.0, 1), ("close", 1.0, 1), ("cut", 1, -1)],
)
def test_faults_that_make_no_sense(name: str, share: float | None, count: int) -> None:
    with pytest.raises(ValueError):
        Faults().arm(name, share, count)
