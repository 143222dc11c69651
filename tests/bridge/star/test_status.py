from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.star.status import Asb, Event, PrintEnd, StatusStream, Version, Wrapped
from tests.bridge.star.status_frames import GOOD, GOOD_FRAME, WRAPPED_ENQ, asb_of, expanded, header, pieces

LARGEST_FRAME = 31 + 2 + 0x200


def read(*parts: bytes | str) -> tuple[list[Event], int]:
    """What the stream says, and how much of it was noise."""
    stream = StatusStream()
    events = [event for part in parts for event in stream.feed(bytes.fromhex(part) if isinstance(part, str) else part)]
    events += stream.flush()
    assert not stream.partial
    return events, stream.noise


def said(*parts: bytes | str) -> list[Event]:
    """What the stream says, of which nothing is noise."""
    events, noise = read(*parts)
    assert noise == 0
    return events


ANSWERS: dict[str, list[Event]] = {
    "23 86 00 00 00 00 00 00 00 00 00": [Asb(GOOD)],
    "23 86 00 00 00 00 00 00 00 00 00 23 86 00 00 00 00 00 00 00 00 00": [Asb(GOOD), Asb(GOOD)],
    "23 86 02 00 00 00 00 02 00 00 00": [Asb(bytes.fromhex("23 86 02 00 00 00 00 02 00"))],
    "23 86 28 00 00 00 00 00 00 00 00": [Asb(bytes.fromhex("23 86 28 00 00 00 00 00 00"))],
    "23 86 08 00 00 0C 00 00 00 00 00": [Asb(bytes.fromhex("23 86 08 00 00 0C 00 00 00"))],
    "23 86 00 00 00 04 00 00 00 00 00": [Asb(bytes.fromhex("23 86 00 00 00 04 00 00 00"))],
    "23 86 08 08 00 00 00 00 00 00 00": [Asb(bytes.fromhex("23 86 08 08 00 00 00 00 00"))],
    "23 86 04 00 00 00 00 00 00 00 00": [Asb(bytes.fromhex("23 86 04 00 00 00 00 00 00"))],
    "23 06 00 00 00 04 00 00 00": [Asb(bytes.fromhex("23 06 00 00 00 04 00 00 00"))],
    "29 8A 02 00 00 00 00 02 00 00 00 06 00 00": [Asb(bytes.fromhex("29 8A 02 00 00 00 00 02 00 00 00 06"))],
    "23 86 00 00 00 00 00 00 00 00 08 30 31 3A 42 00 01 20 3B": [
        Asb(GOOD, bytes.fromhex("30 31 3A 42 00 01 20 3B")),
        Wrapped("01", "", b"\x20"),
    ],
    "1B 1D 03 00 00 00 00 00": [PrintEnd(function=0, job=0, counter=0)],
    "1B 1D 03 01 02 11 01 00": [PrintEnd(function=1, job=0x1102, counter=1)],
    "1B 1D 03 01 02 12 02 00": [PrintEnd(function=1, job=0x1202, counter=2)],
    "1B 1D 03 01 FF FF FF 00": [PrintEnd(function=1, job=0xFFFF, counter=255)],
    "1B 23 2A 2C 48 53 50 37 30 30 30 56 65 72 2E 31 2E 30 0A 00": [Version("HSP7000Ver.1.0")],
}


@pytest.mark.parametrize(("stream", "events"), ANSWERS.items(), ids=ANSWERS)
def test_answer(stream: str, events: list[Event]) -> None:
    assert said(stream) == events


@pytest.mark.parametrize(("stream", "events"), ANSWERS.items(), ids=ANSWERS)
def test_split_at_every_byte(stream: str, events: list[Event]) -> None:
    whole = bytes.fromhex(stream)
    for at in range(len(whole) + 1):
        assert said(whole[:at], whole[at:]) == events
    assert said(*(bytes([byte]) for byte in whole)) == events


def test_everything_in_one_segment() -> None:
    assert said("".join(ANSWERS)) == [event for events in ANSWERS.values() for event in events]


@pytest.mark.parametrize("size", range(7, 32))
@pytest.mark.parametrize("lan", [False, True])
def test_every_size(size: int, lan: bool) -> None:
    raw = asb_of(size, lan=lan, tail=0xFF)
    length = b"\0\0" if lan else b""
    assert said(raw + length + raw + length) == [Asb(raw), Asb(raw)]
    assert said(raw + length)[0] == Asb(raw)


