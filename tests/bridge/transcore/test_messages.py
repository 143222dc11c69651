"""What messages say: the published examples, what imitates them, and what only looks like them."""

# The clock of a reader has no zone.
# ruff: noqa: DTZ001

from __future__ import annotations

from datetime import datetime

import pytest

from readers_bridge.families.transcore.messages import (
    Auxiliary,
    Copyright,
    ErrorMessage,
    Report,
    RfStatus,
    SignOn,
    Tag,
    parse,
    parse_line,
)

AT = datetime(1991, 4, 22, 13, 20, 42, 50_000)
TIME = "&13:20:42.05 04/22/91"
AUX = "%00-0-04-0"
AUXILIARY = Auxiliary("00", 0, 4, 0)
SPACES = " " * 20
HEX_30 = "9EA488C030426A1900000000000033"
HEX_32 = "9EA488C030426A179000000000000331"
LIVE_STATUS = "RFST C1 O1 T1 F20 R1F G1F A00 I04 E1F"

IDS = [
    "KING 1302",
    'GJ2(P#!":AD        S',
    "+SX&P ?;'AD        S",
    "GJ2(Q3(,P!D        S",
    "GCNJE,8<R!D      NAS",
    "FG27S(Y*R1D      NAS",
    SPACES,
    " ",
    "A",
    "  A  ",
    "#",
    "&",
    "%",
    "&13:20:42.05 04/22/9",
    "A&13:20:42.05 04/22/",
    "ABCDEFGHI%00-0-04-0 ",
    "%00-0-04-0%00-0-04-S",
    "##################%&",
    "\"'\\<>/+[]^_",
    HEX_30,
    HEX_32,
]


def text_of(tag: str, *, time: str = "", aux: str = "") -> bytes:
    return (tag + time + aux).encode("ascii")


@pytest.mark.parametrize("tag", IDS)
def test_tags(tag: str) -> None:
    assert parse(text_of(tag)) == Tag(tag, None, None, tag)
    assert parse_line(b"#" + text_of(tag)) == Tag(tag, None, None, tag)


@pytest.mark.parametrize("tag", IDS)
def test_tags_with_what_is_appended(tag: str) -> None:
    assert parse(text_of(tag, time=TIME)) == Tag(tag, AT, None, tag + TIME)
    assert parse(text_of(tag, aux=AUX)) == Tag(tag, None, AUXILIARY, tag + AUX)
    assert parse(text_of(tag, time=TIME, aux=AUX)) == Tag(tag, AT, AUXILIARY, tag + TIME + AUX)
    assert parse(text_of(tag, aux=AUX + TIME)) == Tag(tag, AT, AUXILIARY, tag + AUX + TIME)
    ampersand = AUX.replace("%", "&")
    assert parse(text_of(tag, time=TIME, aux=ampersand)) == Tag(tag, AT, AUXILIARY, tag + TIME + ampersand)
    assert parse(text_of(tag, aux=ampersand + TIME)) == Tag(tag, AT, AUXILIARY, tag + ampersand + TIME)
    whole = text_of(tag, time=TIME, aux="%0A-1-1F-3-057")
    assert parse(whole) == Tag(tag, AT, Auxiliary("0A", 1, 31, 3, "057"), whole.decode())


def test_a_full_id_that_ends_like_an_appendix() -> None:
    tag = "ABCDEFGHIJ%00-0-04-0"
    assert parse(text_of(tag, time=TIME)) == Tag(tag, AT, None, tag + TIME)
    assert parse(text_of(tag, time=TIME, aux=AUX)) == Tag(tag, AT, AUXILIARY, tag + TIME + AUX)
    assert parse(text_of(tag, aux=AUX)) == Tag(tag, None, AUXILIARY, tag + AUX)
    # Alone it is the ID of a half-frame tag and its appendix: no rail tag ends in a digit.
    assert parse(text_of(tag)) == Tag(tag[:10], None, AUXILIARY, tag)


