"""ECP: what a reader sends again after its power failed, because it had not heard the acknowledgement, is not published again."""

from __future__ import annotations

import pytest

from readers_bridge.families.transcore.crc import vendor
from readers_bridge.families.transcore.simulator import Settings, SimulatedReader, TcpLink
from readers_bridge.families.transcore.typedefs import Protocol
from tests.bridge.desk import Desk
from tests.bridge.transcore.fake_reader import fake_reader
from tests.bridge.transcore.served import kept, served

TAG = "KING 1302&14:03:07.25 03/09/26"
NEXT = "KING 1302&14:03:07.26 03/09/26"
SIGN_ON = ("0Model E4 Series Ver 1.12 SN081234", "2Copyright 2008 TransCore")


def message(body: str) -> bytes:
    data = body.encode("latin-1")
    return b"#" + data + b"%04X\r\n" % vendor(data)


def ack(seq: str) -> bytes:
    return message(f"{seq}@")[:-2]


@pytest.mark.parametrize("restarts", [1, 2])
@pytest.mark.parametrize("killed", [False, True])
async def test_the_last_message_under_a_new_number(restarts: int, killed: bool) -> None:
    async with fake_reader() as reader:
        async with served(reader.address, protocol="ecp") as it:
            reader.send(message(f"8{TAG}"))
            await reader.got(ack("8"))
            await it.read("KING 1302")
            facts = kept(it.desk)
        desk = Desk(facts) if killed else it.desk
        async with served(reader.address, desk, protocol="ecp") as it:
            await reader.connected(2)
            before = len(desk.reads)
            for _ in range(restarts):
                for body in SIGN_ON:
                    reader.send(message(body))
                    await reader.got(ack(body[0]))
            reader.send(message(f"4{TAG}"))
            await reader.got(ack("4"))
            reader.send(message(f"6{NEXT}"))
            await reader.got(ack("6"))
            await it.read(*["KING 1302"] * (before + 1))
            assert desk.counters["repeats"] == 1
            reader.send(message(f"8{NEXT}"))
            await reader.got(ack("8"))
            await it.read(*["KING 1302"] * (before + 2))
            assert not desk.counters["sequence_jumps"], "the number is the next one, so our acknowledgement was heard"


async def test_a_reader_that_restarts_without_a_sign_on() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        reader.send(message(f"8{TAG}"))
        await reader.got(ack("8"))
        reader.send(message(f"0{TAG}"))
        await reader.got(ack("0"))
        reader.send(message(f"2{NEXT}"))
        await reader.got(ack("2"))
        await it.read("KING 1302", "KING 1302")


async def test_the_same_tag_after_another_one_is_new() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        reader.send(message(f"8{TAG}"))
        await reader.got(ack("8"))
        for body in (*SIGN_ON, f"4{NEXT}", f"6{TAG}"):
            reader.send(message(body))
            await reader.got(ack(body[0]))
        await it.read(*["KING 1302"] * 3)


@pytest.mark.parametrize(("time", "published"), [(True, 1), (False, 2)])
async def test_an_acknowledgement_that_a_power_failure_swallowed(time: bool, published: int) -> None:
    """Without the reader's own time nobody knows whether the tag was read anew, and nothing may be lost."""
    settings = Settings(time=time, protocol=Protocol.ECP, ecp_timeout=5, boot_time=0.01, sign_on=False)
    async with SimulatedReader(TcpLink(), settings) as reader, served(reader.address, protocol="ecp") as it:
        await reader.client_connected()
        reader.fault("lose_ack")
        reader.present("KING 1")
        await it.read("KING 1")
        reader.power_cycle()
        await reader.settled()
        reader.present("LAST")
        await it.read(*["KING 1"] * published, "LAST")