@pytest.mark.parametrize(
    ("size", "first"),
    [(7, 0x0F), (8, 0x21), (9, 0x23), (10, 0x25), (11, 0x27), (12, 0x29), (13, 0x2B), (14, 0x2D), (15, 0x2F)],
)
def test_the_first_byte_tells_the_size(size: int, first: int) -> None:
    assert header(size) == first
    assert said(bytes([first, 0x06]) + bytes(size - 2)) == [Asb(bytes([first, 0x06]) + bytes(size - 2))]


@pytest.mark.parametrize("first", [0x01, 0x03, 0x05, 0x07, 0x09, 0x0B, 0x0D])
def test_no_asb_is_shorter_than_seven_bytes(first: int) -> None:
    assert read(bytes([first, 0x06, 0, 0, 0, 0, 0])) == ([], 7)


def test_the_undocumented_bytes_may_have_any_value() -> None:
    raw = bytes.fromhex("2F 86 00 00 00 00 00 00 00 FF 1B 23 86 11 91")
    assert said(raw + b"\0\0") == [Asb(raw)]


# -- expanded status


@pytest.mark.parametrize(
    ("kind", "status", "length"),
    [("01", 1, 0x08), ("02", 1, 0x08), ("13 1", 8, 0x11), ("16", 5, 0x0C), ("19", 6, 0x0D)],
)
@pytest.mark.parametrize("order", ["big", "little"])
def test_documented_expanded_status(kind: str, status: int, length: int, order: str) -> None:
    answer = bytes(range(0x30, 0x30 + status))
    data = expanded(kind, answer)
    assert len(data) == length
    field = bytes([0, length]) if order == "big" else bytes([length, 0])
    frame = GOOD + field + data
    assert said(frame + GOOD_FRAME) == [Asb(GOOD, data), Wrapped(kind[:2], kind[2:], answer), Asb(GOOD)]


def test_the_largest_expanded_status() -> None:
    data = expanded("19", bytes(0x200 - 7))
    assert said(GOOD + b"\x02\x00" + data) == [Asb(GOOD, data), Wrapped("19", "", bytes(0x200 - 7))]


@pytest.mark.parametrize(
    "echo", ["1B 1D 03 00 00 00 00 00", "1B 1D 03 01 02 11 01 00", "1B 1D 03 01 02 12 02 00", "1B 1D 03 01 1B 3B 3A 00"]
)
@pytest.mark.parametrize("kind", ["20", "2001", None])
def test_wrapped_print_end(echo: str, kind: str | None) -> None:
    raw = bytes.fromhex(echo)
    data = raw if kind is None else expanded(kind, raw)
    end = PrintEnd(raw[3], raw[4] + 256 * raw[5], raw[6])
    assert said(GOOD + len(data).to_bytes(2, "big") + data) == [Asb(GOOD, data), end]


def test_wrapped_version() -> None:
    data = expanded("21", b"\x1b#*,TSP743IIVer5.0\n\0")
    assert said(GOOD + len(data).to_bytes(2, "big") + data) == [Asb(GOOD, data), Version("TSP743IIVer5.0")]


@pytest.mark.parametrize("field", ["02 03", "FF FF", "23 86", "40 40"])
def test_a_length_that_no_byte_order_makes_sense_of(field: str) -> None:
    events, noise = read(GOOD, field, GOOD_FRAME)
    assert events[-1] == Asb(GOOD)
    assert len(events) == 1
    assert noise == len(GOOD) + 2


@pytest.mark.parametrize(
    "data",
    [
        "30 31 3A 42 00 01 20 3A",
        "30 31 3B 42 00 01 20 3B",
        "30 31 3A 43 00 01 20 3B",
        "30 31 3A 42 00 02 20 3B",
        "00 31 3A 42 00 01 20 3B",
        "30 31 32 33 3A 42 00 3B",
        "1B 1D 04 00 00 00 00 00",
        "1B 1D 03 00 00 00 00 01",
        "00 00 00 00 00 00 00 00",
    ],
)
def test_an_expanded_status_that_is_none(data: str) -> None:
    events, noise = read(GOOD + b"\0\x08", data, GOOD_FRAME)
    assert events == [Asb(GOOD)]
    assert noise == len(GOOD) + 10


def test_a_false_length_hides_nothing_that_follows() -> None:
    stream = StatusStream()
    assert stream.feed(GOOD + b"\x02\x00" + GOOD_FRAME) == [Asb(GOOD)]
    assert stream.noise == len(GOOD) + 2
    assert not stream.partial


