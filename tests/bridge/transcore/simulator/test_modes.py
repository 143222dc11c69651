"""Data mode and command mode, basic protocol and data inquiry, what 00 stores, and the two profiles."""

from __future__ import annotations

import asyncio

import pytest

from readers_bridge.families.transcore.simulator import Settings, SimulatedReader, TcpLink
from readers_bridge.families.transcore.typedefs import Parity, Profile, Protocol
from tests.bridge.transcore.simulator.host import COPYRIGHT, SIGN_ON, connected, host_of, naive

PLAIN = Settings(sign_on=False, time=False)
INQUIRY = Settings(protocol=Protocol.DATA_INQUIRY, sign_on=False, time=False)
ENCOMPASS = Settings(profile=Profile.ENCOMPASS, sign_on=False)
MX = Settings(sign_on=False, mprx_mode=True, time=False)


async def test_the_sign_on_comes_at_the_start() -> None:
    async with connected(Settings(boot_time=0.01)) as (reader, host):
        reader.power_cycle()
        assert await host.line() == SIGN_ON
        assert await host.line() == COPYRIGHT


async def test_the_boot_rom_signs_on_and_reads_nothing() -> None:
    async with connected(Settings(boot_rom=True, boot_time=0.01)) as (reader, host):
        reader.power_cycle()
        assert await host.line() == b"#Model [E4] Ver 0.001\r\n"
        assert not reader.present("A")


async def test_a_reader_that_was_never_given_a_number() -> None:
    async with connected(Settings(serial_number="000000", sign_on=False)) as (_, host):
        assert await host.command_mode(b"505") == [b"#Model E4 Series Ver 1.12 SN000000\r\n"]


async def test_basic_does_not_wait_for_anybody() -> None:
    async with SimulatedReader(TcpLink(), PLAIN) as reader:
        assert reader.present("A")
        assert (reader.counts.unheard, reader.accepted, reader.delivered) == (1, ["A"], [])
        async with host_of(reader) as host:
            await reader.client_connected()
            reader.present("B")
            assert await host.line() == b"#B\r\n"
        assert reader.delivered == ["B"]


async def test_xoff_and_xon() -> None:
    async with connected(PLAIN) as (reader, host):
        host.say(b"\x13#9\r")
        await reader.until(lambda: reader.commands, "the command behind XOFF")
        for tag in "ABC":
            reader.present(tag)
        assert len(reader.device.memory) == 2
        host.say(b"\x11")
        assert await host.octets(20) == b"#Error\r\n#A\r\n#B\r\n#C\r\n"


async def test_data_inquiry_gives_one_message_for_each_poll() -> None:
    async with SimulatedReader(TcpLink(), INQUIRY) as reader:
        for tag in "ABC":
            reader.present(tag)
        async with host_of(reader) as host:
            assert await host.ask(b"\x05") == b"#A\r\n"
            host.say(b"\x05\x05")
            assert await host.octets(8) == b"#B\r\n#C\r\n"
        assert reader.delivered == ["A", "B", "C"]
        assert reader.counts.transmissions == 3


async def test_a_poll_in_command_mode_gets_no_answer() -> None:
    async with connected(INQUIRY) as (reader, host):
        reader.present("A")
        assert await host.ask(b"#01\r") == b"#Done\r\n"
        assert await host.ask(b"\x05#00\r") == b"#Done\r\n"
        assert await host.ask(b"\x05") == b"#A\r\n"


async def test_an_empty_answer() -> None:
    settings = Settings(protocol=Protocol.DATA_INQUIRY, sign_on=False, empty_answer=True)
    async with connected(settings) as (_, host):
        assert await host.ask(b"\x05") == b"#\r\n"


async def test_an_overflow_is_told_when_there_is_room() -> None:
    settings = Settings(protocol=Protocol.DATA_INQUIRY, sign_on=False, time=False, buffer=2)
    async with connected(settings) as (reader, host):
        for tag in "ABCD":
            reader.present(tag)
        assert [await host.ask(b"\x05") for _ in range(3)] == [b"#A\r\n", b"#B\r\n", b"#Error08\r\n"]
        assert reader.counts.overflowed == 2
        assert reader.accepted == ["A", "B"]


