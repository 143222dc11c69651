"""The answers to the reading commands, as the guides and live readers have them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.transcore import replies
from readers_bridge.families.transcore.replies import (
    Appended,
    IdFilter,
    InputReports,
    IoStatus,
    Port,
    Presence,
    ProtocolStatus,
    Version,
)
from readers_bridge.families.transcore.reply_fields import letters
from readers_bridge.families.transcore.rf_status import RfStatus, rf_status, rf_status_of
from readers_bridge.families.transcore.typedefs import Parity, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

LIVE = "RFST C1 O1 T1 F20 R1F G1F A00 I04 E1F"


@pytest.mark.parametrize(
    ("text", "model", "version", "serial", "boot"),
    [
        ("Model E4 Series Ver 1.12 SN081234", "E4 Series", "1.12", "081234", False),
        ("Model E4 Series Ver X.XX SN97001P", "E4 Series", "X.XX", "97001P", False),
        ("Model E4 Series 1.12 SN081234", "E4 Series", "1.12", "081234", False),
        ("Model E4 Series Ver 1.12 SN000000", "E4 Series", "1.12", None, False),
        ("Model E4 Series Ver 1.12 SN 081234 Copyright 2008 TransCore", "E4 Series", "1.12", "081234", False),
        ("Model [E4] Ver 0.001", "E4", "0.001", None, True),
        ("Model E4 Ver 0.00x", "E4", "0.00x", None, True),
        ("Model E4 Ver 0.001 SN081234", "E4", "0.001", "081234", False),
        ("Model E4", "E4", "", None, False),
    ],
)
def test_version(text: str, model: str, version: str, serial: str | None, boot: bool) -> None:
    assert replies.version(text) == Version(model, version, serial, boot=boot, text=text)


@pytest.mark.parametrize(
    ("parser", "text", "expected"),
    [
        (replies.power_failed, "PWRB P1 R0", True),
        (replies.power_failed, "PWRB P0 R0", False),
        (replies.power_failed, "PWRB P1R0", True),
        (replies.power_failed, "PWRB 1", True),
        (replies.power_failed, "PWRB 0", False),
        (replies.power_failed, "PWRB", None),
        (replies.reader_id, "RDID 00", "00"),
        (replies.reader_id, "RDID 0a", "0A"),
        (replies.reader_id, "RDID xx", None),
        (replies.port, "MAIN B5 S0 P0 D0", Port(9600, 1, Parity.NONE, 0)),
        (replies.port, "MAIN B2 S1 P1 D0", Port(1200, 2, Parity.EVEN, 0)),
        (replies.port, "MAIN B7 P2", Port(38400, None, Parity.ODD, None)),
        (replies.port, "MAIN B9 S7 P4 D0", Port(None, None, None, 0)),
        (replies.appended, "IDAP T1 D1 X0", Appended(time=True, date=True, auxiliary=False)),
        (replies.appended, "IDAP T0 D0 X0", Appended(time=False, date=False, auxiliary=False)),
        (replies.appended, "IDAP T0 X1", Appended(time=False, date=None, auxiliary=True)),
        (replies.protocol_status, "ECPS P0 TFE X1 S0", ProtocolStatus(Protocol.BASIC, 12700, "xon_xoff", "#")),
        (replies.protocol_status, "ECPS P1 T01 X0 S0", ProtocolStatus(Protocol.ECP, 50, "none", "#")),
        (replies.protocol_status, "ECPS P2 TFF X2 S0", ProtocolStatus(Protocol.DATA_INQUIRY, None, "hardware", "#")),
        (replies.protocol_status, "ECPS P3 T00 X3", ProtocolStatus(None, None, None, None)),
        (replies.io_status, "IOST C1 O0 I3 D4", IoStatus(host_control=False, outputs=0, inputs=3, pulse_ms=20)),
        (replies.io_status, "IOST C0 O2 I0 DF", IoStatus(host_control=True, outputs=2, inputs=0, pulse_ms=752)),
        (replies.io_status, "IOST C0 O2 I0 D24", IoStatus(host_control=True, outputs=2, inputs=0, pulse_ms=None)),
        (replies.io_status, "C1 O3 I1 D0", IoStatus(host_control=False, outputs=3, inputs=1, pulse_ms=4)),
        (replies.io_status, LIVE, None),
        (
            replies.presence,
            "PRST P0 D0 A2 TF I0",
            Presence(reports=False, algorithm=2, timeout_ms=None, inverted=False),
        ),
        (replies.presence, "PRST P1 D0 A0 T9 I1", Presence(reports=True, algorithm=0, timeout_ms=92, inverted=True)),
        (replies.presence, "PRST P1 D0 A3 T0", Presence(reports=True, algorithm=None, timeout_ms=0, inverted=None)),
        (replies.id_filter, "RF0S U0 V0", IdFilter(1, 1)),
        (replies.id_filter, "RF0S U3 V2", IdFilter(4, 3)),
        (replies.wiegand_on, "T0F 1", True),
        (replies.wiegand_on, "T0F 0", False),
        (replies.wiegand_interval, "WTI 01", 1),
        (replies.wiegand_interval, "WTI FF", 255),
        (replies.echo, "ECHO 0", False),
        (replies.echo, "ECHO 1", True),
        (replies.checksum, "PCKS I0000 E1A2B", "1A2B"),
        (replies.checksum, "BCKS 9F00", "9F00"),
        (replies.gse_filter, "A4 0A 0005014202024133", (b"\xa4", b"\x0a", bytes.fromhex("0005014202024133"))),
        (replies.gse_filter, "A4 0A 000", None),
        (replies.multiplexing, "MUX 3 MPRX", 3),
        (replies.multiplexing, "MUX 4 MPRX", None),
        (replies.input_reports, "SSTC E1 M3", InputReports(enabled=True, inputs=3)),
        (replies.input_reports, "SSTC E0 M0", InputReports(enabled=False, inputs=0)),
        (
            replies.tag_protocols,
            "ATA:E eGo:I SeGo:F IAG:D Sort:D TMM0",
            {"ATA": "E", "eGo": "I", "SeGo": "F", "IAG": "D", "Sort": "D"},
        ),
        (replies.tag_protocols, "TMM0", None),
        (replies.handshakes, "HDSH C0 03 C1 0A C2 00 C3 FF", (3, 10, 0, 255)),
        (replies.handshakes, "1F", (31,)),
        (replies.handshakes, "HDSH", None),
        (replies.clock, "13:20:42.05 04/22/91", datetime(1991, 4, 22, 13, 20, 42, 50_000)),  # noqa: DTZ001
        (replies.clock, "14:03:07.25 03/09/26", datetime(2026, 3, 9, 14, 3, 7, 250_000)),  # noqa: DTZ001
        (replies.clock, "14:03:07 03/09/26", datetime(2026, 3, 9, 14, 3, 7)),  # noqa: DTZ001
        (replies.clock, "25:00:00.00 01/01/26", None),
        (replies.clock, "12:00:00.00 02/30/26", None),
    ],
)
def test_the_answers(parser: Callable[[str], object], text: str, expected: object) -> None:
    assert parser(text) == expected


@pytest.mark.parametrize(("code", "milliseconds"), [*zip("0123456789ABCDEF", replies.PULSES_MS, strict=True)])
def test_the_output_pulse(code: str, milliseconds: int) -> None:
    status = replies.io_status(f"IOST C1 O0 I0 D{code}")
    assert status is not None
    assert status.pulse_ms == milliseconds


def test_a_live_readers_rf_status() -> None:
    assert rf_status(LIVE) == RfStatus(
        host_control=False,
        rf_on=True,
        uniqueness_timeout_s=120,
        frequency="20",
        frequency_mhz=918.0,
        ata_range=31,
        sego_range=31,
        attenuation_db=0,
        iag_attenuation_db=4,
    )


def test_the_rf_status_from_its_letters() -> None:
    assert rf_status_of(letters(LIVE.removeprefix("RFST"))) == rf_status(LIVE)
    assert rf_status("RFST Q7 hello O0 C0") == RfStatus(
        host_control=True,
        rf_on=False,
        uniqueness_timeout_s=None,
        frequency=None,
        frequency_mhz=None,
        ata_range=None,
        sego_range=None,
        attenuation_db=None,
        iag_attenuation_db=None,
    )


@pytest.mark.parametrize(("letter", "seconds"), [("T0", None), ("T1", 120), ("T2", 15), ("T3", 30), ("T4", None)])
def test_the_uniqueness_timeout(letter: str, seconds: int | None) -> None:
    status = rf_status(f"RFST {letter}")
    assert status is not None
    assert status.uniqueness_timeout_s == seconds


# two digits: Encompass 4 Quick Start Guide, table 5, where 912.50 MHz is 15 or 0D2 and 919.00 MHz is 22 or 0EC
@pytest.mark.parametrize(
    ("digits", "megahertz"),
    [
        ("000", 860.0),
        ("0D2", 912.5),
        ("15", 912.5),
        ("0EC", 919.0),
        ("22", 919.0),
        ("001", 860.25),
        ("118", 930.0),
        ("119", None),
        ("XXX", None),
        ("0", None),
        ("FF", None),
        ("00D2", None),
    ],
)
def test_the_frequency(digits: str, megahertz: float | None) -> None:
    status = rf_status(f"RFST C0 O0 F{digits}")
    assert status is not None
    assert status.frequency_mhz == megahertz
    assert status.frequency == digits


PARSERS: list[Callable[[str], object]] = [
    replies.version,
    replies.power_failed,
    replies.reader_id,
    replies.port,
    replies.appended,
    replies.protocol_status,
    replies.io_status,
    rf_status,
    replies.presence,
    replies.id_filter,
    replies.wiegand_on,
    replies.wiegand_interval,
    replies.echo,
    replies.checksum,
    replies.gse_filter,
    replies.multiplexing,
    replies.input_reports,
    replies.tag_protocols,
    replies.handshakes,
    replies.clock,
]
WORDS = [
    "Model",
    "PWRB",
    "MAIN",
    "IDAP",
    "ECPS",
    "IOST",
    "RFST",
    "PRST",
    "RF0S",
    "PCKS",
    "HDSH",
    "ATA:",
    "Ver",
    "SN",
    "C0",
    "F",
    "XXX",
]


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    "text", ["", "Done", "Error", "Error06", "KING 1302", 'GJ2(P#!":AD        S', "Copyright 2008 TransCore"]
)
def test_other_messages_are_no_answers(parser: Callable[[str], object], text: str) -> None:
    assert parser(text) is None


@given(
    st.one_of(
        st.text(max_size=72), st.lists(st.sampled_from(WORDS) | st.text("0123456789AFX :/.", max_size=9)).map(" ".join)
    )
)
def test_nothing_is_raised(text: str) -> None:
    for parser in PARSERS:
        parser(text)