# -- noise


def test_leading_noise_in_another_segment() -> None:
    assert read("00 00 23 86 00 00 00", "00 00 00 00 00 00") == ([Asb(GOOD)], 2)


@pytest.mark.parametrize(
    "noise", ["00", "11", "13", "11 13 11", "FF FF", "21 91", "0F 83", "23 23", "7F 80", "1B 40", "1B 1B"]
)
def test_noise_before_and_after(noise: str) -> None:
    count = len(bytes.fromhex(noise))
    assert read(noise, GOOD_FRAME) == ([Asb(GOOD)], count)
    assert read(noise + GOOD_FRAME.hex()) == ([Asb(GOOD)], count)
    assert read(GOOD_FRAME, noise, GOOD_FRAME, noise) == ([Asb(GOOD), Asb(GOOD)], 2 * count)


def test_the_fixed_bits_of_the_second_byte() -> None:
    for second in range(256):
        raw = bytes([0x23, second]) + bytes(7)
        events, noise = read(raw + (b"\0\0" if second & 0x80 else b""))
        assert (events == [Asb(raw)]) == (not second & 0x11)
        assert bool(noise) == bool(second & 0x11)


@pytest.mark.parametrize("index", range(2, 9))
@pytest.mark.parametrize("bit", [7, 4, 0])
def test_lost_sync(index: int, bit: int) -> None:
    broken = bytearray(GOOD)
    broken[index] |= 1 << bit
    events, noise = read(bytes(broken) + b"\0\0" + GOOD_FRAME)
    assert events == [Asb(GOOD)], "the next ASB is understood"
    assert noise == len(GOOD_FRAME)


@pytest.mark.parametrize("missing", range(1, 9))
def test_an_asb_that_lost_bytes_costs_only_itself(missing: int) -> None:
    events, noise = read(GOOD[:-missing] + GOOD_FRAME + GOOD_FRAME)
    assert events == [Asb(GOOD), Asb(GOOD)]
    assert noise == len(GOOD) - missing


@pytest.mark.parametrize(
    "stream",
    [
        "1B 1D 03 05 00 00 00 00",
        "1B 1D 03 01 02 11 01 01",
        "1B 1D 04 00 00 00 00 00",
        "1B 23 2B 2C 0A 00",
        "1B 23 2A 2C 07 0A 00",
        "1B 23 2A 2C 41 0A 0A",
        "1B 23 2A 2C" + "41" * 65 + "0A 00",
        "1B 1D 79 49 00 00",
    ],
)
def test_other_escape_sequences_are_noise(stream: str) -> None:
    events, noise = read(stream, GOOD_FRAME)
    assert events == [Asb(GOOD)]
    assert noise == len(bytes.fromhex(stream))


def test_the_longest_version() -> None:
    assert said(b"\x1b#*," + b"V" * 64 + b"\n\0") == [Version("V" * 64)]


def test_what_stays_incomplete_is_given_up() -> None:
    stream = StatusStream()
    assert stream.feed(b"\x1b") == []
    assert stream.partial
    assert stream.flush() == []
    assert (stream.partial, stream.noise) == (False, 1)
    assert stream.feed(GOOD_FRAME[:5]) == []
    assert stream.flush() == []
    assert stream.noise == 6
    assert stream.feed(GOOD_FRAME) == [Asb(GOOD)]
    assert stream.noise == 6


def test_what_hides_behind_something_incomplete_is_found_when_that_is_given_up() -> None:
    stream = StatusStream()
    assert stream.feed(GOOD + b"\0\x08" + b"01:B\0\x01") == []
    assert stream.feed(b"") == []
    assert stream.flush() == []
    hidden = bytes.fromhex("0F 06 00 00 00 00 00")
    assert stream.feed(b"\x1b#*," + b"AB") == []
    assert stream.flush() == []
    long = header(31)
    assert stream.feed(bytes([long, 0x06]) + bytes(7) + hidden) == []
    assert stream.flush() == [Asb(hidden)]


def test_an_asb_that_lacks_only_its_length_is_believed_at_the_end() -> None:
    stream = StatusStream()
    captured = bytes.fromhex("29 8A 02 00 00 00 00 02 00 00 00 06")
    assert stream.feed(captured) == []
    assert stream.flush() == [Asb(captured)]
    assert stream.noise == 0
    assert stream.feed(captured + b"\0") == []
    assert stream.flush() == []


# -- any stream

