"""The documented exchanges, byte for byte, over TCP and over a pseudo-terminal."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from readers_bridge.families.transcore.simulator import Settings, SimulatedReader
from readers_bridge.families.transcore.simulator.checks import crc, digits, with_parity
from readers_bridge.families.transcore.typedefs import CrcVariant, Parity, Profile, Protocol
from tests.bridge.simulation.host import SECONDS
from tests.bridge.transcore.simulator.host import Host, connected, naive, on_line

Link = Callable[[Settings], AbstractAsyncContextManager[tuple[SimulatedReader, Host]]]


@contextlib.asynccontextmanager
async def over_tcp(settings: Settings) -> AsyncIterator[tuple[SimulatedReader, Host]]:
    async with connected(settings) as both:
        yield both


@pytest.fixture(params=[over_tcp, on_line], ids=["tcp", "serial"])
def link(request: pytest.FixtureRequest) -> Link:
    chosen: Link = request.param
    return chosen


TAGS = [
    "KING 1302",
    'GJ2(P#!":AD        S',
    "+SX&P ?;'AD        S",
    "GJ2(Q3(,P!D        S",
    "GCNJE,8<R!D      NAS",
    "FG27S(Y*R1D      NAS",
    " " * 20,
    '&%\\"#               ',
]


@pytest.mark.parametrize("tag", TAGS)
async def test_a_tag_without_appendices(link: Link, tag: str) -> None:
    async with link(Settings(time=False, sign_on=False)) as (reader, host):
        reader.present(tag)
        assert await host.line() == b"#" + tag.encode() + b"\r\n"


async def test_time_and_auxiliary_data(link: Link) -> None:
    async with link(Settings(sign_on=False, clock=lambda: naive(1991, 4, 22, 13, 20, 42, 50_000))) as (reader, host):
        reader.present("KING 1302")
        assert await host.line() == b"#KING 1302&13:20:42.05 04/22/91\r\n"
        await host.command_mode(b"311")
        reader.present("KING 1302")
        assert await host.line() == b"#KING 1302&13:20:42.05 04/22/91%00-0-04-0\r\n"


async def test_every_field_of_the_auxiliary_data(link: Link) -> None:
    settings = Settings(sign_on=False, time=False, auxiliary=True, reader_id=10, mprx_mode=True, inputs=3)
    async with link(settings) as (reader, host):
        reader.present("A", antenna=1, reads=31)
        assert await host.line() == b"#A%0A-1-00-3\r\n"
        reader.present("B", antenna=1, strength="057")
        assert await host.line() == b"#B%0A-1-1F-3-057\r\n"


async def test_error_06(link: Link) -> None:
    async with link(Settings(sign_on=False, time=False)) as (reader, host):
        reader.set_frequency(None)
        assert await host.line() == b"#Error06\r\n"
        assert not reader.present("nobody reads it")


async def test_the_example_session(link: Link) -> None:
    async with link(Settings(sign_on=False)) as (_, host):
        assert await host.ask(b"#01\r") == b"#Done\r\n"
        assert await host.ask(b"#505\r") == b"#Model E4 Series Ver 1.12 SN081234\r\n"
        assert await host.ask(b"#00\r") == b"#Done\r\n"


LIVE = Settings(profile=Profile.ENCOMPASS, sign_on=False, inputs=3)


@pytest.mark.parametrize(
    ("settings", "command", "answer"),
    [
        (Settings(sign_on=False, power_failed=True), b"520", b"#PWRB P1 R0"),
        (Settings(sign_on=False, power_failed=True, short_pwrb=True), b"520", b"#PWRB 1"),
        (Settings(sign_on=False), b"525", b"#ECPS P0 TFE X1 S0"),
        (Settings(sign_on=False), b"522", b"#MAIN B5 S0 P0 D0"),
        (LIVE, b"527", b"#RFST C1 O1 T1 F20 R1F G1F A00 I04 E1F"),
        (LIVE, b"526", b"#IOST C1 O0 I3 D4"),
        (LIVE, b"999", b"#Error"),
    ],
)
async def test_queries(link: Link, settings: Settings, command: bytes, answer: bytes) -> None:
    async with link(settings) as (_, host):
        assert await host.command_mode(command) == [answer + b"\r\n"]


async def test_data_inquiry(link: Link) -> None:
    async with link(Settings(protocol=Protocol.DATA_INQUIRY, sign_on=False, time=False)) as (reader, host):
        reader.present("KING 1302")
        assert await host.ask(b"\x05") == b"#KING 1302\r\n"
        host.say(b"\x05")
        await reader.until(lambda: reader.counts.polls == 2, "the second poll")
        # silence: the next thing that comes is the answer to a command
        assert await host.ask(b"#01\r") == b"#Done\r\n"


@pytest.mark.parametrize(("echo_lf", "echo"), [(False, b"#505\r"), (True, b"#505\r\n")])
async def test_an_echo(link: Link, echo_lf: bool, echo: bytes) -> None:
    async with link(Settings(sign_on=False, echo=True, echo_lf=echo_lf)) as (_, host):
        host.say(b"#01\r")
        assert (await host.octets(4 + echo_lf + 7)).endswith(b"#Done\r\n")
        host.say(b"#505\r")
        model = b"#Model E4 Series Ver 1.12 SN081234\r\n"
        assert await host.octets(len(echo + model)) == echo + model


# -- ECP

SIGN_ON = [
    ("0Model E4 Series Ver 1.12 SN081234", "D6F1", "40BF"),
    ("2Copyright 2008 TransCore", "8B26", "83C6"),
]
SESSION = [
    ("101", "1643", "D172", "1Done", "C0B1", "A1AE"),
    ("3505", "0605", "FA03", "3Model E4 Series Ver 1.12 SN081234", "3D3B", "F4F1"),
    ("5520", "AEA6", "EB5D", "5PWRB P0 R0", "0F01", "001F"),
    ("7527", "C8C3", "76D2", "7RFST C0 O1 T1 F20 R1F G1F A00 I04", "11C9", "7827"),
    ("9440", "FDEA", "39F9", "9Done", "6910", "A383"),
    ("B00", "58B6", "400B", "BDone", "41E9", "52FA"),
    ("D610", "A6AD", "D39F", "DError", "0DAC", "023A"),
]
_SEQUENCE = "02468ACE"
ACKS = {
    CrcVariant.VENDOR: dict(
        zip(_SEQUENCE, ("3040", "3240", "3440", "3640", "3840", "4140", "4340", "4540"), strict=True)
    ),
    CrcVariant.XMODEM: dict(
        zip(_SEQUENCE, ("4D51", "2B33", "8195", "E7F7", "C4F8", "7639", "105B", "BAFD"), strict=True)
    ),
}


def framed(body: str, vendor: str, xmodem: str, variant: CrcVariant) -> bytes:
    return f"#{body}{vendor if variant is CrcVariant.VENDOR else xmodem}".encode()


@pytest.mark.parametrize("variant", [CrcVariant.VENDOR, CrcVariant.XMODEM])
async def test_an_ecp_session(link: Link, variant: CrcVariant) -> None:
    async with link(Settings(protocol=Protocol.ECP, crc=variant, time=False, ecp_timeout=0.05)) as (reader, host):
        for (body, vendor, xmodem), seq in zip(SIGN_ON, "02", strict=True):
            assert await host.line() == framed(body, vendor, xmodem, variant) + b"\r\n"
            host.say(f"#{seq}@{ACKS[variant][seq]}\r".encode())
        await reader.until(lambda: reader.counts.acks == 2, "both ACKs")
        reader.present("KING 1302")
        tag = framed("4KING 1302", "9A91", "64B8", variant) + b"\r\n"
        while (line := await host.line()) != tag:
            assert line.startswith((b"#0Model", b"#2Copyright"))
        host.say(framed("4?", "343F", "0EED", variant) + b"\r")
        assert await host.line() == tag
        host.say(f"#4@{ACKS[variant]['4']}\r".encode())
        await reader.settled()
        for command, vendor, xmodem, response, response_vendor, response_xmodem in SESSION:
            host.say(framed(command, vendor, xmodem, variant) + b"\r")
            expected = framed(response, response_vendor, response_xmodem, variant) + b"\r\n"
            while (line := await host.line()) != expected:
                assert line == tag


async def test_every_sequence_number(link: Link) -> None:
    async with link(Settings(protocol=Protocol.ECP, sign_on=False, time=False, ecp_timeout=SECONDS)) as (reader, host):
        for seq in "02468ACE02":
            reader.present("A")
            assert (await host.line()).startswith(b"#" + seq.encode() + b"A")
            host.say(f"#{seq}@{ACKS[CrcVariant.VENDOR][seq]}\r".encode())
        await reader.settled()
        assert reader.counts.retransmissions == 0


async def test_tag_and_error_with_time_and_the_wild_card(link: Link) -> None:
    time = [naive(2026, 3, 9, 14, 3, 7, 250_000)]
    settings = Settings(
        protocol=Protocol.ECP, auxiliary=True, clock=lambda: time[0], sign_on=False, ecp_timeout=SECONDS
    )
    async with link(settings) as (reader, host):
        for seq in ("0", "2", "4"):
            reader.present("A", reads=4)
            assert (await host.line()).startswith(b"#" + seq.encode() + b"A&")
            host.say(f"#{seq}@".encode() + b"\x60\x60\x60\x60\r")
            await reader.settled()
        reader.present('GJ2(P#!":AD        S')
        assert await host.line() == b'#6GJ2(P#!":AD        S&14:03:07.25 03/09/26%00-0-04-0B5AD\r\n'
        host.say(b"#6@\x60\x60\x60\x60\r")
        await reader.settled()
        time[0] = naive(2026, 3, 9, 14, 3, 9)
        reader.error("06")
        assert await host.line() == b"#8Error06&14:03:09.00 03/09/2644B5\r\n"
        host.say(b"#8@\x60\x60\x60\x60\r#101\x60\x60\x60\x60\r")
        assert await host.line() == b"#1DoneC0B1\r\n"


@pytest.mark.parametrize(
    ("body", "vendor", "xmodem"),
    [
        ("123456789", 0xBEEF, 0x31C3),
        ("4KING 1302", 0x9A91, 0x64B8),
        ("4@", 0x3440, 0x8195),
        ("4?", 0x343F, 0x0EED),
        ('6GJ2(P#!":AD        S&14:03:07.25 03/09/26%00-0-04-0', 0xB5AD, 0x85BF),
        ("8Error06&14:03:09.00 03/09/26", 0x44B5, 0x3676),
    ],
)
def test_crcs(body: str, vendor: int, xmodem: int) -> None:
    assert crc(body.encode()) == vendor
    assert crc(body.encode(), CrcVariant.XMODEM) == xmodem
    assert crc(body.encode() + b"\0\0") == xmodem


def test_parity_counts_in_the_crc() -> None:
    assert with_parity(b"4KING 1302", Parity.EVEN) == bytes.fromhex("B4 4B C9 4E 47 A0 B1 33 30 B2")
    assert digits(b"4KING 1302", CrcVariant.VENDOR, Parity.EVEN) == b"9372"
    assert digits(b"4KING 1302", CrcVariant.VENDOR, Parity.ODD) == b"DF08"
    assert digits(b"4@", CrcVariant.VENDOR, Parity.EVEN) == b"B4C0"
    assert digits(b"4@", CrcVariant.VENDOR, Parity.ODD) == b"3440"


@pytest.mark.parametrize(("parity", "tag", "ack"), [(Parity.EVEN, b"9372", b"B4C0"), (Parity.ODD, b"DF08", b"3440")])
@pytest.mark.parametrize("wire", [False, True])
async def test_a_line_with_parity(link: Link, parity: Parity, tag: bytes, ack: bytes, wire: bool) -> None:
    settings = Settings(
        protocol=Protocol.ECP, parity=parity, wire_parity=wire, sign_on=False, time=False, ecp_timeout=SECONDS
    )
    async with link(settings) as (reader, host):
        reader.session.ecp.acknowledged()
        reader.session.ecp.acknowledged()
        reader.present("KING 1302")
        expected = b"#4KING 1302" + tag + b"\r\n"
        assert await host.octets(len(expected)) == (with_parity(expected, parity) if wire else expected)
        answer = b"#4@" + ack + b"\r"
        if wire:
            wrong = b"\x7f" if parity is Parity.EVEN else b"\xff"
            host.say(with_parity(answer[:3], parity) + wrong + with_parity(answer[3:], parity))
        else:
            host.say(answer)
        await reader.settled()