async def test_data_mode_takes_01_alone() -> None:
    async with connected(PLAIN) as (_, host):
        for command in (b"505", b"00", b"440", b"8110", b"63", b""):
            assert await host.ask(b"#" + command + b"\r") == b"#Error\r\n"
        assert await host.ask(b"#01\r") == b"#Done\r\n"
    async with connected(Settings(sign_on=False, data_mode_errors=False)) as (_, host):
        assert await host.ask(b"#505\r#01\r") == b"#Done\r\n"


async def test_mprx_mode() -> None:
    async with connected(MX) as (reader, host):
        for command in (b"440", b"8110", b"8113", b"81501"):
            assert await host.ask(b"#" + command + b"\r") == b"#Done\r\n"
        assert reader.device.checks == [0, 3]
        assert await host.command_mode(b"6400", b"641", b"527") == [
            b"#Error\r\n",
            b"#Error\r\n",
            b"#RFST C1 O1 T1 F20 R1F G1F A00 I04\r\n",
        ]
        reader.set_presence(False)
        assert not reader.present("A")


async def test_what_is_not_stored_is_lost() -> None:
    async with connected(Settings(sign_on=False, boot_time=0.01)) as (reader, host):
        await host.command_mode(b"60A7")
        assert await host.ask(b"#01\r") == b"#Done\r\n"
        assert await host.ask(b"#60B8\r") == b"#Done\r\n"
        assert await host.ask(b"#613\r") == b"#Done\r\n"
        assert await host.ask(b"#521\r") == b"#RDID B8\r\n"
        reader.power_cycle()
        assert [await host.line(), await host.line()] == [SIGN_ON, COPYRIGHT]
        assert await host.command_mode(b"521", b"520", b"65", b"520") == [
            b"#RDID A7\r\n",
            b"#PWRB P1 R0\r\n",
            b"#Done\r\n",
            b"#PWRB P0 R0\r\n",
        ]
        assert reader.device.protocol is Protocol.BASIC


async def test_a_reset() -> None:
    async with connected(Settings(sign_on=False, power_failed=True)) as (reader, host):
        await host.ask(b"#01\r")
        assert await host.ask(b"#63\r") == SIGN_ON
        assert await host.line() == COPYRIGHT
        assert await host.command_mode(b"520") == [b"#PWRB P0 R0\r\n"]
        assert reader.present("A")


async def test_appendices_cannot_change_while_the_buffer_has_messages() -> None:
    settings = Settings(protocol=Protocol.DATA_INQUIRY, sign_on=False, clock=lambda: naive(2026, 1, 2, 3, 4, 5))
    async with connected(settings) as (reader, host):
        reader.present("A")
        assert await host.command_mode(b"300", b"311", b"524") == [b"#Error\r\n", b"#Done\r\n", b"#IDAP T1 D1 X1\r\n"]
        assert await host.ask(b"\x05") == b"#A&03:04:05.00 01/02/26\r\n"
        assert await host.command_mode(b"300", b"310", b"524") == [b"#Done\r\n", b"#Done\r\n", b"#IDAP T0 D0 X0\r\n"]


async def test_the_clock_can_be_set_and_survives_a_power_cycle() -> None:
    base = naive(2026, 1, 31, 3, 4, 5, 670_000)
    async with connected(Settings(sign_on=False, boot_time=0.0, clock=lambda: base)) as (reader, host):
        assert await host.command_mode(b"22", b"2013:14:15", b"2102/28/99", b"22", b"2102/30/26", b"2025:00:00") == [
            b"#03:04:05.67 01/31/26\r\n",
            b"#Done\r\n",
            b"#Done\r\n",
            b"#13:14:15.00 02/28/99\r\n",
            b"#Error\r\n",
            b"#Error\r\n",
        ]
        reader.power_cycle()
        await reader.wait_for("started")
        assert reader.device.shown_time == "13:14:15.00 02/28/99"