ASBS = st.builds(
    lambda size, lan, flags: bytes([header(size), 0x86 if lan else 0x06, *flags]) + bytes(size - 7),
    size=st.integers(7, 15),
    lan=st.booleans(),
    flags=st.lists(st.sampled_from([byte for byte in range(0x80) if not byte & 0x91]), min_size=5, max_size=5),
)


def framed(asb: bytes, kind: str, answer: bytes) -> tuple[bytes, list[Event]]:
    if not asb[1] & 0x80:
        return asb, [Asb(asb)]
    if not answer:
        return asb + b"\0\0", [Asb(asb)]
    data = expanded(kind, answer)
    return asb + len(data).to_bytes(2, "big") + data, [Asb(asb, data), Wrapped(kind[:2], kind[2:], answer)]


FRAMES = st.one_of(
    st.builds(
        framed, ASBS, st.sampled_from(["01", "02", "1301"]), st.binary(max_size=9).filter(lambda d: d[:1] != b"\x1b")
    ),
    st.builds(
        lambda s, job, counter: (
            bytes([0x1B, 0x1D, 3, s, job & 0xFF, job >> 8, counter, 0]),
            [PrintEnd(s, job, counter)],
        ),
        st.integers(0, 1),
        st.integers(0, 0xFFFF),
        st.integers(0, 255),
    ),
    st.text("ABCDEFVer0123456789. ", max_size=20).map(
        lambda text: (b"\x1b#*," + text.encode() + b"\n\0", [Version(text)])
    ),
)
CUTS = st.lists(st.integers(0, 5000), max_size=8)


@given(st.lists(FRAMES, max_size=6), CUTS)
def test_every_split_says_the_same(frames: list[tuple[bytes, list[Event]]], cuts: list[int]) -> None:
    whole = b"".join(data for data, _ in frames)
    assert said(*pieces(whole, cuts)) == [event for _, events in frames for event in events]


FRAGMENTS = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [GOOD, GOOD[:5], GOOD + b"\x02\x00", GOOD + b"\0\x08", WRAPPED_ENQ[:14], b"\x1b", b"\x1b\x1d\x03", b"\x1b#*,A"]
    ),
    st.sampled_from([b"\x6f\x86" + bytes(7), b"\x11", b"\x13", b"01:B", b":B\0\x01 ;"]),
)
GARBAGE = st.lists(FRAGMENTS, max_size=8).map(b"".join)


@given(GARBAGE, CUTS)
def test_every_split_of_garbage_says_the_same(garbage: bytes, cuts: list[int]) -> None:
    whole, split = StatusStream(), StatusStream()
    expected = whole.feed(garbage)
    assert [event for piece in pieces(garbage, cuts) for event in split.feed(piece)] == expected
    assert (split.noise, split.partial) == (whole.noise, whole.partial)
    assert split.flush() == whole.flush()
    assert not split.partial


@given(GARBAGE)
def test_after_a_pause_the_next_asb_is_understood(garbage: bytes) -> None:
    stream = StatusStream()
    stream.feed(garbage)
    stream.flush()
    assert stream.feed(GOOD_FRAME) == [Asb(GOOD)]


@given(GARBAGE.filter(lambda garbage: b":B" not in garbage))
def test_without_a_pause_it_takes_no_longer_than_the_longest_asb(garbage: bytes) -> None:
    stream = StatusStream()
    events = stream.feed(garbage + GOOD_FRAME * 5)
    assert events[-2:] == [Asb(GOOD), Asb(GOOD)]


@given(GARBAGE)
def test_even_a_false_expanded_status_has_an_end(garbage: bytes) -> None:
    stream = StatusStream()
    assert stream.feed(garbage + GOOD_FRAME * (LARGEST_FRAME // len(GOOD_FRAME) + 2))[-1] == Asb(GOOD)


@given(st.lists(GARBAGE, max_size=6))
def test_what_waits_is_bounded_and_every_byte_is_accounted_for(chunks: list[bytes]) -> None:
    stream = StatusStream()
    for chunk in chunks:
        stream.feed(chunk)
        assert len(stream._received) < LARGEST_FRAME
    stream.flush()
    assert stream.noise <= sum(map(len, chunks))


def test_a_megabyte_of_beginnings_is_not_kept() -> None:
    stream = StatusStream()
    for _ in range(100):
        stream.feed((GOOD + b"\x02\x00" + b"01:B") * 300)
    assert len(stream._received) < LARGEST_FRAME
    stream.flush()
    assert stream.feed(GOOD_FRAME) == [Asb(GOOD)]
