from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.baltech.hid_reports import Reports, report

GET_INFO = bytes.fromhex("0C 00 04 00 00")
GET_INFO_REPORT = bytes.fromhex("01 05 00 0C 00 04 00 00 00 00 00 00 00 00 00")


def test_published_example() -> None:
    assert report(GET_INFO) == GET_INFO_REPORT
    assert Reports().receive(GET_INFO_REPORT) == [GET_INFO]


@pytest.mark.parametrize(
    ("length", "report_id", "size"),
    [(5, 1, 15), (12, 1, 15), (13, 2, 63), (60, 2, 63), (61, 3, 255), (252, 3, 255), (253, 4, 1023), (1020, 4, 1023)],
)
def test_smallest_report_that_fits(length: int, report_id: int, size: int) -> None:
    frame = bytes([0xA5]) * length
    sent = report(frame)
    assert (sent[0], len(sent)) == (report_id, size)
    assert sent[1] + 256 * sent[2] == length, "the length stands least significant byte first"
    assert sent[3:] == frame + bytes(size - 3 - length)


@pytest.mark.parametrize("frame", [b"", bytes(1021)])
def test_no_report_fits(frame: bytes) -> None:
    with pytest.raises(ValueError, match="HID report carries"):
        report(frame)


@given(st.lists(st.binary(min_size=1, max_size=1020), max_size=4), st.lists(st.integers(0, 5000), max_size=6))
def test_every_split_gives_the_same_frames(frames: list[bytes], cuts: list[int]) -> None:
    reports = Reports()
    stream = b"".join(map(report, frames))
    at = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    received = [frame for begin, end in pairwise(at) for frame in reports.receive(stream[begin:end])]
    assert received == frames
    assert not reports.broken


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x00", "has the id 0; those of BRP are 1 to 4"),
        (b"\x05", "has the id 5"),
        (b"\x01\x0d\x00", "room for 12 bytes announces a frame of 13"),
        (b"\x04\x00\x04", "room for 1020 bytes announces a frame of 1024"),
    ],
)
def test_broken(data: bytes, why: str) -> None:
    reports = Reports()
    assert reports.receive(GET_INFO_REPORT + data) == [GET_INFO], "what came before is not lost"
    assert why in reports.broken
    assert reports.receive(GET_INFO_REPORT) == []
    reports.reset()
    assert not reports.broken
    assert reports.receive(GET_INFO_REPORT) == [GET_INFO]


def test_reset_in_the_middle_of_a_report() -> None:
    reports = Reports()
    reports.receive(GET_INFO_REPORT[:7])
    reports.reset()
    assert reports.receive(GET_INFO_REPORT) == [GET_INFO]


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_garbage_never_raises(chunks: list[bytes]) -> None:
    reports = Reports()
    for chunk in chunks:
        assert all(len(frame) <= 1020 for frame in reports.receive(chunk))
    reports.reset()
    assert reports.receive(GET_INFO_REPORT) == [GET_INFO]