ANSWERS_OF_BOTH = {
    "505": "Model E4 Series Ver 1.12 SN081234",
    "520": "PWRB P0 R0",
    "521": "RDID 00",
    "522": "MAIN B5 S0 P0 D0",
    "525": "ECPS P0 TFE X1 S0",
    "529": "PRST P0 D0 A2 T0 I0",
    "530": "RF0S U0 V0",
    "537": "ECHO 0",
    "540": "PCKS I0000 E5A3C",
    "543": "BCKS 1D0F",
    "549": "A4 0A 0005014202024133",
    "560": "SSTC E0 M0",
    "570": "ATA:E eGo:D SeGo:D IAG:D Sort:D TMM0",
    "582": "SYNC T00 H00",
    "510": "Error",
    "528": "Error",
    "999": "Error",
}
OF_MPRX = {
    "524": "IDAP T1 D1 X0",
    "526": "Error",
    "527": "RFST C0 O1 T1 F20 R1F G1F A00 I04",
    "531": "Error",
    "552": "MUX 1 MPRX",
    "577": "HDSH C0 00 C1 00 C2 00 C3 00",
    "6201": "Error",
    "451": "Error",
    "831": "Error",
    "821": "Error",
    "6142": "Error",
}
OF_ENCOMPASS = {
    "22": "Error",
    "302": "Error",
    "524": "IDAP T0 D0 X0",
    "526": "IOST C1 O0 I0 D4",
    "527": "RFST C1 O1 T1 F20 R1F G1F A00 I04 E1F",
    "531": "WFMT 0",
    "532": "T0F 0",
    "533": "WTI 00",
    "552": "Error",
    "577": "00",
    "837": "Error",
}


@pytest.mark.parametrize(
    ("settings", "answers"),
    [
        (PLAIN, ANSWERS_OF_BOTH),
        (ENCOMPASS, ANSWERS_OF_BOTH),
        (ENCOMPASS, OF_ENCOMPASS),
        (Settings(sign_on=False), OF_MPRX),
    ],
)
async def test_every_query(settings: Settings, answers: dict[str, str]) -> None:
    async with connected(settings) as (_, host):
        assert await host.command_mode(*(code.encode() for code in answers)) == [
            f"#{answer}\r\n".encode() for answer in answers.values()
        ]


@pytest.mark.parametrize(
    ("settings", "commands", "query", "answer"),
    [
        (ENCOMPASS, "6203", "526", "IOST C0 O3 I0 D4"),
        (ENCOMPASS, "6202 621 67f", "526", "IOST C1 O0 I0 DF"),
        (ENCOMPASS, "6400", "527", "RFST C0 O0 T1 F20 R1F G1F A00 I04 E1F"),
        (ENCOMPASS, "6400 6401", "527", "RFST C0 O1 T1 F20 R1F G1F A00 I04 E1F"),
        (ENCOMPASS, "6400 641 442", "527", "RFST C1 O1 T2 F20 R1F G1F A00 I04 E1F"),
        (ENCOMPASS, "647118 64310 6450a 64602", "527", "RFST C1 O1 T1 F118 R10 G0A A00 I02 E1F"),
        (ENCOMPASS, "823", "560", "SSTC E1 M3"),
        (ENCOMPASS, "46ff 871", "533", "WTI FF"),
        (ENCOMPASS, "6142", "525", "ECPS P0 TFE X2 S0"),
        (PLAIN, "6120a 6140", "525", "ECPS P0 T0A X0 S0"),
        (PLAIN, "612FF", "525", "ECPS P0 TFF X1 S0"),
        (PLAIN, "1007 1011", "522", "MAIN B7 S1 P0 D0"),
        (PLAIN, "1022", "522", "MAIN B5 S0 P2 D0"),
        (PLAIN, "6901 6921 6935 6941", "529", "PRST P1 D0 A1 T5 I1"),
        (PLAIN, "4102 4203", "530", "RF0S U2 V3"),
        (PLAIN, "4102 40", "530", "RF0S U0 V0"),
        (PLAIN, "60ff 66F", "521", "RDID 00"),
        (PLAIN, "613", "525", "ECPS P2 TFE X1 S0"),
        (PLAIN, "453 486 695123", "521", "RDID 00"),
    ],
)
async def test_parameters(settings: Settings, commands: str, query: str, answer: str) -> None:
    async with connected(settings) as (_, host):
        *done, shown = await host.command_mode(*(each.encode() for each in [*commands.split(), query]))
        assert set(done) == {b"#Done\r\n"}
        assert shown == f"#{answer}\r\n".encode()


