"""Lines, however the stream is cut and whatever a tag holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.transcore.framing import LINE_LIMIT, Foreign, Line, Lines, Overlong, candidates, command
from readers_bridge.families.transcore.parity import with_parity
from readers_bridge.families.transcore.typedefs import Parity

RAIL = b'GJ2(P#!":AD        S'
CHARACTERS = bytes(range(0x20, 0x60))


def lines(stream: bytes) -> list[bytes]:
    found = Lines().feed(stream)
    assert all(isinstance(item, Line) for item in found)
    return [item.data for item in found if isinstance(item, Line)]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"#KING 1302\r\n", [b"#KING 1302"]),
        (b"#" + RAIL + b"\r\n#+SX&P ?;'AD        S\r\n", [b"#" + RAIL, b"#+SX&P ?;'AD        S"]),
        (b"#" + b" " * 20 + b"\r\n", [b"#" + b" " * 20]),
        (b"#  A  \r#  B  \r", [b"#  A  ", b"#  B  "]),
        (b"\r\n\r\n\n#A\r\n\r\n", [b"#A"]),
        (b"#505\r#Model E4\r\n", [b"#505", b"#Model E4"]),
        (b"#505\r\n#Model E4\r\n", [b"#505", b"#Model E4"]),
        (b"noise#A\r\n", [b"noise#A"]),
        (b"#A\n#B\r\n", [b"#A", b"#B"]),
        (b"#A\nB\r\n", [b"#A\nB"]),
        (b"#A\r\x13\n\x11#B\r\n", [b"#A", b"#B"]),
        (b"#\x05KI\x11NG\x00 13\x1302\x05\r\x00\n", [b"#KING 1302"]),
        (b"#\r\n", [b"#"]),
        (b"#A", []),
    ],
)
def test_lines(stream: bytes, expected: list[bytes]) -> None:
    assert lines(stream) == expected
    receiver = Lines()
    assert [item.data for byte in stream for item in receiver.feed(bytes([byte])) if isinstance(item, Line)] == expected


def test_a_line_of_the_largest_size_and_one_more() -> None:
    receiver = Lines()
    full = b"#" + b"A" * (LINE_LIMIT - 1)
    assert receiver.feed(b"#0\r\n" + full + b"\r\n") == [Line(b"#0"), Line(full)]
    assert receiver.feed(full + b"A") == []
    assert receiver.pending
    assert receiver.feed(b"A" * 10_000) == []
    assert receiver.feed(b"\r\n#B\r\n") == [Overlong(LINE_LIMIT + 10_001), Line(b"#B")]


def test_an_overlong_line_that_ends_with_an_lf_only() -> None:
    receiver = Lines()
    assert receiver.feed(b"#" * 2000 + b"\n") == []
    assert receiver.feed(b"#B\r") == [Overlong(2000), Line(b"#B")]


def test_pending_and_drop() -> None:
    receiver = Lines()
    assert not receiver.pending
    receiver.feed(b"noise")
    assert not receiver.pending
    receiver.feed(b"#KI")
    assert receiver.pending
    assert receiver.drop() == 8
    assert not receiver.pending
    assert receiver.feed(b"NG\r\n#A\r\n") == [Line(b"NG"), Line(b"#A")]
    assert not receiver.pending
    receiver.feed(b"#" + b"A" * 600)
    assert receiver.drop() == 601
    assert receiver.feed(b"#B\r") == [Line(b"#B")]


@pytest.mark.parametrize("parity", [Parity.EVEN, Parity.ODD])
def test_a_reader_with_parity_on_a_line_without(parity: Parity) -> None:
    assert lines(with_parity(b"#KING 1302\r\n#" + RAIL + b"\r\n", parity)) == [b"#KING 1302", b"#" + RAIL]


def test_a_damaged_bit_7_stays_visible() -> None:
    assert lines(b"#K\xc9NG 1302\r\n") == [b"#K\xc9NG 1302"]


@pytest.mark.parametrize(
    "stream", [b"~~\x01\x14" + RAIL + b"\x5a", b"!Model AI1422E Ver 1.0\r\n", b"!Done\r\n", b"!Error\r\n"]
)
@pytest.mark.parametrize("before", [b"", b"#A\r", b"#A\r\n"])
def test_the_dialect_of_the_ai1422e(before: bytes, stream: bytes) -> None:
    receiver = Lines()
    *_, found = receiver.feed(before + stream)
    assert isinstance(found, Foreign)
    assert "AI1422E" in found.text
    bytewise = Lines()
    assert [item for byte in before + stream for item in bytewise.feed(bytes([byte]))][-1] == found
    assert not bytewise.pending


def test_a_tilde_elsewhere_is_not_foreign() -> None:
    assert lines(b"#A~~\x01\r\n~~\r\n") == [b"#A~~\x01", b"~~"]


def test_candidates_first_one_first() -> None:
    assert list(candidates(b"x#A#B##C")) == [b"A#B##C", b"B##C", b"#C", b"C"]
    assert list(candidates(b"A")) == []
    assert list(candidates(b"#")) == [b""]


def test_commands() -> None:
    assert command(b"01") == b"#01\r"
    assert command(b"101" + b"\x60" * 4) == bytes.fromhex("23 31 30 31 60 60 60 60 0D")


STREAMS = st.lists(
    st.sampled_from(
        [
            b"#",
            b"\r",
            b"\n",
            b"\r\n",
            b"\x05",
            b"\x13",
            b"\x00",
            b"~~",
            b"~~\x01",
            b"!Done",
            b"\x8d",
            b"\x8a",
            b"\xa3",
            b"A" * 300,
        ]
    )
    | st.binary(max_size=12)
).map(b"".join)


@given(STREAMS, st.lists(st.integers(0, 40), max_size=30))
def test_any_split_gives_the_same(stream: bytes, cuts: list[int]) -> None:
    whole, pieces, bytewise = Lines(), Lines(), Lines()
    expected = whole.feed(stream)
    found, rest = [], stream
    for cut in cuts:
        found += pieces.feed(rest[:cut])
        rest = rest[cut:]
    found += pieces.feed(rest)
    assert found == expected
    assert [item for byte in stream for item in bytewise.feed(bytes([byte]))] == expected
    assert whole.pending == pieces.pending == bytewise.pending
    assert whole.drop() == pieces.drop() == bytewise.drop()


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(CHARACTERS), max_size=70).map(bytes), st.sampled_from([b"\r\n", b"\r"])),
        max_size=8,
    )
)
def test_every_message_comes_out(messages: list[tuple[bytes, bytes]]) -> None:
    assert lines(b"".join(b"#" + content + end for content, end in messages)) == [
        b"#" + content for content, _ in messages
    ]
