from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.springcard.messages import Alive, Dialect, Move, Reading
from readers_bridge.families.springcard.protocol import LIMIT, Decoder
from readers_bridge.families.springcard.scrdr import ScrdrLines, checksum
from tests.bridge.springcard.vectors import V1, V1_BYTES, V2, V3, V10, V11, VECTORS, Vector, line

vectors = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
variants = pytest.mark.parametrize("variant", ["excluded", "included"])


def scrdr(*, checksum_required: bool = True) -> Decoder:
    return Decoder(Dialect.SCRDR, checksum_required=checksum_required)


@vectors
@variants
def test_vector_on_a_stream(vector: Vector, variant: str) -> None:
    decoder = scrdr()
    assert decoder.receive(vector.line(variant)) == [vector.message]
    assert decoder.checksum == variant
    assert not decoder.dropped


@vectors
@variants
def test_vector_in_a_datagram(vector: Vector, variant: str) -> None:
    assert Decoder().datagram(vector.line(variant)) == [vector.message]
    assert Decoder().datagram(vector.line(variant, end=b"")) == [vector.message], "the end of a datagram ends a line"


@vectors
@variants
def test_vector_is_the_same_by_the_short_and_the_long_way(vector: Vector, variant: str) -> None:
    for settled in (0, 3):
        short, long = ScrdrLines(Counter()), ScrdrLines(Counter())
        for _ in range(settled):
            short.decode(vector.line(variant, end=b""))
            long.decode_unusual(vector.line(variant, end=b""))
        assert short.decode(vector.line(variant, end=b"\r")) == vector.message
        assert long.decode_unusual(vector.line(variant, end=b"\r")) == vector.message


def test_bytes_as_published() -> None:
    assert V1.line() == V1_BYTES
    assert scrdr().receive(V1_BYTES) == [V1.message]


def test_several_lines_in_one_datagram() -> None:
    assert Decoder().datagram(V1.line() + V2.line(end=b"")) == [V1.message, V2.message]


# -- robustness


def test_wrong_checksum_is_counted_and_gives_nothing() -> None:
    decoder = scrdr()
    assert decoder.receive(b"$" + V1.body + b"*51\r\n") == []
    assert decoder.dropped == {"bad_checksum": 1}


def test_three_segments_give_one_message() -> None:
    decoder = scrdr()
    assert decoder.receive(V1_BYTES[:7]) == []
    assert decoder.receive(V1_BYTES[7:38]) == []
    assert decoder.receive(V1_BYTES[38:]) == [V1.message]


def test_two_lines_in_one_segment() -> None:
    assert scrdr().receive(V1.line() + V2.line()) == [V1.message, V2.message]


@pytest.mark.parametrize("end", [b"*50\n", b"*5e\r\n", b"*5E\r\r\n"], ids=["only LF", "lower case", "two CR"])
def test_tolerated_ends(end: bytes) -> None:
    assert scrdr().receive(b"$" + V1.body + end) == [V1.message]


@pytest.mark.parametrize("before", [b"garbage", b"$SCRDR;13;01", b"$", b"\x16\x00\xff$", b"$SCRDR;13;01;01;;04*00"])
@pytest.mark.parametrize("make", [scrdr, Decoder], ids=["scrdr", "auto"])
def test_resumes_at_the_last_start_before_a_valid_end(before: bytes, make: Callable[[], Decoder]) -> None:
    decoder = make()
    assert decoder.receive(before + V1.line()) == [V1.message]
    assert decoder.dropped.total() > 0


def test_a_dollar_in_the_text_does_not_hide_the_start() -> None:
    body = b"SCRDR;13;01;02;;AABB;;costs $5;"
    assert scrdr().receive(b"garbage" + line(body)) == [Reading("13", "01", 2, None, "AABB", Move.NONE, "costs $5")]


def test_text_from_a_card_cannot_pass_for_a_message_of_its_own() -> None:
    """The text is made so that the checksum is right for the inner message, too."""
    inner = b"SCRDR;13;01;01;;A11CE;;;"
    outer = b"SCRDR;13;01;01;;E411;;"
    letters = range(ord("a"), ord("z"))
    pads = (bytes([first, second]) for first in letters for second in range(ord("0"), ord("Z")) if second != ord(";"))
    pad = next(pad for pad in pads if checksum(outer + pad + b"$") == 0)
    whole = line(outer + pad + b"$" + inner)
    assert checksum(inner) ^ int(whole[-4:-2], 16) in {0, 0x0E}, "the forgery is good"
    for decoder in (scrdr(), Decoder()):
        for before in (b"", b"noise"):
            (message,) = decoder.receive(before + whole)
            assert isinstance(message, Reading)
            assert message.tag_id == "E411"
            assert "A11CE" in message.tag_data
            assert message.raw


def test_unknown_type_is_counted() -> None:
    decoder = Decoder()
    assert decoder.receive(line(b"SCXYZ;1")) == []
    assert decoder.dropped == {"unknown_type": 1}


