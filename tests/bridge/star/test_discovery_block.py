from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.errors import ProtocolError
from readers_bridge.families.star.discovery_block import REQUEST, NetworkCard, parse
from tests.bridge.star.vectors import CAPTURED, written

CARD = NetworkCard(
    version="RS1.0.1",
    mac="00:11:62:13:DE:EF",
    ip="192.168.0.132",
    name="TSP100LAN",
    firmware=("V2.2", "V2.2"),
    pld_revision="",
    ip_version="1",
    mode="DHCP",
    netmask="255.255.255.0",
    gateway="192.168.0.1",
    configured_ip="0.0.0.0",
    configured_netmask="0.0.0.0",
    configured_gateway="0.0.0.0",
    rarp=False,
    dhcp=True,
    flags=("1", "1"),
    manufacturer="Star",
    command_set="STAR",
    model="TSP143IIILAN (STR_T-001)",
    device_class="PRINTER",
)


def test_request() -> None:
    assert REQUEST.hex(" ").upper() == (
        "53 54 52 5F 42 43 41 53 54 00 00 00 00 00 00 00 52 51 31 2E 30 2E 30 00 00 1C 64 31"
    )
    assert len(REQUEST) == int.from_bytes(REQUEST[0x18:0x1A], "big")


def test_the_captured_answer() -> None:
    assert parse(CAPTURED) == CARD


def test_every_field_has_its_place() -> None:
    card = parse(
        written(
            CAPTURED,
            {
                0x024: b"SIXTEEN.LETTERS!",
                0x034: b"MAIN1234",
                0x03C: b"BOOT5678",
                0x044: b"PLD\0",
                0x04C: b"46",
                0x04E: bytes.fromhex("00 11 62 AB CD EF"),
                0x058: bytes([10, 1, 2, 3]),
                0x05C: b"STATIC\0",
                0x06C: bytes([255, 255, 0, 0]),
                0x070: bytes([10, 1, 0, 1]),
                0x076: b"7",
                0x078: bytes([10, 9, 8, 7, 255, 0, 0, 0, 10, 0, 0, 1]),
                0x084: b"1",
                0x086: b"0",
                0x088: b"9",
                0x08C: b"M" * 32,
                0x0AC: b"C" * 32,
                0x0CC: b"D" * 64,
                0x10C: b"K" * 32,
            },
        )
    )
    assert card == NetworkCard(
        version="RS1.0.1",
        mac="00:11:62:AB:CD:EF",
        ip="10.1.2.3",
        name="SIXTEEN.LETTERS!",
        firmware=("MAIN1234", "BOOT5678"),
        pld_revision="PLD",
        ip_version="46",
        mode="STATIC",
        netmask="255.255.0.0",
        gateway="10.1.0.1",
        configured_ip="10.9.8.7",
        configured_netmask="255.0.0.0",
        configured_gateway="10.0.0.1",
        rarp=True,
        dhcp=False,
        flags=("7", "9"),
        manufacturer="M" * 32,
        command_set="C" * 32,
        model="D" * 64,
        device_class="K" * 32,
    )


def section(content: bytes) -> bytes:
    return (len(content) + 2).to_bytes(2, "big") + content


def block_of(version: bytes, *sections: bytes) -> bytes:
    """An answer with these sections, in this order, and the table that says where they are."""
    at = 0x1A + 2 * len(sections)
    table, body = b"", b""
    for part in sections:
        table += (at + len(body)).to_bytes(2, "big")
        body += part
    return b"STR_BCAST".ljust(16, b"\0") + version.ljust(8, b"\0") + (at + len(body)).to_bytes(2, "big") + table + body


NETWORK, SETTINGS, DEVICE = CAPTURED[0x22:0x74], CAPTURED[0x74:0x8A], CAPTURED[0x8A:0x12C]


def test_sections_are_found_by_the_table() -> None:
    assert block_of(b"RS1.0.1", NETWORK, SETTINGS, DEVICE, section(b"")) == CAPTURED
    moved = block_of(b"RS1.0.1", NETWORK, SETTINGS, DEVICE)
    assert len(moved) == 298
    assert parse(moved) == CARD


def test_a_later_version_with_unknown_sections_and_longer_ones() -> None:
    longer = section(DEVICE[2:] + b"2580122123000117")
    card = parse(block_of(b"RS4.0.0", NETWORK, SETTINGS, longer, section(b"\x23\x86"), section(b""), section(b"\xff")))
    assert card.version == "RS4.0.0"
    assert (card.mac, card.ip, card.model) == (CARD.mac, CARD.ip, CARD.model)
    assert card.unknown == ("00042386", "0003ff")


