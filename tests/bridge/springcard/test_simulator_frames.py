"""The messages of simulated readers, against byte vectors."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.springcard.simulator import Card, Checksum, Format, Move, Settings, parse_card
from readers_bridge.families.springcard.simulator.field import Report
from readers_bridge.families.springcard.simulator.frames import encode, hello

NFC = Card("047DAE02C84080")
PADDED = Card("047DAE02C84080", data="00047DAE02C84080")

VECTORS = [
    (NFC, Move.NONE, "$SCRDR;13;01;01;;047DAE02C84080;;;", 0x50, 0x5E),
    (PADDED, Move.NONE, "$SCRDR;13;01;01;;047DAE02C84080;;00047DAE02C84080;", 0x56, 0x58),
    (PADDED, Move.INSERTED, "$SCRDR;13;01;01;;047DAE02C84080;I;00047DAE02C84080;", 0x1F, 0x11),
    (NFC, Move.REMOVED, "$SCRDR;13;01;01;;047DAE02C84080;R;;", 0x02, 0x0C),
    (Card(), Move.REMOVED, "$SCRDR;13;01;01;;;R;;", 0x04, 0x0A),
    (PADDED, Move.TAPPED, "$SCRDR;13;01;01;;047DAE02C84080;IR;00047DAE02C84080;", 0x4D, 0x43),
    (Card("047C7B02C44080", "534639728584"), Move.NONE, "$SCRDR;13;01;01;;047C7B02C44080;;534639728584;", 0x20, 0x2E),
    (
        Card("047C7B02C44080", "https://www.springcard.com", template=2),
        Move.NONE,
        "$SCRDR;13;01;02;;047C7B02C44080;;https://www.springcard.com;",
        0x6B,
        0x65,
    ),
    (
        Card("262BA1B0", "00000000262BA1B0", protocol="2C", template=2),
        Move.NONE,
        "$SCRDR;13;2C;02;;262BA1B0;;00000000262BA1B0;",
        0x25,
        0x2B,
    ),
    (
        Card("E2801160600002054D8A1B2C", interface="90", template=7, rssi=0xC4),
        Move.NONE,
        "$SCRDR;90;01;07;C4;E2801160600002054D8A1B2C;;;",
        0x5F,
        0x51,
    ),
]


@pytest.mark.parametrize(("card", "move", "text", "excluded", "included"), VECTORS)
def test_every_vector_with_every_checksum(card: Card, move: Move, text: str, excluded: int, included: int) -> None:
    def sent(checksum: Checksum) -> bytes:
        return encode(Report(card, move), Settings(checksum=checksum))

    assert sent(Checksum.EXCLUDED) == f"{text}*{excluded:02X}\r\n".encode()
    assert sent(Checksum.INCLUDED) == f"{text}*{included:02X}\r\n".encode()
    assert sent(Checksum.WRONG) == f"{text}*{excluded ^ 1:02X}\r\n".encode()
    assert sent(Checksum.ABSENT) == f"{text}\r\n".encode()


def test_exact_bytes() -> None:
    assert encode(Report(NFC), Settings()) == bytes.fromhex(
        "24 53 43 52 44 52 3B 31 33 3B 30 31 3B 30 31 3B 3B 30 34 37 44 41 45 30 32 43 38 34 30 38 30 3B 3B 3B 2A 35 30 0D 0A"
    )
    assert encode(Report(PADDED, Move.INSERTED), Settings()) == bytes.fromhex(
        "24 53 43 52 44 52 3B 31 33 3B 30 31 3B 30 31 3B 3B 30 34 37 44 41 45 30 32 43 38 34 30 38 30 3B 49 3B 30 30 30 34 37"
        "44 41 45 30 32 43 38 34 30 38 30 3B 2A 31 46 0D 0A"
    )
    assert hello(Settings()) == bytes.fromhex("24 53 43 52 44 52 3B 3B 3B 3B 3B 3B 3B 3B 2A 35 34 0D 0A")
    assert hello(Settings(checksum=Checksum.INCLUDED)).endswith(b"*5A\r\n")


@pytest.mark.parametrize("terminator", [b"\r\n", b"\n", b"\r"])
def test_terminators(terminator: bytes) -> None:
    assert encode(Report(NFC), Settings(terminator=terminator)).endswith(b"*50" + terminator)


def test_the_vendors_reader_event() -> None:
    settings = Settings(format=Format.JSON, terminator=b"")
    assert encode(Report(PADDED), settings, "699:16.850") == (
        b'{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080",'
        b'"TagData":"00047DAE02C84080","Uptime":"699:16.850"}'
    )


@pytest.mark.parametrize(
    ("move", "text"), [(Move.INSERTED, "Insert"), (Move.REMOVED, "Remove"), (Move.TAPPED, "Insert,Remove")]
)
def test_movement_and_signal_in_a_reader_event(move: Move, text: str) -> None:
    card = Card("0401", details="AA", rssi=196, interface_name="bluetooth", protocol_name="iBeacon")
    event = json.loads(encode(Report(card, move), Settings(format=Format.JSON)))
    assert (event["Move"], event["RSSI"], event["TagDetails"]) == (text, 196, "AA")
    assert (event["Interface"], event["Protocol"]) == ("bluetooth", "iBeacon")


def test_mk1_lines() -> None:
    settings = Settings(format=Format.MK1)
    assert hello(settings) == b"# M519/RDR\r\n"
    assert encode(Report(NFC), settings) == b"+047DAE02C84080\r\n"
    assert encode(Report(PADDED, Move.INSERTED), settings) == b"+00047DAE02C84080\r\n"
    assert encode(Report(NFC, Move.REMOVED), settings) == b""


def test_a_message_of_64_kilobytes() -> None:
    message = encode(Report(Card("0401", data="5A" * 32_768)), Settings())
    assert message.count(b"5A") == 32_768
    with pytest.raises(ValueError, match="at most 65536"):
        Card("0401", data="5" * 65_537)


@pytest.mark.parametrize("text", ["a;b", "a*b", "a$b", "a\r\nb", "ä", "\x00"])
def test_what_must_not_stand_in_a_message_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="TagData cannot be sent"):
        encode(Report(Card("0401", data=text)), Settings())


@given(st.text(max_size=200))
def test_a_reader_event_takes_any_text_and_stays_one_line(text: str) -> None:
    message = encode(Report(Card("0401", data=text)), Settings(format=Format.JSON))
    assert message.count(b"\n") == 1
    assert json.loads(message).get("TagData", "") == text


def test_cards_as_people_write_them() -> None:
    assert parse_card("047dae02c84080") == NFC
    assert parse_card("0401,data=0042,rssi=196,template=7,interface=90") == Card(
        "0401", data="0042", rssi=196, template=7, interface="90"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "must be hex"),
        ("04AE0", "must be hex"),
        ("0401,data", "not key=value"),
        ("0401,colour=red", "unknown 'colour'"),
        ("0401,rssi=many", "rssi must be a number"),
        ("0401,rssi=300", "rssi must be 0 to 255"),
        ("0401,interface=131", "two hex digits"),
    ],
)
def test_mistakes_in_a_card_are_explained(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_card(text)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"terminator": b"\0"}, "terminator"),
        ({"terminator": b""}, "needs a terminator"),
        ({"repeat": 0}, "repeat"),
        ({"coalesce": 0}, "coalesce"),
        ({"fragment": -1}, "fragment"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Settings(**settings)  # type: ignore[arg-type]
