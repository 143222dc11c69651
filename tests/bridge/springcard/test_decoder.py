"""JSON, MK1, and telling which dialect a reader speaks."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.springcard.messages import Alive, Dialect, Message, Move, Reading, Started, Uptime
from readers_bridge.families.springcard.protocol import LIMIT, Decoder
from tests.bridge.springcard.vectors import (
    DIRECT_FRAME,
    JSON_EVENT,
    JSON_READING,
    JSON_STATUS,
    UID,
    V1,
    V2,
    V7,
    V8,
    VECTORS,
    line,
)

MK1_READING = Reading(tag_id="0047AB")


def event(**keys: object) -> bytes:
    return json.dumps({"Interface": "13.56", "Protocol": "NFC-A", "Template": 1, "TagId": UID} | keys).encode()


# -- JSON


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\n", b"\0", b" \t"])
@pytest.mark.parametrize("dialect", [Dialect.JSON, None])
def test_json_vector_on_a_stream_whatever_ends_an_object(end: bytes, dialect: Dialect | None) -> None:
    decoder = Decoder(dialect)
    assert decoder.receive((JSON_EVENT + end) * 3) == [JSON_READING] * 3
    assert decoder.dialect is Dialect.JSON
    assert not decoder.dropped


@pytest.mark.parametrize("dialect", [Dialect.JSON, None])
def test_json_vector_in_a_datagram(dialect: Dialect | None) -> None:
    decoder = Decoder(dialect)
    assert decoder.datagram(JSON_EVENT) == [JSON_READING]
    assert decoder.datagram(JSON_EVENT[:-1]) == [], "cut off"
    assert decoder.dropped == {"malformed": 1}
    assert decoder.datagram(JSON_EVENT * 2) == [JSON_READING] * 2


def test_json_with_blanks_and_line_ends() -> None:
    pretty = json.dumps(json.loads(JSON_EVENT), indent=2).replace("\n", "\r\n").encode()
    assert Decoder().receive(pretty + JSON_EVENT) == [JSON_READING] * 2


@pytest.mark.parametrize(
    ("keys", "move"),
    [
        ({"Move": "Insert"}, Move.INSERTED),
        ({"Move": "Remove"}, Move.REMOVED),
        ({"Move": "Insert,Remove"}, Move.TAPPED),
        ({"State": "Insert/Remove"}, Move.TAPPED),
        ({"State": "Insert"}, Move.INSERTED),
    ],
)
def test_json_moves_by_their_new_and_old_names(keys: dict[str, str], move: Move) -> None:
    (message,) = Decoder().receive(event(**keys))
    assert isinstance(message, Reading)
    assert message.move is move


@pytest.mark.parametrize("key", ["RSSI", "Rssi"])
def test_json_rssi_by_its_new_and_old_name(key: str) -> None:
    (message,) = Decoder().receive(event(**{key: -60}))
    assert isinstance(message, Reading)
    assert message.rssi == -60


def test_json_status_is_a_sign_of_life() -> None:
    decoder = Decoder(Dialect.JSON)
    assert decoder.receive(JSON_STATUS) == [Alive(Uptime(145, 1860.081))]
    assert decoder.receive(b'{"Interface":"13.56","Uptime":"1:2.5"}') == [Alive(Uptime(1, 2.5))]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (event(TagId=5), "malformed"),
        (event(Move="Jump"), "malformed"),
        (event(Template="one"), "malformed"),
        (event(Template=True), "malformed"),
        (event(RSSI=10**20), "malformed"),
        (b'{"VendorName":"SpringCard"}', "unknown_type"),
        (b"{}", "unknown_type"),
        (b"{oops}", "malformed"),
        (b"noise", "garbage"),
        (b"[1,2]", "garbage"),
    ],
)
def test_json_that_cannot_be_used_is_counted(data: bytes, reason: str) -> None:
    decoder = Decoder(Dialect.JSON)
    assert decoder.receive(data + JSON_EVENT) == [JSON_READING]
    assert decoder.dropped == {reason: 1}


@pytest.mark.parametrize("before", [JSON_EVENT[:length] for length in range(1, len(JSON_EVENT), 7)])
@pytest.mark.parametrize("told", [True, False])
def test_json_after_an_object_that_was_cut_off(before: bytes, told: bool) -> None:
    decoder = Decoder(Dialect.JSON if told else None)
    messages = decoder.receive(before + JSON_EVENT * 3 + b"\r\n" + JSON_EVENT)
    assert messages[-3:] == [JSON_READING] * 3


def test_json_of_more_than_64_kb_is_dropped() -> None:
    decoder = Decoder(Dialect.JSON)
    long = event(TagData="x" * 70_000)
    pieces = [long[start : start + 8192] for start in range(0, len(long), 8192)]
    assert [m for piece in pieces for m in decoder.receive(piece)] == []
    assert len(decoder._rest) <= LIMIT
    assert decoder.receive(JSON_EVENT) == [JSON_READING]
    assert decoder.dropped == {"oversize": 1}
    assert decoder.receive(event(TagData="x" * 60_000))


def test_json_text_is_utf_8_and_never_breaks_what_comes_after() -> None:
    (message,) = Decoder().receive(event(TagData="Zoë ☃").decode("unicode_escape").encode())
    assert isinstance(message, Reading)
    (escaped,) = Decoder().receive(event(TagData="Zoë ☃"))
    assert isinstance(escaped, Reading)
    assert escaped.tag_data == "Zoë ☃"
    for odd in (b'"\xff"', b'"\\ud800"'):
        (message,) = Decoder().receive(b'{"Interface":"1","Protocol":"2","TagId":"3","TagData":' + odd + b"}")
        assert isinstance(message, Reading)
        message.tag_data.encode()


@pytest.mark.parametrize("bomb", [b'{"a":' * 60_000, b"[" * 60_000, b'{"a":' + b"9" * 60_000, b"{" * 60_000])
@pytest.mark.parametrize("dialect", [Dialect.JSON, None])
def test_json_bombs(bomb: bytes, dialect: Dialect | None) -> None:
    decoder = Decoder(dialect)
    for start in range(0, len(bomb), 8192):
        decoder.receive(bomb[start : start + 8192])
    decoder.receive(b"\r\n" if dialect is None else b"")
    messages = [m for _ in range(200) for m in decoder.receive(JSON_EVENT)]
    assert messages[-1] == JSON_READING


# -- MK1


@pytest.mark.parametrize("dialect", [Dialect.MK1, None])
def test_mk1(dialect: Dialect | None) -> None:
    decoder = Decoder(dialect)
    assert decoder.receive(b"# M519/RDR\r\n+0047AB\r\n+ 00 12 \r\n") == [
        Started("M519"),
        MK1_READING,
        Reading(tag_id=" 00 12 "),
    ]
    assert decoder.receive(b"#SpringPark/RDR\r\n") == [Started("SpringPark")]
    assert decoder.dialect is Dialect.MK1


@pytest.mark.parametrize("data", [b"0047AB\r\n", b"+\r\n", b"# M519\r\n", b"#/RDR\r\n", V1.line()])
def test_mk1_that_cannot_be_used_is_counted(data: bytes) -> None:
    decoder = Decoder(Dialect.MK1)
    assert decoder.receive(data + b"+0047AB\r\n") == [MK1_READING]
    assert decoder.dropped == {"garbage": 1}


# -- which dialect


def test_nothing_is_told_by_what_proves_nothing() -> None:
    decoder = Decoder()
    decoder.receive(b"hello\r\n$SCRDR;13\r\n" + line(b"SCXYZ;1") + b'{"a":1}\r\n0047AB\r\n' + DIRECT_FRAME + b"\n")
    assert decoder.dialect is None


@pytest.mark.parametrize(
    ("told_by", "dialect"),
    [
        (V1.line(), Dialect.SCRDR),
        (JSON_EVENT, Dialect.JSON),
        (b"+0047AB\r\n", Dialect.MK1),
        (b"# M519/RDR\n", Dialect.MK1),
    ],
)
def test_dialect_is_told_by_one_whole_message(told_by: bytes, dialect: Dialect) -> None:
    decoder = Decoder()
    decoder.receive(told_by)
    assert decoder.dialect is dialect


def test_a_line_that_looks_like_mk1_is_none_where_scrdr_is_spoken() -> None:
    decoder = Decoder()
    assert decoder.receive(V1.line() + b"+0047AB\r\n" + V2.line()) == [V1.message, V2.message]
    assert decoder.dropped == {"garbage": 1}


def test_a_reader_that_was_configured_anew() -> None:
    decoder = Decoder()
    assert decoder.receive(b"+0047AB\r\n" + V1.line() + b"# M519/RDR\r\n+0047AB\r\n" + JSON_EVENT) == [
        MK1_READING,
        V1.message,
        Started("M519"),
        MK1_READING,
        JSON_READING,
    ]
    assert [*decoder.datagram(V1.line()), *decoder.datagram(JSON_EVENT)] == [V1.message, JSON_READING]


@pytest.mark.parametrize(
    ("data", "message"), [(V1.line(), V1.message), (JSON_EVENT, JSON_READING), (b"+0047AB\r\n", MK1_READING)]
)
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("frame", [DIRECT_FRAME, b"\x16{\x01", b'\x16{"', b"\x16{}", b"\x16$SC"])
def test_frames_of_other_protocols_are_skipped(data: bytes, message: Message, own: bool, frame: bytes) -> None:
    told = Decoder()
    told.receive(data)
    decoder = Decoder(told.dialect if own else None)
    messages = decoder.receive((data + frame) * 3 + b"\r\n" + data)
    assert messages[0] == message
    assert messages[-1] == message
    assert set(messages) <= {message}


def test_json_in_the_text_of_a_card_is_text() -> None:
    body = b"SCRDR;13;01;01;;E411;;" + JSON_EVENT + b";"
    for before in (b"", b"$", b"$SCRDR;13", b"+"):
        (message,) = Decoder().receive(before + line(body))
        assert isinstance(message, Reading)
        assert message.tag_id == "E411"


# -- whatever arrives

GOOD: dict[Dialect, list[tuple[bytes, Message]]] = {
    Dialect.SCRDR: [(vector.line(), vector.message) for vector in VECTORS.values()],
    Dialect.JSON: [
        (JSON_EVENT, JSON_READING),
        (event(Move="Remove"), Reading("13.56", "NFC-A", 1, None, UID, Move.REMOVED)),
    ],
    Dialect.MK1: [(b"+0047AB\r\n", MK1_READING), (b"# M519/RDR\r\n", Started("M519"))],
}
noise = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(
        [b"$SCRDR;13;01\r\n", DIRECT_FRAME, b"{", b'{"Interface":"13', b"\r\n", b"+", b"$", b"#", b"{}", b'"}']
    ),
)
wires = st.sampled_from([pair for pairs in GOOD.values() for pair in pairs]).map(lambda pair: pair[0])
dialects = st.sampled_from([None, *Dialect])


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(
    dialects,
    st.lists(st.one_of(noise, wires), max_size=8),
    st.lists(st.integers(0, 10_000), max_size=12),
    st.booleans(),
)
def test_any_split_gives_the_same(dialect: Dialect | None, parts: list[bytes], cuts: list[int], required: bool) -> None:
    data = b"".join(parts) + b"\r\n" + V7.line() + V8.line() + JSON_EVENT * 2
    whole, split = Decoder(dialect, checksum_required=required), Decoder(dialect, checksum_required=required)
    assert whole.receive(data) == [message for piece in pieces(data, cuts) for message in split.receive(piece)]
    assert whole.dropped == split.dropped
    assert whole.dialect == split.dialect
    assert whole._rest == split._rest


@pytest.mark.parametrize("dialect", Dialect)
@given(garbage=noise, data=st.data())
def test_after_anything_the_dialect_is_read_on(dialect: Dialect, garbage: bytes, data: st.DataObject) -> None:
    decoder = Decoder(dialect)
    decoder.receive(garbage)
    wire, message = data.draw(st.sampled_from(GOOD[dialect]))
    assert decoder.receive(b"\r\n" + wire + b"\r\n" + wire)[-1:] == [message]


@given(dialects, st.lists(st.binary(max_size=200), max_size=10))
def test_nothing_raises(dialect: Dialect | None, datagrams: list[bytes]) -> None:
    decoder = Decoder(dialect, checksum_required=False)
    for datagram in datagrams:
        decoder.datagram(datagram)
        decoder.receive(datagram)


@given(
    st.dictionaries(
        st.sampled_from(["Interface", "TagId", "Move", "State", "RSSI", "Uptime", "Template", "X"]),
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers(), max_size=2)),
    )
)
def test_no_json_object_raises(value: dict[str, object]) -> None:
    decoder = Decoder(Dialect.JSON)
    for message in decoder.datagram(json.dumps(value).encode()):
        if isinstance(message, Reading):
            (message.tag_id + message.interface).encode()