def test_a_shorter_section_leaves_its_fields_empty() -> None:
    card = parse(block_of(b"RS1.0.0", NETWORK, section(SETTINGS[2:8]), section(DEVICE[2:0x42])))
    assert (card.manufacturer, card.command_set, card.model, card.device_class) == ("Star", "STAR", "", "")
    assert (card.configured_ip, card.configured_netmask, card.dhcp) == ("0.0.0.0", "", False)
    assert card.mac == CARD.mac


@pytest.mark.parametrize(
    "table",
    [
        "0000 0000 0000 0000",
        "FFFF FFFF FFFF FFFF",
        "0023 0074 008A 012C",
        "0022 0074 008A 0130",
        "0022 008A 0074 012C",
        "0022 0074 008A 0022",
        "0024 0074 008A 012C",
        "001C 0074 008A 012C",
    ],
)
def test_a_table_that_makes_no_sense_gives_way_to_the_fixed_offsets(table: str) -> None:
    assert parse(written(CAPTURED, {0x1A: bytes.fromhex(table)})) == CARD


def test_a_section_length_that_makes_no_sense_gives_way_to_the_fixed_offsets() -> None:
    assert parse(written(CAPTURED, {0x22: b"\xff\xff"})) == CARD
    assert parse(written(CAPTURED, {0x8A: b"\0\0"})) == CARD


def test_too_short_for_the_fixed_offsets() -> None:
    short = written(CAPTURED[:200], {0x18: bytes.fromhex("00 C8 00 00")})
    with pytest.raises(ProtocolError, match="their 200 bytes are too few for the known fields"):
        parse(short)


def test_cut_off() -> None:
    for size in range(302):
        with pytest.raises(ProtocolError, match="cut off" if size >= 0x18 else None):
            parse(CAPTURED[:size])


@pytest.mark.parametrize(
    ("total", "why"), [(0, "announce 0 bytes, but 302"), (301, "announce 301"), (303, "cut off"), (0xFFFF, "cut off")]
)
def test_wrong_total_length(total: int, why: str) -> None:
    block = written(CAPTURED, {0x12D: b"\x02", 0x18: total.to_bytes(2, "big")})
    with pytest.raises(ProtocolError, match=why):
        parse(block)


def test_nul_bytes_behind_the_block_are_padding() -> None:
    assert parse(CAPTURED + bytes(210)) == CARD
    with pytest.raises(ProtocolError, match="announce 302 bytes, but 304 came"):
        parse(CAPTURED + b"\0x")


def test_text_ends_at_its_first_nul_and_shows_nothing_but_ascii() -> None:
    card = parse(written(CAPTURED, {0x0CC: "Drücker\x1b[2J".encode("latin-1") + b"\0rest", 0x05C: b"DHCP\0\xff junk"}))
    assert card.model == "Dr?cker?[2J"
    assert card.mode == "DHCP"


@pytest.mark.parametrize("mac", ["000000000000", "FFFFFFFFFFFF", "010203040506"])
def test_without_an_address_that_a_card_can_have(mac: str) -> None:
    with pytest.raises(ProtocolError, match="do not tell the interface card's MAC address"):
        parse(written(CAPTURED, {0x4E: bytes.fromhex(mac)}))


def test_without_the_addresses() -> None:
    with pytest.raises(ProtocolError, match="MAC address and IP address"):
        parse(block_of(b"RS4.0.0", section(b"mC-Print3"), SETTINGS, DEVICE))


@pytest.mark.parametrize(
    ("block", "why"),
    [
        (b"", "do not begin with STR_BCAST$"),
        (b"ping", "do not begin with STR_BCAST$"),
        (b"\0\0\0RS1.0.1\0", "do not begin with STR_BCAST; RS1.0.1 stands at byte 3"),
        (REQUEST, "the version 'RQ1.0.0'"),
        (b"STR_BCAST", "the version ''"),
        (CAPTURED[:0x18], "cut off after 24 bytes"),
    ],
)
def test_no_discovery_data(block: bytes, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        parse(block)


def understood(block: bytes) -> NetworkCard | None:
    try:
        return parse(block)
    except ProtocolError:
        return None


@given(st.binary(max_size=400))
def test_garbage_raises_nothing_but_protocol_errors(block: bytes) -> None:
    assert understood(block) is None
    understood(b"STR_BCAST".ljust(16, b"\0") + b"RS1.0.1\0" + block)


@given(st.dictionaries(st.integers(0, 301), st.binary(min_size=1, max_size=1), max_size=12))
def test_changed_bytes_raise_nothing_but_protocol_errors(changes: dict[int, bytes]) -> None:
    card = understood(written(CAPTURED, changes))
    if card is not None:
        assert len(card.mac) == 17
        assert card.mac == card.mac.upper()
        assert all(text.isascii() and text.isprintable() for text in (card.name, card.model, card.mode, card.version))


@given(st.lists(st.binary(max_size=60), max_size=12))
def test_any_sections(contents: list[bytes]) -> None:
    understood(block_of(b"RS4.0.0", *map(section, contents)))