@pytest.mark.parametrize(
    ("time", "clock"),
    [
        ("14:03:07.25 03/09/26", datetime(2026, 3, 9, 14, 3, 7, 250_000)),
        ("23:59:59.99 12/31/69", datetime(1969, 12, 31, 23, 59, 59, 990_000)),
        ("00:00:00.00 01/01/68", datetime(2068, 1, 1)),
        ("00:00:00.00 02/29/00", datetime(2000, 2, 29)),
        ("00:00:00.00 02/29/01", None),
        ("13:20:42.05 13/45/91", None),
        ("24:00:00.00 04/22/91", None),
        ("00:00:00.00 00/00/00", None),
    ],
)
def test_the_readers_clock(time: str, clock: datetime | None) -> None:
    assert parse(f"KING 1302&{time}".encode()) == Tag("KING 1302", clock, None, f"KING 1302&{time}")


@pytest.mark.parametrize(
    ("text", "code", "clock"),
    [
        ("Error06", "06", None),
        ("Error08" + TIME, "08", AT),
        ("Error11", "11", None),
        ("Error42", "42", None),
        ("Error", "", None),
        ("Error06&99:99:99.99 99/99/99", "06", None),
    ],
)
def test_errors(text: str, code: str, clock: datetime | None) -> None:
    assert parse(text.encode()) == ErrorMessage(code, clock, text)


@pytest.mark.parametrize(
    ("text", "model", "version", "serial", "boot"),
    [
        ("Model E4 Series Ver 1.12 SN081234", "E4 Series", "1.12", "081234", False),
        ("Model E4 Series Ver X.XX SN97001P", "E4 Series", "X.XX", "97001P", False),
        ("Model E4 Series Ver 1.12 SN 081234", "E4 Series", "1.12", "081234", False),
        ("Model E4 Series Ver 1.12 SN000000", "E4 Series", "1.12", None, False),
        ("Model E4 Series 1.12 SN081234", "E4 Series", "1.12", "081234", False),
        ("Model E4 Series Ver 1.12 SN081234 Copyright 2008 TransCore", "E4 Series", "1.12", "081234", False),
        ("Model E4 Series Ver 1.12 SN081234Copyright 2008 TransCore", "E4 Series", "1.12", "081234", False),
        ("Model E4 Series Ver 1.12", "E4 Series", "1.12", None, False),
        ("Model [E4] Ver 0.003", "E4", "0.003", None, True),
        ("Model E4 Ver 0.001", "E4", "0.001", None, True),
        ("Model E4", "E4", "", None, False),
    ],
)
def test_sign_ons(text: str, model: str, version: str, serial: str | None, boot: bool) -> None:
    assert parse(text.encode()) == SignOn(model, version, serial, boot, text)


def test_the_second_half_of_a_sign_on() -> None:
    assert parse(b"Copyright 2008 TransCore") == Copyright("Copyright 2008 TransCore")


def test_the_status_of_the_radio() -> None:
    status = parse(LIVE_STATUS.encode())
    assert isinstance(status, RfStatus)
    assert status.text == LIVE_STATUS
    assert status.fields == dict(C="1", O="1", T="1", F="20", R="1F", G="1F", A="00", I="04", E="1F")  # noqa: C408
    shorter = parse(LIVE_STATUS.removesuffix(" E1F").encode())
    assert isinstance(shorter, RfStatus)
    assert shorter.fields == {letter: value for letter, value in status.fields.items() if letter != "E"}
    newer = parse(b"RFST C0 O0 T3 FXXX R1F G1F A00 I04 Z9 Q ?? W12.5")
    assert isinstance(newer, RfStatus)
    assert (newer.fields["F"], newer.fields["Z"], newer.fields["Q"]) == ("XXX", "9", "")
    assert isinstance(parse(b"RFST C1 O1"), RfStatus)
    assert isinstance(parse(b"RFST 1302 OF A ROAD "), Tag)


