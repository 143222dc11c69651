"""ECP in the host's role, against an independent encoder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.transcore.crc import Crc
from readers_bridge.families.transcore.ecp import Damaged, Data, EcpHost, Response, looks_like_ecp
from readers_bridge.families.transcore.framing import Line, Lines
from readers_bridge.families.transcore.typedefs import CrcVariant, Parity
from tests.bridge.transcore.test_crc import DIGITS, bit_by_bit

RAIL = b'GJ2(P#!":AD        S'


def wire(body: bytes, variant: CrcVariant = CrcVariant.VENDOR) -> bytes:
    """A message of the reader, without CR LF, made bit by bit."""
    flushed = bytes(2) if variant is CrcVariant.XMODEM else b""
    return b"#%b%04X" % (body, bit_by_bit(body + flushed))


def host(variant: CrcVariant = CrcVariant.AUTO, **remembered: object) -> EcpHost:
    return EcpHost(Crc(variant), **remembered)  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [body for body in DIGITS if body[1:] not in (b"@", b"?") and body != b"123456789"])
@pytest.mark.parametrize("variant", [CrcVariant.VENDOR, CrcVariant.XMODEM])
def test_every_known_message_both_ways(body: bytes, variant: CrcVariant) -> None:
    digits = DIGITS[body][variant is CrcVariant.XMODEM].encode()
    line, seq, content = b"#" + body + digits, chr(body[0]), body[1:]
    receiver = host()
    if seq in "02468ACE":
        assert receiver.receive(line) == Data(seq, content, repeated=False)
    else:
        assert receiver.command(seq, content) == b"#" + body + b"````\r"
        assert receiver.receive(line) == Response(seq, content)
        assert receiver.command(seq, content) == line + b"\r"
    assert receiver.crc.settled is variant
    assert wire(body, variant) == line


@pytest.mark.parametrize("seq", "02468ACE")
@pytest.mark.parametrize("variant", [CrcVariant.VENDOR, CrcVariant.XMODEM])
def test_acknowledgements(seq: str, variant: CrcVariant) -> None:
    column = variant is CrcVariant.XMODEM
    receiver = host(variant)
    digits = DIGITS[f"{seq}@".encode()][column]
    assert receiver.accept(Data(seq, b"KING 1302", repeated=False)) == f"#{seq}@{digits}\r".encode()
    assert receiver.nak("4") == f"#4?{DIGITS[b'4?'][column]}\r".encode()


def test_the_wild_card_before_the_reader_has_told_its_crc() -> None:
    receiver = host()
    assert receiver.command("1", b"01") == bytes.fromhex("23 31 30 31 60 60 60 60 0D")
    assert receiver.nak("0") == b"#0?````\r"


def test_data_and_what_comes_again() -> None:
    receiver = host()
    assert receiver.expected == "0"
    first = receiver.receive(b"#4KING 13029A91")
    assert first == Data("4", b"KING 1302", repeated=False)
    assert receiver.receive(b"#4KING 13029A91") == first  # not accepted yet
    assert isinstance(first, Data)
    assert receiver.accept(first) == b"#4@3440\r"
    assert (receiver.last, receiver.expected) == (("4", b"KING 1302"), "6")
    again = receiver.receive(b"#4KING 13029a91")
    assert again == Data("4", b"KING 1302", repeated=True)
    assert isinstance(again, Data)
    assert receiver.accept(again) == b"#4@3440\r"
    assert receiver.receive(wire(b"6KING 1302")) == Data("6", b"KING 1302", repeated=False)
    other = receiver.receive(wire(b"4QUEEN 1302"))
    assert other == Data("4", b"QUEEN 1302", repeated=False, jumped=True)


def test_numbers_wrap_around() -> None:
    receiver = host(last=("C", b"A"))
    for seq in "E02468ACE0":
        data = receiver.receive(wire(f"{seq}A".encode()))
        assert data == Data(seq, b"A", repeated=False)
        assert isinstance(data, Data)
        receiver.accept(data)
    assert receiver.receive(wire(b"6A")) == Data("6", b"A", repeated=False, jumped=True)


def test_commands_are_numbered_on_from_what_was_remembered() -> None:
    assert [host(odd="B").next_odd()] == ["D"]
    receiver = host()
    assert "".join(receiver.next_odd() for _ in range(10)) == "13579BDF13"


def test_answers() -> None:
    receiver = host()
    assert receiver.receive(wire(b"1Done")) == Response("1", b"Done", expected=False)
    receiver.command("3", b"505")
    assert receiver.receive(wire(b"1Done")) == Response("1", b"Done", expected=False)
    assert receiver.receive(wire(b"3Model E4")) == Response("3", b"Model E4")
    assert receiver.receive(wire(b"3Model E4")) == Response("3", b"Model E4", expected=False)
    receiver.command("3", b"505")
    receiver.abandon()
    assert receiver.receive(wire(b"3Model E4")) == Response("3", b"Model E4", expected=False)


def test_a_refusal_without_crc() -> None:
    receiver = host()
    assert receiver.receive(b"#7Error") == Damaged("7", "the CRC does not fit")
    receiver.command("7", b"999")
    assert receiver.receive(b"#5Error") == Damaged("5", "the CRC does not fit")
    assert receiver.receive(b"#7Error") == Response("7", b"Error")
    assert receiver.receive(b"#7Error") == Damaged("7", "the CRC does not fit")
    receiver.command("9", b"999")
    assert receiver.receive(b"#4KIN#9Error") == Response("9", b"Error", skipped=5)


@pytest.mark.parametrize(
    ("line", "seq"),
    [
        (b"#4KING 13029A92", "4"),
        (b"#4KING 1302````", "4"),
        (b"#4KING 1302", "4"),
        (b"#9Done0000", "9"),
        (b"#K", None),
        (b"#", None),
        (b"", None),
        (b"noise", None),
        (b"4KING 13029A91", None),
        (b"#\xb4KING 13029A91", None),
        (wire(b"GKING 1302"), None),
        (wire(b"aKING 1302"), None),
        (wire(b"@"), None),
        (b"#00000", "0"),
    ],
)
def test_damage(line: bytes, seq: str | None) -> None:
    found = host(last=("2", b"")).receive(line)
    assert isinstance(found, Damaged)
    assert found.seq == seq


def test_an_illegal_number_is_called_so() -> None:
    assert host().receive(wire(b"GKING 1302")) == Damaged(None, "illegal sequence number b'G'")


def test_the_number_of_a_som_in_the_tag() -> None:
    body = b"6" + RAIL + b"&14:03:07.25 03/09/26%00-0-04-0"
    assert host().receive(b"#" + body + b"B5AD") == Data("6", body[1:], repeated=False)
    assert host().receive(wire(b"6####4@3440")) == Data("6", b"####4@3440", repeated=False)


def test_a_message_behind_a_half_one() -> None:
    half = b"#4" + RAIL[:12]
    assert host().receive(half + b"#4KING 13029A91") == Data("4", b"KING 1302", repeated=False, skipped=len(half))
    assert host().receive(b"\x7f~" + b"#4KING 13029A91") == Data("4", b"KING 1302", repeated=False, skipped=2)
    assert host().receive(half + b"#4KING 13029A92") == Damaged("4", "the CRC does not fit")


@pytest.mark.parametrize("sign_on_first", [True, False])
def test_a_restart(sign_on_first: bool) -> None:
    receiver = host(last=("0", b"KING 1302"))
    sign_on = receiver.receive(b"#0Model E4 Series Ver 1.12 SN081234D6F1")
    assert sign_on == Data("0", b"Model E4 Series Ver 1.12 SN081234", repeated=False, jumped=True)
    assert isinstance(sign_on, Data)
    if sign_on_first:
        receiver.restarted()
        assert receiver.accept(sign_on) == b"#0@3040\r"
    else:
        receiver.accept(sign_on)
        receiver.restarted()
    again = receiver.receive(b"#0Model E4 Series Ver 1.12 SN081234D6F1")
    assert again == Data("0", sign_on.content, repeated=True)
    assert receiver.receive(b"#2Copyright 2008 TransCore8B26") == Data("2", b"Copyright 2008 TransCore", repeated=False)


def test_the_same_tag_under_the_same_number_after_a_restart_is_new() -> None:
    receiver = host(last=("0", b"KING 1302"))
    receiver.restarted()
    assert receiver.receive(wire(b"0KING 1302")) == Data("0", b"KING 1302", repeated=False)


def test_a_reader_that_changes_its_crc_is_followed() -> None:
    receiver = host()
    receiver.receive(wire(b"0A", CrcVariant.XMODEM))
    assert receiver.nak("4") == b"#4?0EED\r"
    receiver.receive(b"#2A3241")
    assert receiver.nak("4") == b"#4?343F\r"
    receiver.receive(b"#2A3242")
    assert receiver.crc.settled is CrcVariant.VENDOR


@pytest.mark.parametrize(("parity", "digits", "ack"), [(Parity.EVEN, b"9372", b"B4C0"), (Parity.ODD, b"DF08", b"3440")])
def test_with_parity(parity: Parity, digits: bytes, ack: bytes) -> None:
    receiver = EcpHost(Crc(CrcVariant.AUTO, parity))
    data = receiver.receive(b"#4KING 1302" + digits)
    assert data == Data("4", b"KING 1302", repeated=False)
    assert isinstance(data, Data)
    assert receiver.accept(data) == b"#4@" + ack + b"\r"
    assert isinstance(receiver.receive(b"#4KING 13029A91"), Damaged)
    assert looks_like_ecp(b"#4KING 1302" + digits, parity)
    assert not looks_like_ecp(b"#4KING 1302" + digits)


@pytest.mark.parametrize(
    ("line", "is_ecp"),
    [
        (b"#4KING 13029A91", True),
        (b"#4KING 130264B8", True),
        (b"#0Model E4 Series Ver 1.12 SN081234D6F1", True),
        (b"#KIN#4KING 13029A91", True),
        (b"#4KING 1302````", False),
        (b"#4KING 1302", False),
        (b"#1DoneC0B1", False),
        (b"#" + RAIL, False),
        (b"", False),
    ],
)
def test_a_reader_left_in_ecp(line: bytes, is_ecp: bool) -> None:
    assert looks_like_ecp(line) == is_ecp


CONTENTS = st.lists(st.integers(0x20, 0x7E), max_size=72).map(bytes)
VARIANTS = st.sampled_from([CrcVariant.VENDOR, CrcVariant.XMODEM])


@given(st.sampled_from("0123456789ABCDEF"), CONTENTS, VARIANTS)
def test_round_trip(seq: str, content: bytes, variant: CrcVariant) -> None:
    receiver = host()
    found = receiver.receive(wire(seq.encode() + content, variant))
    assert isinstance(found, Data | Response)
    assert (found.seq, found.content, found.skipped) == (seq, content, 0)
    assert receiver.command(seq, content)[:-5] == b"#" + seq.encode() + content


@given(st.lists(CONTENTS, min_size=1, max_size=12), VARIANTS, st.integers(1, 7), st.data())
def test_a_stream_with_repeats(contents: list[bytes], variant: CrcVariant, size: int, data: st.DataObject) -> None:
    stream, numbers = b"", "02468ACE"
    for index, content in enumerate(contents):
        message = wire(numbers[index % 8].encode() + content, variant) + b"\r\n"
        stream += message * data.draw(st.integers(1, 3))
    receiver, lines = host(), Lines()
    accepted: list[bytes] = []
    for at in range(0, len(stream), size):
        for line in lines.feed(stream[at : at + size]):
            assert isinstance(line, Line)
            found = receiver.receive(line.data)
            assert isinstance(found, Data)
            assert not found.jumped
            if not found.repeated:
                accepted.append(found.content)
            receiver.accept(found)
    assert accepted == contents


@given(st.sampled_from("02468ACE"), CONTENTS, st.data())
def test_one_damaged_byte_is_never_data(seq: str, content: bytes, data: st.DataObject) -> None:
    line = bytearray(wire(seq.encode() + content))
    at = data.draw(st.integers(1, len(line) - 1))
    line[at] ^= data.draw(st.sampled_from([1, 2, 4, 8, 16, 64, 128]))  # 32 turns a digit into its lower case
    found = EcpHost(Crc(CrcVariant.VENDOR)).receive(bytes(line))
    assert isinstance(found, Damaged) or found.content != content


@given(
    st.lists(st.sampled_from([b"#", b"4", b"Error", b"KING 13029A91"]) | st.binary(max_size=8), max_size=10).map(
        b"".join
    )
)
def test_garbage_never_raises(line: bytes) -> None:
    receiver = host(last=("?", b""), odd="?")
    receiver.command("7", b"01")
    receiver.receive(line)
    looks_like_ecp(line)
    assert receiver.next_odd() == "1"