@pytest.mark.parametrize("end", [b"", b"\r\n"], ids=["next message at once", "next line"])
@pytest.mark.parametrize("make", [scrdr, Decoder], ids=["scrdr", "auto"])
def test_too_long_a_line_is_dropped_and_the_next_message_is_read(end: bytes, make: Callable[[], Decoder]) -> None:
    decoder = make()
    messages = [m for _ in range(10) for m in decoder.receive(b"x" * 7000)]
    assert messages + decoder.receive(end + V1.line() + V2.line()) == [V1.message, V2.message]
    assert decoder.dropped["oversize"] == 1
    assert len(decoder._rest) <= LIMIT


def test_the_buffer_is_bounded() -> None:
    decoder = Decoder()
    for _ in range(100):
        decoder.receive(b"$SCRDR;" * 1000)
    assert len(decoder._rest) <= LIMIT


def test_a_line_with_64_kb_of_data() -> None:
    data = "5A" * 32_768
    body = f"SCRDR;13;01;01;;AABB;;{data};".encode()
    (message,) = scrdr().receive(line(body))
    assert isinstance(message, Reading)
    assert message.tag_data == data


# -- checksum


def test_after_three_lines_the_other_checksum_is_an_error() -> None:
    decoder = scrdr()
    assert len(decoder.receive(V1.line("included") * 3)) == 3
    assert decoder.receive(V1.line("excluded")) == []
    assert decoder.dropped == {"bad_checksum": 1}
    assert decoder.receive(V1.line("included")) == [V1.message]
    assert decoder.checksum == "included"


def test_changing_checksums_settle_nothing() -> None:
    decoder = scrdr()
    assert len(decoder.receive((V1.line("included") * 2 + V1.line("excluded") * 2) * 5)) == 20


def test_line_without_checksum() -> None:
    bare = b"$" + V2.body + b"\r\n"
    decoder = scrdr()
    assert decoder.receive(bare) == []
    assert decoder.dropped == {"no_checksum": 1}
    assert scrdr(checksum_required=False).receive(bare + V1.line()) == [V2.message, V1.message]


@pytest.mark.parametrize("cut", [b"$SCRDR;13;01;01;;AABB;;CC;*5\r\n", b"$SCRDR;13;01;01;;AABB;;CC;*zz\r\n"])
def test_a_damaged_checksum_does_not_pass_for_none(cut: bytes) -> None:
    decoder = scrdr(checksum_required=False)
    assert decoder.receive(cut) == []
    assert decoder.dropped == {"malformed": 1}


@given(st.binary(max_size=400))
def test_checksum_is_the_xor_of_all_bytes(data: bytes) -> None:
    value = 0
    for byte in data:
        value ^= byte
    assert checksum(data) == value


# -- fields


@pytest.mark.parametrize("letters", [b"I ", b" I", b"IR "])
def test_blanks_around_the_move_are_ignored(letters: bytes) -> None:
    (message,) = scrdr().receive(line(b"SCRDR;13;01;01;;AABB;" + letters + b";;"))
    assert isinstance(message, Reading)
    assert message.move == letters.strip().decode()


@pytest.mark.parametrize(
    "body",
    [
        b"SCRDR;13;01;01;;AABB;X;;",
        b"SCRDR;xy;01;01;;AABB;;;",
        b"SCRDR;13;01;$1;;AABB;;;",
        b"SCRDR;13;01;01;12345;AABB;;;",
    ],
    ids=["move", "interface", "template", "rssi"],
)
def test_a_field_that_cannot_be_is_malformed(body: bytes) -> None:
    decoder = scrdr()
    assert decoder.receive(line(body)) == []
    assert decoder.dropped == {"malformed": 1}


@pytest.mark.parametrize(
    "body", [b"SCRDR", b"SCRDR;", b"SCRDR;13;01", b"SCRDR;13;01;01;;AABB", b"SCRDR;13;01;01;C4;;;;x"]
)
def test_a_message_without_a_token_is_a_sign_of_life(body: bytes) -> None:
    assert scrdr().receive(line(body)) == [Alive()]


def test_more_fields_than_there_are_make_the_message_ambiguous() -> None:
    body = b"SCRDR;13;01;02;;AABB;;text;with;more;"
    (message,) = scrdr().receive(line(body))
    assert isinstance(message, Reading)
    assert message.raw == line(body, end=b"").decode()
    assert (message.tag_id, message.tag_data, message.tag_details) == ("AABB", "text;with;more;", "")


def test_an_asterisk_in_the_text() -> None:
    (message,) = scrdr().receive(line(b"SCRDR;13;01;02;;AABB;;5*50*50;"))
    assert isinstance(message, Reading)
    assert message.tag_data == "5*50*50"