@pytest.mark.parametrize(
    "text",
    [
        "Done",
        "PWRB P1 R0",
        "PWRB 1",
        "RDID 0A",
        "MAIN B5 S0 P0 D0",
        "IDAP T1 D1 X0",
        "ECPS P0 TFE X1 S0",
        "IOST C1 O0 I3 D4",
        "IOST C0 O2 I0 D24",
        "C1 O0 I3 D4",
        "PRST P0 D0 A2 T0 I0",
        "ECHO 1",
        "MUX 3 MPRX",
        "SSTC E0 M0",
        "BCKS 12AB",
        "PCKS I0000 E12AB",
        "HDSH C0 00 C1 00 C2 00 C3 00",
        "SYNC T00 H00",
        "ATA:E eGo:I SeGo:I IAG:D Sort:D TMM0",
        "Presence without tag",
        "Input 0 changed",
        "INPUT STATUS HAS CHANGED TO 1",
        "ABCDEFGHIJKLMNOPQRSTU",
        "\x00\x01",
        "KI\nNG",
        "K\xc9NG 1302",
        HEX_30[:29],
        "K\xc9NG 1302%00-0-04-0-\xff",
        HEX_30 + "\xff",
        "",
    ],
)
def test_reports_keep_their_whole_text(text: str) -> None:
    report = parse(text.encode("latin-1"))
    assert isinstance(report, Report)
    assert report.text == text
    assert parse_line(b"#" + text.encode("latin-1")) == report


def test_reports_with_what_is_appended() -> None:
    text = "Presence without tag" + TIME + AUX
    assert parse(text.encode()) == Report(text, AT, AUXILIARY)
    text = "Input 0 has changed" + AUX
    assert parse(text.encode()) == Report(text, None, AUXILIARY)


def test_a_late_answer_of_the_clock_is_no_tag() -> None:
    assert parse(TIME[1:].encode()) == Report(TIME[1:], AT)


@pytest.mark.parametrize("text", ["MAIN STREET 5", "RDID 00             ", "IOST", "PWRB 7", "ECHO POINT", "XX"])
def test_tags_that_begin_like_a_status_are_tags(text: str) -> None:
    assert parse(text.encode()) == Tag(text, None, None, text)


def test_an_imitation_appends_what_it_likes() -> None:
    text = HEX_30 + ",1,04,057"
    assert parse(text.encode()) == Tag(HEX_30, None, None, text)
    assert parse((HEX_30 + "104057").encode()) == Tag(HEX_30, None, None, HEX_30 + "104057")


RAIL = 'GJ2(P#!":AD        S'


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"", None),
        (b"noise", None),
        (b"#", Report("")),
        (b"noise#KING 1302", Tag("KING 1302", None, None, "KING 1302")),
        (b"\xff#\x03#KING 1302", Tag("KING 1302", None, None, "KING 1302")),
        (b"#GJ2(P#!" + b"#" + RAIL.encode(), Tag(RAIL, None, None, RAIL)),
        (b"#" + RAIL.encode() + b"#Error06", ErrorMessage("06", None, "Error06")),
        (b"#GJ2(P#" + RAIL.encode() + TIME.encode(), Tag(RAIL, AT, None, RAIL + TIME)),
        (b"#Erro#Model E4 Series Ver 1.12 SN081234", SignOn("E4 Series", "1.12", "081234", False, "")),
        (b"#Input #1 changed", Report("Input #1 changed")),
        (b"#INPUT CHANGE ON PORT #1", Report("INPUT CHANGE ON PORT #1")),
        (b"#Presence#5" + AUX.encode(), Tag("5", None, AUXILIARY, "5" + AUX)),
        (b"#505#" + LIVE_STATUS.encode(), RfStatus({}, LIVE_STATUS)),
    ],
)
def test_the_first_som_with_a_known_layout_begins_the_message(line: bytes, expected: object) -> None:
    found = parse_line(line)
    if isinstance(expected, SignOn | RfStatus):
        assert isinstance(found, type(expected))
        assert found.text == line.decode().rpartition("#")[2]
    else:
        assert found == expected
