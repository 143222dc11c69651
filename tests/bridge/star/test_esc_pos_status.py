from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.errors import ProtocolError
from readers_bridge.families.star.esc_pos_status import (
    AUTOMATIC_STATUS_OFF,
    AUTOMATIC_STATUS_ON,
    PAPER_SENSOR_REQUEST,
    EscPosEvent,
    EscPosStatus,
    EscPosStatusStream,
    InOrderAnswer,
    RealTimeAnswer,
    RealTimeRequest,
    real_time_request,
    real_time_status,
)
from tests.bridge.star.status_frames import pieces

GOOD = bytes.fromhex("10 00 00 00")
NAMES = {
    "drawer_pin": "14 00 00 00",
    "offline": "18 00 00 00",
    "cover_open": "30 00 00 00",
    "feeding": "50 00 00 00",
    "waiting_for_recovery": "10 01 00 00",
    "feed_button": "10 02 00 00",
    "mechanical_error": "10 04 00 00",
    "cutter_error": "10 08 00 00",
    "non_recoverable_error": "10 20 00 00",
    "auto_recoverable_error": "10 40 00 00",
    "paper_near_end": "10 00 03 00",
    "paper_end": "10 00 0C 00",
}
STOPS_PRINTING = {
    "offline",
    "cover_open",
    "mechanical_error",
    "cutter_error",
    "non_recoverable_error",
    "auto_recoverable_error",
    "paper_end",
}


def on(status: EscPosStatus) -> set[str]:
    return {name for name in NAMES if getattr(status, name)}


def read(*parts: bytes | str) -> tuple[list[EscPosEvent], int]:
    """What the stream says, and how much of it was noise."""
    stream = EscPosStatusStream()
    events = [event for part in parts for event in stream.feed(bytes.fromhex(part) if isinstance(part, str) else part)]
    events += stream.flush()
    assert not stream.partial
    return events, stream.noise


def test_requests() -> None:
    assert bytes.fromhex("1D 61 0F") == AUTOMATIC_STATUS_ON
    assert bytes.fromhex("1D 61 00") == AUTOMATIC_STATUS_OFF
    assert bytes.fromhex("1D 72 01") == PAPER_SENSOR_REQUEST
    assert [real_time_request(asked).hex() for asked in RealTimeRequest] == ["100401", "100402", "100403", "100404"]


@pytest.mark.parametrize(("name", "raw"), NAMES.items(), ids=NAMES)
def test_bit(name: str, raw: str) -> None:
    [status], noise = read(raw)
    assert isinstance(status, EscPosStatus)
    assert noise == 0
    assert on(status) == {name}
    assert status.errors == ((name,) if name in STOPS_PRINTING else ())


def test_nothing_to_tell() -> None:
    assert on(EscPosStatus(GOOD)) == set()
    assert EscPosStatus(GOOD).errors == ()


def test_the_cause_stands_before_offline() -> None:
    assert EscPosStatus(bytes.fromhex("38 00 0F 00")).errors == ("cover_open", "paper_end", "offline")


def test_what_begins_an_automatic_status() -> None:
    for first in range(256):
        events, _ = read(bytes([first, 0, 0, 0]))
        assert any(isinstance(event, EscPosStatus) for event in events) == (first & 0x93 == 0x10)


@pytest.mark.parametrize("index", [1, 2, 3])
@pytest.mark.parametrize("bit", [7, 4])
def test_lost_sync(index: int, bit: int) -> None:
    broken = bytearray(GOOD)
    broken[index] |= 1 << bit
    events, noise = read(bytes(broken), GOOD)
    assert events[-1] == EscPosStatus(GOOD), "the next status is understood"
    assert noise >= index


def test_flow_control_may_stand_within_a_status() -> None:
    assert read("13 10 13 00 11 0C 13 00 11") == ([EscPosStatus(bytes.fromhex("10 00 0C 00"))], 5)


def test_a_status_that_is_cut_off() -> None:
    assert read("10 00 00") == ([], 3)
    assert read("10 00", GOOD) == ([EscPosStatus(GOOD)], 2)


def test_the_answers_are_told_apart() -> None:
    events, noise = read("12", GOOD, "1E", "00", "0C", "FF", GOOD)
    assert events == [
        RealTimeAnswer(0x12),
        EscPosStatus(GOOD),
        RealTimeAnswer(0x1E),
        InOrderAnswer(0x00),
        InOrderAnswer(0x0C),
        EscPosStatus(GOOD),
    ]
    assert noise == 1


@pytest.mark.parametrize(
    ("asked", "byte", "expected"),
    [
        (RealTimeRequest.PRINTER, 0x12, set()),
        (RealTimeRequest.PRINTER, 0x16, {"drawer_pin"}),
        (RealTimeRequest.PRINTER, 0x1A, {"offline"}),
        (RealTimeRequest.OFFLINE, 0x16, {"cover_open"}),
        (RealTimeRequest.OFFLINE, 0x1A, {"feeding"}),
        (RealTimeRequest.OFFLINE, 0x32, {"paper_end"}),
        (RealTimeRequest.OFFLINE, 0x52, {"error"}),
        (RealTimeRequest.ERROR, 0x16, {"mechanical_error"}),
        (RealTimeRequest.ERROR, 0x1A, {"cutter_error"}),
        (RealTimeRequest.ERROR, 0x32, {"non_recoverable_error"}),
        (RealTimeRequest.ERROR, 0x52, {"auto_recoverable_error"}),
        (RealTimeRequest.PAPER, 0x1E, {"paper_near_end"}),
        (RealTimeRequest.PAPER, 0x72, {"paper_end"}),
        (RealTimeRequest.PAPER, 0x7E, {"paper_near_end", "paper_end"}),
    ],
)
def test_real_time_status(asked: RealTimeRequest, byte: int, expected: set[str]) -> None:
    assert real_time_status(asked, byte) == expected


@pytest.mark.parametrize("byte", [0x00, 0x10, 0x11, 0x13, 0x02, 0x92, 0xFF])
def test_no_real_time_status(byte: int) -> None:
    with pytest.raises(ProtocolError, match=f"{byte:02X} is no answer to DLE EOT"):
        real_time_status(RealTimeRequest.PRINTER, byte)


STATUSES = st.builds(
    lambda first, rest: bytes([first, *rest]),
    st.sampled_from([byte for byte in range(256) if byte & 0x93 == 0x10]),
    st.lists(st.sampled_from([byte for byte in range(256) if not byte & 0x90]), min_size=3, max_size=3),
)
CUTS = st.lists(st.integers(0, 500), max_size=6)


@given(st.lists(STATUSES, max_size=5), CUTS)
def test_every_split_says_the_same(statuses: list[bytes], cuts: list[int]) -> None:
    assert read(*pieces(b"".join(statuses), cuts)) == ([EscPosStatus(raw) for raw in statuses], 0)


@given(st.binary(max_size=60), CUTS)
def test_garbage_costs_nothing_but_itself(garbage: bytes, cuts: list[int]) -> None:
    whole, split = EscPosStatusStream(), EscPosStatusStream()
    expected = whole.feed(garbage)
    assert [event for piece in pieces(garbage, cuts) for event in split.feed(piece)] == expected
    assert (split.noise, split.partial) == (whole.noise, whole.partial)
    assert split.feed(GOOD)[-1] == EscPosStatus(GOOD), "the first byte of a status can stand nowhere else"