def test_blanks_and_leading_zeros_are_kept() -> None:
    (message,) = scrdr().receive(line(b"SCRDR;13;01;02;;0000;; 00 12 ; x "))
    assert isinstance(message, Reading)
    assert (message.tag_id, message.tag_data, message.tag_details) == ("0000", " 00 12 ", " x ")


def test_bytes_that_are_not_printable_become_escapes() -> None:
    (message,) = scrdr().receive(line("SCRDR;13;01;02;;AABB;;é\0;".encode()))
    assert isinstance(message, Reading)
    assert message.tag_data == r"\xc3\xa9\x00"


def test_blank_lines_are_nothing() -> None:
    decoder = scrdr()
    assert decoder.receive(b"\r\n\n  \r\n") == []
    assert not decoder.dropped


# -- whatever arrives

texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="$*;"), max_size=20)
codes = st.sampled_from(["", "13", "90", "c4", "FF", "1", "0001"])
moves = st.sampled_from(["", "I", "R", "IR", "I ", "X"])
bodies = st.builds(
    lambda *fields: ";".join(["SCRDR", *fields]).encode(), codes, codes, codes, codes, texts, moves, texts, texts
)
reserved = st.text("$*;a0", max_size=4)
odd_bodies = st.one_of(
    bodies,
    st.binary(max_size=60),
    st.builds(lambda body, more: body + more.encode(), bodies, st.one_of(texts, reserved)),
)
lines = st.builds(
    lambda before, body, star, mistake, end: before + b"$" + body + star + b"%02X" % (checksum(body) ^ mistake) + end,
    st.sampled_from([b"", b"", b"x", b"$SCRDR;13"]),
    odd_bodies,
    st.sampled_from([b"*", b"*", b"*", b"x"]),
    st.sampled_from([0, 0, 0x0E, 0x0E, 1]),
    st.sampled_from([b"", b"\r", b"\r\r", b" "]),
)


@pytest.mark.parametrize(
    "unusual",
    [
        line(b"SCRDR;13;01;01;;AABB;;a;b;c"),
        line(b"SCRDR;13;01;01;AABB"),
        line(b"SCRDR;13;01;01;;AABB;;\xff;"),
        line(b"SCRDR;13;01;01;;AABB;;\t;"),
        line(b"SCRDR;13;01;01;;AABB;I ;;"),
        line(b"SCRDR;13;01;01;;AABB;X;;"),
        line(b"SCRDR;13;01;01;C;AABB;;;"),
        line(b"SCRDR;13;01;0001;;AABB;;;"),
        line(b"SCRDR;x3;01;01;;AABB;;;"),
        line(b"SCRDR;13;x1;01;;AABB;;;"),
        line(b"SCRDR;13;01;01;90;;;;details"),
        line(b"SCRDR;13;01;01;;AABB;;;").replace(b"*", b"x"),
        line(b"SCXYZ;13;01;01;;AABB;;;"),
        b"x" + V1.line(),
        V1.line("included"),
        V1.line()[:-4] + b"5g\r\n",
    ],
)
def test_the_short_way_agrees_with_the_long_way_on_what_is_unusual(unusual: bytes) -> None:
    short_dropped, long_dropped = Counter[str](), Counter[str]()
    short, long = ScrdrLines(short_dropped), ScrdrLines(long_dropped)
    for one in [V1.line(end=b"")] * 3 + [unusual.rstrip(b"\n")]:
        assert short.decode(one) == long.decode_unusual(one)
    assert short_dropped == long_dropped


@given(st.sampled_from(["", "excluded", "included"]), st.lists(lines, max_size=8), st.booleans())
def test_the_short_way_agrees_with_the_long_way(settled: str, given_lines: list[bytes], required: bool) -> None:
    short_dropped, long_dropped = Counter[str](), Counter[str]()
    short = ScrdrLines(short_dropped, checksum_required=required)
    long = ScrdrLines(long_dropped, checksum_required=required)
    for one in [V1.line(settled, end=b"") for _ in range(3) if settled] + given_lines:
        assert short.decode(one) == long.decode_unusual(one)
    assert short_dropped == long_dropped
    assert short.variant == long.variant


@given(bodies)
def test_fields_come_back_as_they_were_sent(body: bytes) -> None:
    for message in scrdr().receive(line(body)):
        if isinstance(message, Reading):
            sent = body.decode().split(";")
            assert [message.interface, message.protocol, message.tag_id, message.tag_data, message.tag_details] == [
                sent[1],
                sent[2],
                sent[5],
                sent[7],
                sent[8],
            ]
            assert message.move == sent[6].strip()


@given(st.binary(max_size=300))
def test_after_anything_the_next_line_is_read(garbage: bytes) -> None:
    decoder = scrdr()
    decoder.receive(garbage)
    assert decoder.receive(b"\n" + V3.line())[-1:] == [V3.message]
    assert Decoder(Dialect.SCRDR).receive(V10.line() + V11.line()) == [V10.message, V11.message]