async def test_echo_can_be_switched() -> None:
    async with connected(PLAIN) as (_, host):
        assert await host.command_mode() == []
        for command, heard in (
            (b"#01\r", b"#Done\r\n"),
            (b"#6171\r", b"#Done\r\n"),
            (b"#537\r", b"#537\r#ECHO 1\r\n"),
            (b"#6170\r", b"#6170\r#Done\r\n"),
            (b"#537\r", b"#ECHO 0\r\n"),
        ):
            assert await host.ask(command) == heard


async def test_rf_off_misses_tags_and_a_lost_frequency_is_error_06() -> None:
    async with connected(PLAIN) as (reader, host):
        await host.command_mode(b"6400")
        assert not reader.present("A")
        reader.set_frequency(None)
        assert await host.line() == b"#Error06\r\n"
        await host.command_mode(b"6401")
        for _ in range(2):  # for 6401, and for the return to data mode
            assert await host.line() == b"#Error06\r\n"
        assert await host.command_mode(b"647118", b"6401") == [b"#Done\r\n", b"#Done\r\n"]
        assert reader.present("B")


async def test_uniqueness_and_valid_reads() -> None:
    async with connected(MX) as (reader, host):
        await host.command_mode(b"4100", b"4202")
        assert [reader.present(tag) for tag in ("A", "A", "B", "A", "A")] == [True, False, True, True, False]
        assert await host.ask(b"#440\r") == b"#A\r\n"
        assert reader.present("A")
        assert not reader.present("C", reads=2)
        assert (reader.counts.repeated, reader.counts.invalid) == (2, 1)


async def test_input_changes_and_presence_are_reported() -> None:
    settings = Settings(profile=Profile.ENCOMPASS, sign_on=False, auxiliary=True)
    async with connected(settings) as (reader, host):
        reader.set_input(0, True)
        await host.command_mode(b"823", b"6901")
        reader.set_input(1, True)
        assert await host.line() == b"#Input 1 on%00-0-00-3\r\n"
        reader.set_presence(False)
        reader.set_presence(True)
        reader.present("A")
        assert await host.line() == b"#A%00-0-00-3\r\n"
        reader.set_presence(False)
        reader.set_presence(True)
        reader.set_presence(False)
        assert await host.line() == b"#Presence without tag%00-0-04-3\r\n"
        assert not reader.present("B")


async def test_the_heartbeat_comes_when_nothing_else_does() -> None:
    settings = Settings(profile=Profile.ENCOMPASS, sign_on=False, heartbeat=True, heartbeat_interval=0.02)
    async with connected(settings) as (_, host):
        for _ in range(2):
            assert await host.line() == b"#RFST C1 O1 T1 F20 R1F G1F A00 I04 E1F\r\n"
        assert await host.ask(b"#01\r") in {b"#Done\r\n", b"#RFST C1 O1 T1 F20 R1F G1F A00 I04 E1F\r\n"}


async def test_no_heartbeat_fills_the_buffer() -> None:
    settings = Settings(
        profile=Profile.ENCOMPASS,
        protocol=Protocol.DATA_INQUIRY,
        sign_on=False,
        heartbeat=True,
        heartbeat_interval=0.005,
    )
    async with SimulatedReader(TcpLink(), settings) as reader:
        await asyncio.sleep(0.05)  # ten heartbeats
        assert len(reader.device.memory) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"crc": "auto"},
        {"ecp_timeout": 0},
        {"baud": 0},
        {"wire_parity": True},
        {"reader_id": 256},
        {"inputs": 4},
        {"buffer": 0},
        {"boot_time": -1},
    ],
)
def test_settings_that_make_no_sense(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Settings(**wrong)  # type: ignore[arg-type]
    assert Settings(wire_parity=True, parity=Parity.ODD).wire_parity
