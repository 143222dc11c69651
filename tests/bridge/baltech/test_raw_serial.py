"""RawSerial: messages end with a delimiter or with silence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.baltech.raw_serial import LONGEST, RawMessages


def test_a_line_end_of_any_kind_ends_a_message() -> None:
    messages = RawMessages()
    assert messages.receive(b"0123456789\r\n42\r43\n44") == [b"0123456789", b"42", b"43"]
    assert messages.partial


def test_silence_ends_a_message_without_a_delimiter() -> None:
    messages = RawMessages()
    assert messages.receive(b"0123") == []
    assert messages.receive(b"456789") == []
    assert messages.flush() == [b"0123456789"]
    assert not messages.partial
    assert messages.flush() == []


def test_a_delimiter_may_be_chosen() -> None:
    messages = RawMessages(b"\x03\x04")
    assert messages.receive(b"1\r\n2\x03") == []
    assert messages.receive(b"\x043\x03\x04") == [b"1\r\n2", b"3"]


def test_what_is_too_long_is_dropped_and_counted_and_the_next_message_is_not() -> None:
    messages = RawMessages()
    assert messages.receive(b"x" * (LONGEST + 1)) == []
    assert messages.receive(b"x" * 10_000) == []
    assert messages.receive(b"xx\r42\r") == [b"42"]
    assert messages.oversize == 1


@given(st.lists(st.binary(min_size=1, max_size=40).filter(lambda m: b"\r" not in m and b"\n" not in m)), st.data())
def test_any_split_gives_the_same_messages(expected: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(message + b"\r\n" for message in expected)
    messages = RawMessages()
    found = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += messages.receive(stream[:size])
        stream = stream[size:]
    assert found == expected


@given(st.lists(st.binary()))
def test_garbage_never_raises(chunks: list[bytes]) -> None:
    messages = RawMessages(b"\r\r")
    for chunk in chunks:
        messages.receive(chunk)
    messages.flush()
    assert not messages.partial
